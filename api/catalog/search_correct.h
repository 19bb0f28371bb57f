/*
 * Corrections of mistyped words, for catalog/search.c: the words of the catalogue's vocabulary that a word
 * may have been meant to be.
 */
#ifndef MYPOS_CATALOG_SEARCH_CORRECT_H
#define MYPOS_CATALOG_SEARCH_CORRECT_H

#include "base/arena.h"
#include "sqlite/db.h"

#define CORRECTIONS_MAX 4

/* The words nearest to `word` (folded): those that begin with something at most one slip (a letter wrong,
 * missing, too many, or two swapped) away, two slips from six letters on. Words with digits, and of fewer
 * than three letters, are never corrected. Copies to the arena. */
MUST_CHECK enum status search_correct(struct db *db, struct arena *arena, const char *word,
                                      const char *corrections[static CORRECTIONS_MAX], unsigned *count);

/* The slips between `typed` and the best-fitting beginning of `meant`: the restricted Damerau-Levenshtein
 * distance, over code points; at most `limit` + 1. */
unsigned search_slips(const char *typed, const char *meant, unsigned limit);

/* Appends a trigram query: the trigrams of a word in quotes, with `between` between them; how many. */
unsigned search_add_trigrams(struct text *match, const char *word, size_t length, const char *between);

#endif
