#include "aws/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool endpoint_parse(const char *url, struct endpoint *endpoint)
{
    static const char *const schemes[] = {"https", "http"}, *const default_ports[] = {":443", ":80"};
    for (size_t i = 0; i < 2; i++) {
        const size_t length = strlen(schemes[i]);
        if (strncmp(url, schemes[i], length) != 0 || strncmp(url + length, "://", 3) != 0) {
            continue;
        }
        const char *host = url + length + 3;
        size_t host_length = strcspn(host, "/?#@ ");
        const char *path = host + host_length;
        size_t path_length = strlen(path);
        while (path_length > 0 && path[path_length - 1] == '/') {
            path_length--;
        }
        if (host_length == 0 || host_length >= sizeof endpoint->host ||
            path_length >= sizeof endpoint->path || (*path != '\0' && *path != '/') ||
            strpbrk(path, "?# ") != NULL) {
            return false;
        }
        const size_t port = strlen(default_ports[i]);
        if (host_length > port && memcmp(host + host_length - port, default_ports[i], port) == 0) {
            host_length -= port;
        }
        *endpoint = (struct endpoint){.is_custom = true};
        snprintf(endpoint->scheme, sizeof endpoint->scheme, "%s", schemes[i]);
        memcpy(endpoint->host, host, host_length);
        memcpy(endpoint->path, path, path_length);
        return true;
    }
    return false;
}

enum status endpoint_of(const struct aws_service *service, const char *region, struct detail *detail,
                        struct endpoint *endpoint)
{
    char name[64];
    snprintf(name, sizeof name, "AWS_ENDPOINT_URL_%s", service->endpoint_id);
    const char *url = getenv(name);
    if (url == NULL || *url == '\0') {
        snprintf(name, sizeof name, "AWS_ENDPOINT_URL");
        url = getenv(name);
    }
    if (url != NULL && *url != '\0') {
        return endpoint_parse(url, endpoint)
                   ? STATUS_OK
                   : detail_set(detail, STATUS_VALIDATION_FAILED,
                                "%s must be a URL such as https://host:port, without a query.", name);
    }
    *endpoint = (struct endpoint){.scheme = "https"};
    const char *suffix = strncmp(region, "cn-", 3) == 0 ? ".cn" : "";
    snprintf(endpoint->host, sizeof endpoint->host, "%s.%s.amazonaws.com%s", service->host, region, suffix);
    return STATUS_OK;
}

/* A bucket is part of the host's name, unless the name has dots, which the certificate's wildcard does not
 * cover. */
void endpoint_address(const struct endpoint *endpoint, const char *bucket, const char *path,
                      struct arena *arena, const char **host, const char **full_path)
{
    path = path == NULL || *path == '\0' ? "/" : path;
    if (bucket == NULL) {
        *host = endpoint->host;
        *full_path = arena_printf(arena, "%s%s", endpoint->path, path);
    } else if (endpoint->is_custom || strchr(bucket, '.') != NULL) {
        *host = endpoint->host;
        *full_path = arena_printf(arena, "%s/%s%s", endpoint->path, bucket, path);
    } else {
        *host = arena_printf(arena, "%s.%s", bucket, endpoint->host);
        *full_path = arena_copy(arena, path);
    }
}
