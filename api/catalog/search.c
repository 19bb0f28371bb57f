#include "catalog/search.h"

#include "base/fold.h"
#include "catalog/search_correct.h"
#include "core/barcode.h"

#include <stdlib.h>
#include <string.h>

#define QUERY_MAX   1024 /* bytes of the folded query; the contract allows 200 characters */
#define SCAN_MAX    400  /* candidates that one step looks at … */
#define SCAN_FILTER 4000 /* … and when most of them may be filtered out */
#define CODES_MAX   50   /* begun codes that are looked at */
#define FOUND_MAX   (8 * SCAN_FILTER)

/* How useful a hit is; the lower the better. */
enum rank {
    RANK_CODE,        /* its SKU or barcode */
    RANK_NAME,        /* its whole name */
    RANK_NAME_WORDS,  /* its name begins with these words */
    RANK_WORDS,       /* it has all these words */
    RANK_NAME_BEGINS, /* its name begins so */
    RANK_CODE_BEGINS, /* its SKU or barcode begins so */
    RANK_BEGINNINGS,  /* it has words that begin so */
    RANK_PIECES,      /* it has all these pieces */
    RANK_CORRECTED,
    RANK_NONE,
};

struct found {
    int64_t key;
    enum rank rank;
    unsigned name_length;
    bool is_checked, is_wanted; /* checked only when it is among the best */
};

struct word {
    const char *text; /* with a closing NUL */
    size_t length;
};

struct run {
    struct db *db;
    struct arena *arena;
    const struct search *search;
    const char *name; /* the whole query, folded */
    size_t name_length;
    struct word words[SEARCH_WORDS_MAX];
    unsigned word_count;
    unsigned scan_max;
    struct found *found; /* FOUND_MAX */
    unsigned count;
};

/* What every step selects of a candidate. CROSS JOIN keeps SQLite at this order. */
#define CANDIDATE "SELECT t.product_key, t.name, t.words FROM "

static const char SELECT_BY_BARCODE[] = CANDIDATE
    "product_barcodes AS b CROSS JOIN product_texts AS t ON t.product_key = b.product_key"
    " WHERE b.code_key = ?1";
static const char SELECT_BY_SKU[] = CANDIDATE
    "products AS p CROSS JOIN product_texts AS t ON t.product_key = p.key"
    " WHERE p.sku IN (?1, upper(?1), lower(?1))";
static const char SELECT_BY_SKU_BEGIN[] = CANDIDATE
    "products AS p CROSS JOIN product_texts AS t ON t.product_key = p.key"
    " WHERE p.sku >= ?1 AND p.sku < ?2 ORDER BY p.sku LIMIT ?3";
static const char SELECT_BY_BARCODE_BEGIN[] = CANDIDATE
    "product_barcodes AS b CROSS JOIN product_texts AS t ON t.product_key = b.product_key"
    " WHERE b.code_key >= ?1 AND b.code_key < ?2 ORDER BY b.code_key LIMIT ?3";
static const char SELECT_BY_NAME_BEGIN[] = CANDIDATE
    "product_texts AS t WHERE t.name >= ?1 AND t.name < ?2 ORDER BY t.name LIMIT ?3";
static const char SELECT_BY_WORDS[] = CANDIDATE
    "product_words AS f CROSS JOIN product_texts AS t ON t.product_key = f.rowid"
    " WHERE product_words MATCH ?1 LIMIT ?3";
static const char SELECT_BY_TRIGRAMS[] = CANDIDATE
    "product_trigrams AS f CROSS JOIN product_texts AS t ON t.product_key = f.rowid"
    " WHERE product_trigrams MATCH ?1 LIMIT ?3";

/* Asked of the best candidates only. */
static const char SELECT_STATE[] = "SELECT archived, category_id FROM products WHERE key = ?1";

/* --- how well a candidate fits ------------------------------------------------------------------ */

/* How a word occurs in a text of words: the best of its places. */
static enum rank rank_word(const struct word *word, const char *words)
{
    enum rank best = RANK_NONE;
    for (const char *at = words; (at = strstr(at, word->text)) != NULL; at++) {
        if (at != words && at[-1] != ' ') {
            best = best < RANK_PIECES ? best : RANK_PIECES;
        } else if (at[word->length] == ' ' || at[word->length] == '\0') {
            return RANK_WORDS;
        } else {
            best = RANK_BEGINNINGS;
        }
    }
    return best;
}

static enum rank rank_candidate(const struct run *run, const char *name, const char *words)
{
    if (run->name_length > 0 && strncmp(name, run->name, run->name_length) == 0) {
        const char next = name[run->name_length];
        return next == '\0' ? RANK_NAME : next == ' ' ? RANK_NAME_WORDS : RANK_NAME_BEGINS;
    }
    enum rank worst = RANK_WORDS;
    for (unsigned i = 0; i < run->word_count; i++) {
        const enum rank rank = rank_word(&run->words[i], words);
        worst = rank > worst ? rank : worst;
    }
    return worst;
}

/* Takes the rows of a statement. A step that knows how well its hits fit says so as `rank`; RANK_NONE ranks
 * each by its texts. */
static enum status take(struct run *run, sqlite3_stmt *statement, enum rank rank)
{
    bool found = false;
    enum status status;
    while ((status = db_step(run->db, statement, &found)) == STATUS_OK && found && run->count < FOUND_MAX) {
        const char *name = db_column_string(statement, 1);
        const size_t length = (size_t)sqlite3_column_bytes(statement, 1);
        enum rank own = rank_candidate(run, name, db_column_string(statement, 2));
        own = rank < own ? rank : own;
        if (own < RANK_NONE) {
            run->found[run->count++] = (struct found){
                .key = sqlite3_column_int64(statement, 0), .rank = own, .name_length = (unsigned)length};
        }
    }
    db_done(statement);
    return status;
}

/* --- the steps ---------------------------------------------------------------------------------- */

static enum status find_code(struct run *run, const char *code)
{
    sqlite3_stmt *statement = db_statement(run->db, SELECT_BY_SKU);
    db_bind_string(statement, 1, code);
    enum status status = take(run, statement, RANK_CODE);
    struct barcode barcode;
    if (status == STATUS_OK && barcode_read(code, strlen(code), &barcode) != BARCODE_INVALID) {
        statement = db_statement(run->db, SELECT_BY_BARCODE);
        db_bind_string(statement, 1, barcode.key);
        status = take(run, statement, RANK_CODE);
    }
    return status;
}

static enum status find_range(struct run *run, const char *sql, const char *begin, unsigned limit,
                              enum rank rank)
{
    sqlite3_stmt *statement = db_statement(run->db, sql);
    db_bind_string(statement, 1, begin);
    db_bind_string(statement, 2,
                   arena_printf(run->arena, "%s\xf4\x8f\xbf\xbf", begin)); /* after all that follows */
    db_bind_int(statement, 3, limit);
    return take(run, statement, rank);
}

/* The beginning of a GTIN is at a different place of its 14-digit key for each of its lengths. */
static enum status find_begun_code(struct run *run, const char *code)
{
    static const char *const paddings[] = {"", "0", "00", "000000"};
    const bool has_digit = strpbrk(code, "0123456789") != NULL;
    const enum rank rank = has_digit ? RANK_CODE_BEGINS : RANK_BEGINNINGS;
    enum status status = find_range(run, SELECT_BY_SKU_BEGIN, code, CODES_MAX, rank);
    char *upper = arena_copy(run->arena, code);
    for (char *at = upper; *at != '\0'; at++) {
        *at = (char)(*at >= 'a' && *at <= 'z' ? *at - ('a' - 'A') : *at);
    }
    if (status == STATUS_OK && strcmp(upper, code) != 0) {
        status = find_range(run, SELECT_BY_SKU_BEGIN, upper, CODES_MAX, rank);
    }
    const bool all_digits = code[strspn(code, "0123456789")] == '\0';
    for (size_t i = 0; status == STATUS_OK && has_digit && i < (all_digits ? 4 : 1); i++) {
        const char *key = arena_printf(run->arena, "%s%s", paddings[i], code);
        status = find_range(run, SELECT_BY_BARCODE_BEGIN, key, CODES_MAX, rank);
    }
    return status;
}

static enum status find_match(struct run *run, const char *sql, const struct text *match, enum rank rank)
{
    sqlite3_stmt *statement = db_statement(run->db, sql);
    db_bind_text(statement, 1, match->data, match->length);
    db_bind_int(statement, 3, run->scan_max);
    return take(run, statement, rank);
}

static enum status find_name(struct run *run)
{
    return find_range(run, SELECT_BY_NAME_BEGIN, run->name, run->scan_max, RANK_NONE);
}

/* All the words, whole or begun. */
static enum status find_words(struct run *run, bool whole)
{
    struct text match = arena_text(run->arena, 256);
    for (unsigned i = 0; i < run->word_count; i++) {
        text_add_string(&match, i == 0 ? "\"" : " AND \"");
        text_add(&match, run->words[i].text, run->words[i].length);
        text_add_string(&match, whole ? "\"" : "\" *");
    }
    return find_match(run, SELECT_BY_WORDS, &match, RANK_NONE);
}

static enum status find_whole_words(struct run *run)
{
    return find_words(run, true);
}

static enum status find_begun_words(struct run *run)
{
    return find_words(run, false);
}

/* Words too short for a trigram are looked for in what the others find. */
static enum status find_pieces(struct run *run)
{
    struct text match = arena_text(run->arena, 256);
    for (unsigned i = 0; i < run->word_count; i++) {
        search_add_trigrams(&match, run->words[i].text, run->words[i].length, " AND ");
    }
    return match.length == 0 ? STATUS_OK : find_match(run, SELECT_BY_TRIGRAMS, &match, RANK_NONE);
}

static const char SELECT_ANY_WORD[] = "SELECT 1 FROM product_words WHERE product_words MATCH ?1 LIMIT 1";

static enum status is_known(struct run *run, const struct word *word, bool *known)
{
    const char *match = arena_printf(run->arena, "\"%s\" *", word->text);
    sqlite3_stmt *statement = db_statement(run->db, SELECT_ANY_WORD);
    db_bind_string(statement, 1, match);
    const enum status status = db_step(run->db, statement, known);
    db_done(statement);
    return status;
}

/* Nothing has all the words: those that no product has are replaced by what they may have meant. */
static enum status find_corrected(struct run *run)
{
    struct text match = arena_text(run->arena, 512);
    bool corrected = false;
    for (unsigned i = 0; i < run->word_count; i++) {
        const char *corrections[CORRECTIONS_MAX] = {run->words[i].text};
        unsigned count = 1;
        bool known = false;
        enum status status = is_known(run, &run->words[i], &known);
        if (status == STATUS_OK && !known) {
            corrected = true;
            status = search_correct(run->db, run->arena, run->words[i].text, corrections, &count);
        }
        if (status != STATUS_OK || count == 0) {
            return status;
        }
        text_add_string(&match, i == 0 ? "(" : " AND (");
        for (unsigned c = 0; c < count; c++) {
            text_add_string(&match, c == 0 ? "\"" : " OR \"");
            text_add_string(&match, corrections[c]);
            text_add_string(&match, "\" *");
        }
        text_add_char(&match, ')');
    }
    return corrected ? find_match(run, SELECT_BY_WORDS, &match, RANK_CORRECTED) : STATUS_OK;
}

/* --- the best ----------------------------------------------------------------------------------- */

static int by_key(const void *left, const void *right)
{
    const struct found *a = left, *b = right;
    if (a->key != b->key) {
        return a->key < b->key ? -1 : 1;
    }
    return (int)a->rank - (int)b->rank;
}

static int by_use(const void *left, const void *right)
{
    const struct found *a = left, *b = right;
    if (a->rank != b->rank) {
        return (int)a->rank - (int)b->rank;
    }
    if (a->name_length != b->name_length) {
        return a->name_length < b->name_length ? -1 : 1;
    }
    return a->key < b->key ? -1 : a->key > b->key;
}

/* Whether a candidate is neither archived nor of another category, as asked. */
static enum status check(struct run *run, struct found *found)
{
    const struct search *search = run->search;
    sqlite3_stmt *statement = db_statement(run->db, SELECT_STATE);
    db_bind_int(statement, 1, found->key);
    bool row = false;
    const enum status status = db_step(run->db, statement, &row);
    if (status == STATUS_OK && row) {
        const bool archived = sqlite3_column_int(statement, 0) != 0;
        struct id category;
        found->is_wanted =
            (search->archived == ENTITY_ANY || archived == (search->archived == ENTITY_ARCHIVED)) &&
            (search->category_id == NULL ||
             (db_column_id(statement, 1, &category) && id_equal(&category, search->category_id)));
    }
    found->is_checked = true;
    db_done(statement);
    return status;
}

/* Of what was found twice the better one stays, with what is known of either. */
static void drop_doubles(struct run *run)
{
    qsort(run->found, run->count, sizeof run->found[0], by_key);
    unsigned kept = 0;
    for (unsigned i = 0; i < run->count; i++) {
        struct found *last = kept == 0 ? NULL : &run->found[kept - 1];
        if (last == NULL || last->key != run->found[i].key) {
            run->found[kept++] = run->found[i];
        } else if (run->found[i].is_checked) {
            last->is_checked = true;
            last->is_wanted = run->found[i].is_wanted;
        }
    }
    run->count = kept;
}

/* Puts the best first, and counts those that are wanted and of at least this use, up to the limit. */
static enum status settle(struct run *run, enum rank rank, unsigned *good)
{
    drop_doubles(run);
    qsort(run->found, run->count, sizeof run->found[0], by_use);
    *good = 0;
    enum status status = STATUS_OK;
    for (unsigned i = 0; status == STATUS_OK && i < run->count && *good < run->search->limit; i++) {
        if (run->found[i].rank > rank) {
            break;
        }
        if (!run->found[i].is_checked) {
            status = check(run, &run->found[i]);
        }
        *good += run->found[i].is_wanted;
    }
    return status;
}

static void split(struct run *run, char *folded)
{
    for (char *rest = folded, *word;
         run->word_count < SEARCH_WORDS_MAX && (word = strsep(&rest, " ")) != NULL;) {
        run->words[run->word_count++] = (struct word){.text = word, .length = strlen(word)};
    }
}

/* From the most useful hits to the least, until there are enough. */
static enum status run_steps(struct run *run)
{
    static const struct {
        enum status (*find)(struct run *run);
        enum rank best_left; /* what the steps after it find is no better than this */
    } steps[] = {
        {find_name, RANK_NAME_WORDS}, {find_whole_words, RANK_WORDS},   {find_begun_words, RANK_BEGINNINGS},
        {find_pieces, RANK_PIECES},   {find_corrected, RANK_CORRECTED},
    };
    unsigned good = 0;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof steps / sizeof steps[0]; i++) {
        const bool is_last_resort = steps[i].find == find_corrected;
        if (good >= run->search->limit || (is_last_resort && good > 0)) {
            break;
        }
        status = steps[i].find(run);
        if (status == STATUS_OK) {
            status = settle(run, steps[i].best_left, &good);
        }
    }
    return status;
}

/* The query as a code: without the blanks around it. */
static const char *trim(struct arena *arena, const char *query)
{
    query += strspn(query, " \t\r\n");
    size_t length = strlen(query);
    while (length > 0 && strchr(" \t\r\n", query[length - 1]) != NULL) {
        length--;
    }
    return arena_copy_n(arena, query, length);
}

enum status search_products(struct db *db, struct arena *arena, const struct search *search,
                            int64_t keys[static SEARCH_HITS_MAX], unsigned *count)
{
    *count = 0;
    const char *code = trim(arena, search->query);
    if (code[0] == '\0') {
        return STATUS_OK;
    }
    struct text folded = text_over(arena_alloc(arena, QUERY_MAX), QUERY_MAX);
    fold_words(code, strlen(code), &folded);
    struct run run = {
        .db = db,
        .arena = arena,
        .search = search,
        .name = arena_copy_n(arena, folded.data, folded.length),
        .name_length = folded.length,
        .scan_max = search->category_id != NULL || search->archived == ENTITY_ARCHIVED ? SCAN_FILTER
                                                                                       : SCAN_MAX,
    };
    if (folded.length > 0) {
        split(&run, arena_copy_n(arena, folded.data, folded.length));
    }
    run.found = malloc(FOUND_MAX * sizeof run.found[0]); /* untouched pages cost nothing */
    if (run.found == NULL) {
        return STATUS_OVERLOADED;
    }
    enum status status = find_code(&run, code);
    if (status == STATUS_OK) {
        status = find_begun_code(&run, code);
    }
    if (status == STATUS_OK && run.word_count > 0) {
        status = run_steps(&run);
    }
    unsigned good = 0;
    if (status == STATUS_OK) {
        status = settle(&run, RANK_CORRECTED, &good);
    }
    for (unsigned i = 0; status == STATUS_OK && i < run.count && *count < good; i++) {
        if (run.found[i].is_wanted) {
            keys[(*count)++] = run.found[i].key;
        }
    }
    free(run.found);
    return status;
}
