#include "core/receipt/receipt_sums.h"

#include <string.h>

bool receipt_is_same(const char *a, const char *b)
{
    a = a != NULL ? a : "";
    b = b != NULL ? b : "";
    const size_t length = strlen(a);
    return length == strlen(b) && memcmp(a, b, length) == 0;
}

/* The sum that a line's tax belongs to; tax_count when there is none. */
static size_t find_tax(const struct receipt_sums *sums, const struct receipt_tax *tax)
{
    size_t i = 0;
    for (; i < sums->tax_count; i++) {
        const struct receipt_tax *first = sums->taxes[i].tax;
        if (first->inclusive == tax->inclusive && receipt_is_same(first->rate, tax->rate) &&
            receipt_is_same(first->name, tax->name)) {
            break;
        }
    }
    return i;
}

static void add_tax(struct receipt_sums *sums, const struct receipt_tax *tax)
{
    const size_t at = find_tax(sums, tax);
    sums->exclusive += tax->inclusive ? 0 : tax->amount;
    if (at == RECEIPT_TAXES_MAX) {
        sums->has_other_taxes = true;
        sums->other_taxes += tax->amount;
        return;
    }
    if (at == sums->tax_count) {
        sums->taxes[sums->tax_count++].tax = tax;
    }
    sums->taxes[at].base += tax->base;
    sums->taxes[at].amount += tax->amount;
}

static bool is_same_discount(const struct receipt_discount *a, const struct receipt_discount *b)
{
    return receipt_is_same(a->name, b->name) && receipt_is_same(a->percent, b->percent) &&
           receipt_is_same(a->reason, b->reason);
}

/* Two discounts of the basket that look the same on paper share a row. */
static void add_discount(struct receipt_sums *sums, const struct receipt_discount *discount)
{
    size_t at = 0;
    while (at < sums->discount_count && !is_same_discount(sums->discounts[at].discount, discount)) {
        at++;
    }
    if (at == RECEIPT_DISCOUNTS_MAX) {
        return;
    }
    if (at == sums->discount_count) {
        sums->discounts[sums->discount_count++].discount = discount;
    }
    sums->discounts[at].amount += discount->amount;
    sums->other_discounts -= discount->amount;
}

void receipt_sum(const struct receipt *receipt, struct receipt_sums *sums)
{
    size_t most = 0;
    sums->other_discounts = receipt->discount_total;
    for (size_t i = 0; i < receipt->line_count; i++) {
        const struct receipt_line *line = &receipt->lines[i];
        most = line->tax_count > most ? line->tax_count : most;
        for (size_t j = 0; j < line->tax_count; j++) {
            add_tax(sums, &line->taxes[j]);
        }
        for (size_t j = 0; j < line->discount_count; j++) {
            if (line->discounts[j].is_basket) {
                add_discount(sums, &line->discounts[j]);
            }
        }
    }
    if (sums->tax_count > 1) {
        sums->letters = (unsigned)(most < RECEIPT_LETTERS_MAX ? most : RECEIPT_LETTERS_MAX);
    }
}

const char *receipt_letters(const struct receipt_sums *sums, const struct receipt_line *line,
                            char letters[static RECEIPT_LETTERS_MAX + 1])
{
    unsigned count = 0;
    for (size_t i = 0; i < line->tax_count && count < sums->letters; i++) {
        const size_t at = find_tax(sums, &line->taxes[i]);
        if (at < sums->tax_count) {
            letters[count++] = (char)('A' + at);
        }
    }
    letters[count] = '\0';
    return letters;
}
