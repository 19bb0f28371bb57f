#include "notify/webhook/webhook_url.h"

#include "notify/webhook/webhook_address.h"

#include <curl/curl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool host_is_address(const char *host, enum webhook_address *judged)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    char bare[INET6_ADDRSTRLEN + 2];
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        *judged = webhook_address_judge((const struct sockaddr *)&v4);
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
    *judged = webhook_address_judge((const struct sockaddr *)&v6);
    return true;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    char *value = NULL;
    const bool has = curl_url_get(url, part, &value, 0) == CURLUE_OK;
    curl_free(value);
    return has;
}

static const char *judge_parts(CURLU *url, const char *scheme, const char *host, bool loopback)
{
    enum webhook_address address = WEBHOOK_ADDRESS_PUBLIC;
    const bool is_address = host_is_address(host, &address);
    const bool is_here = (is_address && address == WEBHOOK_ADDRESS_LOOPBACK) ||
                         strcasecmp(host, "localhost") == 0;
    if (strcmp(scheme, "https") != 0 && !(loopback && is_here && strcmp(scheme, "http") == 0)) {
        return "It must begin with https://, for what is sent is nobody else's business.";
    }
    if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD)) {
        return "It must have no user name and no password: messages are signed instead.";
    }
    if (has_part(url, CURLUPART_FRAGMENT)) {
        return "It must have no fragment.";
    }
    if (is_here && !loopback) {
        return "It leads to the server itself, where no webhook may lead.";
    }
    return is_address && address == WEBHOOK_ADDRESS_PRIVATE
               ? "It leads to an address that is not on the public Internet, where no webhook may lead."
               : NULL;
}

static bool is_ascii(const char *text)
{
    while (*text != '\0' && (unsigned char)*text < 0x80) {
        text++;
    }
    return *text == '\0';
}

const char *webhook_url_fault(const char *url, bool loopback)
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
        fault = judge_parts(parts, scheme, host, loopback);
    }
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parts);
    return fault;
}

bool webhook_url_read_host(struct arena *arena, const char *url, struct webhook_url_host *out)
{
    enum webhook_address judged;
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
        out->is_address = host_is_address(host, &judged);
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
    return is_read;
}
