#include "ledger/sqlite/internal.h"

#include <stdlib.h>

static void ledger_close(const struct ledger *ledger)
{
    free((struct ledger_sqlite *)ledger);
}

static const struct ledger_ops ops = {
    .name = "sqlite",
    .commit = ledger_sqlite_commit,
    .find = ledger_sqlite_find,
    .transaction_read = ledger_sqlite_transaction_read,
    .transaction_list = ledger_sqlite_transaction_list,
    .journal_walk = ledger_sqlite_journal_walk,
    .walk = ledger_sqlite_walk,
    .stock_read = ledger_sqlite_stock_read,
    .stock_list = ledger_sqlite_stock_list,
    .movement_list = ledger_sqlite_movement_list,
    .document_read = ledger_sqlite_document_read,
    .document_find = ledger_sqlite_document_find,
    .document_list = ledger_sqlite_document_list,
    .document_search = ledger_sqlite_document_search,
    .entry_list = ledger_sqlite_entry_list,
    .outbox_take = ledger_sqlite_outbox_take,
    .outbox_settle = ledger_sqlite_outbox_settle,
    .tell = ledger_sqlite_tell,
    .take_over = ledger_sqlite_take_over,
    .close = ledger_close,
};

enum status ledger_sqlite_open(struct writer *writer, struct readers *readers, const struct ledger **out)
{
    struct ledger_sqlite *ledger = malloc(sizeof *ledger);
    if (ledger == NULL) {
        return STATUS_INTERNAL_ERROR;
    }
    *ledger = (struct ledger_sqlite){.port.ops = &ops, .writer = writer, .readers = readers};
    *out = &ledger->port;
    return STATUS_OK;
}
