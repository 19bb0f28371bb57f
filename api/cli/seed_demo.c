#include "app/demo/demo_shop.h"
#include "cli/cli.h"
#include "cli/open.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Where the demo shop is: beside an installed binary, or where this one was built. */
static const char *find_demo(struct arena *arena)
{
    char binary[4096];
    const ssize_t length = readlink("/proc/self/exe", binary, sizeof binary - 1);
    if (length > 0) {
        binary[length] = '\0';
        char *slash = strrchr(binary, '/');
        *slash = '\0';
        const char *installed = arena_printf(arena, "%s/../share/mypos/demo", binary);
        if (access(installed, R_OK) == 0) {
            return installed;
        }
    }
    return MYPOS_DEMO_DIRECTORY;
}

static bool read_arguments(int count, char **arguments, const char **from)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(arguments[i], "--from") != 0 || i + 1 == count) {
            return false;
        }
        *from = arguments[++i];
    }
    return true;
}

static int seed(struct shop *shop, struct arena *arena, const char *directory)
{
    struct call call;
    struct demo_shop_result result;
    shop_call(shop, arena, &call);
    if (demo_shop_load(&call, directory, &result) != STATUS_OK) {
        return cli_fail("%s", call.detail.text != NULL    ? call.detail.text
                              : call.detail.first != NULL ? call.detail.first->detail
                                                          : "the demo shop cannot be loaded");
    }
    if (result.was_there) {
        printf("The demo shop \"%s\" is there already.\n", result.store);
    } else {
        printf("The demo shop \"%s\" is ready: %" PRId64 " products in %u categories.\n", result.store,
               result.products, result.categories);
    }
    return CLI_OK;
}

int command_seed_demo(const struct config *config, int count, char **arguments)
{
    struct arena arena;
    arena_init(&arena);
    struct detail detail;
    detail_init(&detail, &arena);
    struct shop shop;
    const char *from = NULL;
    int code;
    if (!read_arguments(count, arguments, &from)) {
        code = CLI_USAGE;
        cli_fail("seed-demo takes --from DIRECTORY, and nothing else");
    } else if (shop_open(config, "seed-demo", &shop, &detail) != STATUS_OK) {
        code = cli_fail("%s", detail.text);
    } else {
        shop_print_password(&shop);
        code = seed(&shop, &arena, from != NULL ? from : find_demo(&arena));
        shop_close(&shop);
    }
    arena_free(&arena);
    return code;
}
