#include "http/op.h"

#include "base/log.h"
#include "http/contract.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* A handler that asks for a parameter which its operation does not have is a defect: found by the first
 * test of the operation. */
static unsigned index_of(const struct op_call *op, const struct parameter *parameters, unsigned count,
                         const char *name)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(parameters[i].name, name) == 0) {
            return i;
        }
    }
    struct log_line line = log_begin(LOG_ERROR, "parameter_unknown");
    log_text(&line, "operation", op->operation->id);
    log_text(&line, "parameter", name);
    log_end(&line);
    abort();
}

const char *op_path(const struct op_call *op, const char *name)
{
    return op->path_values[index_of(op, op->operation->path_parameters, op->operation->path_count, name)];
}

struct id op_path_id(const struct op_call *op, const char *name)
{
    struct id id = {{0}};
    (void)id_parse(op_path(op, name), &id);
    return id;
}

const char *op_query(const struct op_call *op, const char *name)
{
    return op->query_values[index_of(op, op->operation->query_parameters, op->operation->query_count, name)];
}

int64_t op_query_int(const struct op_call *op, const char *name, int64_t otherwise)
{
    const char *text = op_query(op, name);
    return text == NULL ? otherwise : strtoll(text, NULL, 10);
}

bool op_query_bool(const struct op_call *op, const char *name, bool otherwise)
{
    const char *text = op_query(op, name);
    return text == NULL ? otherwise : strcmp(text, "true") == 0;
}

bool op_query_id(const struct op_call *op, const char *name, struct id *id)
{
    const char *text = op_query(op, name);
    return text != NULL && id_parse(text, id);
}

const char *op_client_address(const struct op_call *op)
{
    char *text = arena_alloc(op->call.arena, INET6_ADDRSTRLEN);
    const void *address = NULL;
    if (op->client != NULL && op->client->sa_family == AF_INET) {
        address = &((const struct sockaddr_in *)(const void *)op->client)->sin_addr;
    } else if (op->client != NULL && op->client->sa_family == AF_INET6) {
        address = &((const struct sockaddr_in6 *)(const void *)op->client)->sin6_addr;
    }
    return address != NULL && inet_ntop(op->client->sa_family, address, text, INET6_ADDRSTRLEN) != NULL
               ? text
               : "unknown";
}
