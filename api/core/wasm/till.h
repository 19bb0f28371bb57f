/*
 * A till's cart, built by calls of numbers and texts: the core as WebAssembly sees it (web-ui/lib/core.js).
 *
 * One cart at a time, in static memory:
 *
 *     till_begin                       an empty cart
 *     till_text                        room for a text; its address stands for it in the calls below
 *     till_product, till_tax …         products with their taxes, numbered from 0
 *     till_promotion, till_key …       what the shop takes off; till_fact … where, when and for whom
 *     till_line, till_line_discount …  lines of products
 *     till_discount, till_exempt       the basket
 *     till_price                       1 when it could be priced
 *     till_quote                       the Quote, or what is wrong, as JSON; till_output is where it stands
 *
 * What follows a product, a promotion or a line is of the last one. A call that has no more room, or names
 * what is not there, makes the cart unpriceable: till_price says so, "too_many". Texts are UTF-8 and end in
 * NUL; 0 stands for none.
 *
 * Freestanding. Not for the server: it has its own arrays.
 */
#ifndef MYPOS_CORE_WASM_TILL_H
#define MYPOS_CORE_WASM_TILL_H

#include "core/pricing/quote_json.h"

#define TILL_TEXT_SIZE   (512 * 1024)
#define TILL_OUTPUT_SIZE (4 * 1024 * 1024)
#define TILL_KEYS_MAX    8192 /* of all promotions */

#ifdef __wasm__
#define TILL_EXPORT(name) __attribute__((export_name(#name)))
#else
#define TILL_EXPORT(name)
#endif

TILL_EXPORT(till_begin) void till_begin(int tax_per_receipt, int half_even);

/* Room for a text of `length` bytes; the caller writes them there, the NUL is put. NULL when there is none.
 */
TILL_EXPORT(till_text) char *till_text(uint32_t length);

/* `weighed`: else sold by the piece. */
TILL_EXPORT(till_product)
void till_product(int64_t key, int64_t category_key, int64_t price, int weighed, const char *id,
                  const char *sku, const char *name);

/* `amount_per_unit` is of a fixed tax, `rate` of a percentage: the other is 0. */
TILL_EXPORT(till_tax)
void till_tax(uint32_t key, int64_t rate, int64_t amount_per_unit, int is_fixed, int inclusive, int compound,
              const char *id, const char *name);

/* `kind` is enum promotion_kind. The numbers of another kind are 0. */
TILL_EXPORT(till_promotion)
void till_promotion(int kind, int exclusive, int value_is_percent, int64_t value, const char *id,
                    const char *name, const char *coupon);
TILL_EXPORT(till_promotion_units)
void till_promotion_units(int32_t buy, int32_t get, int32_t quantity, int64_t price, int64_t threshold);
TILL_EXPORT(till_promotion_times)
void till_promotion_times(int64_t from_ms, int64_t until_ms, uint32_t days, int from_minute,
                          int until_minute);

/* A key of a list of the last promotion, or of the facts. The keys of one list come one after the other. */
enum till_list {
    TILL_PRODUCTS,
    TILL_CATEGORIES,
    TILL_GROUPS,
    TILL_STORES,
    TILL_CUSTOMER_GROUPS, /* of the facts */
};
TILL_EXPORT(till_key) void till_key(enum till_list list, int64_t key);

TILL_EXPORT(till_facts) void till_facts(int64_t at_ms, uint32_t weekday, uint32_t minute, int64_t store_key);
TILL_EXPORT(till_coupon) void till_coupon(const char *code);

TILL_EXPORT(till_line) void till_line(uint32_t product, int64_t quantity, int64_t tare, const char *note);
/* `source` is enum pricing_price_source. */
TILL_EXPORT(till_line_price) void till_line_price(int source, int64_t unit_price, const char *reason);
/* `kind` is enum pricing_discount_kind. */
TILL_EXPORT(till_line_discount) void till_line_discount(int kind, int64_t value, const char *reason);
TILL_EXPORT(till_line_exempt) void till_line_exempt(const char *reason);
TILL_EXPORT(till_line_undiscounted) void till_line_undiscounted(void);

TILL_EXPORT(till_discount) void till_discount(int kind, int64_t value, const char *reason);
TILL_EXPORT(till_exempt) void till_exempt(const char *reason);

TILL_EXPORT(till_price) int till_price(void);
TILL_EXPORT(till_total) int64_t till_total(void);

/* Writes the Quote of a cart that could be priced, or {"code":…,"line":…,"member":…} of one that could not:
 * `line` is 1 for the first, null for the basket. Returns the length; 0 when there is no room for it. */
TILL_EXPORT(till_quote) uint32_t till_quote(const char *currency, int64_t cash_rounding, int trace);
TILL_EXPORT(till_output) const char *till_output(void);

#endif
