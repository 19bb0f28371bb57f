/*
 * Authentication: who asks, and what they may do.
 *
 * Two kinds of credentials, both sent as "Authorization: Bearer …":
 *
 *   mypos_tok_…   a session of an employee: who, which session, until when, signed with HMAC-SHA256 under a
 *                 key that the database keeps. Nothing is stored for it but its revocation.
 *   mypos_live_…  an API key: 32 random characters and a checksum, of which the database has the SHA-256.
 *
 * A verified credential is remembered for one state of the catalogue: whatever changes an employee, a key
 * or a session is a change of the catalogue, so it acts on the next request, and a request costs no
 * statement as long as nothing changes.
 *
 * Passwords are kept as Argon2id (libsodium; 9 MiB, 4 passes, as OWASP's cheat sheet has it). One is hashed
 * at a time, so that logins cannot take all memory, and each failure makes the next try of that user name
 * from that address wait longer.
 */
#ifndef MYPOS_APP_AUTH_H
#define MYPOS_APP_AUTH_H

#include "app/app.h"

/* X(BIT, "name") */
#define AUTH_SCOPES(X)                                                                                       \
    X(ADMIN, "admin")                                                                                        \
    X(METRICS_READ, "metrics:read")                                                                          \
    X(STORES_READ, "stores:read")                                                                            \
    X(STORES_WRITE, "stores:write")                                                                          \
    X(REGISTERS_READ, "registers:read")                                                                      \
    X(REGISTERS_WRITE, "registers:write")                                                                    \
    X(CATEGORIES_READ, "categories:read")                                                                    \
    X(CATEGORIES_WRITE, "categories:write")                                                                  \
    X(TAXES_READ, "taxes:read")                                                                              \
    X(TAXES_WRITE, "taxes:write")                                                                            \
    X(PRODUCTS_READ, "products:read")                                                                        \
    X(PRODUCTS_WRITE, "products:write")                                                                      \
    X(CUSTOMER_GROUPS_READ, "customer_groups:read")                                                          \
    X(CUSTOMER_GROUPS_WRITE, "customer_groups:write")                                                        \
    X(PRICE_LISTS_READ, "price_lists:read")                                                                  \
    X(PRICE_LISTS_WRITE, "price_lists:write")                                                                \
    X(PROMOTIONS_READ, "promotions:read")                                                                    \
    X(PROMOTIONS_WRITE, "promotions:write")                                                                  \
    X(CATALOG_READ, "catalog:read")                                                                          \
    X(STOCK_READ, "stock:read")                                                                              \
    X(STOCK_WRITE, "stock:write")                                                                            \
    X(QUOTES_CREATE, "quotes:create")                                                                        \
    X(TRANSACTIONS_CREATE, "transactions:create")                                                            \
    X(TRANSACTIONS_READ, "transactions:read")                                                                \
    X(TRANSACTIONS_DISCOUNT, "transactions:discount")                                                        \
    X(TRANSACTIONS_PRICE_OVERRIDE, "transactions:price_override")                                            \
    X(TRANSACTIONS_TAX_EXEMPT, "transactions:tax_exempt")                                                    \
    X(TRANSACTIONS_VOID, "transactions:void")                                                                \
    X(TRANSACTIONS_REFUND, "transactions:refund")                                                            \
    X(TRANSACTIONS_REFUND_UNREFERENCED, "transactions:refund_unreferenced")                                  \
    X(CUSTOMERS_READ, "customers:read")                                                                      \
    X(CUSTOMERS_WRITE, "customers:write")                                                                    \
    X(CUSTOMERS_CREDIT, "customers:credit")                                                                  \
    X(CUSTOMERS_ERASE, "customers:erase")                                                                    \
    X(GIFT_CARDS_READ, "gift_cards:read")                                                                    \
    X(GIFT_CARDS_WRITE, "gift_cards:write")                                                                  \
    X(PARKED_CARTS_READ, "parked_carts:read")                                                                \
    X(PARKED_CARTS_WRITE, "parked_carts:write")                                                              \
    X(SHIFTS_READ, "shifts:read")                                                                            \
    X(SHIFTS_WRITE, "shifts:write")                                                                          \
    X(REPORTS_READ, "reports:read")                                                                          \
    X(WEBHOOKS_READ, "webhooks:read")                                                                        \
    X(WEBHOOKS_WRITE, "webhooks:write")

enum auth_scope_number {
#define X(bit, name) AUTH_SCOPE_NUMBER_##bit,
    AUTH_SCOPES(X)
#undef X
    AUTH_SCOPE_COUNT
};

/* The bit of a scope: AUTH_SCOPE(ADMIN). */
#define AUTH_SCOPE(bit)  (1ULL << AUTH_SCOPE_NUMBER_##bit)
#define AUTH_SCOPE_ADMIN AUTH_SCOPE(ADMIN)

#define AUTH_SESSION_S    3600
#define AUTH_USERNAME_MAX 64

struct app_auth;
struct db;

/* Inside an act of the writer: makes the signing key and the first administrator "admin" when they are
 * missing. `password` may be NULL: then a random one is made and copied to `made` (at least
 * AUTH_PASSWORD_SIZE bytes), which is "" otherwise. */
#define AUTH_PASSWORD_SIZE 32
MUST_CHECK enum status auth_prepare(struct db *db, const char *password, char *made, int64_t *catalog_seq);

/* Reads the signing key. The caller owns it. */
MUST_CHECK enum status auth_open(struct app *app, struct app_auth **auth);
void auth_close(struct app_auth *auth);

/* Finds whose token or key it is. STATUS_UNAUTHENTICATED, with the reason in the call's detail. */
MUST_CHECK enum status auth_check(struct call *call, const char *credential, struct principal *principal);

/* Whether scopes hold all that are needed; admin holds all. */
bool auth_allows(uint64_t held, uint64_t needed);

/* The bit of a scope's name, 0 for none; and the name of a bit. */
uint64_t auth_scope_named(const char *name);
const char *auth_scope_name(uint64_t scope);

/* Scopes as a JSON array of names, and back; unknown names are left out. */
void auth_emit_scopes(struct json_writer *json, uint64_t scopes);
uint64_t auth_scopes_of(const json_t *names);

/* POST auth/login, POST auth/logout, GET auth/me. */
MUST_CHECK enum status auth_login(struct call *call, const char *username, const char *password,
                                  const char *address);
MUST_CHECK enum status auth_logout(struct call *call);
MUST_CHECK enum status auth_me(struct call *call);

#endif
