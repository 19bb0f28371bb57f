#include "app/identity/auth.h"

#include "app/identity/login.h"
#include "app/identity/token.h"
#include "base/clock.h"
#include "catalog/api_key.h"
#include "catalog/catalog.h"
#include "catalog/employee.h"
#include "sqlite/reader.h"
#include "sqlite/writer.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SIGNING_KEY       "session_signing_key"
#define CACHE_SIZE        512 /* a power of two */
#define CACHE_LOCKS       16
#define KEY_USED_EVERY_MS (3600 * 1000LL) /* how exact api_keys.last_used_at is */
#define CREDENTIAL_MAX    256
#define PASSWORD_GROUPS   4

/* A verified credential. Its digest is keyed, so that nobody can choose where it lands. */
struct entry {
    uint8_t digest[HASH_SIZE];
    int64_t catalog_seq; /* it was verified at; 0: empty */
    struct principal principal;
};

struct app_auth {
    struct app *app;
    uint8_t signing_key[HASH_SIZE];
    uint8_t digest_key[HASH_SIZE];
    struct entry cache[CACHE_SIZE];
    pthread_mutex_t locks[CACHE_LOCKS];
};

static const struct {
    const char *name;
    uint64_t bit;
} scopes_table[AUTH_SCOPE_COUNT] = {
#define X(number, text) {.name = text, .bit = 1ULL << AUTH_SCOPE_NUMBER_##number},
    AUTH_SCOPES(X)
#undef X
};

/* --- scopes ------------------------------------------------------------------------------------------ */

bool auth_allows(uint64_t held, uint64_t needed)
{
    return (held & AUTH_SCOPE_ADMIN) != 0 || (held & needed) == needed;
}

uint64_t auth_scope_named(const char *name)
{
    for (size_t i = 0; i < AUTH_SCOPE_COUNT; i++) {
        if (strcmp(scopes_table[i].name, name) == 0) {
            return scopes_table[i].bit;
        }
    }
    return 0;
}

const char *auth_scope_name(uint64_t scope)
{
    if (scope == 0 || (scope & (scope - 1)) != 0 || scope >> AUTH_SCOPE_COUNT != 0) {
        __builtin_trap(); /* not one scope */
    }
    return scopes_table[__builtin_ctzll(scope)].name;
}

void auth_emit_scopes(struct json_writer *json, uint64_t scopes)
{
    emit_begin_array(json);
    for (size_t i = 0; i < AUTH_SCOPE_COUNT; i++) {
        if ((scopes & scopes_table[i].bit) != 0) {
            emit_string(json, scopes_table[i].name);
        }
    }
    emit_end_array(json);
}

uint64_t auth_scopes_of(const json_t *names)
{
    uint64_t scopes = 0;
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        scopes |= name == NULL ? 0 : auth_scope_named(name);
    }
    return scopes;
}

static uint64_t scopes_of_text(const char *text)
{
    json_t *names = json_loads(text, 0, NULL);
    const uint64_t scopes = auth_scopes_of(names);
    json_decref(names);
    return scopes;
}

/* --- first start ------------------------------------------------------------------------------------- */

/* "k7mw-3xqa-…": no characters that look alike; 80 bits. */
static void make_password(char password[static AUTH_PASSWORD_SIZE])
{
    static const char letters[] = "23456789abcdefghjkmnpqrstuvwxyz_"; /* 32; the last is never printed */
    size_t at = 0;
    for (int group = 0; group < PASSWORD_GROUPS; group++) {
        if (group > 0) {
            password[at++] = '-';
        }
        for (int i = 0; i < 4;) {
            uint8_t byte;
            random_fill(&byte, 1);
            if ((byte & 31) != 31) {
                password[at++] = letters[byte & 31];
                i++;
            }
        }
    }
    password[at] = '\0';
}

static enum status make_administrator(struct db *db, const char *password, char *made, int64_t *seq)
{
    static const struct actor system = {.kind = "system", .name = "first start"};
    if (password == NULL || *password == '\0') {
        make_password(made);
        password = made;
    }
    char hash[LOGIN_HASH_SIZE];
    if (!login_hash_password(password, hash)) {
        return STATUS_OVERLOADED;
    }
    const struct employee administrator = {
        .id = id_new(),
        .username = "admin",
        .name = "Administrator",
        .password_hash = hash,
        .scopes = "[\"admin\"]",
    };
    return employee_add(db, &system, &administrator, seq);
}

enum status auth_prepare(struct db *db, const char *password, char *made, int64_t *catalog_seq)
{
    made[0] = '\0';
    uint8_t key[HASH_SIZE];
    bool found;
    enum status status = secret_read(db, SIGNING_KEY, key, &found);
    if (status == STATUS_OK && !found) {
        random_fill(key, sizeof key);
        status = secret_add(db, SIGNING_KEY, key);
    }
    sodium_memzero(key, sizeof key);
    if (status == STATUS_OK) {
        status = employee_exists(db, &found);
    }
    return status == STATUS_OK && !found ? make_administrator(db, password, made, catalog_seq) : status;
}

enum status auth_open(struct app *app, struct app_auth **out)
{
    struct app_auth *auth = calloc(1, sizeof *auth);
    if (auth == NULL) {
        return STATUS_OVERLOADED;
    }
    auth->app = app;
    random_fill(auth->digest_key, sizeof auth->digest_key);
    for (size_t i = 0; i < CACHE_LOCKS; i++) {
        pthread_mutex_init(&auth->locks[i], NULL);
    }
    struct db *db = reader_take(app->readers);
    bool found;
    const enum status status = secret_read(db, SIGNING_KEY, auth->signing_key, &found);
    reader_give_back(app->readers, db);
    if (status != STATUS_OK || !found) {
        auth_close(auth);
        return status != STATUS_OK ? status : STATUS_INTERNAL_ERROR;
    }
    *out = auth;
    return STATUS_OK;
}

void auth_close(struct app_auth *auth)
{
    if (auth != NULL) {
        sodium_memzero(auth->signing_key, sizeof auth->signing_key);
        free(auth);
    }
}

const uint8_t *auth_signing_key(const struct app_auth *auth)
{
    return auth->signing_key;
}

/* --- checking ---------------------------------------------------------------------------------------- */

/* Cut at a whole character. */
static void copy_name(struct principal *principal, const char *name)
{
    size_t length = strnlen(name, PRINCIPAL_NAME_SIZE - 1);
    while (length > 0 && ((unsigned char)name[length] & 0xc0) == 0x80) {
        length--;
    }
    memcpy(principal->name, name, length);
    principal->name[length] = '\0';
}

static enum status verify_session(struct call *call, const char *credential, struct principal *principal)
{
    struct app_auth *auth = call->app->auth;
    struct token token;
    if (!token_read(credential, auth->signing_key, &token)) {
        return detail_set(&call->detail, STATUS_UNAUTHENTICATED, "The token is not one of this server's.");
    }
    struct db *db = reader_take(call->app->readers);
    struct employee employee;
    bool found = false, revoked = false;
    enum status status = session_is_revoked(db, &token.session_id, &revoked);
    if (status == STATUS_OK) {
        status = employee_read(db, call->arena, &token.employee_id, &employee, &found);
    }
    reader_give_back(call->app->readers, db);
    if (status != STATUS_OK) {
        return status;
    }
    if (revoked) {
        return detail_set(&call->detail, STATUS_UNAUTHENTICATED, "The session has ended.");
    }
    if (!found || employee.archived) {
        return detail_set(&call->detail, STATUS_UNAUTHENTICATED, "The employee is not active.");
    }
    *principal = (struct principal){
        .kind = PRINCIPAL_EMPLOYEE,
        .id = employee.id,
        .session_id = token.session_id,
        .scopes = scopes_of_text(employee.scopes),
        .expires_at_ms = token.expires_at_ms,
    };
    copy_name(principal, employee.name);
    return STATUS_OK;
}

static enum status touch_key(struct db *db, void *context)
{
    return api_key_touch(db, context);
}

static enum status verify_api_key(struct call *call, const char *credential, struct principal *principal)
{
    if (!api_key_is_well_formed(credential)) {
        return detail_set(&call->detail, STATUS_UNAUTHENTICATED, "The API key is not well-formed.");
    }
    const struct hash hash = hash_of(credential, strlen(credential));
    struct db *db = reader_take(call->app->readers);
    struct api_key key;
    bool found;
    const enum status status = api_key_find(db, call->arena, &hash, &key, &found);
    reader_give_back(call->app->readers, db);
    if (status != STATUS_OK) {
        return status;
    }
    if (!found || key.revoked_at_ms != 0) {
        return detail_set(&call->detail, STATUS_UNAUTHENTICATED,
                          found ? "The API key was revoked." : "There is no such API key.");
    }
    *principal = (struct principal){
        .kind = PRINCIPAL_API_KEY,
        .id = key.id,
        .scopes = scopes_of_text(key.scopes),
    };
    copy_name(principal, key.name);
    if (clock_now_ms() - key.last_used_at_ms > KEY_USED_EVERY_MS) {
        /* A note, not part of the request: when the storage takes no writes, reading goes on. */
        (void)!writer_run(call->app->writer, touch_key, &key.id);
    }
    return STATUS_OK;
}

/* A session's time passes without a change of the catalogue. */
static enum status check_expiry(struct call *call, struct principal *principal)
{
    const int64_t expires_at_ms = principal->expires_at_ms;
    if (expires_at_ms == 0 || clock_now_ms() < expires_at_ms) {
        return STATUS_OK;
    }
    *principal = (struct principal){.kind = PRINCIPAL_NONE};
    return detail_set(&call->detail, STATUS_UNAUTHENTICATED, "The token has expired.");
}

static bool find_cached(struct app_auth *auth, const uint8_t digest[static HASH_SIZE], size_t slot,
                        int64_t seq, struct principal *principal)
{
    struct entry *entry = &auth->cache[slot];
    pthread_mutex_t *lock = &auth->locks[slot % CACHE_LOCKS];
    pthread_mutex_lock(lock);
    const bool found = entry->catalog_seq == seq && seq != 0 &&
                       memcmp(entry->digest, digest, sizeof entry->digest) == 0;
    if (found) {
        *principal = entry->principal;
    }
    pthread_mutex_unlock(lock);
    return found;
}

static void keep(struct app_auth *auth, const uint8_t digest[static HASH_SIZE], size_t slot, int64_t seq,
                 const struct principal *principal)
{
    struct entry *entry = &auth->cache[slot];
    pthread_mutex_t *lock = &auth->locks[slot % CACHE_LOCKS];
    pthread_mutex_lock(lock);
    memcpy(entry->digest, digest, sizeof entry->digest);
    entry->principal = *principal;
    entry->catalog_seq = seq;
    pthread_mutex_unlock(lock);
}

enum status auth_check(struct call *call, const char *credential, struct principal *principal)
{
    struct app_auth *auth = call->app->auth;
    const size_t length = strnlen(credential, CREDENTIAL_MAX + 1);
    if (length > CREDENTIAL_MAX) {
        return detail_set(&call->detail, STATUS_UNAUTHENTICATED, "The token is not one of this server's.");
    }
    uint8_t digest[HASH_SIZE];
    crypto_generichash(digest, sizeof digest, (const uint8_t *)credential, length, auth->digest_key,
                       sizeof auth->digest_key);
    const size_t slot = (digest[0] | (size_t)digest[1] << 8) & (CACHE_SIZE - 1);
    /* Read before the database: what is verified is at least as new as this. */
    const int64_t seq = catalog_seq(call->app->catalog);
    if (find_cached(auth, digest, slot, seq, principal)) {
        return check_expiry(call, principal);
    }
    enum status status;
    if (strncmp(credential, TOKEN_PREFIX, sizeof TOKEN_PREFIX - 1) == 0) {
        status = verify_session(call, credential, principal);
    } else if (strncmp(credential, API_KEY_PREFIX, sizeof API_KEY_PREFIX - 1) == 0) {
        status = verify_api_key(call, credential, principal);
    } else {
        return detail_set(&call->detail, STATUS_UNAUTHENTICATED, "The token is not one of this server's.");
    }
    if (status == STATUS_OK) {
        status = check_expiry(call, principal);
    }
    if (status == STATUS_OK) {
        keep(auth, digest, slot, seq, principal);
    }
    return status;
}
