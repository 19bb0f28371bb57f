#include "base/fold.h"
#include "catalog/search.h"

#include <string.h>

#define WORD_MAX 64 /* bytes; a longer one is no word that somebody mistypes */

static const char SELECT_WORDS[] = "SELECT words FROM product_texts WHERE product_key = ?1";
static const char UPSERT_TEXTS[] = "INSERT INTO product_texts (product_key, name, words) VALUES (?1, ?2, ?3)"
                                   " ON CONFLICT (product_key) DO UPDATE SET (name, words) = (?2, ?3)";
/* An index without a copy of its texts is told what it had: https://www.sqlite.org/fts5.html, section 4.4.3.
 */
static const char DELETE_WORDS[] =
    "INSERT INTO product_words (product_words, rowid, words) VALUES ('delete', ?1, ?2)";
static const char DELETE_TRIGRAMS[] =
    "INSERT INTO product_trigrams (product_trigrams, rowid, words) VALUES ('delete', ?1, ?2)";
static const char INSERT_WORDS[] = "INSERT INTO product_words (rowid, words) VALUES (?1, ?2)";
static const char INSERT_TRIGRAMS[] = "INSERT INTO product_trigrams (rowid, words) VALUES (?1, ?2)";
static const char INSERT_VOCABULARY[] = "INSERT OR IGNORE INTO product_vocabulary (word) VALUES (?1)";
static const char INSERT_VOCABULARY_TRIGRAMS[] =
    "INSERT INTO product_vocabulary_trigrams (rowid, word) VALUES (?1, ?2)";

static enum status index_text(struct db *db, const char *sql, int64_t key, const char *text, size_t length)
{
    sqlite3_stmt *statement = db_statement(db, sql);
    db_bind_int(statement, 1, key);
    db_bind_text(statement, 2, text, length);
    return db_step(db, statement, NULL);
}

/* Takes the old words of a product out of the indexes; `same` when they are the new ones. */
static enum status forget(struct db *db, int64_t product_key, const struct text *words, bool *same)
{
    sqlite3_stmt *statement = db_statement(db, SELECT_WORDS);
    db_bind_int(statement, 1, product_key);
    bool found = false;
    enum status status = db_step(db, statement, &found);
    *same = false;
    if (status == STATUS_OK && found) {
        const char *old = db_column_string(statement, 0);
        const size_t length = (size_t)sqlite3_column_bytes(statement, 0);
        *same = length == words->length && memcmp(old, words->data, length) == 0;
        if (!*same) {
            status = index_text(db, DELETE_WORDS, product_key, old, length);
        }
        if (status == STATUS_OK && !*same) {
            status = index_text(db, DELETE_TRIGRAMS, product_key, old, length);
        }
    }
    db_done(statement);
    return status;
}

static bool is_vocabulary(const char *word, size_t length)
{
    if (length < 3 || length > WORD_MAX) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (word[i] >= '0' && word[i] <= '9') {
            return false;
        }
    }
    return true;
}

/* Whether the act has met the word; it has now. FNV-1a: 64 bits of it, so that two words share all of them
 * practically never, and then one is not offered as a correction. */
static bool was_met(struct search_memory *memory, const char *word, size_t length)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)word[i]) * 1099511628211u;
    }
    uint64_t *slot = &memory->hashes[hash & (SEARCH_MEMORY_SLOTS - 1)];
    const bool met = *slot == hash;
    *slot = hash;
    return met;
}

static enum status learn_word(struct db *db, const char *word, size_t length)
{
    sqlite3_stmt *statement = db_statement(db, INSERT_VOCABULARY);
    db_bind_text(statement, 1, word, length);
    enum status status = db_step(db, statement, NULL);
    if (status == STATUS_OK && sqlite3_changes(db_handle(db)) > 0) {
        const int64_t key = sqlite3_last_insert_rowid(db_handle(db));
        status = index_text(db, INSERT_VOCABULARY_TRIGRAMS, key, word, length);
    }
    return status;
}

static enum status learn_words(struct db *db, struct search_memory *memory, const char *words, size_t length)
{
    enum status status = STATUS_OK;
    for (size_t at = 0; at < length && status == STATUS_OK;) {
        const char *end = memchr(words + at, ' ', length - at);
        const size_t size = end == NULL ? length - at : (size_t)(end - words) - at;
        if (is_vocabulary(words + at, size) && (memory == NULL || !was_met(memory, words + at, size))) {
            status = learn_word(db, words + at, size);
        }
        at += size + 1;
    }
    return status;
}

enum status search_index(struct db *db, struct search_memory *memory, int64_t product_key, bool is_new,
                         const char *name, size_t name_length, const char *sku, size_t sku_length)
{
    if (db_is_rehearsal(db)) {
        return STATUS_OK; /* it is indexed when the change is applied: catalog/changeset.h */
    }
    /* Folding lengthens a text at most elevenfold in theory; what does not fit is not searched. */
    char buffer[4096];
    struct text words = text_over(buffer, sizeof buffer);
    fold_words(name, name_length, &words);
    const size_t folded_name = words.length;
    fold_compounds(name, name_length, &words);
    const size_t name_words = words.length;
    text_add_char(&words, ' ');
    fold_words(sku, sku_length, &words);
    fold_compounds(sku, sku_length, &words);

    bool same = false;
    enum status status = is_new ? STATUS_OK : forget(db, product_key, &words, &same);
    if (status != STATUS_OK || same) {
        return status;
    }
    sqlite3_stmt *statement = db_statement(db, UPSERT_TEXTS);
    db_bind_int(statement, 1, product_key);
    db_bind_text(statement, 2, words.data, folded_name);
    db_bind_text(statement, 3, words.data, words.length);
    status = db_step(db, statement, NULL);
    if (status == STATUS_OK) {
        status = index_text(db, INSERT_WORDS, product_key, words.data, words.length);
    }
    if (status == STATUS_OK) {
        status = index_text(db, INSERT_TRIGRAMS, product_key, words.data, words.length);
    }
    return status == STATUS_OK ? learn_words(db, memory, words.data, name_words) : status;
}
