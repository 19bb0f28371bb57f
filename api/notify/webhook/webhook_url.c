#include "notify/webhook/webhook_url.h"

#include <curl/curl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool host_is_address(const char *host, struct sockaddr_storage *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    char bare[INET6_ADDRSTRLEN + 2];
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        memcpy(address, &v4, sizeof v4);
        return true;
    }
    const size_t length = strlen(host);
    if (length < 3 || length > sizeof bare || host[0] != '[') {
        return false;
    }
    snprintf(bare, sizeof bare, "%.*s", (int)(length - 2), host + 1);
    if (inet_pton(AF_INET6, bare, &v6.sin6_addr) != 1) {
        return false;
    }
    memcpy(address, &v6, sizeof v6);
    return true;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    char *value = NULL;
    const bool has = curl_url_get(url, part, &value, 0) == CURLUE_OK;
    curl_free(value);
    return has;
}

/* Where a host leads as it is written; false: it is a name, and nobody knows yet. */
static bool is_written(const char *host, struct sockaddr_storage *address)
{
    return host_is_address(strcasecmp(host, "localhost") == 0 ? "127.0.0.1" : host, address);
}

static const char *judge_parts(CURLU *url, const char *scheme, const char *host,
                               const struct webhook_networks *networks)
{
    struct sockaddr_storage address;
    const struct sockaddr *written = is_written(host, &address) ? (const struct sockaddr *)&address : NULL;
    const bool is_allowed = written == NULL || webhook_address_is_allowed(written, networks);
    const bool is_inside = written != NULL && webhook_address_judge(written) != WEBHOOK_ADDRESS_PUBLIC;
    if (strcmp(scheme, "https") != 0 && !(strcmp(scheme, "http") == 0 && is_inside && is_allowed)) {
        return "It must begin with https://, for what is sent is nobody else's business. (http:// is for "
               "addresses that MYPOS_WEBHOOK_ALLOW names.)";
    }
    if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD)) {
        return "It must have no user name and no password: messages are signed instead.";
    }
    if (has_part(url, CURLUPART_FRAGMENT)) {
        return "It must have no fragment.";
    }
    return is_allowed
               ? NULL
               : "It leads to an address that is not on the public Internet, where no webhook may lead "
                 "that MYPOS_WEBHOOK_ALLOW does not allow.";
}

static bool is_ascii(const char *text)
{
    while (*text != '\0' && (unsigned char)*text < 0x80) {
        text++;
    }
    return *text == '\0';
}

const char *webhook_url_fault(const char *url, const struct webhook_networks *networks)
{
    if (!is_ascii(url)) {
        return "It must be written in ASCII: international names as xn--…, other characters as %XX.";
    }
    const char *fault = "It must be a URL such as https://shop.example/mypos.";
    char *scheme = NULL, *host = NULL;
    CURLU *parts = curl_url();
    /* libcurl takes https:///x for https://x. */
    const bool has_host = strncmp(url + strcspn(url, ":"), ":///", 4) != 0;
    if (parts != NULL && has_host && strlen(url) <= WEBHOOK_URL_MAX && strpbrk(url, " \t\r\n") == NULL &&
        curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        fault = judge_parts(parts, scheme, host, networks);
    }
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parts);
    return fault;
}

bool webhook_url_read_host(struct arena *arena, const char *url, struct webhook_url_host *out)
{
    struct sockaddr_storage address;
    char *host = NULL, *port = NULL;
    CURLU *parts = curl_url();
    const bool is_read = parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
                         curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                         curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
    if (is_read) {
        const size_t length = strlen(host);
        const bool is_rooted = length > 1 && host[length - 1] == '.'; /* libcurl keeps names without it */
        out->name = arena_copy_n(arena, host, length - is_rooted);
        out->port = atoi(port);
        out->is_address = host_is_address(host, &address);
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
    return is_read;
}
