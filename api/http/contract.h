/*
 * Contract: the OpenAPI 3.1 document as router, authoriser and validator.
 *
 * Compiled once at start from the document that is embedded in the binary, packed (http/pack). Every operationId has one
 * handler in op_table (http/operations.c), and every handler one operation: otherwise the server refuses to
 * start and names the culprit. The same goes for whatever the document says that the server would not do:
 * an unknown keyword, scope, header or format.
 *
 * Extensions: x-mypos-max-body (bytes; CONTRACT_BODY_MAX without it), x-mypos-streamed (the body is spooled
 * to a file and handed over as a descriptor), x-mypos-sealed (the answer holds a secret: what is kept for
 * idempotency is encrypted with what only the client knows), x-mypos-refuses-card-numbers
 * (http/card_guard.h), x-mypos-multiline (http/schema.h).
 */
#ifndef MYPOS_HTTP_CONTRACT_H
#define MYPOS_HTTP_CONTRACT_H

#include "http/op.h"
#include "http/request.h"
#include "http/schema.h"
#include "telemetry/metrics.h"

#define CONTRACT_BODY_MAX        (1 << 20)
#define CONTRACT_MEDIA_TYPES_MAX 4
#define CONTRACT_STATUSES        32 /* kinds of HTTP status that are counted */

enum parameter_place {
    PARAMETER_PATH,
    PARAMETER_QUERY,
    PARAMETER_HEADER,
};

struct parameter {
    const char *name;
    const char *pointer; /* "#/query/limit" */
    enum parameter_place place;
    enum request_header header;
    bool required;
    const struct schema *schema;
    const char *otherwise; /* the default as text; NULL without */
};

struct operation {
    const char *id;
    const char *path; /* "/api/v1/products/{product_id}" */
    enum http_method method;
    op_handler handler;
    bool open;       /* needs no credentials */
    uint64_t scopes; /* all of them are needed */
    const char *scope_names;
    struct parameter *path_parameters, *query_parameters, *header_parameters;
    unsigned path_count, query_count, header_count;
    const char *request_types[CONTRACT_MEDIA_TYPES_MAX + 1]; /* ends with NULL */
    const char *answer_types[CONTRACT_MEDIA_TYPES_MAX + 1];
    const struct schema *body; /* NULL when the body is no JSON or there is none */
    bool body_required, streamed, sealed, idempotent, refuses_card_numbers, takes_gzip;
    uint64_t body_limit; /* 0: takes no body */
    /* telemetry */
    struct metric_histogram *_Atomic durations; /* made when first used, like the counters */
    struct metric_counter *_Atomic answers[CONTRACT_STATUSES];
};

/* An address of the document. */
struct route {
    const char *allow;                          /* "GET, HEAD, OPTIONS" */
    struct operation *operations[METHOD_COUNT]; /* HEAD has GET's */
};

struct contract;

/* Compiles the document; the words of a refusal go to `detail`. The caller owns the contract. */
MUST_CHECK enum status contract_compile(const char *document, size_t length, const struct op_entry *table,
                                        struct contract **contract, struct detail *detail);
void contract_free(struct contract *contract);

/* The route of a decoded path, with the path's values in the order of path_parameters; NULL when there is
 * none. `values` has room for TARGET_SEGMENTS_MAX. */
const struct route *contract_match(const struct contract *contract, const struct target *target,
                                   const char **values);

/* What stands for requests that match no operation: "unmatched" and "static" in logs and metrics. */
extern struct operation contract_unmatched, contract_static;

/* Counts an answer. */
void contract_count(struct operation *operation, int http_status, int64_t duration_us);

#endif
