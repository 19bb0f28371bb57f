#include "ledger/stock_low.h"

#include "base/json_writer.h"
#include "core/quantity.h"

static void emit_quantity(struct json_writer *json, const char *name, int64_t quantity)
{
    char buffer[32];
    struct text text = text_over(buffer, sizeof buffer);
    quantity_format(&text, quantity);
    emit_name(json, name);
    emit_string_n(json, text.data, text.length);
}

void stock_low_write(struct text *text, const struct ledger_movement *movement, int64_t level)
{
    char product[ID_TEXT_SIZE], store[ID_TEXT_SIZE];
    struct json_writer json = json_writer(text);
    emit_begin_object(&json);
    emit_quantity(&json, "level", level);
    emit_quantity(&json, "low_stock_at", movement->low_at);
    emit_member_string(&json, "product_id", id_format(&movement->product.id, product));
    emit_member_string(&json, "store_id", id_format(&movement->store.id, store));
    emit_end_object(&json);
}
