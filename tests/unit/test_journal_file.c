/* The journal as a file (app/records/journal.h): whatever is done to an export is found. */
#include "unit.h"

#include "app/records/journal.h"

#define REGISTERS 2
#define RECORDS   3 /* of each */

/* A ledger with nothing but a journal. */
static struct ledger_transaction records[REGISTERS * RECORDS];
static struct arena arena;

static const char *const ids[REGISTERS] = {"01a1f7f8-300a-79a5-a428-bb2fb1167871",
                                           "01a1f7f8-300a-79a5-a428-bb2fb1167872"};
static const char *const codes[REGISTERS] = {"K1", "K2"};

static void make_record(int register_number, int64_t sequence, struct hash *last)
{
    static const struct pricing_product tea = {.price_minor = 250};
    struct pricing_line priced = {.product = &tea, .quantity = 100000, .unit_price = 250};
    const struct sale_line line = {.product_id = "01a1f805-ec9a-7ef8-a039-9adb3f49c18b",
                                   .sku = "A \"1\"",
                                   .name = "Tee, grün \\",
                                   .priced = &priced};
    const struct journal_tender cash = {.type = TENDER_CASH, .amount = 1000};
    const struct journal_record record = {
        .id = "01a20393-366c-7018-8976-2a322f3cf0f2",
        .type = "sale",
        .store_id = "01a1f7f8-3000-787f-936a-cfde797890ca",
        .register_id = ids[register_number],
        .currency = "EUR",
        .cashier = {.kind = "system", .name = "Test"},
        .created_at = "2026-11-22T14:05:09.123Z",
        .business_day = "2026-11-22",
        .lines = &line,
        .line_count = 1,
        .tenders = &cash,
        .tender_count = 1,
    };
    struct text text = arena_text(&arena, 1024);
    struct journal_draft draft;
    assert_true(journal_draft(&text, &record, &draft));
    struct journal_place place = {.register_code = codes[register_number], .sequence = sequence};
    hash_format(last, place.prev_hash);
    char *bytes = arena_alloc(&arena, draft.complete_size);
    const size_t length = journal_complete(&draft, &place, bytes);
    *last = hash_of(bytes, length);
    char hash[HASH_TEXT_SIZE];
    hash_format(last, hash);
    records[register_number * RECORDS + sequence - 1] = (struct ledger_transaction){
        .register_key = register_number + 1,
        .sequence = sequence,
        .hash = *last,
        .record = bytes,
        .record_length = journal_seal(&draft, hash, bytes, length),
    };
}

static enum status walk(const struct ledger *ledger, const int64_t *register_key, ledger_visit visit,
                        void *context)
{
    (void)ledger;
    for (size_t i = 0; i < REGISTERS * RECORDS; i++) {
        if (register_key == NULL || *register_key == records[i].register_key) {
            const enum status status = visit(context, &records[i]);
            if (status != STATUS_OK) {
                return status;
            }
        }
    }
    return STATUS_OK;
}

static const struct ledger_ops ops = {.name = "journal", .journal_walk = walk};
static const struct ledger ledger = {.ops = &ops};

static char *export(const int64_t *register_key, size_t *length)
{
    char *bytes = NULL;
    FILE *out = open_memstream(&bytes, length);
    assert_int_equal(journal_export(&ledger, register_key, out), STATUS_OK);
    fclose(out);
    return bytes;
}

static bool is_intact(const char *bytes, size_t length, char fault[static 512])
{
    struct journal_verification verification;
    journal_verify_begin(&verification);
    FILE *in = fmemopen((char *)bytes, length, "rb");
    const bool intact = journal_verify_file(&verification, in);
    fclose(in);
    memcpy(fault, verification.fault, 512);
    assert_int_equal(intact, fault[0] == '\0');
    journal_verify_free(&verification);
    return intact;
}

static void untouched_export_is_intact(void **state)
{
    (void)state;
    char fault[512];
    size_t length;
    char *bytes = export(NULL, &length);
    assert_true(is_intact(bytes, length, fault));
    free(bytes);
    const int64_t second = 2;
    bytes = export(&second, &length);
    assert_true(is_intact(bytes, length, fault));
    free(bytes);
    struct journal_verification verification;
    journal_verify_begin(&verification);
    assert_int_equal(journal_verify_ledger(&verification, &ledger, NULL), STATUS_OK);
    assert_string_equal(verification.fault, "");
    assert_int_equal(verification.records, REGISTERS * RECORDS);
    journal_verify_free(&verification);
}

static void every_changed_byte_is_found(void **state)
{
    (void)state;
    static const char others[] = " \n\r\t\"\\0aA{},.-";
    char fault[512];
    size_t length;
    char *bytes = export(NULL, &length);
    for (size_t at = 0; at < length; at++) {
        const char was = bytes[at];
        for (size_t i = 0; i < sizeof others; i++) { /* the closing NUL too */
            if (others[i] != was) {
                bytes[at] = others[i];
                assert_false(is_intact(bytes, length, fault));
            }
        }
        bytes[at] = (char)(was ^ 1);
        assert_false(is_intact(bytes, length, fault));
        bytes[at] = was;
    }
    free(bytes);
}

static void every_missing_or_added_byte_is_found(void **state)
{
    (void)state;
    char fault[512];
    size_t length;
    char *bytes = export(NULL, &length);
    char *changed = malloc(length + 1);
    for (size_t at = 0; at < length; at++) {
        memcpy(changed, bytes, at);
        memcpy(changed + at, bytes + at + 1, length - at - 1);
        assert_false(is_intact(changed, length - 1, fault));
        memcpy(changed + at + 1, bytes + at, length - at);
        changed[at] = bytes[at] == ' ' ? '\n' : ' ';
        assert_false(is_intact(changed, length + 1, fault));
    }
    for (size_t shorter = 1; shorter < length; shorter++) {
        assert_false(is_intact(bytes, shorter, fault));
    }
    free(changed);
    free(bytes);
}

/* Lines of an export, in an order of the test's choice. */
static bool lines_are_intact(const char *bytes, const int *order, size_t count, char fault[static 512])
{
    const char *lines[REGISTERS * RECORDS + 1];
    size_t lengths[REGISTERS * RECORDS + 1], total = 0;
    for (size_t i = 0; i < REGISTERS * RECORDS + 1; i++) {
        lines[i] = bytes;
        lengths[i] = strcspn(bytes, "\n") + 1;
        bytes += lengths[i];
    }
    char *changed = malloc(1 << 16);
    for (size_t i = 0; i < count; i++) {
        memcpy(changed + total, lines[order[i]], lengths[order[i]]);
        total += lengths[order[i]];
    }
    const bool intact = is_intact(changed, total, fault);
    free(changed);
    return intact;
}

static void missing_swapped_and_doubled_lines_are_found_and_named(void **state)
{
    (void)state;
    char fault[512];
    size_t length;
    char *bytes = export(NULL, &length);
    static const int whole[] = {0, 1, 2, 3, 4, 5, 6};
    static const int missing[] = {0, 2, 3, 4, 5, 6};
    static const int swapped[] = {0, 2, 1, 3, 4, 5, 6};
    static const int doubled[] = {0, 1, 1, 2, 3, 4, 5, 6};
    static const int tail_missing[] = {0, 1, 2, 3, 4, 6};
    static const int register_missing[] = {0, 1, 2, 6};
    static const int after_the_end[] = {0, 1, 2, 3, 4, 5, 6, 5};
    assert_true(lines_are_intact(bytes, whole, 7, fault));
    assert_false(lines_are_intact(bytes, missing, 6, fault));
    assert_non_null(
        strstr(fault, "line 2, register 01a1f7f8-300a-79a5-a428-bb2fb1167871, receipt K1-000003: "));
    assert_false(lines_are_intact(bytes, swapped, 7, fault));
    assert_non_null(strstr(fault, "line 2,"));
    assert_false(lines_are_intact(bytes, doubled, 8, fault));
    assert_non_null(strstr(fault, "line 3,"));
    assert_false(lines_are_intact(bytes, tail_missing, 6, fault));
    assert_non_null(strstr(fault, "line 6:"));
    assert_false(lines_are_intact(bytes, register_missing, 4, fault));
    assert_false(lines_are_intact(bytes, after_the_end, 8, fault));
    free(bytes);
}

static int start(void **state)
{
    (void)state;
    arena_init(&arena);
    for (int number = 0; number < REGISTERS; number++) {
        struct hash last = {0};
        for (int64_t sequence = 1; sequence <= RECORDS; sequence++) {
            make_record(number, sequence, &last);
        }
    }
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(untouched_export_is_intact),
        cmocka_unit_test(every_changed_byte_is_found),
        cmocka_unit_test(every_missing_or_added_byte_is_found),
        cmocka_unit_test(missing_swapped_and_doubled_lines_are_found_and_named),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
