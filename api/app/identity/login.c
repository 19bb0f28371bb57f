#include "app/identity/login.h"

#include "app/identity/auth.h"
#include "app/identity/token.h"
#include "base/clock.h"
#include "catalog/api_key.h"
#include "catalog/employee.h"
#include "sqlite/reader.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <time.h>

/* One of the settings that OWASP's Password Storage Cheat Sheet calls equal: 19 MiB and 2 passes, 12 and 3,
 * 9 and 4. The least memory: a login must not be what fills a small machine. hash_of_nobody has the same. */
#define PASSES          4
#define MEMORY          (9u << 20)
#define WAITERS_MAX     16 /* logins that wait for their turn; more are refused */
#define FREE_FAILURES   5  /* tries before waiting begins */
#define WAIT_MAX_MS     (5 * 60 * 1000)
#define FORGET_AFTER_MS (15 * 60 * 1000)
#define TRIES           1024 /* user names and addresses that are remembered; a power of two */

_Static_assert(LOGIN_HASH_SIZE == crypto_pwhash_STRBYTES, "libsodium's size");

/* The turn to hash: memory for one. */
static struct {
    pthread_mutex_t lock;
    unsigned waiting;
    pthread_mutex_t turn;
} hashing = {.lock = PTHREAD_MUTEX_INITIALIZER, .turn = PTHREAD_MUTEX_INITIALIZER};

static bool take_turn(void)
{
    pthread_mutex_lock(&hashing.lock);
    const bool room = hashing.waiting < WAITERS_MAX;
    hashing.waiting += room;
    pthread_mutex_unlock(&hashing.lock);
    if (room) {
        pthread_mutex_lock(&hashing.turn);
    }
    return room;
}

static void end_turn(void)
{
    pthread_mutex_unlock(&hashing.turn);
    pthread_mutex_lock(&hashing.lock);
    hashing.waiting--;
    pthread_mutex_unlock(&hashing.lock);
}

bool login_hash_password(const char *password, char hash[static LOGIN_HASH_SIZE])
{
    if (!take_turn()) {
        return false;
    }
    const int result = crypto_pwhash_str_alg(hash, password, strlen(password), PASSES, MEMORY,
                                             crypto_pwhash_ALG_ARGON2ID13);
    end_turn();
    return result == 0;
}

/* --- failures ---------------------------------------------------------------------------------------- */

/* What is remembered of a user name at an address. Two that fall on one place share it: then somebody waits
 * who need not, and nobody guesses faster. */
struct tries {
    unsigned failures;
    int64_t last_ms, next_ms;
};

static struct {
    pthread_mutex_t lock;
    struct tries of[TRIES];
} failed = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct tries *tries_of(const char *username, const char *address)
{
    char folded[AUTH_USERNAME_MAX * 4 + 1];
    size_t length = 0;
    for (; username[length] != '\0' && length < sizeof folded - 1; length++) {
        const char letter = username[length];
        folded[length] = (char)(letter >= 'A' && letter <= 'Z' ? letter | 0x20 : letter);
    }
    folded[length] = '\0';
    const char *const both[] = {folded, address};
    const struct hash hash = hash_of_strings(both, 2);
    return &failed.of[(hash.bytes[0] | (size_t)hash.bytes[1] << 8) & (TRIES - 1)];
}

/* Seconds to wait before the next try; 0 for none. */
static int seconds_to_wait(const char *username, const char *address)
{
    const int64_t now_ms = clock_now_ms();
    pthread_mutex_lock(&failed.lock);
    struct tries *tries = tries_of(username, address);
    if (now_ms - tries->last_ms > FORGET_AFTER_MS) {
        *tries = (struct tries){0};
    }
    const int64_t left_ms = tries->next_ms - now_ms;
    pthread_mutex_unlock(&failed.lock);
    return left_ms > 0 ? (int)((left_ms + 999) / 1000) : 0;
}

static void note_try(const char *username, const char *address, bool succeeded)
{
    const int64_t now_ms = clock_now_ms();
    pthread_mutex_lock(&failed.lock);
    struct tries *tries = tries_of(username, address);
    if (succeeded) {
        *tries = (struct tries){0};
    } else {
        tries->last_ms = now_ms;
        if (++tries->failures >= FREE_FAILURES) {
            const unsigned doublings = tries->failures - FREE_FAILURES;
            const int64_t wait_ms = doublings < 16 ? 1000LL << doublings : WAIT_MAX_MS;
            tries->next_ms = now_ms + (wait_ms < WAIT_MAX_MS ? wait_ms : WAIT_MAX_MS);
        }
    }
    pthread_mutex_unlock(&failed.lock);
}

/* --- logging in and out ------------------------------------------------------------------------------ */

/* The hash of random bytes that nobody knows: an unknown user name takes as long as a wrong password. */
static const char hash_of_nobody[] = "$argon2id$v=19$m=9216,t=4,p=1$0c2m+V7UHO4YvYPYlBMqqg"
                                     "$3TLjNhF6v3GTDsHw0LxlJrsVzlB4de07LDSMNyL6iDo";

/* Compares under the turn. STATUS_OVERLOADED when too many wait. */
static enum status check_password(const char *hash, const char *password, bool *right)
{
    if (!take_turn()) {
        return STATUS_OVERLOADED;
    }
    *right = crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
    end_turn();
    return STATUS_OK;
}

static enum status find_employee(struct call *call, const char *username, struct employee *employee,
                                 bool *found)
{
    struct db *db = reader_take(call->app->readers);
    const enum status status = employee_find(db, call->arena, username, employee, found);
    reader_give_back(call->app->readers, db);
    return status;
}

static uint64_t scopes_of(const struct employee *employee)
{
    json_t *names = json_loads(employee->scopes, 0, NULL);
    const uint64_t scopes = auth_scopes_of(names);
    json_decref(names);
    return scopes;
}

static void answer_session(struct call *call, const struct employee *employee)
{
    const int64_t now_ms = clock_now_ms();
    const struct token token = {
        .employee_id = employee->id,
        .session_id = id_new(),
        .issued_at_ms = now_ms,
        .expires_at_ms = now_ms + AUTH_SESSION_S * 1000LL,
    };
    char text[TOKEN_TEXT_SIZE], id[ID_TEXT_SIZE];
    token_write(&token, auth_signing_key(call->app->auth), text);
    struct text body = arena_text(call->arena, 512);
    struct json_writer json = json_writer(&body);
    emit_begin_object(&json);
    emit_member_string(&json, "access_token", text);
    emit_member_string(&json, "token_type", "Bearer");
    emit_member_int(&json, "expires_in", AUTH_SESSION_S);
    emit_name(&json, "employee");
    emit_begin_object(&json);
    emit_member_string(&json, "id", id_format(&employee->id, id));
    emit_member_string(&json, "name", employee->name);
    emit_member_string(&json, "username", employee->username);
    emit_name(&json, "scopes");
    auth_emit_scopes(&json, scopes_of(employee));
    emit_end_object(&json);
    emit_end_object(&json);
    call_answer_text(call, &body);
}

enum status auth_login(struct call *call, const char *username, const char *password, const char *address)
{
    const int wait_s = seconds_to_wait(username, address);
    if (wait_s > 0) {
        call->detail.retry_after_s = wait_s;
        return detail_set(&call->detail, STATUS_TOO_MANY_REQUESTS,
                          "Too many wrong passwords for this user name: try again in %d s.", wait_s);
    }
    struct employee employee;
    bool found;
    enum status status = find_employee(call, username, &employee, &found);
    if (status != STATUS_OK) {
        return status;
    }
    const bool can_log_in = found && !employee.archived && employee.password_hash != NULL;
    bool right = false;
    status = check_password(can_log_in ? employee.password_hash : hash_of_nobody, password, &right);
    if (status != STATUS_OK) {
        call->detail.retry_after_s = 1;
        return detail_set(&call->detail, status, "Too many are logging in.");
    }
    note_try(username, address, can_log_in && right);
    if (!can_log_in || !right) {
        return STATUS_INVALID_CREDENTIALS;
    }
    answer_session(call, &employee);
    return STATUS_OK;
}

static enum status revoke_session(struct call *call, struct db *db, void *nothing)
{
    (void)nothing;
    const struct actor actor = {.kind = "employee", .id = &call->principal.id, .name = call->principal.name};
    call->answer.http_status = 204;
    return session_revoke(db, &actor, &call->principal.session_id, call->principal.expires_at_ms,
                          &call->answer.catalog_seq);
}

enum status auth_logout(struct call *call)
{
    if (call->principal.kind != PRINCIPAL_EMPLOYEE) {
        call->answer.http_status = 204; /* a key is ended by revoking it */
        return STATUS_OK;
    }
    return call_write(call, revoke_session, NULL);
}

enum status auth_me(struct call *call)
{
    const struct principal *principal = &call->principal;
    const bool is_employee = principal->kind == PRINCIPAL_EMPLOYEE;
    struct employee employee = {0};
    if (is_employee) {
        struct db *db = reader_take(call->app->readers);
        bool found;
        const enum status status = employee_read(db, call->arena, &principal->id, &employee, &found);
        reader_give_back(call->app->readers, db);
        if (status != STATUS_OK || !found) {
            return status != STATUS_OK ? status : STATUS_UNAUTHENTICATED;
        }
    }
    char id[ID_TEXT_SIZE], expires[CLOCK_TEXT_SIZE];
    struct text body = arena_text(call->arena, 512);
    struct json_writer json = json_writer(&body);
    emit_begin_object(&json);
    emit_member_string(&json, "kind", is_employee ? "employee" : "api_key");
    emit_member_string(&json, "id", id_format(&principal->id, id));
    emit_member_string(&json, "name", principal->name);
    if (is_employee) {
        emit_member_string(&json, "username", employee.username);
    }
    emit_name(&json, "scopes");
    auth_emit_scopes(&json, principal->scopes);
    if (is_employee) {
        emit_member_string(&json, "expires_at", clock_format(principal->expires_at_ms, expires));
    }
    emit_end_object(&json);
    call_answer_text(call, &body);
    return STATUS_OK;
}
