#include "app/refunds/refund_lines.h"

#include "app/records/canonical_json.h"
#include "core/loyalty.h"
#include "core/quantity.h"

/* --- the request --- */

static const char *quantity_text(struct call *call, int64_t quantity)
{
    struct text text = text_over(arena_alloc(call->arena, QUANTITY_TEXT_SIZE), QUANTITY_TEXT_SIZE);
    quantity_format(&text, quantity);
    return text_string(&text);
}

static const char *pointer_to(struct call *call, const char *pointer, size_t index, const char *member)
{
    return arena_printf(call->arena, "%s/%zu/%s", pointer, index, member);
}

/* The line of the original that an element names; NULL with a fault. */
static const struct original_line *find_line(struct call *call, const json_t *element, const char *pointer,
                                             size_t index, const struct original *original,
                                             const struct refund_lines *out, size_t *number)
{
    const int64_t asked = json_integer_value(json_object_get(element, "line"));
    const char *at = pointer_to(call, pointer, index, "line");
    if (asked < 1 || asked > (int64_t)original->line_count) {
        (void)detail_fault(&call->detail, at, "line_not_found", "The sale has the lines 1 to %zu.",
                           original->line_count);
        return NULL;
    }
    *number = (size_t)asked - 1;
    if (out->quantities[*number] > 0) {
        (void)detail_fault(&call->detail, at, "line_twice", "The line %lld is named before.",
                           (long long)asked);
        return NULL;
    }
    return &original->lines[*number];
}

static void read_line(struct call *call, const json_t *element, const char *pointer, size_t index,
                      const struct original *original, struct refund_lines *out, unsigned *beyond)
{
    size_t number;
    const struct original_line *line = find_line(call, element, pointer, index, original, out, &number);
    if (line == NULL) {
        return;
    }
    const json_t *text = json_object_get(element, "quantity");
    const char *at = pointer_to(call, pointer, index, "quantity");
    int64_t quantity;
    if (!quantity_parse(json_string_value(text), json_string_length(text), &quantity) || quantity <= 0) {
        (void)detail_fault(&call->detail, at, "quantity_out_of_range", "A quantity is above 0.");
        return;
    }
    if (line->by_piece && quantity % QUANTITY_ONE != 0) {
        (void)detail_fault(&call->detail, at, "quantity_not_whole",
                           "A product sold by piece needs a whole quantity.");
        return;
    }
    const int64_t left = line->sold.quantity - line->returned;
    if (quantity > left) {
        ++*beyond;
        (void)detail_fault(&call->detail, at, status_code(STATUS_REFUND_EXCEEDS_SALE),
                           "Line %zu: %s left, %s asked for.", number + 1, quantity_text(call, left),
                           quantity_text(call, quantity));
        return;
    }
    const json_t *restock = json_object_get(element, "restock");
    out->quantities[number] = quantity;
    out->restock[number] = restock == NULL || json_is_true(restock);
}

void refund_lines_tell(struct call *call, const struct original *original)
{
    struct text members = arena_text(call->arena, 256 + original->line_count * 64);
    text_add_string(&members, "\"refundable\":");
    struct json_writer json = json_writer(&members);
    original_emit_refundable(&json, original);
    call->detail.members = text_string(&members);
}

static enum status refuse_beyond(struct call *call, const struct original *original)
{
    refund_lines_tell(call, original);
    if (call->detail.faults == 1) {
        return detail_set(&call->detail, STATUS_REFUND_EXCEEDS_SALE, "%s", call->detail.first->detail);
    }
    return detail_set(&call->detail, STATUS_REFUND_EXCEEDS_SALE,
                      call->detail.faults == 0 ? "Nothing of the sale is left."
                                               : "On %u lines less is left than is asked for.",
                      call->detail.faults);
}

static enum status take_all(struct call *call, const struct original *original, struct refund_lines *out)
{
    bool nothing = true;
    for (size_t i = 0; i < original->line_count; i++) {
        out->quantities[i] = original->lines[i].sold.quantity - original->lines[i].returned;
        out->restock[i] = true;
        nothing = nothing && out->quantities[i] == 0;
    }
    return nothing ? refuse_beyond(call, original) : STATUS_OK;
}

enum status refund_lines_read(struct call *call, const json_t *lines, const char *pointer,
                              const struct original *original, struct refund_lines *out)
{
    *out = (struct refund_lines){
        .quantities = arena_zeroed(call->arena, original->line_count + 1, sizeof *out->quantities),
        .restock = arena_zeroed(call->arena, original->line_count + 1, sizeof *out->restock),
        .shares = arena_zeroed(call->arena, original->line_count + 1, sizeof *out->shares),
    };
    if (lines == NULL) {
        return take_all(call, original, out);
    }
    unsigned beyond = 0;
    size_t index;
    json_t *element;
    json_array_foreach(lines, index, element)
    {
        read_line(call, element, pointer, index, original, out, &beyond);
    }
    if (beyond > 0 && beyond == call->detail.faults) {
        return refuse_beyond(call, original);
    }
    return call->detail.faults > 0 ? STATUS_VALIDATION_FAILED : STATUS_OK;
}

/* --- the record's lines --- */

static void set(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0) {
        __builtin_trap(); /* out of memory: as base/arena.h */
    }
}

/* A discount of which this share has nothing is not listed: as in a sale. */
static void set_discounts(json_t *line, const struct refund_line *share)
{
    json_t *discounts = json_object_get(line, "discounts");
    set(line, "discount", json_integer(share->gross - share->net));
    for (size_t i = json_array_size(discounts); i-- > 0;) {
        if (share->discounts[i] > 0) {
            set(json_array_get(discounts, i), "amount", json_integer(share->discounts[i]));
        } else {
            (void)json_array_remove(discounts, i);
        }
    }
    if (discounts != NULL && json_array_size(discounts) == 0) {
        (void)json_object_del(line, "discounts");
    }
}

static void set_taxes(json_t *line, const struct refund_line *share)
{
    size_t index;
    json_t *tax;
    json_array_foreach(json_object_get(line, "taxes"), index, tax)
    {
        set(tax, "amount", json_integer(share->taxes[index].amount));
        set(tax, "base", json_integer(share->taxes[index].base));
    }
    json_t *exemption = json_object_get(line, "tax_exemption");
    if (json_object_get(exemption, "amount") != NULL) {
        set(exemption, "amount", json_integer(share->exempted));
    }
}

/* The original's line with this refund's share of it. Its tare was that of the whole. */
static void write_line(struct call *call, struct json_writer *json, const struct original_line *original,
                       size_t number, int64_t position, const struct refund_line *share, bool restock)
{
    json_t *line = json_deep_copy(original->json);
    if (line == NULL) {
        __builtin_trap();
    }
    set(line, "line", json_integer(position));
    set(line, "original_line", json_integer((int64_t)number + 1));
    set(line, "restock", json_boolean(restock));
    set(line, "quantity", json_string(quantity_text(call, share->quantity)));
    set(line, "gross", json_integer(share->gross));
    set(line, "total", json_integer(share->total));
    set_discounts(line, share);
    set_taxes(line, share);
    (void)json_object_del(line, "tare");
    canonical_emit(json, line);
    json_decref(line);
}

static void write_lines(struct call *call, const struct original *original, struct refund_lines *lines)
{
    struct text text = arena_text(call->arena, 1024);
    struct json_writer json = json_writer(&text);
    int64_t position = 0;
    emit_begin_array(&json);
    for (size_t i = 0; i < original->line_count; i++) {
        if (lines->quantities[i] > 0) {
            write_line(call, &json, &original->lines[i], i, ++position, &lines->shares[i], lines->restock[i]);
        }
    }
    emit_end_array(&json);
    lines->json = text.data;
    lines->json_length = text.length;
}

/* --- the shares --- */

static void add_line(struct pricing_totals *totals, const struct refund_line *share)
{
    totals->subtotal += share->gross;
    totals->discount_total += share->gross - share->net;
    totals->tax_included += share->exempted;
    for (unsigned i = 0; i < share->tax_count; i++) {
        totals->tax_total += share->taxes[i].amount;
        totals->tax_included += share->taxes[i].inclusive ? share->taxes[i].amount : 0;
    }
    totals->total += share->total;
}

static void share_points(const struct original *original, int64_t before, int64_t after, bool complete,
                         struct refund_lines *lines)
{
    const struct loyalty_return earlier = {.returned = before, .total = original->lines_total};
    const struct loyalty_return now = {
        .returned = after, .total = original->lines_total, .complete = complete};
    lines->taken_back = loyalty_taken_back(original->earned, &now) -
                        loyalty_taken_back(original->earned, &earlier);
    lines->given_back = loyalty_given_back(original->burned, &now) -
                        loyalty_given_back(original->burned, &earlier);
}

void refund_lines_share(struct call *call, const struct original *original, int64_t increment,
                        struct refund_lines *lines)
{
    lines->totals = (struct pricing_totals){0};
    for (size_t i = 0; i < original->line_count; i++) {
        if (lines->quantities[i] > 0) {
            refund_share(&original->lines[i].sold, original->lines[i].returned, lines->quantities[i],
                         &lines->shares[i]);
            add_line(&lines->totals, &lines->shares[i]);
        }
    }
    bool complete, was_complete;
    const int64_t before = original_returned(original, NULL, &was_complete);
    const int64_t after = original_returned(original, lines->quantities, &complete);
    const int64_t due = refund_due(&original->paid, increment, after, original->lines_total) -
                        original->back_total;
    const int64_t paid_back = due > 0 ? due : 0; /* coins have become larger since the refund before */
    lines->totals.rounding = paid_back - lines->totals.total;
    lines->totals.total = paid_back;
    share_points(original, before, after, complete, lines);
    write_lines(call, original, lines);
}
