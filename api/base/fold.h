/*
 * Folding: texts as a search compares them, without case, accents and punctuation, by utf8proc (Unicode
 * NFKD, case folding; https://www.unicode.org/reports/tr15/). "Crème brûlée" becomes "creme brulee",
 * "STRASSE" and "Straße" become "strasse".
 *
 * Letters that Unicode does not decompose but that people type without their stroke are folded too: ø to
 * o, ł to l, æ to ae, œ to oe, đ to d.
 */
#ifndef MYPOS_BASE_FOLD_H
#define MYPOS_BASE_FOLD_H

#include "base/text.h"

/* Appends the folded words of `bytes` with one space between; nothing before the first and after the last.
 * What is not valid UTF-8 separates words. */
void fold_words(const char *bytes, size_t length, struct text *out);

/* Appends, each after a space, the words that hyphens, apostrophes, dots and ampersands split, written
 * together: "cocacola" for "Coca-Cola". So both spellings find it. */
void fold_compounds(const char *bytes, size_t length, struct text *out);

#endif
