#include "app/records/verify_record.h"

#include "app/json_member.h"
#include "base/clock.h"
#include "core/quantity.h"

#include <string.h>

#define LINE_AMOUNTS 4

/* --- members --- */

int64_t verify_quantity(const json_t *line)
{
    const json_t *value = json_object_get(line, "quantity");
    int64_t quantity = 0;
    (void)quantity_parse(json_string_value(value), json_string_length(value), &quantity);
    return quantity;
}

int64_t verify_sum(const json_t *array, const char *name)
{
    int64_t sum = 0;
    size_t index;
    json_t *element;
    json_array_foreach(array, index, element)
    {
        sum += member_int(element, name);
    }
    return sum;
}

/* --- a record against itself --- */

/* What is taxed inside the price, and what is added to it. */
static void tax_sums(const json_t *line, int64_t *inclusive, int64_t *exclusive)
{
    *inclusive = *exclusive = 0;
    size_t index;
    json_t *tax;
    json_array_foreach(json_object_get(line, "taxes"), index, tax)
    {
        *(json_is_true(json_object_get(tax, "inclusive")) ? inclusive : exclusive) += member_int(tax,
                                                                                                 "amount");
    }
}

static int64_t exempted_of(const json_t *line)
{
    return member_int(json_object_get(line, "tax_exemption"), "amount");
}

static bool line_adds_up(const json_t *line)
{
    int64_t inclusive, exclusive;
    tax_sums(line, &inclusive, &exclusive);
    const int64_t gross = member_int(line, "gross"), discount = member_int(line, "discount");
    const json_t *discounts = json_object_get(line, "discounts"); /* the first records have but their sum */
    return gross >= discount && discount >= 0 && gross - discount >= inclusive + exempted_of(line) &&
           member_int(line, "total") == gross - discount - exempted_of(line) + exclusive &&
           (discounts == NULL || verify_sum(discounts, "amount") == discount) && verify_quantity(line) > 0;
}

void verify_record_sums(struct verify_report *report, const json_t *record, const char *name)
{
    const json_t *lines = json_object_get(record, "lines");
    int64_t tax_total = 0, tax_included = 0;
    size_t index;
    json_t *line;
    verify_checked(report, VERIFY_SUMS);
    json_array_foreach(lines, index, line)
    {
        int64_t inclusive, exclusive;
        tax_sums(line, &inclusive, &exclusive);
        tax_total += inclusive + exclusive;
        tax_included += inclusive + exempted_of(line);
        if (!line_adds_up(line)) {
            verify_broken(report, VERIFY_SUMS, "%s: line %zu does not add up", name, index + 1);
            return;
        }
    }
    const struct {
        const char *member;
        int64_t wanted;
    } sums[] = {
        {"subtotal", verify_sum(lines, "gross")},
        {"discount_total", verify_sum(lines, "discount")},
        {"tax_total", tax_total},
        {"tax_included", tax_included},
        {"total", verify_sum(lines, "total") + member_int(record, "rounding")},
    };
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        const int64_t stated = member_int(record, sums[i].member);
        if (stated != sums[i].wanted) {
            verify_broken(report, VERIFY_SUMS, "%s: %s is %lld, the lines say %lld", name, sums[i].member,
                          (long long)stated, (long long)sums[i].wanted);
            return;
        }
    }
}

void verify_record_payment(struct verify_report *report, const json_t *record, const char *name)
{
    const json_t *tenders = json_object_get(record, "tenders");
    const int64_t change = member_int(record, "change"), total = member_int(record, "total");
    const int64_t tendered = verify_sum(tenders, "amount");
    verify_checked(report, VERIFY_PAYMENT);
    if (tendered - change != total || change < 0) {
        verify_broken(report, VERIFY_PAYMENT, "%s: tenders of %lld less change of %lld are not %lld", name,
                      (long long)tendered, (long long)change, (long long)total);
    } else if (verify_sum(tenders, "tip") != member_int(record, "tip_total")) {
        verify_broken(report, VERIFY_PAYMENT, "%s: the tips are not tip_total", name);
    }
}

/* --- how it is filed --- */

static bool same_id(const json_t *record, const char *name, bool has, const struct id *id)
{
    struct id stated;
    const bool states = member_id(record, name, &stated);
    return states == has && (!has || id_equal(&stated, id));
}

void verify_record_filing(struct verify_report *report, const struct ledger_transaction *transaction,
                          const json_t *record)
{
    char hash[HASH_TEXT_SIZE], created_at[CLOCK_TEXT_SIZE];
    const char *type = member_string(record, "type");
    const char *number = member_string(record, "receipt_number");
    const char *stated_hash = member_string(record, "hash");
    const char *stated_time = member_string(record, "created_at");
    const struct {
        const char *member;
        bool same;
    } members[] = {
        {"id", same_id(record, "id", true, &transaction->id)},
        {"type", type != NULL && strcmp(type, transaction->type) == 0},
        {"receipt_number", number != NULL && strcmp(number, transaction->receipt_number) == 0},
        {"sequence", member_int(record, "sequence") == transaction->sequence},
        {"total", member_int(record, "total") == transaction->total_minor},
        {"created_at", stated_time != NULL &&
                           strcmp(stated_time, clock_format(transaction->created_at_ms, created_at)) == 0},
        {"hash", stated_hash != NULL && strcmp(stated_hash, hash_format(&transaction->hash, hash)) == 0},
        {"shift_id", same_id(record, "shift_id", transaction->has_shift, &transaction->shift_id)},
        {"customer_id", same_id(record, "customer_id", transaction->has_customer, &transaction->customer_id)},
        {"original_id", same_id(record, "original_id", transaction->has_original, &transaction->original_id)},
        {"flags", (json_object_get(record, "flags") != NULL) == transaction->flagged},
    };
    verify_checked(report, VERIFY_FILED);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (!members[i].same) {
            verify_broken(report, VERIFY_FILED, "%s is filed under another %s than it says",
                          transaction->receipt_number, members[i].member);
            return;
        }
    }
}

/* --- refunds against their sale --- */

/* What came back of a line in all. */
struct returned {
    int64_t amounts[LINE_AMOUNTS];
    int64_t taxes[PRICING_TAXES_MAX];
};

static const char *const line_amounts[LINE_AMOUNTS] = {"quantity", "gross", "discount", "total"};

static int64_t line_amount(const json_t *line, size_t amount)
{
    return amount == 0 ? verify_quantity(line) : member_int(line, line_amounts[amount]);
}

/* Adds a refund's lines to what came back; false when one is of no line of the sale. */
static bool add_lines(const json_t *reversal, struct returned *returned, size_t count)
{
    size_t index;
    json_t *line;
    json_array_foreach(json_object_get(reversal, "lines"), index, line)
    {
        const int64_t number = member_int(line, "original_line");
        if (number < 1 || (size_t)number > count) {
            return false;
        }
        struct returned *whole = &returned[number - 1];
        for (size_t i = 0; i < LINE_AMOUNTS; i++) {
            whole->amounts[i] += line_amount(line, i);
        }
        const json_t *taxes = json_object_get(line, "taxes");
        for (size_t i = 0; i < json_array_size(taxes) && i < PRICING_TAXES_MAX; i++) {
            whole->taxes[i] += member_int(json_array_get(taxes, i), "amount");
        }
    }
    return true;
}

/* Whether a line went back too much; or not exactly, when all of it went back. `whole`: it did. */
static const char *fault_of_line(const json_t *line, const struct returned *returned, bool *whole)
{
    *whole = returned->amounts[0] == verify_quantity(line);
    for (size_t i = 0; i < LINE_AMOUNTS; i++) {
        const int64_t sold = line_amount(line, i);
        if (returned->amounts[i] > sold || (*whole && returned->amounts[i] != sold)) {
            return line_amounts[i];
        }
    }
    const json_t *taxes = json_object_get(line, "taxes");
    for (size_t i = 0; i < json_array_size(taxes) && i < PRICING_TAXES_MAX; i++) {
        const int64_t sold = member_int(json_array_get(taxes, i), "amount");
        if (returned->taxes[i] > sold || (*whole && returned->taxes[i] != sold)) {
            return "taxes";
        }
    }
    return NULL;
}

static void check_lines(struct verify_report *report, const json_t *sale, const struct returned *returned,
                        int64_t paid_back)
{
    const char *number = member_string(sale, "receipt_number");
    bool all = true;
    size_t index;
    json_t *line;
    json_array_foreach(json_object_get(sale, "lines"), index, line)
    {
        bool whole;
        const char *fault = fault_of_line(line, &returned[index], &whole);
        all = all && whole;
        if (fault != NULL) {
            verify_broken(report, VERIFY_REVERSALS, "%s: what came back of line %zu is %s the sale's %s",
                          number, index + 1, whole ? "not" : "more than", fault);
            return;
        }
    }
    const int64_t paid = member_int(sale, "total");
    if (paid_back > paid || (all && paid_back != paid)) {
        verify_broken(report, VERIFY_REVERSALS, "%s: %lld were paid, %lld were paid back", number,
                      (long long)paid, (long long)paid_back);
    }
}

void verify_reversals(struct verify_report *report, const json_t *sale, const json_t *const *reversals,
                      size_t count)
{
    const char *number = member_string(sale, "receipt_number");
    const size_t line_count = json_array_size(json_object_get(sale, "lines"));
    int64_t paid_back = 0;
    struct arena arena;
    arena_init(&arena);
    struct returned *returned = arena_zeroed(&arena, line_count + 1, sizeof *returned);
    verify_checked(report, VERIFY_REVERSALS);
    bool fits = true;
    for (size_t i = 0; fits && i < count; i++) {
        fits = add_lines(reversals[i], returned, line_count);
        paid_back += member_int(reversals[i], "total");
        const char *type = member_string(reversals[i], "type");
        if (type != NULL && strcmp(type, "void") == 0 && count != 1) {
            verify_broken(report, VERIFY_REVERSALS, "%s is voided and refunded", number);
            arena_free(&arena);
            return;
        }
    }
    if (fits) {
        check_lines(report, sale, returned, paid_back);
    } else {
        verify_broken(report, VERIFY_REVERSALS, "%s: a refund has a line that the sale has not", number);
    }
    arena_free(&arena);
}
