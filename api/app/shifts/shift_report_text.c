/* A report as text, for a receipt printer, in the language of the store's receipts. */
#include "app/shifts/shift_answer.h"
#include "app/shifts/shifts.h"
#include "app/time/local_time.h"
#include "catalog/selling.h"
#include "core/money.h"
#include "core/receipt/receipt.h"
#include "core/receipt/slip.h"

#include <string.h>

#define AMOUNT_SIZE 40

/* Beside those of receipts (core/receipt/receipt.h). */
struct labels {
    const char *language;
    const char *x_report, *z_report, *register_, *opened, *closed, *receipts, *late;
    const char *sales, *refunds, *voids, *tips;
    const char *by_tender, *by_hour, *by_cashier, *drawer;
    const char *float_, *received, *returned, *cash_tips, *tips_paid_out, *expected, *counted, *over_short;
    const char *movements[SHIFT_MOVEMENT_COUNT];
};

static const struct labels languages[] = {
    {
        .language = "en",
        .x_report = "X report",
        .z_report = "Z report",
        .register_ = "Register",
        .opened = "Opened",
        .closed = "Closed",
        .receipts = "Receipts",
        .late = "Sales that came later",
        .sales = "Sales",
        .refunds = "Refunds",
        .voids = "Voids",
        .tips = "Tips",
        .by_tender = "Payment",
        .by_hour = "Hours",
        .by_cashier = "Cashiers",
        .drawer = "Cash drawer",
        .float_ = "Opening float",
        .received = "Cash sales",
        .returned = "Cash refunds",
        .cash_tips = "Tips in cash",
        .tips_paid_out = "Tips paid out",
        .expected = "Expected",
        .counted = "Counted",
        .over_short = "Over/short",
        .movements = {"Paid in", "Paid out", "Dropped", "Opened without a sale"},
    },
    {
        .language = "de",
        .x_report = "X-Bericht",
        .z_report = "Z-Bericht",
        .register_ = "Kasse",
        .opened = "Geöffnet",
        .closed = "Geschlossen",
        .receipts = "Belege",
        .late = "Später eingetroffene Verkäufe",
        .sales = "Verkäufe",
        .refunds = "Rückgaben",
        .voids = "Stornos",
        .tips = "Trinkgeld",
        .by_tender = "Zahlung",
        .by_hour = "Stunden",
        .by_cashier = "Bediener",
        .drawer = "Kassenlade",
        .float_ = "Anfangsbestand",
        .received = "Barverkäufe",
        .returned = "Bar zurückgegeben",
        .cash_tips = "Trinkgeld in bar",
        .tips_paid_out = "Trinkgeld ausgezahlt",
        .expected = "Soll",
        .counted = "Gezählt",
        .over_short = "Differenz",
        .movements = {"Einlage", "Auszahlung", "Abschöpfung", "Geöffnet ohne Verkauf"},
    },
};

/* What every part of the slip needs. */
struct page {
    struct call *call;
    struct slip slip;
    const struct labels *labels;
    const struct receipt_labels *receipt;
    int decimals;
};

static const struct labels *labels_of(const char *language)
{
    for (size_t i = 1; language != NULL && i < sizeof languages / sizeof *languages; i++) {
        if (strncmp(language, languages[i].language, 2) == 0) {
            return &languages[i];
        }
    }
    return &languages[0];
}

static void write_amount(const struct page *page, const char *label, int64_t amount)
{
    char buffer[AMOUNT_SIZE];
    struct text text = text_over(buffer, sizeof buffer);
    money_format(&text, amount, page->decimals);
    for (size_t i = 0; i < text.length; i++) {
        if (buffer[i] == '.') {
            buffer[i] = page->receipt->decimal_mark;
        }
    }
    slip_pair(&page->slip, label, text_string(&text));
}

static void write_counted(const struct page *page, const char *label, const struct shift_amount *amount)
{
    write_amount(page, arena_printf(page->call->arena, "%s (%lld)", label, (long long)amount->count),
                 amount->total);
}

static void write_optional(const struct page *page, const char *label, int64_t amount)
{
    if (amount != 0) {
        write_amount(page, label, amount);
    }
}

static void write_head(const struct page *page, const char *title)
{
    slip_rule(&page->slip);
    slip_title(&page->slip, title);
}

static const char *local_text(struct call *call, const char *zone, int64_t at_ms)
{
    struct local_time local;
    char *text = arena_alloc(call->arena, LOCAL_TIME_TEXT_SIZE);
    (void)local_time_of(zone, at_ms, &local); /* UTC when the zone has gone */
    return local_time_format(&local, text);
}

static void write_title(const struct page *page, const struct ledger_document *shift,
                        const struct selling_register *register_, int64_t number)
{
    struct arena *arena = page->call->arena;
    const bool is_open = shift_document_is_open(shift);
    const char *title = is_open ? page->labels->x_report : page->labels->z_report;
    slip_title(&page->slip, register_->store_name);
    slip_title(&page->slip, arena_printf(arena, "%s %s-%lld", title, register_->code, (long long)number));
    slip_rule(&page->slip);
    slip_pair(&page->slip, page->labels->register_, register_->name);
    slip_pair(&page->slip, page->labels->opened,
              local_text(page->call, register_->time_zone, shift->created_at_ms));
    if (!is_open) {
        slip_pair(&page->slip, page->labels->closed,
                  local_text(page->call, register_->time_zone, shift_document_closed_at(shift)));
    }
}

static void write_totals(const struct page *page, const struct shift_report *report)
{
    const struct labels *labels = page->labels;
    const struct shift_amount *types = report->types;
    if (report->first_receipt != NULL) {
        slip_pair(&page->slip, labels->receipts,
                  arena_printf(page->call->arena, "%s - %s", report->first_receipt, report->last_receipt));
    }
    slip_rule(&page->slip);
    write_counted(page, labels->sales, &types[SHIFT_SALE]);
    write_counted(page, labels->refunds, &types[SHIFT_REFUND]);
    write_counted(page, labels->voids, &types[SHIFT_VOID]);
    write_amount(page, page->receipt->total,
                 types[SHIFT_SALE].total - types[SHIFT_REFUND].total - types[SHIFT_VOID].total);
    write_optional(page, page->receipt->discounts, -report->discount_total);
    write_optional(page, page->receipt->taxes, report->tax_total);
    write_optional(page, page->receipt->rounding, report->rounding);
    write_optional(page, labels->tips, report->tip_total);
}

static void write_taxes(const struct page *page, const struct shift_report *report)
{
    if (report->taxes != NULL) {
        write_head(page, page->receipt->taxes);
    }
    for (const struct shift_group *tax = report->taxes; tax != NULL; tax = tax->next) {
        write_amount(page, tax->name, tax->amount);
        write_amount(page, arena_printf(page->call->arena, "  %s", page->receipt->net), tax->base);
    }
}

static void write_groups(const struct page *page, const char *title, const struct shift_group *groups)
{
    if (groups != NULL) {
        write_head(page, title);
    }
    for (const struct shift_group *group = groups; group != NULL; group = group->next) {
        const struct shift_amount amount = {.count = group->count, .total = group->amount};
        write_counted(page, group->name == NULL ? page->receipt->discount : group->name, &amount);
    }
}

static void write_hours(const struct page *page, const struct shift_report *report)
{
    if (report->transactions > 0) {
        write_head(page, page->labels->by_hour);
    }
    for (int hour = 0; hour < SHIFT_HOURS; hour++) {
        if (report->hours[hour].count > 0) {
            write_counted(page, arena_printf(page->call->arena, "%02d:00", hour), &report->hours[hour]);
        }
    }
}

static const char *tender_label(const struct page *page, const struct shift_group *tender)
{
    const struct receipt_labels *labels = page->receipt;
    const struct {
        const char *type, *label;
    } types[] = {
        {"cash", labels->cash},
        {"card", labels->card},
        {"gift_card", labels->gift_card},
        {"store_credit", labels->store_credit},
        {"customer_account", labels->customer_account},
        {"exchange", labels->exchanged},
        {"other", labels->other},
    };
    for (size_t i = 0; tender->name == NULL && i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].type, tender->kind) == 0) {
            return types[i].label;
        }
    }
    return tender->name == NULL ? tender->kind : tender->name;
}

static void write_tenders(const struct page *page, const struct shift_report *report)
{
    if (report->tenders != NULL) {
        write_head(page, page->labels->by_tender);
    }
    for (const struct shift_group *tender = report->tenders; tender != NULL; tender = tender->next) {
        const struct shift_amount amount = {.count = tender->count,
                                            .total = tender->received - tender->returned};
        write_counted(page, tender_label(page, tender), &amount);
    }
}

static void write_drawer(const struct page *page, const struct shift_report *report)
{
    const struct labels *labels = page->labels;
    const struct shift_amount *movements = report->movements;
    write_head(page, labels->drawer);
    write_amount(page, labels->float_, report->opening_float);
    write_amount(page, labels->received, report->cash_received);
    write_optional(page, labels->returned, -report->cash_returned);
    write_optional(page, labels->cash_tips, report->cash_tips);
    write_optional(page, labels->movements[SHIFT_PAY_IN], movements[SHIFT_PAY_IN].total);
    write_optional(page, labels->movements[SHIFT_PAY_OUT], -movements[SHIFT_PAY_OUT].total);
    write_optional(page, labels->movements[SHIFT_DROP], -movements[SHIFT_DROP].total);
    write_optional(page, labels->tips_paid_out, -report->tips_paid_out);
    write_amount(page, labels->expected, shift_report_expected_cash(report));
}

static void write_closing(const struct page *page, const struct ledger_document *shift, const json_t *body,
                          const struct shift_report *report)
{
    const int64_t counted = json_integer_value(json_object_get(json_object_get(body, "counted"), "total"));
    const int64_t *balances = shift->balances;
    const struct shift_amount late = {.count = balances[LEDGER_SHIFT_LATE_TRANSACTIONS],
                                      .total = balances[LEDGER_SHIFT_LATE_SALES] -
                                               balances[LEDGER_SHIFT_LATE_REFUNDS]};
    write_amount(page, page->labels->counted, counted);
    write_amount(page, page->labels->over_short, counted - shift_report_expected_cash(report));
    if (late.count > 0) {
        slip_rule(&page->slip);
        write_counted(page, page->labels->late, &late);
    }
}

static void write_report(const struct page *page, const struct ledger_document *shift,
                         const struct selling_register *register_, const struct shift_report *report)
{
    const struct labels *labels = page->labels;
    json_t *body = json_loadb(shift->body, shift->body_length, 0, NULL);
    write_title(page, shift, register_, json_integer_value(json_object_get(body, "number")));
    write_totals(page, report);
    write_taxes(page, report);
    write_groups(page, page->receipt->discounts, report->discounts);
    write_groups(page, labels->by_cashier, report->cashiers);
    write_hours(page, report);
    slip_rule(&page->slip);
    const struct shift_amount *opened = &report->movements[SHIFT_NO_SALE];
    slip_pair(&page->slip, labels->movements[SHIFT_NO_SALE],
              arena_printf(page->call->arena, "%lld", (long long)opened->count));
    if (!shift_is_blind(page->call, shift)) {
        write_tenders(page, report);
        write_drawer(page, report);
    }
    if (!shift_document_is_open(shift)) {
        write_closing(page, shift, body, report);
    }
    json_decref(body);
}

enum status shift_report_text(struct call *call, const struct id *id, unsigned columns)
{
    struct ledger_document shift;
    struct selling_register register_;
    struct shift_report report;
    enum status status = shift_document_read(call, id, &shift);
    if (status == STATUS_OK) {
        status = shift_settle(call, &shift);
    }
    if (status == STATUS_OK) {
        status = shift_register_read(call, &shift, &register_);
    }
    if (status == STATUS_OK) {
        status = shift_report_read(call, &shift, register_.time_zone, &report);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct text text = arena_text(call->arena, 4096);
    const struct receipt_labels *receipt = receipt_labels_of(register_.receipt_language);
    const struct page page = {
        .call = call,
        .slip = {.text = &text, .columns = columns},
        .labels = labels_of(register_.receipt_language),
        .receipt = receipt == NULL ? &receipt_labels_english : receipt,
        .decimals = money_decimals(register_.currency),
    };
    write_report(&page, &shift, &register_, &report);
    call_answer_text(call, &text);
    call->answer.content_type = "text/plain; charset=utf-8";
    return STATUS_OK;
}
