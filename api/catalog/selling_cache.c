/*
 * Products are in shards, each with its lock:
 *
 *     index    buckets of eight slots; a slot is the position of an entry, or 0
 *     ring     entries, one after the other; positions count its words and only go up, so an entry that was
 *              written over has a position further back than the ring is long
 *     taxes    those that the shard's entries name by their number
 *
 * A shard that meets a newer `seq` starts anew. Registers are few: a list. So are promotions and price lists.
 */
#include "catalog/selling_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS        16
#define WORD          4 /* bytes: entries begin at words */
#define RING_WORDS    (120 * 1024)
#define BUCKETS       1536
#define BUCKET_SLOTS  8
#define TAXES_MAX     32
#define TAX_NAME_MAX  255
#define REGISTERS_MAX 1024

struct kept_tax {
    char id[ID_TEXT_SIZE];
    char name[TAX_NAME_MAX + 1];
    struct pricing_tax tax;
};

/* An entry: this, the prices in lists, the level if it has one, the numbers of the taxes, the SKU and the
 * name, each with a NUL. There are many, so it is packed: 40 bytes. What does not fit in its members is not
 * kept. */
struct entry {
    struct id id;
    uint32_t key, category_key, price_low, price_high;
    uint16_t name_size; /* with the NUL */
    uint8_t sku_size;
    uint8_t list_price_count;
    uint8_t tax_count : 4, kind : 2, has_level : 1, open_price : 1;
    uint8_t archived : 1, deny_oversell : 1, weighed : 1;
    uint16_t unused;
};
_Static_assert(sizeof(struct entry) == 40 && _Alignof(struct entry) == WORD && PRICING_TAXES_MAX < 16 &&
                   SELLING_LIST_PRICES_MAX <= UINT8_MAX && SELLING_GIFT_CARD < 4,
               "entries are packed");

struct shard {
    pthread_mutex_t mutex;
    int64_t seq;
    uint32_t head; /* the next position; the first is RING_WORDS, so that 0 is none */
    unsigned tax_count;
    struct kept_tax taxes[TAXES_MAX];
    uint32_t index[BUCKETS][BUCKET_SLOTS];
    _Alignas(struct entry) unsigned char ring[RING_WORDS * WORD];
};

struct selling_cache {
    pthread_mutex_t mutex; /* guards the registers and the offers */
    int64_t seq;
    struct arena arena; /* of both */
    bool has_offers;
    struct offers offers;
    size_t register_count;
    struct selling_register registers[REGISTERS_MAX];
    struct shard shards[SHARDS];
};

struct selling_cache *selling_cache_new(void)
{
    struct selling_cache *cache = calloc(1,
                                         sizeof *cache); /* so large that the kernel gives zeros, untouched */
    if (cache == NULL) {
        return NULL;
    }
    pthread_mutex_init(&cache->mutex, NULL);
    arena_init(&cache->arena);
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&cache->shards[i].mutex, NULL);
        cache->shards[i].head = RING_WORDS;
    }
    return cache;
}

void selling_cache_free(struct selling_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_destroy(&cache->shards[i].mutex);
    }
    arena_free(&cache->arena);
    pthread_mutex_destroy(&cache->mutex);
    free(cache);
}

/* --- products --- */

/* The random part of a UUID; its last byte chooses the shard. */
static uint64_t hash_of_id(const struct id *id)
{
    uint64_t hash;
    memcpy(&hash, id->bytes + 8, sizeof hash);
    return hash * 0x9e3779b97f4a7c15u;
}

static struct shard *shard_of(struct selling_cache *cache, const struct id *id)
{
    return &cache->shards[hash_of_id(id) >> 60];
}

static uint32_t *bucket_of(struct shard *shard, const struct id *id)
{
    return shard->index[(hash_of_id(id) >> 40) % BUCKETS];
}

/* Whether the shard is of this `seq`; a newer one empties it, and so does the end of the positions. The lock
 * is held. */
static bool shard_is_at(struct shard *shard, int64_t seq)
{
    if (seq > shard->seq || shard->head > UINT32_MAX - 2 * RING_WORDS) {
        memset(shard->index, 0, sizeof shard->index);
        shard->head = RING_WORDS;
        shard->tax_count = 0;
        shard->seq = seq > shard->seq ? seq : shard->seq;
    }
    return seq == shard->seq;
}

static struct entry *entry_at(struct shard *shard, uint32_t position)
{
    return (struct entry *)(void *)(shard->ring + (size_t)(position % RING_WORDS) * WORD);
}

static bool is_there(const struct shard *shard, uint32_t position)
{
    return position != 0 && shard->head - position <= RING_WORDS;
}

static struct entry *find_entry(struct shard *shard, const struct id *id)
{
    const uint32_t *bucket = bucket_of(shard, id);
    for (size_t i = 0; i < BUCKET_SLOTS; i++) {
        if (is_there(shard, bucket[i]) && id_equal(&entry_at(shard, bucket[i])->id, id)) {
            return entry_at(shard, bucket[i]);
        }
    }
    return NULL;
}

static const struct selling_list_price *copy_list_prices(const struct entry *entry, struct arena *arena)
{
    const size_t size = entry->list_price_count * sizeof(struct selling_list_price);
    if (size == 0) {
        return NULL;
    }
    void *copy = arena_alloc(arena, size);
    memcpy(copy, entry + 1, size);
    return copy;
}

static void copy_out(const struct shard *shard, const struct entry *entry, struct arena *arena,
                     struct selling_product *out)
{
    const unsigned char *at = (const unsigned char *)(entry + 1);
    at += entry->list_price_count * sizeof(struct selling_list_price);
    int64_t level = SELLING_NO_LEVEL;
    if (entry->has_level) {
        memcpy(&level, at, sizeof level);
        at += sizeof level;
    }
    const unsigned char *taxes = at;
    const char *sku = (const char *)taxes + entry->tax_count;
    *out = (struct selling_product){
        .key = entry->key,
        .id = entry->id,
        .archived = entry->archived,
        .deny_oversell = entry->deny_oversell,
        .open_price = entry->open_price,
        .kind = (enum selling_kind)entry->kind,
        .low_stock_at = level,
        .sku = arena_copy_n(arena, sku, entry->sku_size - 1u),
        .name = arena_copy_n(arena, sku + entry->sku_size, entry->name_size - 1u),
        .pricing.key = entry->key,
        .pricing.category_key = entry->category_key,
        .pricing.price_minor = (int64_t)((uint64_t)entry->price_high << 32 | entry->price_low),
        .pricing.unit = entry->weighed ? PRICING_WEIGHED : PRICING_EACH,
        .pricing.tax_count = entry->tax_count,
        .list_price_count = entry->list_price_count,
        .list_prices = copy_list_prices(entry, arena),
    };
    for (unsigned i = 0; i < entry->tax_count; i++) {
        const struct kept_tax *tax = &shard->taxes[taxes[i]];
        out->pricing.taxes[i] = tax->tax;
        out->pricing.tax_names[i].id = arena_copy(arena, tax->id);
        out->pricing.tax_names[i].name = arena_copy(arena, tax->name);
    }
}

bool selling_cache_find_product(struct selling_cache *cache, int64_t seq, const struct id *id,
                                struct arena *arena, struct selling_product *out)
{
    if (cache == NULL) {
        return false;
    }
    struct shard *shard = shard_of(cache, id);
    pthread_mutex_lock(&shard->mutex);
    const struct entry *entry = shard_is_at(shard, seq) ? find_entry(shard, id) : NULL;
    if (entry != NULL) {
        copy_out(shard, entry, arena, out);
    }
    pthread_mutex_unlock(&shard->mutex);
    return entry != NULL;
}

static bool write_tax(struct kept_tax *kept, const struct pricing_tax_name *name,
                      const struct pricing_tax *tax)
{
    const size_t id_size = strlen(name->id) + 1, name_size = strlen(name->name) + 1;
    if (id_size > sizeof kept->id || name_size > sizeof kept->name) {
        return false;
    }
    memcpy(kept->id, name->id, id_size);
    memcpy(kept->name, name->name, name_size);
    kept->tax = *tax;
    return true;
}

/* The numbers of a product's taxes; false when the shard has no room for one. */
static bool number_taxes(struct shard *shard, const struct pricing_product *pricing,
                         unsigned char numbers[static PRICING_TAXES_MAX])
{
    for (unsigned i = 0; i < pricing->tax_count; i++) {
        unsigned number = 0;
        while (number < shard->tax_count && strcmp(shard->taxes[number].id, pricing->tax_names[i].id) != 0) {
            number++;
        }
        if (number == shard->tax_count) {
            if (number == TAXES_MAX ||
                !write_tax(&shard->taxes[number], &pricing->tax_names[i], &pricing->taxes[i])) {
                return false;
            }
            shard->tax_count++;
        }
        numbers[i] = (unsigned char)number;
    }
    return true;
}

/* Room for an entry at the head: it does not reach over the ring's end. */
static uint32_t take_room(struct shard *shard, size_t size)
{
    const uint32_t words = (uint32_t)((size + WORD - 1) / WORD);
    const uint32_t left = RING_WORDS - shard->head % RING_WORDS;
    if (left < words) {
        shard->head += left;
    }
    const uint32_t position = shard->head;
    shard->head += words;
    return position;
}

/* The entry of a product that fits its members; false for another. */
static bool make_entry(const struct selling_product *product, struct entry *entry)
{
    const size_t sku_size = strlen(product->sku) + 1, name_size = strlen(product->name) + 1;
    const struct pricing_product *pricing = &product->pricing;
    if (sku_size > UINT8_MAX || name_size > UINT16_MAX || product->key < 0 || product->key > UINT32_MAX ||
        pricing->category_key < 0 || pricing->category_key > UINT32_MAX ||
        product->list_price_count > UINT8_MAX) {
        return false;
    }
    *entry = (struct entry){
        .id = product->id,
        .key = (uint32_t)product->key,
        .category_key = (uint32_t)pricing->category_key,
        .price_low = (uint32_t)pricing->price_minor,
        .price_high = (uint32_t)((uint64_t)pricing->price_minor >> 32),
        .name_size = (uint16_t)name_size,
        .sku_size = (uint8_t)sku_size,
        .list_price_count = (uint8_t)product->list_price_count,
        .tax_count = pricing->tax_count & 15,
        .kind = (unsigned)product->kind & 3,
        .has_level = product->low_stock_at != SELLING_NO_LEVEL,
        .open_price = product->open_price,
        .archived = product->archived,
        .deny_oversell = product->deny_oversell,
        .weighed = pricing->unit == PRICING_WEIGHED,
    };
    return true;
}

static unsigned char *put(unsigned char *at, const void *bytes, size_t size)
{
    if (size > 0) {
        memcpy(at, bytes, size);
    }
    return at + size;
}

static void write_entry(struct shard *shard, const struct selling_product *product,
                        const unsigned char *tax_numbers)
{
    struct entry entry;
    if (!make_entry(product, &entry)) {
        return;
    }
    const size_t prices_size = product->list_price_count * sizeof *product->list_prices;
    const size_t level_size = entry.has_level ? sizeof product->low_stock_at : 0;
    const uint32_t position = take_room(shard, sizeof entry + prices_size + level_size + entry.tax_count +
                                                   entry.sku_size + entry.name_size);
    unsigned char *at = put((unsigned char *)entry_at(shard, position), &entry, sizeof entry);
    at = put(at, product->list_prices, prices_size);
    at = put(at, &product->low_stock_at, level_size);
    at = put(at, tax_numbers, entry.tax_count);
    at = put(at, product->sku, entry.sku_size);
    (void)put(at, product->name, entry.name_size);

    uint32_t *bucket = bucket_of(shard, &product->id), *oldest = &bucket[0];
    for (size_t i = 1; i < BUCKET_SLOTS; i++) {
        if (bucket[i] < *oldest) {
            oldest = &bucket[i];
        }
    }
    *oldest = position;
}

void selling_cache_keep_product(struct selling_cache *cache, int64_t seq,
                                const struct selling_product *product)
{
    if (cache == NULL) {
        return;
    }
    struct shard *shard = shard_of(cache, &product->id);
    unsigned char tax_numbers[PRICING_TAXES_MAX];
    pthread_mutex_lock(&shard->mutex);
    if (shard_is_at(shard, seq) && find_entry(shard, &product->id) == NULL &&
        number_taxes(shard, &product->pricing, tax_numbers)) {
        write_entry(shard, product, tax_numbers);
    }
    pthread_mutex_unlock(&shard->mutex);
}

/* --- registers --- */

static const char *copy(struct arena *arena, const char *string)
{
    return string == NULL ? NULL : arena_copy(arena, string);
}

static struct selling_register copy_register(const struct selling_register *register_, struct arena *arena)
{
    struct selling_register out = *register_;
    out.code = copy(arena, register_->code);
    out.name = copy(arena, register_->name);
    out.store_code = copy(arena, register_->store_code);
    out.store_name = copy(arena, register_->store_name);
    out.currency = copy(arena, register_->currency);
    out.time_zone = copy(arena, register_->time_zone);
    out.address = copy(arena, register_->address);
    out.tax_number = copy(arena, register_->tax_number);
    out.receipt_header = copy(arena, register_->receipt_header);
    out.receipt_footer = copy(arena, register_->receipt_footer);
    out.receipt_language = copy(arena, register_->receipt_language);
    return out;
}

/* Whether registers and offers are of this `seq`; a newer one empties them. The lock is held. */
static bool cache_is_at(struct selling_cache *cache, int64_t seq)
{
    if (seq > cache->seq) {
        cache->register_count = 0;
        cache->has_offers = false;
        cache->seq = seq;
        arena_reset(&cache->arena);
    }
    return seq == cache->seq;
}

static const struct selling_register *find_register(const struct selling_cache *cache, const struct id *id)
{
    for (size_t i = 0; i < cache->register_count; i++) {
        if (id_equal(&cache->registers[i].id, id)) {
            return &cache->registers[i];
        }
    }
    return NULL;
}

bool selling_cache_find_register(struct selling_cache *cache, int64_t seq, const struct id *id,
                                 struct arena *arena, struct selling_register *out)
{
    if (cache == NULL) {
        return false;
    }
    pthread_mutex_lock(&cache->mutex);
    const struct selling_register *found = cache_is_at(cache, seq) ? find_register(cache, id) : NULL;
    if (found != NULL) {
        *out = copy_register(found, arena);
    }
    pthread_mutex_unlock(&cache->mutex);
    return found != NULL;
}

void selling_cache_keep_register(struct selling_cache *cache, int64_t seq,
                                 const struct selling_register *register_)
{
    if (cache == NULL) {
        return;
    }
    pthread_mutex_lock(&cache->mutex);
    if (cache_is_at(cache, seq) && cache->register_count < REGISTERS_MAX &&
        find_register(cache, &register_->id) == NULL) {
        cache->registers[cache->register_count++] = copy_register(register_, &cache->arena);
    }
    pthread_mutex_unlock(&cache->mutex);
}

/* --- offers --- */

bool selling_cache_find_offers(struct selling_cache *cache, int64_t seq,
                               const struct offers_question *question, struct arena *arena,
                               struct offers *out)
{
    if (cache == NULL) {
        return false;
    }
    pthread_mutex_lock(&cache->mutex);
    const bool found = cache_is_at(cache, seq) && cache->has_offers;
    if (found) {
        offers_select(&cache->offers, question, arena, out);
    }
    pthread_mutex_unlock(&cache->mutex);
    return found;
}

void selling_cache_keep_offers(struct selling_cache *cache, int64_t seq, const struct offers *all)
{
    if (cache == NULL) {
        return;
    }
    pthread_mutex_lock(&cache->mutex);
    if (cache_is_at(cache, seq) && !cache->has_offers) {
        offers_copy(all, &cache->arena, &cache->offers);
        cache->has_offers = true;
    }
    pthread_mutex_unlock(&cache->mutex);
}
