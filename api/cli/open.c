#include "cli/open.h"

#include "app/images/image_collector.h"
#include "app/receipts/receipt_email_document.h"
#include "app/receipts/receipt_mailer.h"
#include "app/reference/catalog_events.h"
#include "app/reference/product_imports.h"
#include "app/shifts/shift_memory.h"
#include "app/webhooks/webhook_delivery.h"
#include "app/webhooks/webhook_dispatcher.h"
#include "app/webhooks/webhook_fanout.h"
#include "aws/aws.h"
#include "aws/dynamodb.h"
#include "aws/dynamodb_tables.h"
#include "base/log.h"
#include "catalog/entity.h"
#include "catalog/replica.h"
#include "cli/cli.h"
#include "cli/open_catalog.h"
#include "images/dir/images_dir.h"
#include "images/s3/images_s3.h"
#include "images/thumbnail.h"
#include "ledger/dynamodb/ledger_dynamodb.h"
#include "ledger/ledger.h"
#include "ledger/sqlite/ledger_sqlite.h"
#include "notify/log/notify_log.h"
#include "notify/relay.h"
#include "notify/sns/notify_sns.h"
#include "sqlite/data_lock.h"
#include "sqlite/reader.h"
#include "sqlite/writer.h"
#include "telemetry/cloudwatch/cloudwatch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void shop_database(const struct config *config, char *path, size_t size)
{
    snprintf(path, size, "%s/mypos.db", config->data);
}

/* The client of AWS, for whatever is configured to be there. */
static enum status open_aws(const struct config *config, struct shop *shop, struct detail *detail)
{
    if (!config->uses_dynamodb && !config->uses_s3 && !config->uses_sns && !config->uses_cloudwatch) {
        return STATUS_OK;
    }
    enum status status = aws_open(detail, &shop->aws);
    if (status == STATUS_OK && config->uses_dynamodb) {
        status = dynamodb_open(shop->aws, &shop->dynamodb);
    }
    return status == STATUS_OK && config->uses_dynamodb
               ? dynamodb_tables_make(shop->dynamodb, config->table_prefix, &shop->tables, detail)
               : status;
}

/* Customers, transactions, stock: in DynamoDB, shared by several machines. */
static enum status open_tables(const struct config *config, struct shop *shop)
{
    const struct ledger_dynamodb_options options = {.prefix = config->table_prefix};
    return config->uses_dynamodb ? ledger_dynamodb_open(shop->dynamodb, &options, &shop->app.ledger)
                                 : STATUS_OK;
}

/* Or here, in the database of the catalogue. */
static enum status open_embedded(const struct config *config, struct shop *shop)
{
    return config->uses_dynamodb ? STATUS_OK
                                 : ledger_sqlite_open(shop->app.writer, shop->app.readers, &shop->app.ledger);
}

/* Where pictures are, and where browsers get them. */
static enum status open_images(const struct config *config, struct shop *shop, struct detail *detail)
{
    const bool is_public = *config->images_url != '\0';
    enum status status = STATUS_OK;
    entity_show_images_at(is_public ? config->images_url : "/images");
    if (config->uses_s3) {
        shop->images = images_s3_open(shop->aws, config->s3_bucket, config->images_url);
    } else {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/images", config->data);
        status = images_dir_open(path, detail, &shop->images);
    }
    shop->app.images = shop->images;
    return status;
}

#define HALF "move.unfinished"

static void half_path(const struct config *config, char path[static PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/" HALF, config->data);
}

enum status shop_mark_half(const struct config *config)
{
    char path[PATH_MAX];
    half_path(config, path);
    (void)mkdir(config->data, 0700); /* what is wrong with it, opening it says */
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return STATUS_STORAGE_UNAVAILABLE;
    }
    const bool synced = fsync(fd) == 0;
    return close(fd) == 0 && synced ? STATUS_OK : STATUS_STORAGE_UNAVAILABLE;
}

enum status shop_mark_whole(const struct config *config)
{
    char path[PATH_MAX];
    half_path(config, path);
    return unlink(path) == 0 || errno == ENOENT ? STATUS_OK : STATUS_STORAGE_UNAVAILABLE;
}

static enum status check_directory(const struct config *config, struct detail *detail)
{
    char path[PATH_MAX];
    half_path(config, path);
    return access(path, F_OK) != 0
               ? STATUS_OK
               : detail_set(
                     detail, STATUS_STORAGE_UNAVAILABLE,
                     "%s holds a shop that is not whole: `mypos move from-aws` did not come to its end. "
                     "Run it again, or delete the directory.",
                     config->data);
}

static enum status check_tables(const struct config *config, const struct shop *shop, struct detail *detail)
{
    bool half = false;
    const enum status status = ledger_dynamodb_is_half_copied(shop->app.ledger, &half);
    return !half ? status
                 : detail_set(
                       detail, STATUS_STORAGE_UNAVAILABLE,
                       "The tables %s* hold a shop that is not whole: `mypos move to-aws` did not come to "
                       "its end. Run it again, or delete the tables.",
                       config->table_prefix);
}

/* Nobody sells on half of a ledger: receipt numbers would begin again, and customers be missing. Looked at
 * before the catalogue is opened, which would become one of its own. */
static enum status check_whole(const struct config *config, const struct shop *shop, struct detail *detail)
{
    return config->uses_dynamodb ? check_tables(config, shop, detail) : check_directory(config, detail);
}

static enum status open_once(const struct config *config, const char *purpose, struct shop *shop,
                             struct detail *detail)
{
    memset(shop, 0, sizeof *shop);
    shop->fills_tables = strcmp(purpose, SHOP_MOVES_TO_AWS) == 0;
    const bool moves = shop->fills_tables || strcmp(purpose, SHOP_MOVES_FROM_AWS) == 0;
    if (sodium_init() < 0) {
        return detail_set(detail, STATUS_INTERNAL_ERROR, "libsodium cannot be initialised.");
    }
    shop->app.data_directory = config->data;
    shop_database(config, shop->database, sizeof shop->database);
    enum status status = open_aws(config, shop, detail);
    if (status == STATUS_OK) {
        status = data_lock_take(config->data, purpose, detail, &shop->lock);
        shop->locked = status == STATUS_OK;
    }
    if (status == STATUS_OK) {
        status = open_tables(config, shop);
    }
    if (status == STATUS_OK && !moves) {
        status = check_whole(config, shop, detail);
    }
    if (status == STATUS_OK) {
        status = shop_open_catalog(config, shop, detail);
    }
    if (status == STATUS_OK) {
        status = readers_open(shop->database, config->readers, &shop->app.readers);
    }
    if (status == STATUS_OK) {
        status = open_embedded(config, shop);
    }
    if (status == STATUS_OK) {
        status = open_images(config, shop, detail);
    }
    if (status == STATUS_OK) {
        status = auth_open(&shop->app, &shop->app.auth);
    }
    if (status == STATUS_OK) {
        status = app_imports_open(&shop->app.imports);
    }
    if (status == STATUS_OK) {
        status = shift_memory_open(&shop->app.shifts);
    }
    return status;
}

enum status shop_open(const struct config *config, const char *purpose, struct shop *shop,
                      struct detail *detail)
{
    enum status status = open_once(config, purpose, shop, detail);
    if (status == STATUS_NOT_READY && replica_is_marked(config->data)) {
        shop_close(shop);
        status = open_once(config, purpose, shop, detail); /* which makes the catalogue anew */
    }
    if (status != STATUS_OK) {
        shop_close(shop);
        return detail->text != NULL ? status : detail_set(detail, status, "%s.", status_title(status));
    }
    return STATUS_OK;
}

static enum status start_mailer(const struct config *config, struct shop *shop)
{
    const char *user = *config->smtp_user != '\0' ? config->smtp_user : NULL;
    const struct receipt_mailer_options options = {
        .server = {.url = config->smtp_url,
                   .user = user,
                   .password = user != NULL ? config->smtp_password : NULL,
                   .authorities = *config->smtp_authorities != '\0' ? config->smtp_authorities : NULL},
        .sender = config->smtp_from,
        .retry_seconds = config->smtp_retry_seconds,
    };
    return *config->smtp_url == '\0' ? STATUS_OK
                                     : receipt_mailer_start(&shop->app, &options, &shop->app.mailer);
}

/* Old pictures are removed. Without the program for new ones the shop sells on. */
static enum status start_images(const struct config *config, struct shop *shop)
{
    struct arena arena;
    struct detail detail;
    arena_init(&arena);
    detail_init(&detail, &arena);
    if (thumbnails_find_program(&detail) != STATUS_OK) {
        struct log_line line = log_begin(LOG_ERROR, "thumbnailer_missing");
        log_text(&line, "error", detail.text);
        log_end(&line);
    }
    arena_free(&arena);
    return image_collector_start(&shop->app, config->images_grace_seconds, &shop->collector);
}

static enum status start_webhooks(const struct config *config, struct shop *shop)
{
    const struct webhook_dispatcher_options options = {
        .sender = {.networks = config->webhook_networks,
                   .authorities = *config->webhook_authorities != '\0' ? config->webhook_authorities : NULL,
                   .name_servers = *config->webhook_dns != '\0' ? config->webhook_dns : NULL},
        .retry_seconds = config->webhook_retry_seconds,
        .give_up_seconds = config->webhook_give_up_seconds,
    };
    return webhook_dispatcher_start(&shop->app, &options, &shop->app.webhooks);
}

/* Events go to webhooks and to what is configured. What waits for a delivery of its own is nobody else's
 * business. */
static enum status start_relay(const struct config *config, struct shop *shop)
{
    shop->notify = config->uses_sns ? notify_sns_open(shop->aws, config->sns_topic_arn) : &notify_log;
    const struct ledger_outbox_filter filter = {.except = {RECEIPT_EMAIL_EVENT, WEBHOOK_DELIVERY_EVENT}};
    const enum status status = webhook_fanout_open(&shop->app, shop->notify, &shop->fanout);
    return status == STATUS_OK ? relay_start(shop->app.ledger, &filter, shop->fanout, &shop->relay) : status;
}

enum status shop_start_telemetry(const struct config *config, struct shop *shop, struct detail *detail)
{
    const struct cloudwatch_options options = {
        .aws = shop->aws,
        .log_group = config->log_group,
        .metrics_space = config->metrics_namespace,
    };
    const enum status status = config->uses_cloudwatch ? cloudwatch_start(&options, &shop->cloudwatch)
                                                       : STATUS_OK;
    return status == STATUS_OK ? STATUS_OK
                               : detail_set(detail, status, "CloudWatch's threads cannot be started.");
}

enum status shop_start_deliveries(const struct config *config, struct shop *shop, struct detail *detail)
{
    enum status status = start_webhooks(config, shop);
    if (status == STATUS_OK) {
        status = start_relay(config, shop);
    }
    if (status == STATUS_OK) {
        status = catalog_events_start(&shop->app, &shop->catalog_events);
    }
    if (status == STATUS_OK) {
        status = start_mailer(config, shop);
    }
    if (status == STATUS_OK) {
        status = start_images(config, shop);
    }
    if (status == STATUS_OK) {
        status = app_imports_start(&shop->app);
    }
    return status == STATUS_OK
               ? STATUS_OK
               : detail_set(detail, status, "Deliveries cannot be started: %s.", status_title(status));
}

void shop_close(struct shop *shop)
{
    cloudwatch_end_metrics(shop->cloudwatch); /* they are read from what ends below */
    receipt_mailer_stop(shop->app.mailer);
    catalog_events_stop(shop->catalog_events);
    relay_stop(shop->relay);
    image_collector_stop(shop->collector);
    if (shop->fanout != NULL) {
        shop->fanout->ops->close(shop->fanout);
    }
    if (shop->notify != NULL) {
        shop->notify->ops->close(shop->notify);
    }
    webhook_dispatcher_stop(shop->app.webhooks);
    app_imports_close(shop->app.imports);
    shift_memory_close(shop->app.shifts);
    auth_close(shop->app.auth);
    if (shop->app.ledger != NULL) {
        shop->app.ledger->ops->close(shop->app.ledger);
    }
    shop_stop_catalog(shop);
    if (shop->app.readers != NULL) {
        readers_close(shop->app.readers);
    }
    if (shop->app.writer != NULL) {
        writer_stop(shop->app.writer); /* works off its queue and closes its connection */
    }
    shop_close_catalog(shop);
    if (shop->images != NULL) {
        shop->images->ops->close(shop->images);
    }
    cloudwatch_stop(shop->cloudwatch); /* last of what has threads: they log */
    dynamodb_close(shop->dynamodb);
    aws_close(shop->aws);
    if (shop->locked) {
        data_lock_release(shop->lock);
    }
    memset(shop, 0, sizeof *shop);
}

static bool open_reading_dynamodb(const struct config *config, struct shop_reading *reading)
{
    const struct ledger_dynamodb_options options = {.prefix = config->table_prefix, .reading = true};
    struct arena arena;
    struct detail detail;
    arena_init(&arena);
    detail_init(&detail, &arena);
    enum status status = aws_open(&detail, &reading->aws);
    if (status == STATUS_OK) {
        status = dynamodb_open(reading->aws, &reading->dynamodb);
    }
    if (status == STATUS_OK) {
        status = dynamodb_tables_check(reading->dynamodb, config->table_prefix, &detail);
    }
    if (status == STATUS_OK) {
        status = ledger_dynamodb_open(reading->dynamodb, &options, &reading->ledger);
    }
    if (status != STATUS_OK) {
        cli_fail("%s", detail.text != NULL ? detail.text : status_title(status));
        shop_close_reading(reading);
    }
    arena_free(&arena);
    return status == STATUS_OK;
}

bool shop_open_reading(const struct config *config, struct shop_reading *reading)
{
    char database[PATH_MAX];
    shop_database(config, database, sizeof database);
    *reading = (struct shop_reading){0};
    if (config->uses_dynamodb) { /* the catalogue is here only where an instance was */
        if (access(database, R_OK) == 0 && readers_open(database, 1, &reading->readers) != STATUS_OK) {
            reading->readers = NULL;
        }
        return open_reading_dynamodb(config, reading);
    }
    if (readers_open(database, 1, &reading->readers) != STATUS_OK ||
        ledger_sqlite_open(NULL, reading->readers, &reading->ledger) != STATUS_OK) {
        cli_fail("cannot open %s", database);
        shop_close_reading(reading);
        return false;
    }
    return true;
}

void shop_close_reading(struct shop_reading *reading)
{
    if (reading->ledger != NULL) {
        reading->ledger->ops->close(reading->ledger);
    }
    readers_close(reading->readers);
    dynamodb_close(reading->dynamodb);
    aws_close(reading->aws);
    *reading = (struct shop_reading){0};
}

void shop_call(struct shop *shop, struct arena *arena, struct call *call)
{
    *call = (struct call){.app = &shop->app, .arena = arena, .request_id = ""};
    detail_init(&call->detail, arena);
    call->principal.kind = PRINCIPAL_SYSTEM;
    call->principal.scopes = AUTH_SCOPE_ADMIN;
    snprintf(call->principal.name, sizeof call->principal.name, "command line");
}

/* A width of 64 holds every password that is made. */
void shop_print_password(const struct shop *shop)
{
    static const char rule[] = "+------------------------------------------------------------------+";
    if (*shop->first_password == '\0') {
        return;
    }
    puts(rule);
    printf("| %-64s |\n| %-64s |\n", "The first administrator", "");
    printf("|   user name  %-51s |\n|   password   %-51s |\n", "admin", shop->first_password);
    printf("| %-64s |\n| %-64s |\n", "", "It is shown this once. Write it down.");
    puts(rule);
    fflush(stdout);
}
