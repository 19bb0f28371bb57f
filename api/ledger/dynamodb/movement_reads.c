/* The movements of a product in a store. */
#include "ledger/dynamodb/history.h"

static void read_row(const struct history_row *row, const struct ledger_stock_level *level,
                     const char *detail, struct arena *arena, struct ledger_moved_row *moved)
{
    *moved = (struct ledger_moved_row){
        .store = level->store,
        .product = level->product,
        .by_record = row->maker == PACKED_RECORD,
        .reason = arena_copy(arena, row->reason),
        .at_ms = row->at_ms,
        .quantity = row->amounts[0],
        .level = row->after[0],
        .total_minor = row->total_minor,
        .detail = detail,
    };
    if (row->maker != PACKED_ANONYMOUS) {
        moved->act_id = row->act;
    }
}

static enum status list(const struct history *history, const json_t *item, const struct cursor *after,
                        size_t limit, struct arena *arena, struct ledger_moved_page *page)
{
    struct history_row *rows = arena_alloc(arena, limit * sizeof *rows);
    const char **details = arena_alloc(arena, limit * sizeof *details);
    struct ledger_stock_level level;
    if (!ledger_dynamodb_level(item, history->store_key, arena, &level)) {
        return STATUS_INTERNAL_ERROR;
    }
    enum status status = history_list(history, item, after, limit, arena, rows, &page->count, &page->has_more,
                                      &page->next);
    if (status == STATUS_OK) {
        status = history_details(history->ledger, rows, page->count, arena, details);
    }
    for (size_t i = 0; status == STATUS_OK && i < page->count; i++) {
        read_row(&rows[i], &level, details[i], arena, &page->rows[i]);
    }
    return status;
}

enum status ledger_dynamodb_movement_list(const struct ledger *ledger, int64_t store_key, int64_t product_key,
                                          const struct cursor *after, size_t limit, struct arena *arena,
                                          struct ledger_moved_page *page)
{
    const struct history history = {.ledger = ledger_dynamodb_of(ledger),
                                    .is_stock = true,
                                    .store_key = store_key,
                                    .product_key = product_key};
    const struct layout_key key = layout_stock(store_key, product_key);
    struct dynamodb_answer answer;
    const json_t *item;
    *page = (struct ledger_moved_page){.rows = arena_zeroed(arena, limit, sizeof *page->rows)};
    enum status status = ledger_dynamodb_get(history.ledger, &key, arena, &answer, &item);
    if (status == STATUS_OK && item != NULL) {
        status = list(&history, item, after, limit, arena, page);
    }
    dynamodb_answer_free(&answer);
    return status;
}
