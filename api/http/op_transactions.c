#include "app/receipts/transaction_receipt.h"
#include "app/records/transactions.h"
#include "app/refunds/refund_unreferenced.h"
#include "app/sales/sell.h"
#include "http/op.h"
#include "http/operations.h"

#include <string.h>
#include <strings.h>

#define LIMIT_DEFAULT 50

enum status op_transactions_create(struct op_call *op)
{
    const char *type = json_string_value(json_object_get(op->body, "type"));
    return strcmp(type, "refund") == 0 ? refund_unreferenced(&op->call, op->body) : sell(&op->call, op->body);
}

enum status op_transactions_list(struct op_call *op)
{
    struct transactions_query query = {
        .day = op_query(op, "day"),
        .receipt_number = op_query(op, "receipt_number"),
        .cursor = op_query(op, "cursor"),
        .limit = op_query_int(op, "limit", LIMIT_DEFAULT),
        .type = op_query(op, "type"),
        .flagged = op_query_bool(op, "flagged", false),
    };
    query.has_store = op_query_id(op, "store_id", &query.store_id);
    query.has_register = op_query_id(op, "register_id", &query.register_id);
    query.has_shift = op_query_id(op, "shift_id", &query.shift_id);
    query.has_customer = op_query_id(op, "customer_id", &query.customer_id);
    query.has_original = op_query_id(op, "original_id", &query.original_id);
    return transactions_list(&op->call, &query);
}

enum status op_transactions_read(struct op_call *op)
{
    const struct id id = op_path_id(op, "transaction_id");
    return transaction_read(&op->call, &id);
}

/* --- the receipt's form (RFC 9110, section 12.5.1) --- */

/* The quality of a range of Accept in thousandths; 1000 without one. */
static int quality_of(const char *parameters, size_t length)
{
    for (size_t at = 0; at + 2 < length; at++) {
        if (parameters[at] != ';') {
            continue;
        }
        size_t from = at + 1;
        while (from < length && (parameters[from] == ' ' || parameters[from] == '\t')) {
            from++;
        }
        if (from + 2 >= length || (parameters[from] != 'q' && parameters[from] != 'Q') ||
            parameters[from + 1] != '=') {
            continue;
        }
        int quality = 0, scale = 1000;
        for (size_t digit = from + 2; digit < length && scale > 0; digit++) {
            if (parameters[digit] >= '0' && parameters[digit] <= '9') {
                quality += (parameters[digit] - '0') * scale;
                scale /= 10;
            } else if (parameters[digit] != '.') {
                break;
            }
        }
        return quality > 1000 ? 1000 : quality;
    }
    return 1000;
}

/* How specific a range is for a media type: 0 names it, 1 its main type, 2 anything; 3: it is another's. */
static unsigned rank_of(const char *range, size_t length, const char *type)
{
    const size_t main = strcspn(type, "/") + 1; /* with the slash */
    if (length == strlen(type) && strncasecmp(range, type, length) == 0) {
        return 0;
    }
    if (length == main + 1 && range[main] == '*' && strncasecmp(range, type, main) == 0) {
        return 1;
    }
    return length == 3 && memcmp(range, "*/*", 3) == 0 ? 2 : 3;
}

/* How well a media type is accepted: the most specific range that takes it decides. 0: not at all. */
static int accepted(const char *accept, const char *type)
{
    int best = 0;
    unsigned best_rank = 3;
    for (const char *at = accept; *at != '\0';) {
        at += strspn(at, ", \t");
        const size_t length = strcspn(at, ",");
        const size_t name = strcspn(at, ",; \t");
        const unsigned rank = rank_of(at, name, type);
        if (rank < best_rank) {
            best = quality_of(at + name, length - name);
            best_rank = rank;
        }
        at += length;
    }
    return best;
}

static const struct {
    const char *name, *type;
    enum receipt_form form;
} forms[] = {
    {"text", "text/plain", RECEIPT_FORM_TEXT},
    {"html", "text/html", RECEIPT_FORM_HTML},
    {"escpos", RECEIPT_ESCPOS_TYPE, RECEIPT_FORM_ESCPOS},
};

static enum status choose_form(const struct op_call *op, enum receipt_form *form)
{
    const char *format = op_query(op, "format");
    int best = 0;
    *form = RECEIPT_FORM_TEXT;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const int quality = format != NULL       ? strcmp(format, forms[i].name) == 0
                            : op->accept == NULL ? i == 0
                                                 : accepted(op->accept, forms[i].type);
        if (quality > best) {
            best = quality;
            *form = forms[i].form;
        }
    }
    return best == 0 ? STATUS_NOT_ACCEPTABLE : STATUS_OK;
}

enum status op_transactions_receipt(struct op_call *op)
{
    struct receipt_wish wish = {
        .columns = (unsigned)op_query_int(op, "columns", 0),
        .language = op_query(op, "language"),
        .copy = op_query_bool(op, "copy", false),
        .gift = op_query_bool(op, "gift", false),
        .drawer = op_query_bool(op, "drawer", false),
        .qr = op_query_bool(op, "qr", false),
    };
    const struct id id = op_path_id(op, "transaction_id");
    const enum status status = choose_form(op, &wish.form);
    if (status != STATUS_OK) {
        return detail_set(&op->call.detail, status,
                          "A receipt is text/plain, text/html or " RECEIPT_ESCPOS_TYPE ".");
    }
    return transaction_receipt(&op->call, &id, &wish);
}
