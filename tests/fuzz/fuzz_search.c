/* What is typed into the search (base/fold.h, catalog/search.h), against a shop of a few products. */
#include "fuzz.h"

#include "base/fold.h"
#include "catalog/search.h"
#include "sqlite/migration.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct db *open_shop(void)
{
    static const char *const names[] = {"Crème brûlée", "Coca-Cola 0,5 l", "Straße", "Earl Grey Tea",
                                        "茶 Oolong"};
    char directory[] = "/tmp/mypos-fuzz-XXXXXX", path[64];
    struct db *db;
    struct arena arena;
    struct detail detail;
    unsigned applied;
    FUZZ_CHECK(mkdtemp(directory) != NULL);
    snprintf(path, sizeof path, "%s/fuzz.db", directory);
    arena_init(&arena);
    detail_init(&detail, &arena);
    FUZZ_CHECK(db_open(path, DB_READ_WRITE, &db) == STATUS_OK);
    FUZZ_CHECK(migration_run(db, &detail, &applied) == STATUS_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char sql[256];
        snprintf(sql, sizeof sql,
                 "INSERT INTO products (id, created_at, updated_at, sku, name, price)"
                 " VALUES (randomblob(16), 0, 0, 'S-%zu', '%s', 1)",
                 i, names[i]);
        FUZZ_CHECK(db_execute(db, sql) == STATUS_OK);
        FUZZ_CHECK(search_index(db, NULL, sqlite3_last_insert_rowid(db_handle(db)), true, names[i],
                                strlen(names[i]), "S-1", 3) == STATUS_OK);
    }
    arena_free(&arena);
    unlink(path); /* the files live as long as they are open */
    snprintf(path, sizeof path, "%s/fuzz.db-wal", directory);
    unlink(path);
    snprintf(path, sizeof path, "%s/fuzz.db-shm", directory);
    unlink(path);
    rmdir(directory);
    return db;
}

/* Folding what is folded changes nothing; words are apart by one space. */
static void check_folded(const char *query, size_t length)
{
    char once[8192], twice[8192];
    struct text first = text_over(once, sizeof once), second = text_over(twice, sizeof twice);
    fold_words(query, length, &first);
    if (first.overflowed) {
        return;
    }
    fold_words(once, first.length, &second);
    FUZZ_CHECK(first.length == second.length && memcmp(once, twice, first.length) == 0);
    FUZZ_CHECK(first.length == 0 || (once[0] != ' ' && once[first.length - 1] != ' '));
    FUZZ_CHECK(strstr(text_string(&first), "  ") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct db *db;
    if (db == NULL) {
        db = open_shop();
    }
    if (size > 800) {
        return 0;
    }
    struct arena arena;
    arena_init(&arena);
    const char *query = arena_copy_n(&arena, (const char *)bytes, size);
    check_folded(query, size);
    const struct search search = {.query = query, .limit = 20, .archived = size % 3};
    int64_t keys[SEARCH_HITS_MAX];
    unsigned count;
    FUZZ_CHECK(search_products(db, &arena, &search, keys, &count) == STATUS_OK);
    FUZZ_CHECK(count <= 20);
    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = 0; j < i; j++) {
            FUZZ_CHECK(keys[i] != keys[j]);
        }
    }
    arena_free(&arena);
    return 0;
}
