#include "ledger_invariants.h"

/* --- the journal --- */

struct walk {
    int64_t register_key;
    struct journal_chain chain;
    struct fixture_journal *journal;
};

static int64_t total_of(const struct ledger_transaction *transaction)
{
    char *text = calloc(1, transaction->record_length + 1);
    memcpy(text, transaction->record, transaction->record_length);
    const char *total = strstr(text, "\"tenders\":");
    assert_non_null(total);
    total = strstr(total, "\"total\":");
    assert_non_null(total);
    const int64_t minor = strtoll(total + strlen("\"total\":"), NULL, 10);
    free(text);
    return minor;
}

static enum status check_record(void *context, const struct ledger_transaction *transaction)
{
    struct walk *walk = context;
    if (transaction->register_key != walk->register_key) {
        walk->register_key = transaction->register_key;
        walk->chain = journal_chain_start();
    }
    struct journal_entry entry;
    assert_true(journal_read(transaction->record, transaction->record_length, &entry));
    char *bytes = malloc(transaction->record_length);
    const size_t length = journal_unseal(transaction->record, transaction->record_length, &entry, bytes);
    const struct hash hash = hash_of(bytes, length);
    free(bytes);
    char hash_text[HASH_TEXT_SIZE];
    hash_format(&hash, hash_text);
    assert_string_equal(journal_fault_text(journal_check(&walk->chain, &entry, hash_text)),
                        journal_fault_text(JOURNAL_INTACT));
    assert_memory_equal(&transaction->hash, &hash, sizeof hash);
    assert_int_equal(transaction->sequence, entry.sequence);
    walk->journal->records++;
    walk->journal->total_minor += total_of(transaction);
    walk->journal->last_sequence[transaction->register_key] = transaction->sequence;
    return STATUS_OK;
}

struct fixture_journal fixture_check_journal(struct fixture *fixture)
{
    struct fixture_journal journal = {0};
    struct walk walk = {.journal = &journal};
    assert_int_equal(fixture->ledger->ops->journal_walk(fixture->ledger, NULL, check_record, &walk),
                     STATUS_OK);
    return journal;
}

/* --- the stock --- */

struct stock_sums {
    int64_t moved[FIXTURE_STORES + 1][FIXTURE_PRODUCTS + 1];
    size_t count[FIXTURE_STORES + 1][FIXTURE_PRODUCTS + 1];
    size_t rows;
};

static enum status skip_record(void *context, const struct ledger_transaction *transaction)
{
    (void)context;
    (void)transaction;
    return STATUS_OK;
}

/* In the order in which they were posted: each begins where the one before it ended. */
static enum status sum_movement(void *context, const struct ledger_moved_row *row)
{
    struct stock_sums *sums = context;
    const int64_t store = row->store.key, product = row->product.key;
    const struct id store_id = fixture_id(FIXTURE_STORE, store),
                    product_id = fixture_id(FIXTURE_PRODUCT, product);
    assert_true(id_equal(&row->store.id, &store_id) && id_equal(&row->product.id, &product_id));
    sums->moved[store][product] += row->quantity;
    assert_int_equal(row->level, sums->moved[store][product]);
    sums->count[store][product]++;
    sums->rows++;
    return STATUS_OK;
}

static enum status check_level(void *context, const struct ledger_stock_level *level)
{
    const struct stock_sums *sums = context;
    assert_int_equal(level->level, sums->moved[level->store.key][level->product.key]);
    return STATUS_OK;
}

static enum status skip_entry(void *context, enum ledger_kind kind, const struct id *document,
                              const struct ledger_entry *entry)
{
    (void)context;
    (void)kind;
    (void)document;
    (void)entry;
    return STATUS_OK;
}

static enum status skip_document(void *context, const struct ledger_document *document)
{
    (void)context;
    (void)document;
    return STATUS_OK;
}

/* Pages through a product's movements, the newest first: each led to what the next newer began with. */
static size_t page_through(struct fixture *fixture, int64_t store, int64_t product)
{
    struct ledger_moved_page page;
    struct cursor after = {0};
    int64_t level = fixture_level(fixture, store, product);
    size_t rows = 0;
    do {
        assert_int_equal(fixture->ledger->ops->movement_list(fixture->ledger, store, product, &after, 7,
                                                             &fixture->arena, &page),
                         STATUS_OK);
        for (size_t i = 0; i < page.count; i++) {
            assert_int_equal(page.rows[i].level, level);
            level -= page.rows[i].quantity;
        }
        rows += page.count;
        after = page.next;
    } while (page.has_more);
    assert_int_equal(level, 0); /* the oldest began with nothing */
    return rows;
}

size_t fixture_check_stock(struct fixture *fixture)
{
    static const struct ledger_visitor visitor = {.record = skip_record,
                                                  .movement = sum_movement,
                                                  .level = check_level,
                                                  .entry = skip_entry,
                                                  .document = skip_document};
    struct stock_sums *sums = calloc(1, sizeof *sums);
    assert_int_equal(fixture->ledger->ops->walk(fixture->ledger, &visitor, sums), STATUS_OK);
    const size_t rows = sums->rows;
    for (int64_t store = 1; store <= FIXTURE_STORES; store++) {
        for (int64_t product = 1; product <= FIXTURE_PRODUCTS; product++) {
            if (sums->count[store][product] > 0) {
                assert_int_equal(fixture_level(fixture, store, product), sums->moved[store][product]);
                assert_int_equal(page_through(fixture, store, product), sums->count[store][product]);
            }
        }
    }
    free(sums);
    return rows;
}

/* --- balances --- */

size_t fixture_check_entries(struct fixture *fixture, enum ledger_kind kind, int64_t number,
                             const int64_t *opening)
{
    const struct id id = fixture_document_id(kind, number);
    const struct ledger_document document = fixture_read(fixture, kind, number);
    int64_t expected[LEDGER_BALANCES];
    memcpy(expected, document.balances, sizeof expected);
    struct ledger_entry_page page;
    struct cursor after = {0};
    size_t entries = 0;
    do {
        assert_int_equal(
            fixture->ledger->ops->entry_list(fixture->ledger, kind, &id, &after, 7, &fixture->arena, &page),
            STATUS_OK);
        for (size_t i = 0; i < page.count; i++) {
            assert_memory_equal(page.entries[i].balances, expected, sizeof expected);
            for (size_t at = 0; at < LEDGER_BALANCES; at++) {
                expected[at] -= page.entries[i].amounts[at];
            }
        }
        entries += page.count;
        after = page.next;
    } while (page.has_more);
    assert_memory_equal(expected, opening, sizeof expected);
    return entries;
}

/* --- the outbox --- */

struct ledger_outbox_event *fixture_events(struct fixture *fixture, size_t *count)
{
    const struct ledger_outbox_filter any = {.only = {NULL}};
    struct ledger_outbox_event *events;
    assert_int_equal(fixture->ledger->ops->outbox_take(fixture->ledger, &any, LEDGER_PAGE_MAX,
                                                       &fixture->arena, &events, count),
                     STATUS_OK);
    return events;
}
