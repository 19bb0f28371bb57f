#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HELP_SIZE 8192

const struct command commands[] = {
    {
        .name = "serve",
        .arguments = "",
        .summary = "Serve the API, and the web-ui when MYPOS_WEB_UI names its directory",
        .help = "Makes the data directory and the database when they are missing. On a fresh database it "
                "makes the\n"
                "first administrator, admin, and prints the password once. SIGTERM and SIGINT stop it "
                "without losing\n"
                "an answer.\n",
        .needs_config = true,
        .run = command_serve,
    },
    {
        .name = "migrate",
        .arguments = "",
        .summary = "Bring the database to this version, without serving",
        .help = "serve does the same when it starts. With MYPOS_LEDGER=dynamodb the tables that are missing\n"
                "are made too, which needs the permission to make tables.\n",
        .needs_config = true,
        .run = command_migrate,
    },
    {
        .name = "import-products",
        .arguments = "FILE [OPTION]…",
        .summary = "Import products from a CSV file, plain or gzip; - reads standard input",
        .help =
            "The first line names the columns, in any order: sku (required), name, barcode, category,\n"
            "price or price_minor, tax_percent, stock, cost or cost_minor, description, unit, oversell,\n"
            "archived, image. A row whose SKU is known updates that product; an empty cell leaves what is\n"
            "there. All good rows become visible at once, at the end; killed before, it leaves nothing.\n"
            "Bad rows are listed with their lines. Exits with 1 when there are any, or nothing was "
            "imported.\n"
            "  --dry-run               check and count, and write nothing\n"
            "  --on-error skip|abort   leave bad rows out (the default), or import nothing at all\n"
            "  --store CODE            whose stock the column stock sets; else the first store's\n",
        .needs_config = true,
        .run = command_import_products,
    },
    {
        .name = "seed-demo",
        .arguments = "[--from DIR]",
        .summary = "Load a small demo shop into a shop without products",
        .help = "About sixty products with categories, taxes, stock and pictures. A second time changes "
                "nothing.\n"
                "  --from DIR   another shop: DIR has shop.json, products.csv and images/\n",
        .needs_config = true,
        .run = command_seed_demo,
    },
    {
        .name = "move",
        .arguments = "to-aws|from-aws",
        .summary = "Move a shop from this machine to DynamoDB and S3, or back",
        .help =
            "Copies transactions, stock, customers, shifts, gift cards and whatever else the ledger holds, "
            "and\n"
            "the pictures, compares both sides and checks the copy. The catalogue comes along. Everybody\n"
            "must have stopped selling: stop the servers first. Set MYPOS_LEDGER=dynamodb, MYPOS_IMAGES=s3\n"
            "and the rest of the environment as the servers on AWS have it, and MYPOS_DATA to the shop on\n"
            "this machine. Nothing is removed from where it was. Killed in between, it goes on when it is\n"
            "called again; a place where something else is, is refused.\n",
        .needs_config = true,
        .run = command_move,
    },
    {
        .name = "backup",
        .arguments = "FILE [--force]",
        .summary = "Copy database and pictures to FILE and FILE.images, also beside a running server",
        .help =
            "The copy is of one moment, checked, and FILE appears when all is whole. FILE is a data "
            "directory's\n"
            "mypos.db, and FILE.images/ has the pictures that it names, unless they are in a bucket. To "
            "restore\n"
            "both: stop the server; remove mypos.db, mypos.db-wal and mypos.db-shm; then, for the "
            "server's user,\n"
            "    cp FILE $MYPOS_DATA/mypos.db && chmod 600 $MYPOS_DATA/mypos.db\n"
            "    mkdir -p $MYPOS_DATA/images && cp -r FILE.images/. $MYPOS_DATA/images/\n"
            "FILE holds, in clear, what signs tokens and the messages to webhooks: keep it as safe as the "
            "shop's keys.\n"
            "  --force   replace FILE when it exists; pictures that FILE.images/ has already are kept\n",
        .needs_config = true,
        .run = command_backup,
    },
    {
        .name = "verify",
        .arguments = "",
        .summary = "Check every invariant of the ledger, also beside a running server",
        .help = "Computes balances, levels and chains again from records, movements and entries, as of one\n"
                "moment, and prints a table of what holds. Exits with 1 when anything does not.\n",
        .needs_config = true,
        .run = command_verify,
    },
    {
        .name = "doctor",
        .arguments = "[--json]",
        .summary = "Check what the server needs, also beside a running one, and say what to do",
        .help =
            "Looks at the configuration, the data directory, its disk and database, the port and the "
            "web-ui;\n"
            "with AWS at credentials, the clock, and each permission on each service that is configured, by\n"
            "calls that change nothing (but an object that is deleted again, and a line in the log). Run it\n"
            "with the server's environment, as the server's user. Exits with 1 when anything is bad.\n"
            "  --json   {\"good\", \"findings\": [{\"area\", \"state\", \"says\", \"todo\"}]}\n",
        .run = command_doctor,
    },
    {
        .name = "journal export",
        .arguments = "[OPTION]…",
        .summary = "Write the registers' journals as JSON lines, also beside a running server",
        .help =
            "One record a line, as it is stored, register by register; a last line says how many there are.\n"
            "  --register CODE   only this register, such as K1\n"
            "  --output FILE     to a file, which appears when it is whole; else to standard output\n"
            "  --force           replace FILE when it exists\n",
        .needs_config = true,
        .run = command_journal_export,
    },
    {
        .name = "journal verify",
        .arguments = "[FILE | - | --data DIR]",
        .summary = "Check an export, or a data directory: every hash, every chain, every number",
        .help =
            "Reads FILE, or standard input; it needs no server and no database. Names the first bad record,\n"
            "its line, register and receipt, and exits with 1. When all is intact it prints where each\n"
            "register ends: compare that with what the tills hold.\n"
            "  --data DIR   check the database in this data directory instead\n",
        .run = command_journal_verify,
    },
    {
        .name = "catalog digest",
        .arguments = "",
        .summary = "Print the SHA-256 of each table of the catalogue, also beside a running server",
        .help =
            "Servers that share a catalogue have the same lines when they are at the same position of its\n"
            "log.\n",
        .needs_config = true,
        .run = command_catalog_digest,
    },
    {
        .name = "version",
        .arguments = "",
        .summary = "Print the version",
        .help = "",
        .run = command_version,
    },
    {.name = NULL},
};

int cli_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("mypos: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return CLI_FAILED;
}

int cli_usage(const char *name)
{
    for (const struct command *command = commands; command->name != NULL; command++) {
        if (strcmp(command->name, name) == 0) {
            fprintf(stderr, "Usage: mypos %s %s\nmypos help %s says more.\n", name, command->arguments, name);
        }
    }
    return CLI_USAGE;
}

static int print(void (*write_to)(struct text *out))
{
    static char buffer[HELP_SIZE];
    struct text text = text_over(buffer, sizeof buffer);
    write_to(&text);
    fputs(text_string(&text), stdout);
    return text.overflowed ? CLI_FAILED : CLI_OK;
}

static int print_help(void)
{
    puts("MyPOS, a point of sale: one server for tills in browsers, and a REST API.\n\nUsage: mypos "
         "COMMAND\n");
    for (const struct command *command = commands; command->name != NULL; command++) {
        printf("  %-16s %-22s %s\n", command->name, command->arguments, command->summary);
    }
    puts("  help             COMMAND                Say more about a command\n"
         "  help             environment            Print the environment variables as a commented file\n"
         "\nEnvironment, with defaults:\n");
    return print(config_write_help);
}

static int print_command_help(const struct command *command)
{
    printf("Usage: mypos %s %s\n\n%s.\n%s%s", command->name, command->arguments, command->summary,
           *command->help == '\0' ? "" : "\n", command->help);
    return CLI_OK;
}

/* A name of two words takes two arguments; `words` says how many. */
static const struct command *find(int count, char **arguments, int *words)
{
    for (const struct command *command = commands; command->name != NULL; command++) {
        const char *second = strchr(command->name, ' ');
        const size_t length = second == NULL ? strlen(command->name) : (size_t)(second - command->name);
        if (count > 0 && strlen(arguments[0]) == length && memcmp(arguments[0], command->name, length) == 0 &&
            (second == NULL || (count > 1 && strcmp(arguments[1], second + 1) == 0))) {
            *words = second == NULL ? 1 : 2;
            return command;
        }
    }
    return NULL;
}

static bool is_help(const char *argument)
{
    return strcmp(argument, "help") == 0 || strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

/* The commands of two words that begin with `word`, as journal has. False when there are none. */
static bool print_group(FILE *out, const char *word)
{
    bool found = false;
    for (const struct command *command = commands; command->name != NULL; command++) {
        const size_t length = strlen(word);
        if (strncmp(command->name, word, length) == 0 && command->name[length] == ' ') {
            fprintf(out, "%s mypos %s %s\n         %s\n", found ? "      " : "Usage:", command->name,
                    command->arguments, command->summary);
            found = true;
        }
    }
    return found;
}

static int run_help(int count, char **arguments)
{
    int words;
    if (count == 0) {
        return print_help();
    }
    if (strcmp(arguments[0], "environment") == 0) {
        return print(config_write_example);
    }
    const struct command *command = find(count, arguments, &words);
    if (command == NULL && print_group(stdout, arguments[0])) {
        return CLI_OK;
    }
    if (command == NULL) {
        cli_fail("there is no command %s: mypos --help lists them", arguments[0]);
        return CLI_USAGE;
    }
    return print_command_help(command);
}

static int run_command(const struct command *command, int count, char **arguments)
{
    struct config config = {0};
    struct arena arena;
    arena_init(&arena);
    struct detail detail;
    detail_init(&detail, &arena);
    int code = CLI_USAGE;
    if (command->needs_config && config_read(&arena, &config, &detail) != STATUS_OK) {
        cli_fail("%s", detail.text);
    } else {
        log_set_level(config.log_level);
        code = command->run(&config, count, arguments);
    }
    arena_free(&arena);
    return code;
}

int cli_run(int count, char **arguments)
{
    if (count < 2 || is_help(arguments[1])) {
        return run_help(count < 2 ? 0 : count - 2, arguments + 2) + (count < 2 ? (int)CLI_USAGE : 0);
    }
    if (strcmp(arguments[1], "--version") == 0) {
        return command_version(NULL, 0, NULL);
    }
    int words;
    const struct command *command = find(count - 1, arguments + 1, &words);
    if (command == NULL && count > 2 && is_help(arguments[2])) {
        return run_help(1, arguments + 1);
    }
    if (command == NULL && print_group(stderr, arguments[1])) {
        return CLI_USAGE;
    }
    if (command == NULL) {
        cli_fail("there is no command %s: mypos --help lists them", arguments[1]);
        return CLI_USAGE;
    }
    if (count > 1 + words && is_help(arguments[1 + words])) {
        return print_command_help(command);
    }
    return run_command(command, count - 1 - words, arguments + 1 + words);
}
