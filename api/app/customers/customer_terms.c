#include "app/customers/customer_terms.h"

#include "base/fold.h"

#include <string.h>

#define DIGITS_MAX        40 /* of a number; the contract allows no more characters */
#define NATIONAL_AT_LEAST 5  /* digits that identify somebody without the country's code */
#define FOLDED_MAX        4096

/* Of one member there are no more endings, so that a long company's name leaves room for the e-mail address.
 */
#define ENDINGS_NAME  100
#define ENDINGS_OTHER 60

static const char DIGITS[] = "0123456789";

/* --- numbers --- */

static size_t collect_digits(const char *text, char digits[static DIGITS_MAX + 1])
{
    size_t count = 0;
    for (; *text != '\0' && count < DIGITS_MAX; text++) {
        if (*text >= '0' && *text <= '9') {
            digits[count++] = *text;
        }
    }
    digits[count] = '\0';
    return count;
}

/* The length of the country's code that a number in international form begins with (ITU-T E.164, list of
 * assigned codes): 1 and 7 stand alone, the listed ones have two digits, all others three. */
static size_t country_length(const char *digits)
{
    static const char two[][3] = {
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
        "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
        "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
    };
    if (digits[0] == '1' || digits[0] == '7') {
        return 1;
    }
    for (size_t i = 0; i < sizeof two / sizeof two[0]; i++) {
        if (strncmp(digits, two[i], 2) == 0) {
            return 2;
        }
    }
    return 3;
}

/* Digits, and what people put between them. */
static bool is_number(const char *query)
{
    query += strspn(query, " ");
    return strspn(query + (*query == '+'), "0123456789 -/.()") == strlen(query + (*query == '+')) &&
           strpbrk(query, DIGITS) != NULL;
}

/* What to look for: the national number when there is enough of it. "(0)" after a country's code is the trunk
 * prefix, which nobody dials then. */
static const char *asked_number(const char *query, struct arena *arena)
{
    char digits[DIGITS_MAX + 1];
    char *plain = arena_copy(arena, query + strspn(query, " "));
    char *trunk = strstr(plain, "(0)");
    const bool has_plus = *plain == '+';
    if (trunk != NULL && (has_plus || strncmp(plain, "00", 2) == 0)) {
        memset(trunk, ' ', 3);
    }
    const size_t count = collect_digits(plain, digits);
    const char *from = digits;
    if (has_plus || (count > 2 && strncmp(digits, "00", 2) == 0)) {
        from += has_plus ? 0 : 2;
        const size_t country = country_length(from);
        if (strlen(from) >= country + NATIONAL_AT_LEAST) {
            from += country;
        }
    } else if (count > 1 && digits[0] == '0') {
        from++;
    }
    return arena_copy(arena, from);
}

/* --- terms --- */

/* Cut to LEDGER_TERM_MAX bytes, between characters. */
static const char *cut(struct arena *arena, const char *word, size_t length)
{
    if (length > LEDGER_TERM_MAX) {
        length = LEDGER_TERM_MAX;
        while (length > 0 && ((unsigned char)word[length] & 0xc0) == 0x80) {
            length--;
        }
    }
    return arena_copy_n(arena, word, length);
}

static bool add_term(struct customer_terms *terms, struct arena *arena, const char *word, size_t length)
{
    const char *term = cut(arena, word, length);
    for (size_t i = 0; i < terms->count; i++) {
        if (strcmp(terms->terms[i], term) == 0) {
            return false;
        }
    }
    terms->terms[terms->count++] = term;
    return true;
}

/* All endings of the words of a folded text, at most `most` new ones: whole words first, then without their
 * first letter, and so on, so that of a text that is too long every word keeps its beginnings. */
static void add_endings(struct customer_terms *terms, struct arena *arena, const char *folded, size_t most)
{
    bool longer = true;
    for (size_t skip = 0; longer; skip++) {
        longer = false;
        for (const char *word = folded; *word != '\0';) {
            const size_t length = strcspn(word, " ");
            size_t from = 0;
            for (size_t skipped = 0; from < length && skipped < skip; skipped++) {
                do {
                    from++;
                } while (from < length && ((unsigned char)word[from] & 0xc0) == 0x80);
            }
            if (from < length) {
                if (most == 0 || terms->count == LEDGER_TERMS_MAX) {
                    return;
                }
                most -= add_term(terms, arena, word + from, length - from);
                longer = true;
            }
            word += length;
            word += strspn(word, " ");
        }
    }
}

static char *fold(struct arena *arena, const char *text)
{
    struct text folded = text_over(arena_alloc(arena, FOLDED_MAX), FOLDED_MAX);
    fold_words(text, strlen(text), &folded);
    fold_compounds(text, strlen(text), &folded);
    return arena_copy_n(arena, folded.data, folded.length);
}

void customer_terms_of(const json_t *body, struct arena *arena, struct customer_terms *terms)
{
    static const char *const texts[] = {"name", "last_name", "first_name", "company", "email"};
    terms->count = 0;
    const char *phone = json_string_value(json_object_get(body, "phone"));
    if (phone != NULL) {
        char digits[DIGITS_MAX + 1];
        collect_digits(phone, digits);
        add_endings(terms, arena, digits, ENDINGS_OTHER);
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *text = json_string_value(json_object_get(body, texts[i]));
        if (text != NULL) {
            add_endings(terms, arena, fold(arena, text), i == 0 ? ENDINGS_NAME : ENDINGS_OTHER);
        }
    }
}

size_t customer_terms_asked(const char *query, struct arena *arena,
                            const char *prefixes[static LEDGER_PREFIXES_MAX])
{
    if (is_number(query)) {
        prefixes[0] = asked_number(query, arena);
        return 1;
    }
    struct text folded = text_over(arena_alloc(arena, FOLDED_MAX), FOLDED_MAX);
    fold_words(query, strlen(query), &folded);
    char *rest = arena_copy_n(arena, folded.data, folded.length);
    size_t count = 0;
    for (char *word; count < LEDGER_PREFIXES_MAX && (word = strsep(&rest, " ")) != NULL;) {
        if (word[strspn(word, DIGITS)] == '\0' && word[strspn(word, "0")] != '\0') {
            word += strspn(word, "0"); /* "0664 hofmann": every number is found without its zeros */
        }
        if (*word != '\0') {
            prefixes[count++] = cut(arena, word, strlen(word));
        }
    }
    return count;
}
