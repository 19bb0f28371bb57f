#include "app/records/transaction_count.h"

#include "core/journal.h"
#include "telemetry/metrics.h"

#include <stdio.h>
#include <string.h>

#define CURRENCY "currency"

/* `"EUR"`, with its quotes, as a label needs it. */
static struct journal_span currency_of(const struct ledger_transaction *transaction)
{
    struct journal_members members = journal_members(transaction->record, transaction->record_length);
    struct journal_span name, value;
    while (journal_next_member(&members, &name, &value)) {
        if (name.length == sizeof CURRENCY - 1 && memcmp(name.at, CURRENCY, name.length) == 0) {
            return value;
        }
    }
    return (struct journal_span){.at = "\"\"", .length = 2};
}

void transaction_count(const struct ledger_transaction *transaction)
{
    const struct journal_span currency = currency_of(transaction);
    const int64_t total = transaction->total_minor;
    char labels[64];
    snprintf(labels, sizeof labels, "type=\"%s\"", transaction->type);
    metric_count(metrics_counter("mypos_transactions_total", "Records written, by type.", labels), 1);
    snprintf(labels, sizeof labels, "type=\"%s\",currency=%.*s", transaction->type, (int)currency.length,
             currency.at);
    metric_count(metrics_counter("mypos_transactions_amount_minor_total",
                                 "Totals of the records written, in the currency's minor units.", labels),
                 (uint64_t)(total < 0 ? -total : total));
}
