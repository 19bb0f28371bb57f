#include "app/app.h"

#include "catalog/catalog.h"
#include "sqlite/idempotency.h"
#include "sqlite/writer.h"

#include <sodium.h>
#include <string.h>

_Static_assert(HASH_SIZE == crypto_secretbox_KEYBYTES, "a hash is a key of crypto_secretbox");

struct write {
    struct call *call;
    call_act act;
    void *context;
};

/* What is kept of an answer with a secret: nonce, then the sealed body. */
static void seal_body(struct call *call, struct kept_answer *kept)
{
    const size_t length = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + kept->body_length;
    uint8_t *sealed = arena_alloc(call->arena, length);
    random_fill(sealed, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES, (const uint8_t *)kept->body,
                          kept->body_length, sealed, call->seal->bytes);
    kept->body = (const char *)sealed;
    kept->body_length = length;
}

/* Whoever has the Idempotency-Key but another token than the first time cannot open it. */
static enum status open_body(struct call *call, struct kept_answer *kept)
{
    const size_t head = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    const uint8_t *sealed = (const uint8_t *)kept->body;
    if (sealed == NULL || kept->body_length < head) {
        return STATUS_INTERNAL_ERROR;
    }
    char *body = arena_alloc(call->arena, kept->body_length - head + 1);
    if (crypto_secretbox_open_easy((uint8_t *)body, sealed + crypto_secretbox_NONCEBYTES,
                                   kept->body_length - crypto_secretbox_NONCEBYTES, sealed,
                                   call->seal->bytes) != 0) {
        return detail_set(
            &call->detail, STATUS_IDEMPOTENCY_KEY_REUSED,
            "The first answer holds a secret and is shown only to the token that it was made for.");
    }
    kept->body = body;
    kept->body_length -= head;
    return STATUS_OK;
}

static enum status replay(struct call *call, struct kept_answer *kept)
{
    if (call->seal != NULL) {
        const enum status status = open_body(call, kept);
        if (status != STATUS_OK) {
            return status;
        }
    }
    call->answer = (struct answer){
        .http_status = kept->http_status,
        .location = kept->location,
        .etag = kept->etag,
        .body = kept->body,
        .body_length = kept->body_length,
        .replayed = true,
    };
    return STATUS_OK;
}

static enum status write_act(struct db *db, void *context)
{
    struct write *write = context;
    struct call *call = write->call;
    struct kept_answer kept;
    bool found;
    enum status status = idempotency_find(db, &call->idempotency, call->arena, &kept, &found);
    if (status != STATUS_OK) {
        return status;
    }
    if (found) {
        return replay(call, &kept);
    }
    status = write->act(call, db, write->context);
    if (status != STATUS_OK || !call->idempotency.present) {
        return status;
    }
    kept = (struct kept_answer){
        .http_status = call->answer.http_status == 0 ? 200 : call->answer.http_status,
        .location = call->answer.location,
        .etag = call->answer.etag,
        .body = call->answer.body,
        .body_length = call->answer.body_length,
    };
    if (call->seal != NULL) {
        seal_body(call, &kept);
    }
    return idempotency_keep(db, &call->idempotency, &kept);
}

static enum status advance(struct call *call, enum status status)
{
    if (status == STATUS_OK && call->answer.catalog_seq > 0) {
        catalog_seq_advance(call->app->catalog, call->answer.catalog_seq);
    }
    return status;
}

enum status call_write(struct call *call, call_act act, void *context)
{
    struct write write = {.call = call, .act = act, .context = context};
    return advance(call, writer_run(call->app->writer, write_act, &write));
}

enum status call_write_alone(struct call *call, call_act act, void *context)
{
    struct write write = {.call = call, .act = act, .context = context};
    return advance(call, writer_run_alone(call->app->writer, write_act, &write));
}

void call_answer_text(struct call *call, struct text *body)
{
    call->answer.body = text_string(body);
    call->answer.body_length = body->length;
}

int64_t app_catalog_seq(const struct app *app)
{
    return catalog_seq(app->catalog);
}
