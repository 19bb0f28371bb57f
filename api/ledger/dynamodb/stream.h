/*
 * Streams: the items of a query one after the other, page by page, as many as are asked for.
 *
 *     struct dynamodb_stream stream = ledger_dynamodb_stream(ledger, &query);
 *     while ((status = ledger_dynamodb_next(&stream, &item)) == STATUS_OK && item != NULL) …
 *     ledger_dynamodb_stream_close(&stream);
 */
#ifndef MYPOS_LEDGER_DYNAMODB_STREAM_H
#define MYPOS_LEDGER_DYNAMODB_STREAM_H

#include "ledger/dynamodb/internal.h"

struct dynamodb_stream {
    const struct ledger_dynamodb *ledger;
    struct dynamodb_query query;   /* what it names outlives the stream */
    struct dynamodb_answer answer; /* the page */
    json_t *last;                  /* its LastEvaluatedKey */
    size_t at;                     /* in the page */
    bool begun, scans;
};

struct dynamodb_stream ledger_dynamodb_stream(const struct ledger_dynamodb *ledger,
                                              const struct dynamodb_query *query);

/* Every item of a table whose pk begins with `hash` (NULL: every one), in no order; consistent. It reads, and
 * pays for, the whole table. Of `query` only the table, the hash, the projection and the limit are looked at.
 */
struct dynamodb_stream ledger_dynamodb_scan(const struct ledger_dynamodb *ledger,
                                            const struct dynamodb_query *query);

/* One page of such a scan, from the one whose LastEvaluatedKey is `after` on; or of an index, which lags, and of
 * which each item is there that has its attributes. `patience_ms` is that of ledger_dynamodb_read. */
enum status ledger_dynamodb_scan_page(const struct ledger_dynamodb *ledger,
                                      const struct dynamodb_query *query, int64_t patience_ms,
                                      struct arena *arena, struct dynamodb_answer *answer);

/* The next item, which lives until the one after it is asked for; NULL at the end. */
MUST_CHECK enum status ledger_dynamodb_next(struct dynamodb_stream *stream, const json_t **item);

void ledger_dynamodb_stream_close(struct dynamodb_stream *stream);

#endif
