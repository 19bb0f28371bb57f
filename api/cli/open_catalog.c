#include "cli/open_catalog.h"

#include "aws/dynamodb.h"
#include "catalog/catalog.h"
#include "catalog/dynamodb/shared_log_dynamodb.h"
#include "catalog/position.h"
#include "catalog/replica.h"
#include "catalog/s3/snapshot_store_s3.h"
#include "ledger/dynamodb/ledger_dynamodb.h"
#include "sqlite/migration.h"

#include <unistd.h>

/* What a fresh shop needs: the first store and register, the signing key, the first administrator. One act,
 * so that of several instances that start at once one makes them. */
struct first_start {
    const struct config *config;
    struct shop *shop;
    int64_t seq;
};

static enum status start_first(struct db *db, void *context)
{
    struct first_start *first = context;
    int64_t seq = 0;
    enum status status = catalog_prepare(db, &first->seq);
    if (status == STATUS_OK) {
        status = auth_prepare(db, first->config->admin_password, first->shop->first_password, &seq);
    }
    first->seq = seq > first->seq ? seq : first->seq;
    return status;
}

static enum status prepare(const struct config *config, struct shop *shop)
{
    struct first_start first = {.config = config, .shop = shop};
    const enum status status = catalog_write(shop->app.catalog, start_first, &first, false);
    if (status == STATUS_OK) {
        catalog_seq_advance(shop->app.catalog, first.seq);
    }
    return status;
}

static enum status open_database(struct shop *shop, struct detail *detail)
{
    struct db *db;
    enum status status = db_open(shop->database, DB_READ_WRITE, &db);
    if (status != STATUS_OK) {
        return detail_set(detail, status, "The database %s cannot be opened.", shop->database);
    }
    status = migration_run(db, detail, &shop->migrations);
    if (status == STATUS_OK && shop->catalog_log == NULL) {
        status = position_forget(db);
    }
    if (status == STATUS_OK) {
        status = catalog_open(db, &shop->app.catalog);
    }
    if (status == STATUS_OK) {
        status = writer_start(db, &shop->app.writer); /* takes the connection */
    }
    if (status != STATUS_OK) {
        db_close(db);
        return status;
    }
    catalog_attach(shop->app.catalog, shop->app.writer, NULL);
    return STATUS_OK;
}

/* --- one of several ------------------------------------------------------------------------------ */

static enum status open_log(const struct config *config, struct shop *shop)
{
    enum status status = shared_log_dynamodb_open(shop->dynamodb, config->table_prefix, &shop->catalog_log);
    if (status == STATUS_OK && *config->s3_bucket != '\0') {
        status = snapshot_store_s3_open(shop->aws, config->s3_bucket, config->table_prefix, &shop->snapshots);
    }
    return status;
}

static void tell(void *context)
{
    const struct shop *shop = context;
    if (shop->serves) {
        kill(getpid(), SHOP_STARTS_OVER);
    }
}

/* From here on the tables are known as a shop, and this one's ledger is not in them. */
static enum status mark_tables(void *context, struct detail *detail)
{
    const struct shop *shop = context;
    const enum status status = shop->fills_tables ? ledger_dynamodb_begin_copy(shop->app.ledger) : STATUS_OK;
    return status == STATUS_ID_TAKEN
               ? detail_set(
                     detail, status,
                     "There are transactions, stock or customers in the tables that are not from this move.")
               : status;
}

static enum status join(const struct config *config, struct shop *shop, struct detail *detail)
{
    const struct replica_options options = {
        .log = shop->catalog_log,
        .snapshots = shop->snapshots,
        .catalog = shop->app.catalog,
        .writer = shop->app.writer,
        .directory = config->data,
        .database = shop->database,
        .snapshot_entries = config->catalog_snapshot_entries,
        .begins = mark_tables,
        .broken = tell,
        .context = shop,
    };
    const enum status status = replica_open(&options, detail, &shop->replica);
    catalog_attach(shop->app.catalog, shop->app.writer, shop->replica);
    return status;
}

enum status shop_open_catalog(const struct config *config, struct shop *shop, struct detail *detail)
{
    enum status status = STATUS_OK;
    if (config->uses_dynamodb) {
        status = open_log(config, shop);
        if (status == STATUS_OK) {
            status = replica_mend(shop->catalog_log, shop->snapshots, config->data, shop->database, detail);
        }
    }
    if (status == STATUS_OK) {
        status = open_database(shop, detail);
    }
    if (status != STATUS_OK && config->uses_dynamodb && db_damage_was_met()) {
        replica_mark(config->data, "The database is damaged.");
        return STATUS_NOT_READY;
    }
    if (status == STATUS_OK && config->uses_dynamodb) {
        status = join(config, shop, detail);
    }
    return status == STATUS_OK ? prepare(config, shop) : status;
}

void shop_stop_catalog(struct shop *shop)
{
    if (shop->app.catalog != NULL) {
        catalog_attach(shop->app.catalog, shop->app.writer, NULL);
    }
    struct replica *replica = shop->replica;
    shop->replica = NULL;
    replica_close(replica);
}

void shop_close_catalog(struct shop *shop)
{
    catalog_close(shop->app.catalog);
    if (shop->snapshots != NULL) {
        shop->snapshots->ops->close(shop->snapshots);
    }
    if (shop->catalog_log != NULL) {
        shop->catalog_log->ops->close(shop->catalog_log);
    }
}
