#include "app/sales/sale_captured.h"

#include "core/quantity.h"
#include "core/wide.h"

#define POINTER "/offline/quote"

/* The contract bounds each amount by 10^11 and lists by hundreds: no sum here leaves 64 bits. */
static int64_t member(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static void refuse(struct call *call, const char *pointer, int64_t is, int64_t adds_up)
{
    (void)detail_fault(&call->detail, pointer, "inconsistent", "This is %lld, but it comes to %lld.",
                       (long long)is, (long long)adds_up);
}

static const char *pointer_to(struct call *call, size_t line, const char *name)
{
    return arena_printf(call->arena, POINTER "/lines/%zu/%s", line, name);
}

struct sums {
    int64_t gross, discount, inclusive, exclusive, exempted, total;
};

/* --- a line --- */

static int64_t sum_discounts(const json_t *line)
{
    int64_t sum = 0;
    size_t index;
    json_t *discount;
    json_array_foreach(json_object_get(line, "discounts"), index, discount)
    {
        sum += member(discount, "amount");
    }
    return sum;
}

static void sum_taxes(const json_t *line, struct sums *sums)
{
    size_t index;
    json_t *tax;
    json_array_foreach(json_object_get(line, "taxes"), index, tax)
    {
        const bool inclusive = json_is_true(json_object_get(tax, "inclusive"));
        *(inclusive ? &sums->inclusive : &sums->exclusive) += member(tax, "amount");
    }
}

/* Either way to round a half is right: the till's store may have had another one. */
static bool is_product(int64_t gross, int64_t price, int64_t quantity)
{
    const wide_uint exact = (wide_uint)price * (uint64_t)quantity;
    const wide_uint rounded = (wide_uint)gross * QUANTITY_ONE;
    const wide_uint off = exact > rounded ? exact - rounded : rounded - exact;
    return off * 2 <= QUANTITY_ONE;
}

/* The product and the quantity that the request sells on this line. */
static void check_request(struct call *call, const json_t *asked, const json_t *line, size_t number,
                          int64_t quantity)
{
    const json_t *asked_quantity = json_object_get(asked, "quantity");
    int64_t wanted = -1;
    if (json_equal(json_object_get(asked, "product_id"), json_object_get(line, "product_id")) == 0) {
        (void)detail_fault(&call->detail, pointer_to(call, number, "product_id"), "inconsistent",
                           "The request sells another product on this line.");
    }
    if (!quantity_parse(json_string_value(asked_quantity), json_string_length(asked_quantity), &wanted) ||
        wanted != quantity || quantity <= 0) {
        (void)detail_fault(&call->detail, pointer_to(call, number, "quantity"), "inconsistent",
                           "The request sells another quantity on this line.");
    }
    if (member(line, "line") != (int64_t)number + 1) {
        refuse(call, pointer_to(call, number, "line"), member(line, "line"), (int64_t)number + 1);
    }
}

static void check_line(struct call *call, const json_t *asked, const json_t *line, size_t number,
                       struct sale_captured_line *out, struct sums *all)
{
    const json_t *quantity = json_object_get(line, "quantity");
    struct sums sums = {
        .gross = member(line, "gross"),
        .discount = member(line, "discount"),
        .exempted = member(json_object_get(line, "tax_exemption"), "amount"),
        .total = member(line, "total"),
    };
    *out = (struct sale_captured_line){.total = sums.total};
    if (!quantity_parse(json_string_value(quantity), json_string_length(quantity), &out->quantity)) {
        out->quantity = -1;
    }
    check_request(call, asked, line, number, out->quantity);
    sum_taxes(line, &sums);
    const int64_t net = sums.gross - sums.discount;
    if (out->quantity > 0 && !is_product(sums.gross, member(line, "unit_price"), out->quantity)) {
        (void)detail_fault(&call->detail, pointer_to(call, number, "gross"), "inconsistent",
                           "This is not the unit price times the quantity.");
    }
    if (sum_discounts(line) != sums.discount) {
        refuse(call, pointer_to(call, number, "discount"), sums.discount, sum_discounts(line));
    }
    if (net < sums.inclusive + sums.exempted) {
        (void)detail_fault(&call->detail, pointer_to(call, number, "taxes"), "inconsistent",
                           "The price contains more taxes than it is.");
    }
    if (sums.total != net - sums.exempted + sums.exclusive) {
        refuse(call, pointer_to(call, number, "total"), sums.total, net - sums.exempted + sums.exclusive);
    }
    all->gross += sums.gross;
    all->discount += sums.discount;
    all->inclusive += sums.inclusive;
    all->exclusive += sums.exclusive;
    all->exempted += sums.exempted;
    all->total += sums.total;
}

/* --- the basket --- */

static void check_total(struct call *call, const json_t *quote, const char *name, int64_t adds_up,
                        int64_t *total)
{
    *total = member(quote, name);
    if (*total != adds_up) {
        refuse(call, arena_printf(call->arena, POINTER "/%s", name), *total, adds_up);
    }
}

enum status sale_captured_read(struct call *call, const json_t *request, const json_t *quote,
                               struct sale_captured_line *lines, struct pricing_totals *totals)
{
    const json_t *asked = json_object_get(request, "lines");
    const json_t *captured = json_object_get(quote, "lines");
    *totals = (struct pricing_totals){0};
    if (json_array_size(captured) != json_array_size(asked)) {
        return detail_fault(&call->detail, POINTER "/lines", "inconsistent",
                            "The request has %zu lines, this has %zu.", json_array_size(asked),
                            json_array_size(captured));
    }
    struct sums all = {0};
    size_t number;
    json_t *line;
    json_array_foreach(captured, number, line)
    {
        check_line(call, json_array_get(asked, number), line, number, &lines[number], &all);
    }
    check_total(call, quote, "subtotal", all.gross, &totals->subtotal);
    check_total(call, quote, "discount_total", all.discount, &totals->discount_total);
    check_total(call, quote, "tax_total", all.inclusive + all.exclusive, &totals->tax_total);
    check_total(call, quote, "tax_included", all.inclusive + all.exempted, &totals->tax_included);
    check_total(call, quote, "rounding", 0, &totals->rounding);
    check_total(call, quote, "total", all.total, &totals->total);
    return call->detail.faults == 0 ? STATUS_OK : STATUS_VALIDATION_FAILED;
}
