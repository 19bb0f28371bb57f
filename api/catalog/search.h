/*
 * Product search: what a cashier types, and the products that fit best.
 *
 * Words may be whole, begun or from the middle of a word, in any order; all must be there. Case, accents
 * and punctuation do not matter (base/fold.h). Numbers are looked up as SKUs and barcodes too, whole or
 * begun. When nothing has all the words, words that are nearly right are corrected: one slip in a short
 * word, two in a long one.
 *
 * The best first: the whole code; the whole name; names that begin with these words; whole words; begun
 * names, codes and words; pieces of words; corrected words. Among equals the shorter name.
 *
 * The work is bounded whatever the size of the catalogue: each of the steps above looks at a limited number
 * of candidates, and steps that cannot give better hits than those at hand are left out.
 */
#ifndef MYPOS_CATALOG_SEARCH_H
#define MYPOS_CATALOG_SEARCH_H

#include "base/arena.h"
#include "catalog/entity.h"

#define SEARCH_HITS_MAX  50
#define SEARCH_WORDS_MAX 10

struct search {
    const char *query; /* as typed */
    unsigned limit;    /* 1 … SEARCH_HITS_MAX */
    enum entity_archived archived;
    const struct id *category_id; /* NULL: all */
};

/* Gives the keys of the best hits, the best first. */
MUST_CHECK enum status search_products(struct db *db, struct arena *arena, const struct search *search,
                                       int64_t keys[static SEARCH_HITS_MAX], unsigned *count);

/* Words that an act has met, so that those of thousands of names are looked up once. Starts zeroed; valid
 * until the act ends. */
#define SEARCH_MEMORY_SLOTS 16384
struct search_memory {
    uint64_t hashes[SEARCH_MEMORY_SLOTS];
};

/* Inside an act: keeps the index in step with a product that is new or has a new name or SKU. `memory` may
 * be NULL. */
MUST_CHECK enum status search_index(struct db *db, struct search_memory *memory, int64_t product_key,
                                    bool is_new, const char *name, size_t name_length, const char *sku,
                                    size_t sku_length);

#endif
