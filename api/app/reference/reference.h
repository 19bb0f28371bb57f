/*
 * Reference data: create, read, list, update and archive stores, registers, categories, taxes, products,
 * customer groups, price lists and promotions.
 */
#ifndef MYPOS_APP_REFERENCE_H
#define MYPOS_APP_REFERENCE_H

#include "app/app.h"

enum reference {
    REFERENCE_STORE,
    REFERENCE_REGISTER,
    REFERENCE_CATEGORY,
    REFERENCE_TAX,
    REFERENCE_PRODUCT,
    REFERENCE_CUSTOMER_GROUP,
    REFERENCE_PRICE_LIST,
    REFERENCE_PROMOTION,
    REFERENCE_WEBHOOK, /* but for its creation: app/webhooks/webhooks.h */
};

enum reference_archived {
    REFERENCE_EXCLUDE,
    REFERENCE_ONLY,
    REFERENCE_INCLUDE,
};

struct reference_query {
    unsigned limit;
    const char *cursor; /* NULL: from the start */
    enum reference_archived archived;
    const struct id *filter; /* NULL: all; of registers the store, of products the category */
};

/* Bodies are valid by the contract. Answers carry the entity, its version as ETag, and the catalogue's
 * sequence. */
MUST_CHECK enum status reference_create(struct call *call, enum reference which, const json_t *body);
MUST_CHECK enum status reference_read(struct call *call, enum reference which, const struct id *id);
MUST_CHECK enum status reference_list(struct call *call, enum reference which,
                                      const struct reference_query *query);

/* A merge patch; `if_match` is the header's value, or NULL. */
MUST_CHECK enum status reference_update(struct call *call, enum reference which, const struct id *id,
                                        const json_t *patch, const char *if_match);

/* Whether an update would find what it expects, before work is done for it: the entity's not_found,
 * STATUS_VERSION_MISMATCH. */
MUST_CHECK enum status reference_expect(struct call *call, enum reference which, const struct id *id,
                                        const char *if_match);

/* For answers of the catalogue that are lists: their ETag is made of their hash. */
void reference_answer_list(struct call *call, struct text *body, int64_t catalog_seq);

#endif
