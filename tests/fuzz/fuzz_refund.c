/*
 * Refunds: whatever line is read from a record, if it adds up then its shares do, none is more than what was
 * sold, and together they are the line; whatever was paid, no more is paid back.
 *
 * The bytes are the line's numbers, then the portions in which it comes back.
 */
#include "core/refund.h"

#include "core/money.h"
#include "fuzz.h"

#include <string.h>

struct input {
    const uint8_t *at, *end;
};

/* A number of as many bytes as the first one says, so that small ones are short. */
static int64_t take(struct input *input)
{
    uint64_t number = 0;
    const unsigned bytes = input->at < input->end ? *input->at++ % 9 : 0;
    for (unsigned i = 0; i < bytes && input->at < input->end; i++) {
        number = number << 8 | *input->at++;
    }
    int64_t out;
    memcpy(&out, &number, sizeof out);
    return out;
}

static struct refund_line take_line(struct input *input)
{
    struct refund_line line = {.quantity = take(input)};
    line.gross = take(input);
    line.net = take(input);
    line.total = take(input);
    line.exempted = take(input);
    line.discount_count = (unsigned)take(input) % (REFUND_DISCOUNTS_MAX + 2);
    line.tax_count = (unsigned)take(input) % (PRICING_TAXES_MAX + 2);
    for (unsigned i = 0; i < line.discount_count && i < REFUND_DISCOUNTS_MAX; i++) {
        line.discounts[i] = take(input);
    }
    for (unsigned i = 0; i < line.tax_count && i < PRICING_TAXES_MAX; i++) {
        line.taxes[i].inclusive = take(input) & 1;
        line.taxes[i].base = take(input);
        line.taxes[i].amount = take(input);
    }
    return line;
}

/* Makes the sums right, so that most inputs are lines. */
static void repair(struct refund_line *line)
{
    int64_t discounts = 0, exclusive = 0;
    for (unsigned i = 0; i < line->discount_count && i < REFUND_DISCOUNTS_MAX; i++) {
        discounts += line->discounts[i] &= MONEY_MAX / 64;
    }
    line->net &= MONEY_MAX / 4;
    for (unsigned i = 0; i < line->tax_count && i < PRICING_TAXES_MAX; i++) {
        struct refund_tax *tax = &line->taxes[i];
        tax->base &= MONEY_MAX;
        tax->amount = (tax->amount & INT64_MAX) % (line->net / (PRICING_TAXES_MAX + 1) + 1);
        exclusive += tax->inclusive ? 0 : tax->amount;
    }
    line->gross = line->net + discounts;
    line->exempted = (line->exempted & INT64_MAX) % (line->net / (PRICING_TAXES_MAX + 1) + 1);
    line->total = line->net - line->exempted + exclusive;
}

static void add(struct refund_line *sum, const struct refund_line *part)
{
    sum->quantity += part->quantity;
    sum->gross += part->gross;
    sum->net += part->net;
    sum->total += part->total;
    sum->exempted += part->exempted;
    for (unsigned i = 0; i < part->discount_count; i++) {
        sum->discounts[i] += part->discounts[i];
    }
    for (unsigned i = 0; i < part->tax_count; i++) {
        sum->taxes[i].base += part->taxes[i].base;
        sum->taxes[i].amount += part->taxes[i].amount;
    }
}

static void check_line(struct input *input, const struct refund_line *sold)
{
    struct refund_line sum = {0};
    while (sum.quantity < sold->quantity) {
        const int64_t left = sold->quantity - sum.quantity;
        const int64_t wanted = take(input);
        const int64_t portion = input->at == input->end || wanted <= 0 || wanted > left ? left : wanted;
        struct refund_line part;
        refund_share(sold, sum.quantity, portion, &part);
        FUZZ_CHECK(refund_line_adds_up(&part));
        add(&sum, &part);
    }
    FUZZ_CHECK(sum.gross == sold->gross && sum.net == sold->net && sum.total == sold->total &&
               sum.exempted == sold->exempted);
    FUZZ_CHECK(memcmp(sum.discounts, sold->discounts, sold->discount_count * sizeof sum.discounts[0]) == 0);
    for (unsigned i = 0; i < sold->tax_count; i++) {
        FUZZ_CHECK(sum.taxes[i].base == sold->taxes[i].base);
        FUZZ_CHECK(sum.taxes[i].amount == sold->taxes[i].amount);
    }
}

static void check_payment(struct input *input)
{
    const int64_t increment = take(input) & 0xff;
    struct refund_paid paid = {.count = (size_t)take(input) % (TENDER_COUNT_MAX + 1)};
    const int64_t in_cash = take(input) & MONEY_MAX / 16;
    paid.cash = tender_round_cash(in_cash, increment);
    int64_t total = in_cash, back = 0;
    for (size_t i = 0; i < paid.count; i++) {
        paid.others[i] = take(input) & MONEY_MAX / 16;
        total += paid.others[i];
    }
    struct refund_payout sum = {0};
    for (int64_t c = 0; c < total;) {
        const int64_t wanted = take(input);
        c = input->at == input->end || wanted <= c || wanted > total ? total : wanted;
        const int64_t due = refund_due(&paid, increment, c, total) - back;
        const struct refund_payout left = refund_left(&paid, &sum);
        const struct refund_payout payout = refund_spread(&paid, &left, due);
        FUZZ_CHECK(due >= 0 && payout.elsewhere == 0 && payout.cash >= 0);
        sum.cash += payout.cash;
        for (size_t i = 0; i < paid.count; i++) {
            FUZZ_CHECK(payout.others[i] >= 0);
            sum.others[i] += payout.others[i];
        }
        back += due;
    }
    FUZZ_CHECK(total == 0 || sum.cash == paid.cash);
    FUZZ_CHECK(total == 0 || memcmp(sum.others, paid.others, paid.count * sizeof sum.others[0]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = {bytes, bytes + size};
    struct refund_line line = take_line(&input);
    if (!refund_line_adds_up(&line)) {
        repair(&line);
    }
    if (refund_line_adds_up(&line)) {
        check_line(&input, &line);
    }
    check_payment(&input);
    return 0;
}
