/*
 * Customer terms: the words under which a customer is found, and those that a search asks for.
 *
 * A ledger finds documents by the beginnings of terms (ledger/act.h). So that any part of a name is found,
 * every ending of every word is a term: "Hofmann" gives hofmann, ofmann, fmann … n, and "mann" begins one of
 * them. Words are folded (base/fold.h): case, accents and punctuation do not matter.
 *
 * A telephone number is its digits, and all their endings. What people write differs in how it begins:
 *
 *     stored      +43 664 1234567   436641234567 and its endings, one of which is 6641234567
 *     asked for   0664/123 45 67    6641234567        the 0 of a national number is left out
 *                 00436641234567    6641234567        so is the country's code (ITU-T E.164)
 *                 123 45 67         1234567
 *
 * The same national number of two countries is not told apart: one finds both.
 */
#ifndef MYPOS_APP_CUSTOMER_TERMS_H
#define MYPOS_APP_CUSTOMER_TERMS_H

#include "base/arena.h"
#include "ledger/ledger.h"

#include <jansson.h>

/* A set of terms in the caller's memory. */
struct customer_terms {
    const char *terms[LEDGER_TERMS_MAX];
    size_t count;
};

/* The terms of a customer's body (app/customers/customer_document.h), LEDGER_TERMS_MAX at most: of a very
 * long name the last endings are missing. They live in the arena. */
void customer_terms_of(const json_t *body, struct arena *arena, struct customer_terms *terms);

/* What a search asks for: folded words, or one number. At most LEDGER_PREFIXES_MAX; 0 when nothing is left of
 * it. */
size_t customer_terms_asked(const char *query, struct arena *arena,
                            const char *prefixes[static LEDGER_PREFIXES_MAX]);

#endif
