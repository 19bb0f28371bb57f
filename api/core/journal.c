#include "core/journal.h"

#include <string.h>

#define RECEIPT_DIGITS  6
#define SEQUENCE_DIGITS 19
#define HASH_NAME       ",\"hash\":\"" /* never the first member: "business_day" comes before */

/* A string that is absent when it does not apply. */
static void write_optional(struct json_writer *json, const char *name, const char *string)
{
    if (string != NULL) {
        emit_member_string(json, name, string);
    }
}

static void write_actor(struct json_writer *json, const char *name, const struct sale_actor *actor)
{
    if (actor != NULL) {
        emit_name(json, name);
        sale_json_actor(json, actor);
    }
}

static void write_strings(struct json_writer *json, const char *name, const char *const *strings,
                          size_t count)
{
    if (count > 0) {
        emit_name(json, name);
        emit_begin_array(json);
        for (size_t i = 0; i < count; i++) {
            emit_string(json, strings[i]);
        }
        emit_end_array(json);
    }
}

static void write_lines(struct json_writer *json, const struct journal_record *record)
{
    if (record->lines_json == NULL) {
        sale_json_lines(json, record->lines, record->line_count);
        return;
    }
    emit_name(json, "lines");
    emit_raw(json, record->lines_json, record->lines_json_length);
}

static void write_loyalty(struct json_writer *json, const struct journal_loyalty *loyalty)
{
    if (loyalty != NULL) {
        emit_name(json, "loyalty");
        emit_begin_object(json);
        emit_member_int(json, "burned", loyalty->burned);
        emit_member_int(json, "earned", loyalty->earned);
        emit_end_object(json);
    }
}

static void write_offline(struct json_writer *json, const struct journal_offline *offline)
{
    if (offline != NULL) {
        emit_name(json, "offline");
        emit_begin_object(json);
        emit_member_string(json, "captured_at", offline->captured_at);
        emit_member_int(json, "price_variance", offline->price_variance);
        write_optional(json, "receipt_number", offline->receipt_number);
        emit_end_object(json);
    }
}

static void write_exemption(struct json_writer *json, const struct journal_exemption *exemption)
{
    if (exemption != NULL) {
        emit_name(json, "tax_exemption");
        emit_begin_object(json);
        write_optional(json, "certificate", exemption->certificate);
        emit_member_string(json, "reason", exemption->reason);
        emit_end_object(json);
    }
}

static void write_tenders(struct json_writer *json, const struct journal_tender *tenders, size_t count)
{
    emit_name(json, "tenders");
    emit_begin_array(json);
    for (size_t i = 0; i < count; i++) {
        const struct journal_tender *tender = &tenders[i];
        emit_begin_object(json);
        emit_member_int(json, "amount", tender->amount);
        write_optional(json, "brand", tender->brand);
        write_optional(json, "gift_card_id", tender->gift_card_id);
        write_optional(json, "last_four", tender->last_four);
        write_optional(json, "name", tender->name);
        if (tender->original_tender > 0) {
            emit_member_int(json, "original_tender", tender->original_tender);
        }
        write_optional(json, "reference", tender->reference);
        if (tender->tip > 0) {
            emit_member_int(json, "tip", tender->tip);
        }
        emit_member_string(json, "type", tender_type_name(tender->type));
        emit_end_object(json);
    }
    emit_end_array(json);
}

/* An empty string, and where its content goes. */
static size_t write_gap(struct json_writer *json, const char *name)
{
    emit_member_string(json, name, "");
    return json->text->length - 1;
}

/* The members before `prev_hash`: what is hashed before the commit. */
static void write_head(struct json_writer *json, const struct journal_record *record,
                       struct journal_draft *draft)
{
    write_actor(json, "allowed_by", record->allowed_by);
    emit_member_string(json, "business_day", record->business_day);
    write_actor(json, "cashier", &record->cashier);
    emit_member_int(json, "change", record->change);
    write_strings(json, "coupons", record->coupons, record->coupon_count);
    emit_member_string(json, "created_at", record->created_at);
    emit_member_string(json, "currency", record->currency);
    write_optional(json, "customer_id", record->customer_id);
    emit_member_int(json, "discount_total", record->totals.discount_total);
    write_optional(json, "exchange_id", record->exchange_id);
    write_strings(json, "flags", record->flags, record->flag_count);
    draft->at_hash = json->text->length;
    emit_member_string(json, "id", record->id);
    write_lines(json, record);
    write_loyalty(json, record->loyalty);
    write_optional(json, "note", record->note);
    write_offline(json, record->offline);
    write_optional(json, "original_id", record->original_id);
    write_optional(json, "parked_cart_id", record->parked_cart_id);
}

/* Members in the order of RFC 8785, section 3.2.3. */
bool journal_draft(struct text *text, const struct journal_record *record, struct journal_draft *draft)
{
    struct json_writer json = json_writer(text);
    emit_begin_object(&json);
    write_head(&json, record, draft);
    draft->at_prev_hash = write_gap(&json, "prev_hash");
    write_optional(&json, "reason", record->reason);
    draft->at_receipt_number = write_gap(&json, "receipt_number");
    emit_member_string(&json, "register_id", record->register_id);
    emit_member_int(&json, "rounding", record->totals.rounding);
    emit_name(&json, "sequence");
    emit_raw(&json, "", 0);
    draft->at_sequence = text->length;
    write_optional(&json, "shift_id", record->shift_id);
    emit_member_string(&json, "store_id", record->store_id);
    emit_member_int(&json, "subtotal", record->totals.subtotal);
    write_exemption(&json, record->tax_exemption);
    emit_member_int(&json, "tax_included", record->totals.tax_included);
    emit_member_int(&json, "tax_total", record->totals.tax_total);
    write_tenders(&json, record->tenders, record->tender_count);
    if (record->tip_total > 0) {
        emit_member_int(&json, "tip_total", record->tip_total);
    }
    emit_member_int(&json, "total", record->totals.total);
    emit_member_string(&json, "type", record->type);
    emit_end_object(&json);

    draft->text = text->data;
    draft->length = text->length;
    draft->complete_size = text->length + JOURNAL_HASH_LENGTH + JOURNAL_RECEIPT_NUMBER_SIZE +
                           SEQUENCE_DIGITS + sizeof HASH_NAME + JOURNAL_HASH_LENGTH;
    return !text->overflowed;
}

/* Writes at least `least` digits; returns their end. */
static char *put_number(char *at, int64_t number, size_t least)
{
    char digits[SEQUENCE_DIGITS];
    size_t count = 0;
    for (; number > 0 || count < least; number /= 10) {
        digits[count++] = (char)('0' + number % 10);
    }
    while (count > 0) {
        *at++ = digits[--count];
    }
    return at;
}

const char *journal_receipt_number(const char *register_code, int64_t sequence,
                                   char number[static JOURNAL_RECEIPT_NUMBER_SIZE])
{
    const size_t length = strlen(register_code);
    if (length > JOURNAL_REGISTER_CODE_MAX || sequence < 0) {
        __builtin_trap(); /* the catalogue admits no such code, the ledger counts up */
    }
    memcpy(number, register_code, length);
    number[length] = '-';
    *put_number(number + length + 1, sequence, RECEIPT_DIGITS) = '\0';
    return number;
}

size_t journal_complete(const struct journal_draft *draft, const struct journal_place *place, char *buffer)
{
    char receipt_number[JOURNAL_RECEIPT_NUMBER_SIZE];
    journal_receipt_number(place->register_code, place->sequence, receipt_number);
    const size_t receipt_number_length = strlen(receipt_number);

    char *at = buffer;
    memcpy(at, draft->text, draft->at_prev_hash);
    at += draft->at_prev_hash;
    memcpy(at, place->prev_hash, JOURNAL_HASH_LENGTH);
    at += JOURNAL_HASH_LENGTH;
    memcpy(at, draft->text + draft->at_prev_hash, draft->at_receipt_number - draft->at_prev_hash);
    at += draft->at_receipt_number - draft->at_prev_hash;
    memcpy(at, receipt_number, receipt_number_length);
    at += receipt_number_length;
    memcpy(at, draft->text + draft->at_receipt_number, draft->at_sequence - draft->at_receipt_number);
    at = put_number(at + draft->at_sequence - draft->at_receipt_number, place->sequence, 1);
    memcpy(at, draft->text + draft->at_sequence, draft->length - draft->at_sequence);
    at += draft->length - draft->at_sequence;
    return (size_t)(at - buffer);
}

size_t journal_seal(const struct journal_draft *draft, const char hash[static JOURNAL_HASH_LENGTH],
                    char *buffer, size_t length)
{
    const size_t name_length = sizeof HASH_NAME - 1;
    const size_t seal_length = name_length + JOURNAL_HASH_LENGTH + 1;
    char *seal = buffer + draft->at_hash;
    memmove(seal + seal_length, seal, length - draft->at_hash);
    memcpy(seal, HASH_NAME, name_length);
    memcpy(seal + name_length, hash, JOURNAL_HASH_LENGTH);
    seal[name_length + JOURNAL_HASH_LENGTH] = '"';
    return length + seal_length;
}

struct journal_chain journal_chain_start(void)
{
    return (struct journal_chain){.hash = JOURNAL_FIRST_PREV_HASH};
}

/* Whether the receipt number ends in the hyphen and the sequence that belong to it. */
static bool is_numbered(const struct journal_entry *entry)
{
    char ending[JOURNAL_RECEIPT_NUMBER_SIZE];
    journal_receipt_number("", entry->sequence, ending);
    const size_t length = strlen(ending);
    const struct journal_span number = entry->receipt_number;
    return number.length > length && memcmp(number.at + number.length - length, ending, length) == 0;
}

enum journal_fault journal_check(struct journal_chain *chain, const struct journal_entry *entry,
                                 const char hash[static JOURNAL_HASH_LENGTH])
{
    if (memcmp(entry->hash.at, hash, JOURNAL_HASH_LENGTH) != 0) {
        return JOURNAL_HASH_WRONG;
    }
    if (entry->sequence != chain->sequence + 1) {
        return JOURNAL_SEQUENCE_WRONG;
    }
    if (memcmp(entry->prev_hash.at, chain->hash, JOURNAL_HASH_LENGTH) != 0) {
        return JOURNAL_PREV_HASH_WRONG;
    }
    if (!is_numbered(entry)) {
        return JOURNAL_RECEIPT_NUMBER_WRONG;
    }
    chain->sequence = entry->sequence;
    memcpy(chain->hash, hash, JOURNAL_HASH_LENGTH);
    return JOURNAL_INTACT;
}

const char *journal_fault_text(enum journal_fault fault)
{
    switch (fault) {
    case JOURNAL_INTACT:
        return "the record is intact";
    case JOURNAL_HASH_WRONG:
        return "the record was changed: its content does not have the hash that it states";
    case JOURNAL_SEQUENCE_WRONG:
        return "a record before this one is missing, doubled or out of order";
    case JOURNAL_PREV_HASH_WRONG:
        return "the record before this one is not the one that it followed";
    case JOURNAL_RECEIPT_NUMBER_WRONG:
        return "the receipt number does not belong to the sequence";
    }
    __builtin_unreachable();
}
