#include "app/sell.h"
#include "app/transaction_receipt.h"
#include "app/transactions.h"
#include "http/op.h"
#include "http/operations.h"

#include <string.h>
#include <strings.h>

#define LIMIT_DEFAULT 50

enum status op_transactions_create(struct op_call *op)
{
    return sell(&op->call, op->body);
}

enum status op_transactions_list(struct op_call *op)
{
    struct transactions_query query = {
        .day = op_query(op, "day"),
        .receipt_number = op_query(op, "receipt_number"),
        .cursor = op_query(op, "cursor"),
        .limit = op_query_int(op, "limit", LIMIT_DEFAULT),
    };
    query.has_store = op_query_id(op, "store_id", &query.store_id);
    query.has_register = op_query_id(op, "register_id", &query.register_id);
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

/* How well a media type is accepted: the most specific range that takes it decides. 0: not at all. */
static int accepted(const char *accept, const char *type)
{
    const char *ranges[] = {type, "text/*", "*/*"};
    int best = 0;
    size_t best_rank = sizeof ranges / sizeof ranges[0];
    for (const char *at = accept; *at != '\0';) {
        at += strspn(at, ", \t");
        const size_t length = strcspn(at, ",");
        const size_t name = strcspn(at, ",; \t");
        for (size_t rank = 0; rank < best_rank; rank++) {
            if (name == strlen(ranges[rank]) && strncasecmp(at, ranges[rank], name) == 0) {
                best = quality_of(at + name, length - name);
                best_rank = rank;
            }
        }
        at += length;
    }
    return best;
}

static enum status choose_form(const struct op_call *op, enum receipt_form *form)
{
    const char *format = op_query(op, "format");
    *form = RECEIPT_FORM_TEXT;
    if (format != NULL) {
        *form = strcmp(format, "html") == 0 ? RECEIPT_FORM_HTML : RECEIPT_FORM_TEXT;
        return STATUS_OK;
    }
    if (op->accept == NULL) {
        return STATUS_OK;
    }
    const int text = accepted(op->accept, "text/plain"), html = accepted(op->accept, "text/html");
    *form = html > text ? RECEIPT_FORM_HTML : RECEIPT_FORM_TEXT;
    return text == 0 && html == 0 ? STATUS_NOT_ACCEPTABLE : STATUS_OK;
}

enum status op_transactions_receipt(struct op_call *op)
{
    enum receipt_form form;
    const struct id id = op_path_id(op, "transaction_id");
    const enum status status = choose_form(op, &form);
    if (status != STATUS_OK) {
        return detail_set(&op->call.detail, status, "A receipt is text/plain or text/html.");
    }
    return transaction_receipt(&op->call, &id, form);
}
