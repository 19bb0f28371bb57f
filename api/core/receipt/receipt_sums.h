/*
 * What a receipt sums up over its lines: taxes by rate, and discounts of the whole basket. Inside of the
 * layout (core/receipt/receipt.c).
 *
 * Freestanding.
 */
#ifndef MYPOS_CORE_RECEIPT_SUMS_H
#define MYPOS_CORE_RECEIPT_SUMS_H

#include "core/receipt/receipt.h"

/* Letters beside one line's amount: a product has no more taxes. */
#define RECEIPT_LETTERS_MAX 8

/* A tax of the whole receipt: the sum of all lines' taxes of one name, rate and kind. */
struct receipt_tax_sum {
    const struct receipt_tax *tax; /* the first of them */
    int64_t base, amount;
};

/* A discount of the whole basket: the sum of the shares that lines have in it. */
struct receipt_discount_sum {
    const struct receipt_discount *discount; /* the first share */
    int64_t amount;
};

struct receipt_sums {
    struct receipt_tax_sum taxes[RECEIPT_TAXES_MAX];
    size_t tax_count;
    bool has_other_taxes;
    int64_t other_taxes;
    int64_t exclusive; /* taxes on top of the prices */
    unsigned letters;  /* of the line with the most taxes; 0 when no letters are needed */
    struct receipt_discount_sum discounts[RECEIPT_DISCOUNTS_MAX];
    size_t discount_count;
    int64_t other_discounts; /* those of single lines, and what had no room above */
};

void receipt_sum(const struct receipt *receipt, struct receipt_sums *sums);

/* The letters of a line's taxes, "" when the receipt needs none. */
const char *receipt_letters(const struct receipt_sums *sums, const struct receipt_line *line,
                            char letters[static RECEIPT_LETTERS_MAX + 1]);

/* Whether two strings are the same; NULL is "". */
bool receipt_is_same(const char *a, const char *b);

#endif
