#include "app/app.h"

#include "catalog/catalog.h"
#include "sqlite/idempotency.h"

#include <sodium.h>
#include <string.h>

_Static_assert(HASH_SIZE == crypto_secretbox_KEYBYTES, "a hash is a key of crypto_secretbox");

struct write {
    struct call *call;
    call_act act;
    void *context;
    struct answer answer; /* as they were before: the act may be run again */
    struct detail detail;
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
    call->answer = write->answer;
    call->detail = write->detail;
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

static enum status run(struct call *call, call_act act, void *context, bool large)
{
    struct write write = {
        .call = call, .act = act, .context = context, .answer = call->answer, .detail = call->detail};
    const enum status status = catalog_write(call->app->catalog, write_act, &write, large);
    if (status == STATUS_OK && call->answer.catalog_seq > 0) {
        catalog_seq_advance(call->app->catalog, call->answer.catalog_seq);
    }
    return status;
}

enum status call_write(struct call *call, call_act act, void *context)
{
    return run(call, act, context, false);
}

enum status call_write_alone(struct call *call, call_act act, void *context)
{
    return run(call, act, context, true);
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

bool app_catalog_wait(const struct app *app, int64_t seq, int64_t wait_ms)
{
    return catalog_wait(app->catalog, seq, wait_ms);
}

bool app_catalog_is_broken(struct call *call)
{
    char words[CATALOG_WORDS_MAX];
    if (!catalog_is_broken(call->app->catalog, words)) {
        return false;
    }
    (void)detail_set(&call->detail, STATUS_NOT_READY, "The catalogue is being made anew: %s", words);
    return true;
}
