/*
 * mypos move to-aws, mypos move from-aws: a shop's ledger and pictures, from this machine to DynamoDB and S3
 * and back.
 *
 * The catalogue needs no copy: MYPOS_DATA holds it either way, and opening the shop with
 * MYPOS_LEDGER=dynamodb puts it into the shared log, or brings it up to date from there. Nobody may sell
 * meanwhile: the lock of the directory and the leases of servers say whether somebody does.
 *
 *     mark ──▶ digest of the source ──▶ take over ──▶ pictures ──▶ digest of the target, compared ──▶ verify ──▶
 *     the mark says that it is whole
 *
 * Killed in between, the same command goes on. The target is marked before anything is in it that looks like a shop
 * (shop_open, with the catalogue) and until it was compared and verified: no server starts on it. The source is only
 * read.
 */
#include "aws/aws.h"
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/open.h"
#include "cli/picture_copy.h"
#include "cli/verify.h"
#include "images/dir/images_dir.h"
#include "images/images.h"
#include "ledger/copy_digest.h"
#include "ledger/dynamodb/ledger_dynamodb.h"
#include "ledger/sqlite/ledger_sqlite.h"
#include "sqlite/reader.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SAID_EVERY_US 60000000

struct move {
    const struct config *config;
    struct shop shop;
    bool to_aws;
    const struct ledger *embedded, *from, *to;
    struct images *directory;
    int64_t began_ms;
    struct copy_digest source, target;
};

/* --- progress --- */

/* Of one step: on a terminal how far it is, elsewhere a line a minute. */
struct progress {
    const char *step;
    int64_t said_us;
};

static struct progress progress_of(const char *step)
{
    return (struct progress){.step = step, .said_us = clock_monotonic_us()};
}

static void told(void *context, uint64_t pieces)
{
    struct progress *progress = context;
    const bool shown = isatty(STDERR_FILENO);
    const int64_t now_us = clock_monotonic_us();
    if (shown) {
        fprintf(stderr, "\r%s: %" PRIu64 "\033[K", progress->step, pieces);
        fflush(stderr);
    } else if (now_us - progress->said_us >= SAID_EVERY_US) {
        progress->said_us = now_us;
        printf("%s: %" PRIu64 "\n", progress->step, pieces);
        fflush(stdout);
    }
}

static void say(const char *words)
{
    if (isatty(STDERR_FILENO)) {
        fputs("\r\033[K", stderr);
    }
    puts(words);
    fflush(stdout);
}

/* --- the ledger --- */

static int refuse_ledger(const struct move *move, enum status status)
{
    if (status == STATUS_ID_TAKEN) {
        return cli_fail("there are transactions, stock or customers %s that are not from this move",
                        move->to_aws ? "in the tables" : "in the database");
    }
    return cli_fail("the ledger cannot be copied: %s", status_title(status));
}

static int copy_ledger(struct move *move)
{
    struct progress progress = progress_of("reading");
    const struct ledger_copy_watch watch = {.told = told, .context = &progress};
    say("Reading what is there …");
    enum status status = copy_digest_take(move->from, move->began_ms, &watch, &move->source);
    if (status != STATUS_OK) {
        return cli_fail("the ledger cannot be read: %s", status_title(status));
    }
    const struct hash digest = copy_digest_hash(&move->source);
    say("Copying the ledger …");
    progress = progress_of("writing");
    status = move->to->ops->take_over(move->to, move->from, &digest, &watch);
    return status == STATUS_OK ? CLI_OK : refuse_ledger(move, status);
}

static int compare(struct move *move)
{
    struct progress progress = progress_of("comparing");
    const struct ledger_copy_watch watch = {.told = told, .context = &progress};
    bool same = true;
    say("Comparing both sides …");
    const enum status status = copy_digest_take(move->to, move->began_ms, &watch, &move->target);
    if (status != STATUS_OK) {
        return cli_fail("the copy cannot be read: %s", status_title(status));
    }
    say("");
    printf("%-16s %12s %12s\n", "", move->to_aws ? "here" : "AWS", move->to_aws ? "AWS" : "here");
    for (size_t i = 0; i < COPY_PIECES; i++) {
        const bool equal = memcmp(&move->source.of[i], &move->target.of[i], sizeof move->source.of[i]) == 0;
        printf("%-16s %12" PRIu64 " %12" PRIu64 "   %s\n", copy_piece_names[i], move->source.of[i].count,
               move->target.of[i].count, equal ? "same" : "DIFFERENT");
        same = same && equal;
    }
    puts("");
    return same ? CLI_OK
                : cli_fail(
                      "the two sides differ: was something sold meanwhile? Nothing was removed; do not go "
                      "on with the copy");
}

static int verify(struct move *move)
{
    struct verify_report report;
    say("Checking the copy …");
    const enum status status = verify_ledger(move->to, &report);
    if (status != STATUS_OK) {
        return cli_fail("the copy cannot be checked: %s", status_title(status));
    }
    verify_print(&report);
    return report.broken == 0 ? CLI_OK : cli_fail("the copy is not sound");
}

/* --- pictures --- */

static int copy_pictures(struct move *move)
{
    struct progress progress = progress_of("pictures");
    struct picture_copy copy = {.from = move->to_aws ? move->directory : move->shop.images,
                                .to = move->to_aws ? move->shop.images : move->directory,
                                .told = told,
                                .context = &progress};
    if (!move->config->uses_s3) {
        say("Pictures stay where they are: MYPOS_IMAGES is not s3.");
        return CLI_OK;
    }
    say("Copying pictures …");
    struct db *db = reader_take(move->shop.app.readers);
    const enum status status = picture_copy_run(&copy, db);
    reader_give_back(move->shop.app.readers, db);
    if (status != STATUS_OK) {
        return cli_fail("pictures cannot be copied: %s", status_title(status));
    }
    say("");
    printf("%" PRIu64 " pictures copied and read again; %" PRIu64 " were named and not there\n", copy.copied,
           copy.missing);
    return CLI_OK;
}

/* --- all of it --- */

static int mark_whole(struct move *move)
{
    const enum status status = move->to_aws ? ledger_dynamodb_end_copy(move->to)
                                            : shop_mark_whole(move->config);
    return status == STATUS_OK
               ? CLI_OK
               : cli_fail("the mark of a shop that is not whole cannot be taken from %s: %s",
                          move->to_aws ? "the tables" : move->config->data, status_title(status));
}

/* A target where nothing is: it is half of a shop from now on. What is there already is looked at later. */
static enum status mark_target(const struct move *move)
{
    if (move->to_aws) {
        return ledger_dynamodb_begin_copy(move->to);
    }
    bool empty;
    const enum status status = ledger_sqlite_is_empty(move->to, &empty);
    return status == STATUS_OK && empty ? shop_mark_half(move->config) : status;
}

static int open_sides(struct move *move, struct detail *detail)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/images", move->config->data);
    enum status status = ledger_sqlite_open(move->shop.app.writer, move->shop.app.readers, &move->embedded);
    if (status == STATUS_OK) {
        status = images_dir_open(path, detail, &move->directory);
    }
    if (status != STATUS_OK) {
        return cli_fail("%s", detail->text != NULL ? detail->text : status_title(status));
    }
    move->from = move->to_aws ? move->embedded : move->shop.app.ledger;
    move->to = move->to_aws ? move->shop.app.ledger : move->embedded;
    bool is_served;
    status = ledger_dynamodb_is_served(move->shop.app.ledger, &is_served);
    if (status != STATUS_OK) {
        return cli_fail("the tables cannot be read: %s", status_title(status));
    }
    if (is_served) {
        return cli_fail("a server works on the tables. Stop every one of them, and wait ten seconds");
    }
    status = mark_target(move);
    return status == STATUS_OK ? CLI_OK : refuse_ledger(move, status);
}

static int run(struct move *move)
{
    static int (*const steps[])(struct move * move) = {copy_ledger, copy_pictures, compare, verify,
                                                       mark_whole};
    int code = CLI_OK;
    for (size_t i = 0; code == CLI_OK && i < sizeof steps / sizeof *steps; i++) {
        code = steps[i](move);
    }
    if (code == CLI_OK) {
        printf("\nThe shop is moved. Start it with MYPOS_LEDGER=%s from now on, and never again without.\n",
               move->to_aws ? "dynamodb" : "sqlite");
    }
    return code;
}

static int open_and_run(struct move *move)
{
    struct arena arena;
    struct detail detail;
    arena_init(&arena);
    detail_init(&detail, &arena);
    int code;
    char database[PATH_MAX];
    shop_database(move->config, database, sizeof database);
    const bool is_new = access(database, F_OK) != 0; /* then the catalogue comes first, and is not a shop */
    if (is_new && shop_mark_half(move->config) != STATUS_OK) {
        code = cli_fail("nothing can be written in %s", move->config->data);
    } else if (shop_open(move->config, move->to_aws ? SHOP_MOVES_TO_AWS : SHOP_MOVES_FROM_AWS, &move->shop,
                         &detail) != STATUS_OK) {
        code = cli_fail("%s", detail.text);
        if (is_new && access(database, F_OK) != 0) {
            (void)!shop_mark_whole(move->config);
        }
    } else {
        code = open_sides(move, &detail);
        if (code == CLI_OK) {
            code = run(move);
        }
        if (move->directory != NULL) {
            move->directory->ops->close(move->directory);
        }
        if (move->embedded != NULL) {
            move->embedded->ops->close(move->embedded);
        }
        shop_close(&move->shop);
    }
    arena_free(&arena);
    return code;
}

int command_move(const struct config *config, int count, char **arguments)
{
    struct move move = {.config = config, .began_ms = clock_now_ms()};
    char database[PATH_MAX];
    if (count != 1 || (strcmp(arguments[0], "to-aws") != 0 && strcmp(arguments[0], "from-aws") != 0)) {
        return cli_usage("move");
    }
    move.to_aws = strcmp(arguments[0], "to-aws") == 0;
    if (!config->uses_dynamodb) {
        return cli_fail(
            "MYPOS_LEDGER=dynamodb and AWS's variables must say where AWS is; MYPOS_DATA, where the "
            "shop is here");
    }
    shop_database(config, database, sizeof database);
    if (move.to_aws && access(database, R_OK) != 0) {
        return cli_fail("there is no shop at %s", database);
    }
    return open_and_run(&move);
}
