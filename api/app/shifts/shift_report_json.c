/* A report as JSON: the members of ShiftReport in the OpenAPI document. */
#include "app/shifts/shift_report.h"

static void emit_amount(struct json_writer *json, const char *name, const struct shift_amount *amount)
{
    emit_name(json, name);
    emit_begin_object(json);
    emit_member_int(json, "count", amount->count);
    emit_member_int(json, "total", amount->total);
    emit_end_object(json);
}

static void emit_optional(struct json_writer *json, const char *name, const char *text)
{
    if (text != NULL) {
        emit_member_string(json, name, text);
    }
}

static void emit_taxes(struct json_writer *json, const struct shift_report *report)
{
    emit_name(json, "taxes");
    emit_begin_array(json);
    for (const struct shift_group *tax = report->taxes; tax != NULL; tax = tax->next) {
        emit_begin_object(json);
        emit_member_string(json, "tax_id", tax->id);
        emit_member_string(json, "name", tax->name);
        emit_member_string(json, "rate", tax->rate);
        emit_member_bool(json, "inclusive", tax->inclusive);
        emit_member_int(json, "base", tax->base);
        emit_member_int(json, "amount", tax->amount);
        emit_end_object(json);
    }
    emit_end_array(json);
}

static void emit_discounts(struct json_writer *json, const struct shift_report *report)
{
    emit_name(json, "discounts");
    emit_begin_array(json);
    for (const struct shift_group *discount = report->discounts; discount != NULL;
         discount = discount->next) {
        emit_begin_object(json);
        emit_member_string(json, "source", discount->kind);
        emit_optional(json, "name", discount->name);
        emit_member_int(json, "count", discount->count);
        emit_member_int(json, "amount", discount->amount);
        emit_end_object(json);
    }
    emit_end_array(json);
}

static void emit_hours(struct json_writer *json, const struct shift_report *report)
{
    emit_name(json, "hours");
    emit_begin_array(json);
    for (int hour = 0; hour < SHIFT_HOURS; hour++) {
        if (report->hours[hour].count > 0) {
            emit_begin_object(json);
            emit_member_int(json, "hour", hour);
            emit_member_int(json, "transactions", report->hours[hour].count);
            emit_member_int(json, "total", report->hours[hour].total);
            emit_end_object(json);
        }
    }
    emit_end_array(json);
}

static void emit_cashiers(struct json_writer *json, const struct shift_report *report)
{
    emit_name(json, "cashiers");
    emit_begin_array(json);
    for (const struct shift_group *cashier = report->cashiers; cashier != NULL; cashier = cashier->next) {
        emit_begin_object(json);
        emit_name(json, "cashier");
        emit_begin_object(json);
        emit_member_string(json, "kind", cashier->kind);
        emit_member_string(json, "id", cashier->id);
        emit_member_string(json, "name", cashier->name == NULL ? "" : cashier->name);
        emit_end_object(json);
        emit_member_int(json, "transactions", cashier->count);
        emit_member_int(json, "total", cashier->amount);
        emit_end_object(json);
    }
    emit_end_array(json);
}

static void emit_movements(struct json_writer *json, const struct shift_report *report)
{
    emit_name(json, "movements");
    emit_begin_object(json);
    for (unsigned movement = 0; movement < SHIFT_MOVEMENT_COUNT; movement++) {
        emit_amount(json, shift_movement_name((enum shift_movement)movement), &report->movements[movement]);
    }
    emit_end_object(json);
}

static void emit_tenders(struct json_writer *json, const struct shift_report *report)
{
    emit_name(json, "tenders");
    emit_begin_array(json);
    for (const struct shift_group *tender = report->tenders; tender != NULL; tender = tender->next) {
        emit_begin_object(json);
        emit_member_string(json, "type", tender->kind);
        emit_optional(json, "name", tender->name);
        emit_member_int(json, "count", tender->count);
        emit_member_int(json, "received", tender->received);
        emit_member_int(json, "returned", tender->returned);
        emit_member_int(json, "total", tender->received - tender->returned);
        emit_member_int(json, "tips", tender->tips);
        emit_end_object(json);
    }
    emit_end_array(json);
}

static void emit_cash(struct json_writer *json, const struct shift_report *report)
{
    emit_name(json, "cash");
    emit_begin_object(json);
    emit_member_int(json, "opening_float", report->opening_float);
    emit_member_int(json, "received", report->cash_received);
    emit_member_int(json, "returned", report->cash_returned);
    emit_member_int(json, "tips", report->cash_tips);
    emit_member_int(json, "paid_in", report->movements[SHIFT_PAY_IN].total);
    emit_member_int(json, "paid_out", report->movements[SHIFT_PAY_OUT].total);
    emit_member_int(json, "dropped", report->movements[SHIFT_DROP].total);
    emit_member_int(json, "tips_paid_out", report->tips_paid_out);
    emit_member_int(json, "expected", shift_report_expected_cash(report));
    emit_end_object(json);
}

void shift_report_emit(struct json_writer *json, const struct shift_report *report, bool blind)
{
    const struct shift_amount *types = report->types;
    emit_member_int(json, "transactions", report->transactions);
    emit_amount(json, "sales", &types[SHIFT_SALE]);
    emit_amount(json, "refunds", &types[SHIFT_REFUND]);
    emit_amount(json, "voids", &types[SHIFT_VOID]);
    emit_member_int(json, "net_total",
                    types[SHIFT_SALE].total - types[SHIFT_REFUND].total - types[SHIFT_VOID].total);
    emit_member_int(json, "discount_total", report->discount_total);
    emit_member_int(json, "tax_total", report->tax_total);
    emit_member_int(json, "rounding", report->rounding);
    emit_member_int(json, "tip_total", report->tip_total);
    emit_optional(json, "first_receipt", report->first_receipt);
    emit_optional(json, "last_receipt", report->last_receipt);
    emit_taxes(json, report);
    emit_discounts(json, report);
    emit_hours(json, report);
    emit_cashiers(json, report);
    emit_movements(json, report);
    if (!blind) {
        emit_tenders(json, report);
        emit_cash(json, report);
    }
}
