/*
 * What sales read of the catalogue, kept in memory.
 *
 * Every commit of the ledger makes SQLite's readers forget the pages they hold, so under load a sale would
 * read each product from the file. This cache is of the catalogue alone: what is in it is valid for one
 * value of catalog_seq, and the first use with a newer one empties it. It takes a bounded amount of memory,
 * which it touches only as it fills: 8 MB hold some 90,000 products; the oldest go first.
 *
 * Any thread. Correct use: `seq` for finding is catalog_seq now, `seq` for keeping is change_newest in the
 * read transaction that the rows came from.
 */
#ifndef MYPOS_CATALOG_SELLING_CACHE_H
#define MYPOS_CATALOG_SELLING_CACHE_H

#include "catalog/offers.h"

struct selling_cache;

/* NULL without memory; the functions below take NULL for a cache that has nothing and keeps nothing. */
struct selling_cache *selling_cache_new(void);
void selling_cache_free(struct selling_cache *cache);

/* Copies what is kept to the arena; false when it is not there. */
bool selling_cache_find_register(struct selling_cache *cache, int64_t seq, const struct id *id,
                                 struct arena *arena, struct selling_register *out);
bool selling_cache_find_product(struct selling_cache *cache, int64_t seq, const struct id *id,
                                struct arena *arena, struct selling_product *out);

/* offers_select of the offers that are kept; false when they are not there. */
bool selling_cache_find_offers(struct selling_cache *cache, int64_t seq,
                               const struct offers_question *question, struct arena *arena,
                               struct offers *out);

/* Keeps a copy, if it fits. */
void selling_cache_keep_register(struct selling_cache *cache, int64_t seq,
                                 const struct selling_register *register_);
void selling_cache_keep_product(struct selling_cache *cache, int64_t seq,
                                const struct selling_product *product);
void selling_cache_keep_offers(struct selling_cache *cache, int64_t seq, const struct offers *all);

#endif
