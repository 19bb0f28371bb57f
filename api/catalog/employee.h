/*
 * Employees: who can log in. Their change entries have no body, for a row holds a password's hash.
 */
#ifndef MYPOS_CATALOG_EMPLOYEE_H
#define MYPOS_CATALOG_EMPLOYEE_H

#include "base/arena.h"
#include "catalog/change.h"

struct employee {
    struct id id;
    bool archived;
    const char *username, *name;
    const char *password_hash; /* NULL: cannot log in */
    const char *scopes;        /* a JSON array of names */
};

/* Strings are copied to the arena. `found` says whether there is such an employee. */
MUST_CHECK enum status employee_read(struct db *db, struct arena *arena, const struct id *id,
                                     struct employee *employee, bool *found);
MUST_CHECK enum status employee_find(struct db *db, struct arena *arena, const char *username,
                                     struct employee *employee, bool *found);

/* Whether there is any. */
MUST_CHECK enum status employee_exists(struct db *db, bool *exists);

/* Inside an act: adds one, with its change entry. */
MUST_CHECK enum status employee_add(struct db *db, const struct actor *actor, const struct employee *employee,
                                    int64_t *seq);

#endif
