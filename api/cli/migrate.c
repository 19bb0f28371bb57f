#include "cli/cli.h"
#include "cli/open.h"

#include <stdio.h>

int command_migrate(const struct config *config, int count, char **arguments)
{
    (void)arguments;
    if (count > 0) {
        return cli_fail("migrate takes no arguments");
    }
    struct arena arena;
    arena_init(&arena);
    struct detail detail;
    detail_init(&detail, &arena);
    struct shop shop;
    int code = CLI_OK;
    if (shop_open(config, "migrate", &shop, &detail) != STATUS_OK) {
        code = cli_fail("%s", detail.text);
    } else {
        printf("%s is at version %s; %u migration%s ran.\n", shop.database, MYPOS_VERSION, shop.migrations,
               shop.migrations == 1 ? "" : "s");
        if (shop.dynamodb != NULL) {
            printf("%u table%s of DynamoDB %s made.\n", shop.tables, shop.tables == 1 ? "" : "s",
                   shop.tables == 1 ? "was" : "were");
        }
        shop_print_password(&shop);
        shop_close(&shop);
    }
    arena_free(&arena);
    return code;
}
