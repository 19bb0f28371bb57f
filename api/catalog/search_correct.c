#include "catalog/search_correct.h"

#include <string.h>
#include <utf8proc.h>

#define LETTERS_MAX     32   /* of a word that is corrected */
#define LETTERS_FOR_TWO 6    /* from so many letters on, two slips are allowed */
#define CANDIDATES_MAX  6000 /* words looked at by common trigrams … */
#define SAME_LETTER_MAX 6000 /* … and by the same first letter */

static const char SELECT_BY_TRIGRAMS[] = "SELECT v.word FROM product_vocabulary_trigrams AS f"
                                         " CROSS JOIN product_vocabulary AS v ON v.key = f.rowid"
                                         " WHERE product_vocabulary_trigrams MATCH ?1 LIMIT ?2";
static const char SELECT_BY_LETTER[] =
    "SELECT word FROM product_vocabulary WHERE word >= ?1 AND word < ?2 ORDER BY word LIMIT ?3";

static unsigned decode(const char *word, size_t length, utf8proc_int32_t letters[static LETTERS_MAX])
{
    unsigned count = 0;
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)word;
    const utf8proc_uint8_t *end = at + length;
    while (at < end && count < LETTERS_MAX) {
        const utf8proc_ssize_t size = utf8proc_iterate(at, end - at, &letters[count]);
        if (size <= 0) {
            break;
        }
        at += size;
        count++;
    }
    return count;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* The last row of the matrix has the distance to every beginning of `meant`. */
static unsigned slips_between(const utf8proc_int32_t *typed, unsigned n, const utf8proc_int32_t *meant,
                              unsigned m, unsigned limit)
{
    if (n > m + limit) {
        return limit + 1;
    }
    m = least(m, n + limit); /* longer beginnings are farther away */
    unsigned rows[3][LETTERS_MAX + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];
    for (unsigned j = 0; j <= m; j++) {
        above[j] = j;
    }
    unsigned best = m;
    for (unsigned i = 1; i <= n; i++) {
        row[0] = i;
        best = i;
        for (unsigned j = 1; j <= m; j++) {
            unsigned slips = least(least(above[j], row[j - 1]) + 1,
                                   above[j - 1] + (typed[i - 1] != meant[j - 1]));
            if (i > 1 && j > 1 && typed[i - 1] == meant[j - 2] && typed[i - 2] == meant[j - 1]) {
                slips = least(slips, before[j - 2] + 1);
            }
            row[j] = slips;
            best = least(best, slips);
        }
        if (best > limit) {
            return limit + 1;
        }
        unsigned *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return best;
}

unsigned search_slips(const char *typed, const char *meant, unsigned limit)
{
    utf8proc_int32_t a[LETTERS_MAX], b[LETTERS_MAX];
    const unsigned n = decode(typed, strlen(typed), a);
    return slips_between(a, n, b, decode(meant, strlen(meant), b), limit);
}

static size_t character_size(unsigned char first)
{
    return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* The length of the first three characters; 0 when there are fewer. */
static size_t trigram_size(const char *word, size_t length)
{
    size_t size = 0;
    for (int i = 0; i < 3; i++) {
        if (size >= length) {
            return 0;
        }
        size += character_size((unsigned char)word[size]);
    }
    return size <= length ? size : 0;
}

unsigned search_add_trigrams(struct text *match, const char *word, size_t length, const char *between)
{
    unsigned count = 0;
    size_t size;
    for (size_t at = 0; (size = trigram_size(word + at, length - at)) > 0;
         at += character_size((unsigned char)word[at])) {
        if (match->length > 0) {
            text_add_string(match, between);
        }
        text_add_char(match, '"');
        text_add(match, word + at, size);
        text_add_char(match, '"');
        count++;
    }
    return count;
}

struct correction {
    struct arena *arena;
    utf8proc_int32_t typed[LETTERS_MAX];
    unsigned length;
    unsigned limit; /* slips allowed; falls to the best so far */
    const char **corrections;
    unsigned lengths[CORRECTIONS_MAX]; /* in letters */
    unsigned count;
};

/* Keeps the nearest words; among equally near ones those of the nearest length. */
static void consider(struct correction *correction, const char *word, size_t size)
{
    utf8proc_int32_t meant[LETTERS_MAX];
    const unsigned length = decode(word, size, meant);
    const unsigned slips = slips_between(correction->typed, correction->length, meant, length,
                                         correction->limit);
    if (slips > correction->limit) {
        return;
    }
    if (slips < correction->limit) {
        correction->count = 0;
        correction->limit = slips;
    }
    unsigned at = correction->count;
    for (unsigned i = 0; i < correction->count; i++) {
        if (strlen(correction->corrections[i]) == size &&
            memcmp(correction->corrections[i], word, size) == 0) {
            return;
        }
    }
    if (correction->count == CORRECTIONS_MAX) {
        at = 0;
        for (unsigned i = 1; i < CORRECTIONS_MAX; i++) {
            at = correction->lengths[i] > correction->lengths[at] ? i : at;
        }
        if (correction->lengths[at] <= length) {
            return;
        }
    } else {
        correction->count++;
    }
    correction->corrections[at] = arena_copy_n(correction->arena, word, size);
    correction->lengths[at] = length;
}

static enum status consider_rows(struct db *db, sqlite3_stmt *statement, struct correction *correction)
{
    bool found = false;
    enum status status;
    while ((status = db_step(db, statement, &found)) == STATUS_OK && found) {
        const char *word = db_column_string(statement, 0);
        consider(correction, word, (size_t)sqlite3_column_bytes(statement, 0));
    }
    db_done(statement);
    return status;
}

enum status search_correct(struct db *db, struct arena *arena, const char *word,
                           const char *corrections[static CORRECTIONS_MAX], unsigned *count)
{
    struct correction correction = {.arena = arena, .corrections = corrections};
    *count = 0;
    correction.length = decode(word, strlen(word), correction.typed);
    if (correction.length < 3 || correction.length == LETTERS_MAX || strpbrk(word, "0123456789") != NULL) {
        return STATUS_OK;
    }
    correction.limit = correction.length >= LETTERS_FOR_TWO ? 2 : 1;

    struct text match = arena_text(arena, 512);
    enum status status = STATUS_OK;
    if (search_add_trigrams(&match, word, strlen(word), " OR ") > 0) {
        sqlite3_stmt *statement = db_statement(db, SELECT_BY_TRIGRAMS);
        db_bind_text(statement, 1, match.data, match.length);
        db_bind_int(statement, 2, CANDIDATES_MAX);
        status = consider_rows(db, statement, &correction);
    }
    /* A slip in the middle of a short word leaves no trigram as it was. */
    if (status == STATUS_OK && correction.length < LETTERS_FOR_TWO) {
        const size_t first = character_size((unsigned char)word[0]);
        const char *from = arena_copy_n(arena, word, first);
        const char *to = arena_printf(arena, "%s\xf4\x8f\xbf\xbf", from);
        sqlite3_stmt *statement = db_statement(db, SELECT_BY_LETTER);
        db_bind_string(statement, 1, from);
        db_bind_string(statement, 2, to);
        db_bind_int(statement, 3, SAME_LETTER_MAX);
        status = consider_rows(db, statement, &correction);
    }
    *count = correction.count;
    return status;
}
