#include "ledger/dynamodb/ledger_dynamodb.h"

#include "ledger/dynamodb/acting.h"
#include "ledger/dynamodb/heads.h"
#include "ledger/dynamodb/keeper.h"
#include "ledger/dynamodb/outbox.h"
#include "ledger/dynamodb/reads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void ledger_close(const struct ledger *port)
{
    struct ledger_dynamodb *ledger = (struct ledger_dynamodb *)port;
    keeper_stop(ledger->keeper);
    outbox_close(ledger, ledger->outbox);
    lanes_close(ledger->lanes);
    heads_close(ledger->heads);
    free(ledger);
}

static const struct ledger_ops ops = {
    .name = "dynamodb",
    .commit = ledger_dynamodb_commit,
    .find = ledger_dynamodb_find,
    .transaction_read = ledger_dynamodb_transaction_read,
    .transaction_list = ledger_dynamodb_transaction_list,
    .journal_walk = ledger_dynamodb_journal_walk,
    .walk = ledger_dynamodb_walk,
    .stock_read = ledger_dynamodb_stock_read,
    .stock_list = ledger_dynamodb_stock_list,
    .movement_list = ledger_dynamodb_movement_list,
    .document_read = ledger_dynamodb_document_read,
    .document_find = ledger_dynamodb_document_find,
    .document_list = ledger_dynamodb_document_list,
    .document_search = ledger_dynamodb_document_search,
    .entry_list = ledger_dynamodb_entry_list,
    .outbox_take = ledger_dynamodb_outbox_take,
    .outbox_settle = ledger_dynamodb_outbox_settle,
    .tell = ledger_dynamodb_tell,
    .take_over = ledger_dynamodb_take_over,
    .close = ledger_close,
};

enum status ledger_dynamodb_open(struct dynamodb *dynamodb, const struct ledger_dynamodb_options *options,
                                 const struct ledger **opened)
{
    *opened = NULL;
    if (strlen(options->prefix) > DYNAMODB_PREFIX_MAX) {
        return STATUS_VALIDATION_FAILED;
    }
    struct ledger_dynamodb *ledger = calloc(1, sizeof *ledger);
    if (ledger == NULL) {
        return STATUS_INTERNAL_ERROR;
    }
    ledger->port.ops = &ops;
    ledger->client = dynamodb;
    ledger->deadline_ms = options->deadline_ms == 0 ? LEDGER_DYNAMODB_DEADLINE_MS : options->deadline_ms;
    ledger->owner = id_new();
    for (int i = 0; i < LAYOUT_TABLES; i++) {
        snprintf(ledger->tables[i], sizeof ledger->tables[i], "%s%s", options->prefix, layout_table_names[i]);
    }
    enum status status = heads_open(&ledger->heads);
    if (status == STATUS_OK) {
        status = lanes_open(&ledger->lanes);
    }
    if (status == STATUS_OK) {
        status = outbox_open(&ledger->outbox);
    }
    if (status == STATUS_OK && !options->reading) {
        status = keeper_start(ledger, &ledger->keeper);
    }
    if (status != STATUS_OK) {
        ledger_close(&ledger->port);
        return status;
    }
    *opened = &ledger->port;
    return STATUS_OK;
}

enum status ledger_dynamodb_keep(const struct ledger *ledger)
{
    struct keeper *keeper = ledger_dynamodb_of(ledger)->keeper;
    return keeper == NULL ? STATUS_STORAGE_UNAVAILABLE : keeper_run(keeper);
}
