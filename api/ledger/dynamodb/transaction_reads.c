/* Transactions: one, and pages of them. */
#include "ledger/dynamodb/candidates.h"
#include "ledger/dynamodb/record_items.h"

#include <string.h>

enum status ledger_dynamodb_transaction_read(const struct ledger *ledger, const struct id *id,
                                             struct arena *arena, struct ledger_transaction *transaction)
{
    const struct layout_key key = layout_record(id);
    struct dynamodb_answer answer;
    const json_t *item;
    enum status status = ledger_dynamodb_get(ledger_dynamodb_of(ledger), &key, arena, &answer, &item);
    if (status == STATUS_OK && item == NULL) {
        status = STATUS_TRANSACTION_NOT_FOUND;
    } else if (status == STATUS_OK) {
        status = record_items_read(ledger_dynamodb_of(ledger), item, arena, transaction);
    }
    dynamodb_answer_free(&answer);
    return status;
}

/* --- pages --- */

static bool is_of(const struct ledger_filter *filter, const struct ledger_transaction *transaction)
{
    for (size_t i = 0; i < filter->customer_count; i++) {
        if (transaction->has_customer && id_equal(&transaction->customer_id, &filter->customer_ids[i])) {
            return true;
        }
    }
    return filter->customer_count == 0;
}

static bool passes(const struct ledger_filter *filter, const struct ledger_transaction *transaction)
{
    const char *prefix = filter->receipt_prefix;
    return (!filter->has_store || transaction->store_key == filter->store_key) &&
           (!filter->has_register || transaction->register_key == filter->register_key) &&
           (!filter->has_day || transaction->business_day == filter->day) &&
           (!filter->has_shift ||
            (transaction->has_shift && id_equal(&transaction->shift_id, &filter->shift_id))) &&
           (!filter->has_original ||
            (transaction->has_original && id_equal(&transaction->original_id, &filter->original_id))) &&
           (!filter->flagged || transaction->flagged) && is_of(filter, transaction) &&
           (filter->type == NULL || strcmp(transaction->type, filter->type) == 0) &&
           (prefix == NULL || strncmp(transaction->receipt_number, prefix, strlen(prefix)) == 0);
}

struct listing {
    const struct ledger_dynamodb *ledger;
    const struct ledger_filter *filter;
    struct candidates *candidates;
    struct arena *arena;
    size_t limit;
    struct ledger_page *page;
};

/* Reads the records of candidates and keeps those that pass; one row more than the page says that there is
 * more. */
static enum status take(struct listing *listing, const struct candidate *candidates, size_t count)
{
    struct ledger_page *page = listing->page;
    struct dynamodb_items items;
    struct layout_key *keys = arena_alloc(listing->arena, count * sizeof *keys);
    for (size_t i = 0; i < count; i++) {
        keys[i] = layout_record(&candidates[i].id);
    }
    enum status status = ledger_dynamodb_get_all(listing->ledger, keys, count, listing->arena, &items);
    for (size_t i = 0; status == STATUS_OK && !page->has_more && i < count; i++) {
        struct ledger_transaction transaction;
        status = record_items_read(listing->ledger, items.items[i], listing->arena, &transaction);
        if (status != STATUS_OK) {
            break;
        }
        if (passes(listing->filter, &transaction) && page->count == listing->limit) {
            page->has_more = true;
        } else if (passes(listing->filter, &transaction)) {
            page->transactions[page->count++] = transaction;
            page->next = candidates[i].place;
        }
    }
    ledger_dynamodb_items_free(&items);
    return status;
}

static enum status fill(struct listing *listing)
{
    struct candidate *candidates = arena_alloc(listing->arena, (listing->limit + 1) * sizeof *candidates);
    for (;;) {
        const size_t wanted = listing->limit - listing->page->count + 1;
        size_t count = 0;
        bool found = true;
        while (count < wanted && found) {
            const enum status status = candidates_next(listing->candidates, &candidates[count], &found);
            if (status != STATUS_OK) {
                return status;
            }
            count += found;
        }
        const enum status status = count == 0 ? STATUS_OK : take(listing, candidates, count);
        if (status != STATUS_OK || !found || listing->page->has_more) {
            return status;
        }
    }
}

enum status ledger_dynamodb_transaction_list(const struct ledger *ledger, const struct ledger_filter *filter,
                                             const struct cursor *after, size_t limit, struct arena *arena,
                                             struct ledger_page *page)
{
    struct listing listing = {
        .ledger = ledger_dynamodb_of(ledger),
        .filter = filter,
        .arena = arena,
        .limit = limit,
        .page = page,
    };
    *page = (struct ledger_page){.transactions = arena_zeroed(arena, limit, sizeof *page->transactions)};
    enum status status = candidates_open(listing.ledger, filter, after, limit, arena, &listing.candidates);
    if (status == STATUS_OK) {
        status = fill(&listing);
    }
    candidates_close(listing.candidates);
    return status;
}
