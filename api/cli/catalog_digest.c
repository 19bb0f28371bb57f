#include "catalog/digest.h"
#include "cli/cli.h"
#include "cli/open.h"

#include <limits.h>
#include <stdio.h>

int command_catalog_digest(const struct config *config, int count, char **arguments)
{
    (void)arguments;
    if (count > 0) {
        return cli_usage("catalog digest");
    }
    char path[PATH_MAX];
    struct db *db;
    shop_database(config, path, sizeof path);
    if (db_open(path, DB_READ_ONLY, &db) != STATUS_OK) {
        return cli_fail("cannot open %s", path);
    }
    struct arena arena;
    arena_init(&arena);
    struct text text = arena_text(&arena, 4096);
    const enum status status = catalog_digest(db, &text);
    db_close(db);
    if (status == STATUS_OK) {
        fputs(text_string(&text), stdout);
    }
    arena_free(&arena);
    return status == STATUS_OK ? CLI_OK : cli_fail("cannot read %s", path);
}
