/*
 * The application: what every use case works with.
 *
 * `struct app` lives as long as the process and is shared by all threads. `struct call` is one request, or
 * one run of a subcommand, in one thread.
 *
 * A use case takes a call and returns a status; on success it has set the answer's body, on failure the
 * detail says what and where.
 */
#ifndef MYPOS_APP_APP_H
#define MYPOS_APP_APP_H

#include "base/detail.h"
#include "base/id.h"
#include "base/idempotency_key.h"
#include "base/json_writer.h"

#include <jansson.h>
#include <sys/types.h>

/* The edge includes this page but sees no backend, so they are only named here. */
struct db;
struct writer;
struct readers;
struct catalog;
struct ledger;
struct images;
struct app_auth;
struct app_imports;
struct shift_memory;
struct receipt_mailer;
struct webhook_dispatcher;

struct app {
    struct writer *writer;         /* sqlite/writer.h */
    struct readers *readers;       /* sqlite/reader.h */
    struct catalog *catalog;       /* catalog/catalog.h */
    const struct ledger *ledger;   /* ledger/ledger.h */
    const struct images *images;   /* images/images.h */
    struct app_auth *auth;         /* app/identity/auth.h */
    struct app_imports *imports;   /* app/reference/product_imports.h */
    struct shift_memory *shifts;   /* app/shifts/shift_memory.h */
    struct receipt_mailer *mailer; /* app/receipts/receipt_mailer.h; NULL: no mail server is configured */
    struct webhook_dispatcher *webhooks; /* app/webhooks/webhook_dispatcher.h; NULL in subcommands */
    const char *data_directory;
};

enum principal_kind {
    PRINCIPAL_NONE,
    PRINCIPAL_EMPLOYEE,
    PRINCIPAL_API_KEY,
    PRINCIPAL_SYSTEM, /* a subcommand, the first start */
};

#define PRINCIPAL_NAME_SIZE 128

/* Who asks. Scopes are a bit set: app/identity/auth.h names the bits. */
struct principal {
    enum principal_kind kind;
    struct id id;
    struct id session_id; /* of an employee's token */
    char name[PRINCIPAL_NAME_SIZE];
    uint64_t scopes;
    int64_t expires_at_ms; /* 0: never */
};

/* An answer. Strings live in the call's arena or for ever. */
struct answer {
    int http_status;          /* 0: 200 */
    const char *content_type; /* NULL: application/json */
    const char *body;
    size_t body_length;
    const char *location;
    const char *etag;          /* with its quotes */
    int64_t catalog_seq;       /* 0: not an answer about the catalogue */
    bool replayed;             /* the kept answer of an earlier request */
    const char *cache_control; /* NULL: "no-store" */
    const char *content_disposition;
    const char *content_security_policy; /* NULL: what fits the content type */
    /* A body that is produced while it is sent; NULL for `body`. Returns the bytes written (at most `size`),
     * 0 at the end, -1 when it cannot go on. `stream_close` is always called, once. */
    ssize_t (*stream)(void *context, char *buffer, size_t size);
    void (*stream_close)(void *context);
    void *stream_context;
};

struct call {
    struct app *app;
    struct arena *arena;
    struct detail detail;
    struct principal principal;
    const char *approval;      /* the credential of who approves what the principal may not do alone; NULL */
    struct principal approver; /* whose it is, once it was looked at: app/identity/approval.h */
    struct idempotency_key idempotency;
    const struct hash *seal; /* encrypts the kept answer, which holds a secret; NULL: it is kept in clear */
    const char *request_id;
    struct answer answer;
};

/* Runs a write of the catalogue with its idempotency record: looks for a kept answer, runs the act, keeps
 * the answer that the act set in `call->answer`; all in one transaction, on all instances (catalog_write).
 * The act may be run more than once: answer and detail are then as they were before. When the act set
 * `catalog_seq`, the catalogue advances to it once it is durable. */
typedef enum status (*call_act)(struct call *call, struct db *db, void *context);
MUST_CHECK enum status call_write(struct call *call, call_act act, void *context);

/* The same for an act that writes very much. */
MUST_CHECK enum status call_write_alone(struct call *call, call_act act, void *context);

/* Sets a JSON body. */
void call_answer_text(struct call *call, struct text *body);

/* The newest durable change of the catalogue; waiting for one, at most so long. */
int64_t app_catalog_seq(const struct app *app);
bool app_catalog_wait(const struct app *app, int64_t seq, int64_t wait_ms);

/* Whether the catalogue must not be used now: the detail says why. */
bool app_catalog_is_broken(struct call *call);

#endif
