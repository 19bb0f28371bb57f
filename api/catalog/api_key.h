/*
 * API keys and revoked sessions: credentials. Their change entries have no body, for they are secrets.
 */
#ifndef MYPOS_CATALOG_API_KEY_H
#define MYPOS_CATALOG_API_KEY_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/text.h"
#include "catalog/change.h"

struct api_key {
    int64_t key; /* the row's: the list's cursor */
    struct id id;
    const char *name, *prefix;
    const char *scopes;                                    /* a JSON array of names */
    int64_t created_at_ms, last_used_at_ms, revoked_at_ms; /* 0: never */
};

/* Strings are copied to the arena. */
MUST_CHECK enum status api_key_read(struct db *db, struct arena *arena, const struct id *id,
                                    struct api_key *key, bool *found);
MUST_CHECK enum status api_key_find(struct db *db, struct arena *arena, const struct hash *secret_hash,
                                    struct api_key *key, bool *found);

/* Those after a row's key, in order; `count` of them were found, at most `limit`. */
MUST_CHECK enum status api_key_list(struct db *db, struct arena *arena, int64_t after, unsigned limit,
                                    struct api_key *keys, unsigned *count);

/* Inside an act, with the change entry. STATUS_ID_TAKEN when the id is. */
MUST_CHECK enum status api_key_add(struct db *db, const struct actor *actor, const struct api_key *key,
                                   const struct hash *secret_hash, int64_t *seq);
MUST_CHECK enum status api_key_revoke(struct db *db, const struct actor *actor, const struct api_key *key,
                                      int64_t *seq);

/* Inside an act of the writer: notes that a key was used here. No change of the catalogue: each instance has
 * its own notes. */
MUST_CHECK enum status api_key_touch(struct db *db, const struct id *id);

/* Sessions that were ended before their time. Inside an act, with the change entry; also forgets those
 * whose time has passed anyway. */
MUST_CHECK enum status session_revoke(struct db *db, const struct actor *actor, const struct id *session_id,
                                      int64_t expires_at_ms, int64_t *seq);
MUST_CHECK enum status session_is_revoked(struct db *db, const struct id *session_id, bool *revoked);

/* The server's own secrets. `value` has room for HASH_SIZE bytes. */
MUST_CHECK enum status secret_read(struct db *db, const char *name, uint8_t value[static HASH_SIZE],
                                   bool *found);
MUST_CHECK enum status secret_add(struct db *db, const char *name, const uint8_t value[static HASH_SIZE]);

#endif
