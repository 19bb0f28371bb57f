/* The journal: records as canonical JSON, and a chain that shows every change. */
#include "core/journal.h"

#include "base/hash.h"
#include "core/quantity.h"
#include "unit.h"

#include <jansson.h>

#define RECORD_SIZE 8192
#define CHAIN       4

static const struct pricing_product tea = {
    .price_minor = 250,
    .tax_count = 1,
    .taxes = {{.rate = 2000000, .inclusive = true}},
    .tax_names = {{"0193c0de-0000-7000-8000-0000000000a1", "MwSt 20 %"}},
};
static const struct pricing_product cheese = {
    .price_minor = 2390,
    .unit = PRICING_WEIGHED,
    .tax_count = 2,
    .taxes = {{.rate = 1000000, .inclusive = true}, {.rate = 887500, .inclusive = false}},
    .tax_names = {{"0193c0de-0000-7000-8000-0000000000a2", "MwSt"},
                  {"0193c0de-0000-7000-8000-0000000000a3", "City"}},
};

static const struct pricing_discount tenth = {PRICING_DISCOUNT_PERCENT, 1000000};

struct sale {
    struct pricing_line priced[2];
    struct pricing_tax_amount taxes[3];
    struct pricing_share shares[1];
    struct sale_line lines[2];
    struct journal_tender tenders[1];
    struct journal_record record;
};

static void make_sale(struct sale *sale)
{
    *sale = (struct sale){
        .priced =
            {
                {.product = &tea, .quantity = 2 * QUANTITY_ONE, .discount_count = 1, .discounts = &tenth},
                {.product = &cheese, .quantity = 12500},
            },
        .lines =
            {
                {.product_id = "0193c0de-0000-7000-8000-0000000000b1",
                 .sku = "A1",
                 .name = "Tea \"Grün\"\n\x01",
                 .priced = &sale->priced[0]},
                {.product_id = "0193c0de-0000-7000-8000-0000000000b2",
                 .sku = "B\\2",
                 .name = "Käse 山",
                 .priced = &sale->priced[1]},
            },
        .tenders = {{.type = TENDER_CASH, .amount = 1000}},
        .record =
            {
                .id = "0193c0de-0000-7000-8000-0000000000c1",
                .type = "sale",
                .store_id = "0193c0de-0000-7000-8000-0000000000d1",
                .register_id = "0193c0de-0000-7000-8000-0000000000e1",
                .currency = "EUR",
                .cashier = {"employee", "0193c0de-0000-7000-8000-0000000000f1", "Ada"},
                .created_at = "2026-11-22T14:05:09.123Z",
                .business_day = "2026-11-22",
                .lines = sale->lines,
                .line_count = 2,
                .tenders = sale->tenders,
                .tender_count = 1,
                .change = 226,
            },
    };
    struct pricing_cart cart = {
        .lines = sale->priced, .line_count = 2, .tax_amounts = sale->taxes, .shares = sale->shares};
    struct pricing_fault fault;
    assert_int_equal(pricing_price(&cart, NULL, NULL, &fault), STATUS_OK);
    sale->record.totals = cart.totals;
}

/* A record of a chain, as it is stored; what follows it in `hash`. */
static size_t write_record(const struct journal_record *record, struct journal_place *place, char *out)
{
    static char space[RECORD_SIZE];
    struct text text = text_over(space, sizeof space);
    struct journal_draft draft;
    assert_true(journal_draft(&text, record, &draft));
    assert_in_range(draft.complete_size, draft.length, RECORD_SIZE);
    size_t length = journal_complete(&draft, place, out);
    const struct hash hash = hash_of(out, length);
    hash_format(&hash, place->prev_hash);
    length = journal_seal(&draft, place->prev_hash, out, length);
    assert_in_range(length, 0, draft.complete_size);
    return length;
}

static void journal_record_is_the_transaction_in_canonical_json(void **state)
{
    (void)state;
    struct sale sale;
    make_sale(&sale);
    struct journal_place place = {"K1", 42, JOURNAL_FIRST_PREV_HASH};
    char record[RECORD_SIZE];
    const size_t length = write_record(&sale.record, &place, record);
    const char wanted[] =
        "{\"business_day\":\"2026-11-22\",\"cashier\":{\"id\":\"0193c0de-0000-7000-8000-0000000000f1\","
        "\"kind\":\"employee\",\"name\":\"Ada\"},\"change\":226,\"created_at\":\"2026-11-22T14:05:09.123Z\","
        "\"currency\":\"EUR\",\"discount_total\":50,"
        "\"hash\":\"%s\",\"id\":\"0193c0de-0000-7000-8000-0000000000c1\",\"lines\":["
        "{\"discount\":50,\"gross\":500,\"line\":1,\"name\":\"Tea \\\"Grün\\\"\\n\\u0001\","
        "\"product_id\":\"0193c0de-0000-7000-8000-0000000000b1\",\"quantity\":\"2\",\"sku\":\"A1\",\"taxes\":"
        "["
        "{\"amount\":75,\"base\":375,\"inclusive\":true,\"name\":\"MwSt 20 %%\",\"rate\":\"20\","
        "\"tax_id\":\"0193c0de-0000-7000-8000-0000000000a1\"}],\"total\":450,\"unit\":\"each\",\"unit_"
        "price\":250},"
        "{\"discount\":0,\"gross\":299,\"line\":2,\"name\":\"Käse 山\","
        "\"product_id\":\"0193c0de-0000-7000-8000-0000000000b2\",\"quantity\":\"0.125\",\"sku\":\"B\\\\2\","
        "\"taxes\":["
        "{\"amount\":27,\"base\":272,\"inclusive\":true,\"name\":\"MwSt\",\"rate\":\"10\","
        "\"tax_id\":\"0193c0de-0000-7000-8000-0000000000a2\"},"
        "{\"amount\":24,\"base\":272,\"inclusive\":false,\"name\":\"City\",\"rate\":\"8.875\","
        "\"tax_id\":\"0193c0de-0000-7000-8000-0000000000a3\"}],\"total\":323,\"unit\":\"weighed\",\"unit_"
        "price\":2390}],"
        "\"prev_hash\":\"" JOURNAL_FIRST_PREV_HASH "\",\"receipt_number\":\"K1-000042\","
        "\"register_id\":\"0193c0de-0000-7000-8000-0000000000e1\",\"rounding\":0,\"sequence\":42,"
        "\"store_id\":\"0193c0de-0000-7000-8000-0000000000d1\",\"subtotal\":799,\"tax_included\":102,"
        "\"tax_total\":126,\"tenders\":[{\"amount\":1000,\"type\":\"cash\"}],\"total\":773,\"type\":"
        "\"sale\"}";
    char expected[RECORD_SIZE];
    snprintf(expected, sizeof expected, wanted, place.prev_hash);
    record[length] = '\0';
    assert_string_equal(record, expected);
}

/* Jansson sorts members by their bytes: another writer of canonical JSON, for texts like these. */
static void journal_hash_is_of_the_record_without_it(void **state)
{
    (void)state;
    struct sale sale;
    make_sale(&sale);
    sale.lines[0].name = "Tea \"Grün\" \\ 山";
    struct journal_place place = {"KASSE-01", INT64_MAX, JOURNAL_FIRST_PREV_HASH};
    char record[RECORD_SIZE];
    const size_t length = write_record(&sale.record, &place, record);

    json_t *json = json_loadb(record, length, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    char *same = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    assert_int_equal(strlen(same), length);
    assert_memory_equal(same, record, length);
    free(same);
    char stated[HASH_TEXT_SIZE];
    snprintf(stated, sizeof stated, "%s", json_string_value(json_object_get(json, "hash")));
    json_object_del(json, "hash");
    char *unsealed = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    const struct hash hash = hash_of(unsealed, strlen(unsealed));
    char computed[HASH_TEXT_SIZE];
    assert_string_equal(hash_format(&hash, computed), stated);
    assert_string_equal(json_string_value(json_object_get(json, "receipt_number")),
                        "KASSE-01-9223372036854775807");
    free(unsealed);
    json_decref(json);
}

static void journal_draft_says_when_a_record_does_not_fit(void **state)
{
    (void)state;
    struct sale sale;
    make_sale(&sale);
    char space[512];
    struct text text = text_over(space, sizeof space);
    struct journal_draft draft;
    assert_false(journal_draft(&text, &sale.record, &draft));
}

static void journal_cashier_without_id_is_null(void **state)
{
    (void)state;
    struct sale sale;
    make_sale(&sale);
    sale.record.cashier = (struct sale_actor){"system", NULL, "Import"};
    char space[RECORD_SIZE];
    struct text text = text_over(space, sizeof space);
    struct journal_draft draft;
    assert_true(journal_draft(&text, &sale.record, &draft));
    assert_non_null(
        strstr(text_string(&text), "\"cashier\":{\"id\":null,\"kind\":\"system\",\"name\":\"Import\"}"));
}

/* Every member that may be absent is there. */
static void fill_record(struct journal_record *record)
{
    static const struct sale_actor supervisor = {"employee", "0193c0de-0000-7000-8000-0000000000f2", "Grace"};
    static const char *const coupons[] = {"SPRING", "TEA-10"};
    static const char *const flags[] = {"price_variance", "closed_shift"};
    static const struct journal_loyalty loyalty = {.burned = 100, .earned = 7};
    static const struct journal_exemption exemption = {"Diplomat", "AT-1"};
    static const struct journal_offline offline = {"2026-11-21T10:00:00.000Z", "K1-000040", -5};
    static const struct journal_tender tenders[] = {
        {.type = TENDER_CARD,
         .amount = 500,
         .tip = 50,
         .reference = "T-1",
         .brand = "visa",
         .last_four = "4242"},
        {.type = TENDER_GIFT_CARD, .amount = 100, .gift_card_id = "0193c0de-0000-7000-8000-0000000000a9"},
        {.type = TENDER_OTHER, .amount = 173, .name = "Meal voucher"},
    };
    record->tenders = tenders;
    record->tender_count = 3;
    record->change = 0;
    record->tip_total = 50;
    record->shift_id = "0193c0de-0000-7000-8000-000000000001";
    record->customer_id = "0193c0de-0000-7000-8000-000000000002";
    record->parked_cart_id = "0193c0de-0000-7000-8000-000000000003";
    record->original_id = "0193c0de-0000-7000-8000-000000000004";
    record->exchange_id = "0193c0de-0000-7000-8000-000000000005";
    record->reason = "Wrong size";
    record->note = "Gift wrapped";
    record->allowed_by = &supervisor;
    record->coupons = coupons;
    record->coupon_count = 2;
    record->flags = flags;
    record->flag_count = 2;
    record->loyalty = &loyalty;
    record->tax_exemption = &exemption;
    record->offline = &offline;
}

static void journal_record_with_every_member_is_canonical(void **state)
{
    (void)state;
    struct sale sale;
    make_sale(&sale);
    sale.lines[0].name = "Tea";
    fill_record(&sale.record);
    struct journal_place place = {"K1", 7, JOURNAL_FIRST_PREV_HASH};
    char record[RECORD_SIZE];
    const size_t length = write_record(&sale.record, &place, record);

    struct journal_entry entry;
    assert_true(journal_read(record, length, &entry));
    json_t *json = json_loadb(record, length, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    assert_int_equal(json_object_size(json), 35);
    char *same = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    record[length] = '\0';
    assert_string_equal(record, same);
    free(same);
    const json_t *card = json_array_get(json_object_get(json, "tenders"), 0);
    assert_string_equal(json_string_value(json_object_get(card, "last_four")), "4242");
    assert_int_equal(json_integer_value(json_object_get(card, "tip")), 50);
    assert_string_equal(json_string_value(json_object_get(json_object_get(json, "allowed_by"), "name")),
                        "Grace");
    json_decref(json);
}

static void journal_takes_lines_that_another_record_had(void **state)
{
    (void)state;
    struct sale sale;
    make_sale(&sale);
    sale.record.lines_json = "[{\"line\":1}]";
    sale.record.lines_json_length = strlen(sale.record.lines_json);
    char space[RECORD_SIZE];
    struct text text = text_over(space, sizeof space);
    struct journal_draft draft;
    assert_true(journal_draft(&text, &sale.record, &draft));
    assert_non_null(strstr(text_string(&text), "\"lines\":[{\"line\":1}],\"prev_hash\":\"\""));
}

static void journal_receipt_numbers_have_six_digits_or_more(void **state)
{
    (void)state;
    char number[JOURNAL_RECEIPT_NUMBER_SIZE];
    assert_string_equal(journal_receipt_number("K1", 42, number), "K1-000042");
    assert_string_equal(journal_receipt_number("12345678", 999999, number), "12345678-999999");
    assert_string_equal(journal_receipt_number("K1", 1000000, number), "K1-1000000");
}

/* A register's journal of CHAIN records. */
struct journal {
    char records[CHAIN][RECORD_SIZE];
    size_t lengths[CHAIN];
};

static void make_journal(struct journal *journal)
{
    struct sale sale;
    make_sale(&sale);
    struct journal_place place = {"K1", 1, JOURNAL_FIRST_PREV_HASH};
    for (size_t i = 0; i < CHAIN; i++, place.sequence++) {
        sale.record.change = (int64_t)i;
        journal->lengths[i] = write_record(&sale.record, &place, journal->records[i]);
    }
}

/* Walks a journal as `mypos journal verify` does: the number of the first bad record from 1, 0 for none. */
static size_t verify(const char *const *records, const size_t *lengths, size_t count,
                     enum journal_fault *fault)
{
    struct journal_chain chain = journal_chain_start();
    for (size_t i = 0; i < count; i++) {
        struct journal_entry entry;
        char bytes[RECORD_SIZE], hash_text[HASH_TEXT_SIZE];
        if (!journal_read(records[i], lengths[i], &entry)) {
            return i + 1;
        }
        const size_t length = journal_unseal(records[i], lengths[i], &entry, bytes);
        const struct hash hash = hash_of(bytes, length);
        *fault = journal_check(&chain, &entry, hash_format(&hash, hash_text));
        if (*fault != JOURNAL_INTACT) {
            return i + 1;
        }
    }
    return 0;
}

static void journal_that_nobody_touched_is_intact(void **state)
{
    (void)state;
    static struct journal journal;
    make_journal(&journal);
    const char *const records[] = {journal.records[0], journal.records[1], journal.records[2],
                                   journal.records[3]};
    enum journal_fault fault;
    assert_int_equal(verify(records, journal.lengths, CHAIN, &fault), 0);
    struct journal_entry entry;
    assert_true(journal_read(records[2], journal.lengths[2], &entry));
    assert_int_equal(entry.sequence, 3);
    assert_memory_equal(entry.receipt_number.at, "K1-000003\"", 10);
    assert_int_equal(entry.receipt_number.length, 9);
    assert_memory_equal(entry.register_id.at, "0193c0de-0000-7000-8000-0000000000e1\"", 37);
    assert_memory_equal(entry.id.at, "0193c0de-0000-7000-8000-0000000000c1\"", 37);
}

static void journal_names_the_record_of_any_changed_byte(void **state)
{
    (void)state;
    static struct journal journal;
    make_journal(&journal);
    const char *const records[] = {journal.records[0], journal.records[1], journal.records[2],
                                   journal.records[3]};
    static const unsigned char flips[] = {0x01, 0x02, 0x10, 0x20, 0x80};
    enum journal_fault fault;
    for (size_t i = 1; i < 3; i++) {
        for (size_t at = 0; at < journal.lengths[i]; at++) {
            for (size_t flip = 0; flip < sizeof flips; flip++) {
                journal.records[i][at] ^= (char)flips[flip];
                assert_int_equal(verify(records, journal.lengths, CHAIN, &fault), i + 1);
                journal.records[i][at] ^= (char)flips[flip];
            }
        }
    }
    assert_int_equal(verify(records, journal.lengths, CHAIN, &fault), 0);
}

static void journal_names_the_record_of_any_byte_lost_or_added(void **state)
{
    (void)state;
    static struct journal journal;
    make_journal(&journal);
    const size_t whole = journal.lengths[1];
    char changed[RECORD_SIZE];
    const char *const records[] = {journal.records[0], changed, journal.records[2], journal.records[3]};
    enum journal_fault fault;
    for (size_t at = 0; at <= whole; at++) {
        memcpy(changed, journal.records[1], at);
        changed[at] = ' ';
        memcpy(changed + at + 1, journal.records[1] + at, whole - at);
        journal.lengths[1] = whole + 1;
        assert_int_equal(verify(records, journal.lengths, CHAIN, &fault), 2);
        if (at < whole) {
            memcpy(changed + at, journal.records[1] + at + 1, whole - at - 1);
            journal.lengths[1] = whole - 1;
            assert_int_equal(verify(records, journal.lengths, CHAIN, &fault), 2);
        }
    }
}

static void journal_shows_records_removed_doubled_or_moved(void **state)
{
    (void)state;
    static struct journal journal;
    make_journal(&journal);
    const char *const *none = NULL;
    const char *r[CHAIN];
    for (size_t i = 0; i < CHAIN; i++) {
        r[i] = journal.records[i];
    }
    const size_t *l = journal.lengths;
    enum journal_fault fault;
    assert_int_equal(verify(none, l, 0, &fault), 0);
    assert_int_equal(verify((const char *[]){r[1], r[2]}, (size_t[]){l[1], l[2]}, 2, &fault), 1);
    assert_int_equal(fault, JOURNAL_SEQUENCE_WRONG);
    assert_int_equal(verify((const char *[]){r[0], r[2]}, (size_t[]){l[0], l[2]}, 2, &fault), 2);
    assert_int_equal(fault, JOURNAL_SEQUENCE_WRONG);
    assert_int_equal(verify((const char *[]){r[0], r[1], r[1]}, (size_t[]){l[0], l[1], l[1]}, 3, &fault), 3);
    assert_int_equal(verify((const char *[]){r[0], r[2], r[1]}, (size_t[]){l[0], l[2], l[1]}, 3, &fault), 2);
}

/* Whoever changes a record and hashes it anew is betrayed by the record after it. */
static void journal_shows_a_record_that_was_hashed_anew(void **state)
{
    (void)state;
    static struct journal journal;
    make_journal(&journal);
    struct sale sale;
    make_sale(&sale);
    sale.record.change = 77;
    struct journal_entry entry;
    assert_true(journal_read(journal.records[1], journal.lengths[1], &entry));
    struct journal_place place = {.register_code = "K1", .sequence = 2};
    memcpy(place.prev_hash, entry.prev_hash.at, JOURNAL_HASH_LENGTH);
    journal.lengths[1] = write_record(&sale.record, &place, journal.records[1]);
    const char *const records[] = {journal.records[0], journal.records[1], journal.records[2],
                                   journal.records[3]};
    enum journal_fault fault;
    assert_int_equal(verify(records, journal.lengths, CHAIN, &fault), 3);
    assert_int_equal(fault, JOURNAL_PREV_HASH_WRONG);
}

static void journal_shows_a_receipt_number_of_another_sequence(void **state)
{
    (void)state;
    struct journal_chain chain = journal_chain_start();
    struct journal_entry entry = {
        .hash = {JOURNAL_FIRST_PREV_HASH, JOURNAL_HASH_LENGTH},
        .prev_hash = {JOURNAL_FIRST_PREV_HASH, JOURNAL_HASH_LENGTH},
        .receipt_number = {"K1-000002", 9},
        .sequence = 1,
    };
    assert_int_equal(journal_check(&chain, &entry, JOURNAL_FIRST_PREV_HASH), JOURNAL_RECEIPT_NUMBER_WRONG);
    assert_int_equal(chain.sequence, 0);
    entry.receipt_number = (struct journal_span){"-000001", 7};
    assert_int_equal(journal_check(&chain, &entry, JOURNAL_FIRST_PREV_HASH), JOURNAL_RECEIPT_NUMBER_WRONG);
    entry.receipt_number = (struct journal_span){"K1-000001", 9};
    assert_int_equal(journal_check(&chain, &entry, JOURNAL_FIRST_PREV_HASH), JOURNAL_INTACT);
    assert_int_equal(chain.sequence, 1);
}

static void journal_reads_nothing_but_records(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "{",
        "{}",
        "[]",
        "null",
        "{\"a\":1}",
        "{\"a\":1,}",
        "{\"hash\":\"\"}",
        "{\"a",
        "{\"a\":\"\\",
        "{\"a\":[",
        "{\"a\":[[[[{\"",
        "{\"b\":1,\"a\":2}",
        "{\"a\":1,\"a\":2}",
    };
    struct journal_entry entry;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(journal_read(wrong[i], strlen(wrong[i]), &entry));
    }
}

static void journal_faults_have_words(void **state)
{
    (void)state;
    for (enum journal_fault fault = JOURNAL_INTACT; fault <= JOURNAL_RECEIPT_NUMBER_WRONG; fault++) {
        assert_true(strlen(journal_fault_text(fault)) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(journal_record_is_the_transaction_in_canonical_json),
        cmocka_unit_test(journal_hash_is_of_the_record_without_it),
        cmocka_unit_test(journal_draft_says_when_a_record_does_not_fit),
        cmocka_unit_test(journal_cashier_without_id_is_null),
        cmocka_unit_test(journal_record_with_every_member_is_canonical),
        cmocka_unit_test(journal_takes_lines_that_another_record_had),
        cmocka_unit_test(journal_receipt_numbers_have_six_digits_or_more),
        cmocka_unit_test(journal_that_nobody_touched_is_intact),
        cmocka_unit_test(journal_names_the_record_of_any_changed_byte),
        cmocka_unit_test(journal_names_the_record_of_any_byte_lost_or_added),
        cmocka_unit_test(journal_shows_records_removed_doubled_or_moved),
        cmocka_unit_test(journal_shows_a_record_that_was_hashed_anew),
        cmocka_unit_test(journal_shows_a_receipt_number_of_another_sequence),
        cmocka_unit_test(journal_reads_nothing_but_records),
        cmocka_unit_test(journal_faults_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
