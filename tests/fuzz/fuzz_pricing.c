/*
 * Pricing: whatever a cart is made of, it is refused or its money is conserved: on each line, for each
 * discount and in all; and pricing it again, with an explanation, gives the same.
 *
 * The bytes are read as numbers, one after the other; when there are no more they are 0.
 */
#include "core/money.h"
#include "core/pricing/pricing.h"
#include "core/quantity.h"

#include "fuzz.h"

#include <string.h>

#define LINES      12
#define PRODUCTS   4
#define PROMOTIONS 4
#define DISCOUNTS  3
#define KEYS       6

struct input {
    const uint8_t *bytes;
    size_t size;
};

static uint8_t read_byte(struct input *input)
{
    if (input->size == 0) {
        return 0;
    }
    input->size--;
    return *input->bytes++;
}

/* A number of 0 to 8 bytes: the first says how many, and whether it is negative. */
static int64_t read_number(struct input *input)
{
    const uint8_t head = read_byte(input);
    uint64_t number = 0;
    for (unsigned i = head % 9; i > 0; i--) {
        number = number << 8 | read_byte(input);
    }
    return (int64_t)(head >= 250 ? 0 - number : number);
}

static void read_product(struct input *input, int64_t key, struct pricing_product *product)
{
    *product =
        (struct pricing_product){.key = key, .category_key = key % 2, .price_minor = read_number(input)};
    const uint8_t head = read_byte(input);
    product->unit = head & 1 ? PRICING_WEIGHED : PRICING_EACH;
    product->tax_count = head / 2 % (PRICING_TAXES_MAX + 1);
    for (unsigned i = 0; i < product->tax_count; i++) {
        const uint8_t kind = read_byte(input);
        product->taxes[i] = (struct pricing_tax){
            .kind = kind & 1 ? PRICING_TAX_FIXED : PRICING_TAX_PERCENT,
            .inclusive = kind & 2,
            .compound = kind & 4,
            .key = kind / 8 % 4,
        };
        *(kind & 1 ? &product->taxes[i].amount_per_unit : &product->taxes[i].rate) = read_number(input);
    }
}

static unsigned read_discounts(struct input *input, struct pricing_discount *discounts)
{
    const unsigned count = read_byte(input) % (DISCOUNTS + 1);
    for (unsigned i = 0; i < count; i++) {
        discounts[i].kind = read_byte(input) & 1 ? PRICING_DISCOUNT_AMOUNT : PRICING_DISCOUNT_PERCENT;
        discounts[i].value = read_number(input);
    }
    return count;
}

static void read_promotion(struct input *input, const int64_t *keys, struct promotion *promotion)
{
    const uint8_t head = read_byte(input), scope = read_byte(input);
    *promotion = (struct promotion){
        .kind = (enum promotion_kind)(head % 5),
        .exclusive = head & 128,
        .value_is_percent = head & 64,
        .value = read_number(input),
        .buy = (int32_t)read_number(input),
        .get = (int32_t)read_number(input),
        .quantity = (int32_t)read_number(input),
        .price = read_number(input),
        .threshold = read_number(input),
        .coupon = head & 32 ? "x" : NULL,
        .products = {keys, scope % KEYS},
        .categories = {keys, scope / KEYS % 3},
    };
}

static void check_line(const struct pricing_cart *cart, const struct pricing_line *line)
{
    int64_t shares = 0, inclusive = 0, exclusive = 0;
    for (const struct pricing_share *share = pricing_first_share(cart, line); share != NULL;
         share = pricing_next_share(cart, share)) {
        FUZZ_CHECK(share->amount > 0 && &cart->lines[share->line] == line);
        shares += share->amount;
    }
    for (unsigned i = 0; i < line->product->tax_count; i++) {
        const struct pricing_tax *tax = &line->product->taxes[i];
        FUZZ_CHECK(line->taxes[i].amount >= 0 && line->taxes[i].base >= 0);
        *(tax->inclusive ? &inclusive : &exclusive) += line->taxes[i].amount;
    }
    const int64_t net = line->gross - line->discount;
    FUZZ_CHECK(shares == line->discount && net >= 0);
    FUZZ_CHECK(!line->undiscounted || shares == 0 || line->discount_count > 0);
    FUZZ_CHECK(line->exempted >= 0 && inclusive + line->exempted <= net);
    FUZZ_CHECK(line->total == net - line->exempted + exclusive);
}

static void check_cart(const struct pricing_cart *cart)
{
    const struct pricing_totals *totals = &cart->totals;
    int64_t gross = 0, discount = 0, total = 0;
    for (size_t i = 0; i < cart->line_count; i++) {
        check_line(cart, &cart->lines[i]);
        gross += cart->lines[i].gross;
        discount += cart->lines[i].discount;
        total += cart->lines[i].total;
    }
    FUZZ_CHECK(totals->subtotal == gross && totals->discount_total == discount && totals->total == total);
    FUZZ_CHECK(total <= MONEY_MAX && gross <= MONEY_MAX);
    FUZZ_CHECK(total == gross - discount + totals->tax_total - totals->tax_included);
    FUZZ_CHECK(cart->share_count <= pricing_share_room(cart));
}

static void count_step(void *context, const struct pricing_step *step)
{
    FUZZ_CHECK(step->rounded >= 0 && step->exact_micro >= 0);
    ++*(size_t *)context;
}

static void price(struct pricing_cart *cart)
{
    struct pricing_fault fault;
    size_t steps = 0;
    if (pricing_price(cart, NULL, NULL, &fault) != STATUS_OK) {
        FUZZ_CHECK(fault.line <= cart->line_count && fault.code != NULL && fault.member != NULL);
        return;
    }
    check_cart(cart);
    const struct pricing_totals before = cart->totals;
    FUZZ_CHECK(pricing_price(cart, count_step, &steps, &fault) == STATUS_OK);
    FUZZ_CHECK(memcmp(&before, &cart->totals, sizeof before) == 0 && steps > cart->line_count);
    check_cart(cart);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct pricing_product products[PRODUCTS];
    static struct pricing_line lines[LINES];
    static struct pricing_discount line_discounts[LINES][DISCOUNTS], discounts[DISCOUNTS];
    static struct promotion promotions[PROMOTIONS];
    static struct pricing_tax_amount taxes[LINES * PRICING_TAXES_MAX];
    static struct pricing_share shares[LINES * (2 * DISCOUNTS + PROMOTION_LINE_MAX)];
    static const int64_t keys[KEYS] = {0, 1, 2, 3, 4, 5};
    static const char *const coupons[] = {"X"};
    const struct promotion_facts facts = {.at_ms = 1, .coupons = coupons, .coupon_count = 1};
    struct input input = {bytes, size};
    const uint8_t head = read_byte(&input), counts = read_byte(&input);
    for (int i = 0; i < PRODUCTS; i++) {
        read_product(&input, i, &products[i]);
    }
    struct pricing_cart cart = {
        .options = {.tax_rounding = head & 1 ? PRICING_TAX_PER_RECEIPT : PRICING_TAX_PER_LINE,
                    .rounding_mode = head & 2 ? ROUNDING_HALF_EVEN : ROUNDING_HALF_UP},
        .lines = lines,
        .line_count = counts % (LINES + 1),
        .discounts = discounts,
        .discount_count = read_discounts(&input, discounts),
        .exempt = head & 4,
        .promotions = promotions,
        .promotion_count = counts / 16 % (PROMOTIONS + 1),
        .facts = &facts,
        .tax_amounts = taxes,
        .shares = shares,
    };
    for (size_t i = 0; i < cart.promotion_count; i++) {
        read_promotion(&input, keys, &promotions[i]);
    }
    for (size_t i = 0; i < cart.line_count; i++) {
        const uint8_t kind = read_byte(&input);
        lines[i] = (struct pricing_line){
            .product = &products[kind % PRODUCTS],
            .quantity = kind & 64 ? read_number(&input) : (1 + kind / 8 % 8) * QUANTITY_ONE,
            .price_source = kind & 128 ? PRICING_PRICE_OVERRIDE : PRICING_PRICE_CATALOGUE,
            .unit_price = kind & 128 ? read_number(&input) : 0,
            .discount_count = (uint8_t)read_discounts(&input, line_discounts[i]),
            .discounts = line_discounts[i],
        };
        const uint8_t flags = read_byte(&input);
        lines[i].exempt = (flags & 7) == 7;
        lines[i].undiscounted = (flags & 56) == 56;
    }
    price(&cart);
    return 0;
}
