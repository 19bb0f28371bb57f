/* Credentials that are asked for over HTTP: of the container's agent, and of the instance's metadata service.
 */
#include "aws/credential_source.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LANE        (TRANSPORT_LANES - 1)
#define TRIES       2
#define TRY_MS      1500 /* both are next door */
#define TOKEN_TTL_S "21600"
#define CONTAINER   "http://169.254.170.2"
#define INSTANCE    "http://169.254.169.254"
#define INSTANCE_V6 "http://[fd00:ec2::254]"
#define ROLES       "/latest/meta-data/iam/security-credentials/"
#define TOKEN_SIZE  16384

/* One request, tried again when there is no good answer. */
static bool ask(struct credential_fetch *fetch, const char *method, const char *url,
                const struct aws_pair *header, struct transport_answer *answer)
{
    for (int i = 0; i < TRIES; i++) {
        const int64_t try_us = clock_monotonic_us() + TRY_MS * INT64_C(1000);
        const struct transport_request request = {
            .lane = LANE,
            .direct = true,
            .method = method,
            .url = url,
            .headers = header,
            .header_count = header != NULL ? 1 : 0,
            .idempotent = true,
            .answer_max = CREDENTIAL_ANSWER_MAX,
            .deadline_us = try_us < fetch->deadline_us ? try_us : fetch->deadline_us,
            .connect_ms = TRY_MS,
        };
        const enum transport_outcome outcome = transport_exchange(fetch->transport, &request, fetch->arena,
                                                                  answer);
        if (outcome != TRANSPORT_ANSWERED) {
            fetch->reason = arena_printf(fetch->arena, "%s does not answer: %s", url, answer->reason);
        } else if (answer->status == 200) {
            return true;
        } else {
            fetch->reason = arena_printf(fetch->arena, "%s answers %d", url, answer->status);
        }
        if (outcome == TRANSPORT_ANSWERED && answer->status < 500) {
            return false;
        }
    }
    return false;
}

static const char *copy_member(struct arena *arena, const json_t *root, const char *name)
{
    const char *value = json_string_value(json_object_get(root, name));
    return value != NULL && *value != '\0' ? arena_copy(arena, value) : NULL;
}

/* {"AccessKeyId":"…","SecretAccessKey":"…","Token":"…","Expiration":"2026-11-22T20:00:00Z"} */
static bool read_set(struct credential_fetch *fetch, const char *url, const struct transport_answer *answer)
{
    json_t *root = json_loadb(answer->body, answer->body_length, 0, NULL);
    const char *expiration = json_string_value(json_object_get(root, "Expiration"));
    const char *code = json_string_value(json_object_get(root, "Code"));
    fetch->result.access_key = copy_member(fetch->arena, root, "AccessKeyId");
    fetch->result.secret_key = copy_member(fetch->arena, root, "SecretAccessKey");
    fetch->result.session_token = copy_member(fetch->arena, root, "Token");
    const bool is_whole = fetch->result.access_key != NULL && fetch->result.secret_key != NULL &&
                          (expiration == NULL || clock_parse(expiration, &fetch->result.expires_at_ms));
    if (!is_whole) {
        fetch->reason = arena_printf(fetch->arena, "%s gives no credentials: %s", url,
                                     code != NULL ? code : "the answer is not understood");
    }
    json_decref(root);
    return is_whole;
}

/* --- container: ECS, EKS Pod Identity, or an agent on this machine --- */

static bool container_is_there(void)
{
    return credential_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != NULL ||
           credential_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") != NULL;
}

/* Credentials come in the clear over http, and the token goes: only to this machine and the agents'
 * addresses. */
static bool is_trusted(const char *url)
{
    static const char *const agents[] = {"localhost", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]",
                                         "[::1]"};
    if (strncmp(url, "https://", 8) == 0) {
        return true;
    }
    if (strncmp(url, "http://", 7) != 0) {
        return false;
    }
    const char *host = url + 7;
    const size_t length = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
    char text[64];
    struct in_addr address;
    if (length >= sizeof text || memchr(host, '@', strcspn(host, "/?#")) != NULL) {
        return false;
    }
    memcpy(text, host, length);
    text[length] = '\0';
    for (size_t i = 0; i < sizeof agents / sizeof *agents; i++) {
        if (strcmp(agents[i], text) == 0) {
            return true;
        }
    }
    return inet_pton(AF_INET, text, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

/* The token's file is read each time: it is replaced while we run. */
static bool read_token(struct credential_fetch *fetch, const char **token)
{
    const char *path = credential_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    *token = credential_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (path != NULL) {
        FILE *file = fopen(path, "re");
        char *bytes = arena_zeroed(fetch->arena, TOKEN_SIZE, 1);
        if (file == NULL || fread(bytes, 1, TOKEN_SIZE - 1, file) == 0) {
            fetch->reason = arena_printf(fetch->arena,
                                         "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, %s, cannot be read", path);
            if (file != NULL) {
                fclose(file);
            }
            return false;
        }
        fclose(file);
        bytes[strcspn(bytes, "\r\n")] = '\0';
        *token = bytes;
    }
    if (*token != NULL && strpbrk(*token, "\r\n") != NULL) {
        fetch->reason = "AWS_CONTAINER_AUTHORIZATION_TOKEN has a line break";
        return false;
    }
    return true;
}

static bool container_fetch(struct credential_fetch *fetch)
{
    const char *relative = credential_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *url = relative != NULL ? arena_printf(fetch->arena, CONTAINER "%s", relative)
                                       : credential_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    const char *token;
    struct transport_answer answer;
    if ((relative != NULL && *relative != '/') || !is_trusted(url)) {
        fetch->reason =
            "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or http to this machine or the agent";
        return false;
    }
    if (!read_token(fetch, &token)) {
        return false;
    }
    const struct aws_pair authorization = {"Authorization", token};
    return ask(fetch, "GET", url, token != NULL ? &authorization : NULL, &answer) &&
           read_set(fetch, url, &answer);
}

const struct credential_source credential_container = {
    .name = "container",
    .is_there = container_is_there,
    .fetch = container_fetch,
};

/* --- instance: IMDSv2 ("Use IMDSv2" in the EC2 User Guide); the first version is never asked --- */

static bool instance_is_there(void)
{
    const char *disabled = credential_variable("AWS_EC2_METADATA_DISABLED");
    return disabled == NULL || strcasecmp(disabled, "true") != 0;
}

static const char *instance_endpoint(struct arena *arena)
{
    const char *given = credential_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    const char *mode = credential_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
    if (given == NULL) {
        return mode != NULL && strcasecmp(mode, "ipv6") == 0 ? INSTANCE_V6 : INSTANCE;
    }
    char *endpoint = arena_copy(arena, given);
    for (size_t length = strlen(endpoint); length > 0 && endpoint[length - 1] == '/';) {
        endpoint[--length] = '\0';
    }
    return endpoint;
}

static bool instance_fetch(struct credential_fetch *fetch)
{
    const char *endpoint = instance_endpoint(fetch->arena);
    struct transport_answer answer;
    const struct aws_pair ttl = {"X-aws-ec2-metadata-token-ttl-seconds", TOKEN_TTL_S};
    if (!ask(fetch, "PUT", arena_printf(fetch->arena, "%s/latest/api/token", endpoint), &ttl, &answer)) {
        return false;
    }
    const struct aws_pair token = {"X-aws-ec2-metadata-token", answer.body};
    const char *roles = arena_printf(fetch->arena, "%s" ROLES, endpoint);
    if (!ask(fetch, "GET", roles, &token, &answer)) {
        if (answer.status == 404) {
            fetch->reason = "the instance has no role: attach an instance profile to it";
        }
        return false;
    }
    const char *role = arena_copy_n(fetch->arena, answer.body, strcspn(answer.body, "\r\n"));
    const char *url = arena_printf(fetch->arena, "%s%s", roles, role);
    return ask(fetch, "GET", url, &token, &answer) && read_set(fetch, url, &answer);
}

const struct credential_source credential_instance = {
    .name = "instance",
    .is_there = instance_is_there,
    .fetch = instance_fetch,
};
