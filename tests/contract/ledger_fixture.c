#include "ledger_fixture.h"

#include "base/hash.h"
#include "base/log.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct ledger_backend *current_backend;

struct id fixture_id(enum fixture_kind kind, int64_t key)
{
    struct id id = {{0x01, 0x9a, 0, 0, 0, (uint8_t)kind, 0x70, 0, 0x80}};
    for (int at = 0; at < 7; at++) {
        id.bytes[15 - at] = (uint8_t)((uint64_t)key >> (8 * at));
    }
    return id;
}

struct ledger_ref fixture_ref(enum fixture_kind kind, int64_t key)
{
    return (struct ledger_ref){.key = key, .id = fixture_id(kind, key)};
}

int64_t fixture_store_of(int64_t register_key)
{
    return (register_key - 1) / FIXTURE_REGISTERS + 1;
}

const char *fixture_register_code(int64_t register_key)
{
    static const char *const codes[] = {"K1", "K2", "K3", "K4"};
    return codes[register_key - 1];
}

static const char *id_text(struct arena *arena, struct id id)
{
    return id_format(&id, arena_alloc(arena, ID_TEXT_SIZE));
}

static const struct pricing_product tea = {
    .price_minor = FIXTURE_PRICE,
    .unit = PRICING_WEIGHED,
    .tax_count = 1,
    .taxes = {{.rate = 2000000, .inclusive = true}},
    .tax_names = {{.id = "01a1f7fc-c3e0-7d90-8e8e-62e7af83e557", .name = "MwSt 20 %"}},
};

static struct pricing_totals price(struct arena *arena, struct pricing_line *lines, size_t count,
                                   int64_t quantity)
{
    for (size_t i = 0; i < count; i++) {
        lines[i].product = &tea;
        lines[i].quantity = quantity;
    }
    struct pricing_cart cart = {.lines = lines, .line_count = count};
    cart.tax_amounts = arena_zeroed(arena, pricing_tax_room(&cart), sizeof *cart.tax_amounts);
    struct pricing_fault fault;
    assert_int_equal(pricing_price(&cart, NULL, NULL, &fault), STATUS_OK);
    return cart.totals;
}

static void draft_record(struct arena *arena, struct fixture_sale *sale, const char *note)
{
    struct ledger_record *record = &sale->records[0];
    const struct pricing_totals *totals = &sale->totals;
    char created_at[CLOCK_TEXT_SIZE];
    const struct journal_tender cash = {.type = TENDER_CASH, .amount = totals->total};
    const struct journal_record journal = {
        .id = id_text(arena, record->id),
        .type = record->type,
        .store_id = id_text(arena, record->store.id),
        .register_id = id_text(arena, record->register_.id),
        .currency = record->currency,
        .cashier = {.kind = "system", .name = "Test"},
        .created_at = clock_format(record->created_at_ms, created_at),
        .business_day = "2026-11-22",
        .lines = sale->lines,
        .line_count = sale->line_count,
        .tenders = &cash,
        .tender_count = 1,
        .totals = *totals,
        .note = note,
    };
    struct text *text = arena_zeroed(arena, 1, sizeof *text);
    *text = arena_text(arena, 1024);
    struct journal_draft *draft = arena_zeroed(arena, 1, sizeof *draft);
    assert_true(journal_draft(text, &journal, draft));
    record->draft = draft;
    record->draft_hash = hash_stream();
    hash_stream_add(&record->draft_hash, draft->text, draft->at_prev_hash);
}

static void add_movements(struct arena *arena, struct fixture_sale *sale, int64_t first_product,
                          const struct pricing_line *priced, size_t count)
{
    sale->movements = arena_zeroed(arena, count, sizeof *sale->movements);
    for (size_t i = 0; i < count; i++) {
        sale->movements[i] = (struct ledger_movement){
            .store = sale->records[0].store,
            .product = fixture_ref(FIXTURE_PRODUCT, first_product + (int64_t)i),
            .reason = "sale",
            .quantity = -priced[i].quantity,
            .low_at = LEDGER_NO_LEVEL,
            .total_minor = priced[i].total,
        };
    }
    sale->act.movements = sale->movements;
    sale->act.movement_count = count;
}

struct fixture_sale *fixture_sale(struct arena *arena, int64_t register_key, int64_t number,
                                  int64_t first_product, size_t count, int64_t quantity)
{
    struct fixture_sale *sale = arena_zeroed(arena, 1, sizeof *sale);
    struct sale_line *lines = arena_zeroed(arena, count, sizeof *lines);
    struct pricing_line *priced = arena_zeroed(arena, count, sizeof *priced);
    const struct pricing_totals totals = price(arena, priced, count, quantity);
    sale->records[0] = (struct ledger_record){
        .id = fixture_id(FIXTURE_SALE, number),
        .type = "sale",
        .store = fixture_ref(FIXTURE_STORE, fixture_store_of(register_key)),
        .register_ = fixture_ref(FIXTURE_REGISTER, register_key),
        .register_code = fixture_register_code(register_key),
        .business_day = FIXTURE_DAY,
        .created_at_ms = FIXTURE_DAY_MS + number,
        .currency = "EUR",
        .total_minor = totals.total,
    };
    sale->act = (struct ledger_act){
        .name = "sale",
        .id = sale->records[0].id,
        .fingerprint = hash_of(&number, sizeof number),
        .at_ms = sale->records[0].created_at_ms,
        .records = sale->records,
        .record_count = 1,
    };
    for (size_t i = 0; i < count; i++) {
        const struct id product = fixture_id(FIXTURE_PRODUCT, first_product + (int64_t)i);
        lines[i] = (struct sale_line){
            .product_id = id_text(arena, product), .sku = "TEA", .name = "Tea", .priced = &priced[i]};
    }
    add_movements(arena, sale, first_product, priced, count);
    sale->lines = lines;
    sale->line_count = count;
    sale->totals = totals;
    draft_record(arena, sale, NULL);
    return sale;
}

void fixture_add_note(struct arena *arena, struct fixture_sale *sale, size_t letters)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *note = arena_alloc(arena, letters + 1);
    uint64_t state = 1;
    for (size_t i = 0; i < letters; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        note[i] = alphabet[state >> 58];
    }
    note[letters] = '\0';
    draft_record(arena, sale, note);
}

enum status fixture_try(struct fixture *fixture, struct arena *arena, const struct ledger_act *act,
                        struct ledger_outcome *outcome)
{
    struct ledger_outcome ignored;
    return fixture->ledger->ops->commit(fixture->ledger, act, arena, outcome != NULL ? outcome : &ignored);
}

void fixture_commit(struct fixture *fixture, const struct ledger_act *act, enum status expected,
                    struct ledger_outcome *outcome)
{
    assert_string_equal(status_code(fixture_try(fixture, &fixture->arena, act, outcome)),
                        status_code(expected));
}

int64_t fixture_level(struct fixture *fixture, int64_t store_key, int64_t product_key)
{
    int64_t level;
    assert_int_equal(fixture->ledger->ops->stock_read(fixture->ledger, store_key, &product_key, 1, &level),
                     STATUS_OK);
    return level;
}

struct ledger_act fixture_act(const char *name, int64_t number)
{
    return (struct ledger_act){
        .name = name,
        .id = fixture_id(FIXTURE_ACT, number),
        .fingerprint = hash_of(&number, sizeof number),
        .at_ms = FIXTURE_DAY_MS + number,
    };
}

struct idempotency_key fixture_key(const char *key, const char *request)
{
    return (struct idempotency_key){
        .present = true, .key = hash_of(key, strlen(key)), .fingerprint = hash_of(request, strlen(request))};
}

void fixture_set_level(struct fixture *fixture, int64_t store_key, int64_t product_key, int64_t level)
{
    const struct ledger_movement counted = {
        .store = fixture_ref(FIXTURE_STORE, store_key),
        .product = fixture_ref(FIXTURE_PRODUCT, product_key),
        .reason = "count",
        .quantity = level,
        .counted = true,
        .low_at = LEDGER_NO_LEVEL,
    };
    const struct ledger_act act = {
        .name = "stock_count", .at_ms = FIXTURE_DAY_MS, .movements = &counted, .movement_count = 1};
    fixture_commit(fixture, &act, STATUS_OK, NULL);
}

/* --- documents --- */

struct id fixture_document_id(enum ledger_kind kind, int64_t number)
{
    return fixture_id((enum fixture_kind)(FIXTURE_DOCUMENT + kind), number);
}

struct ledger_write fixture_write(enum ledger_kind kind, int64_t number, const char *state)
{
    return (struct ledger_write){
        .document = {.kind = kind,
                     .id = fixture_document_id(kind, number),
                     .state = state,
                     .body = "{}",
                     .body_length = 2},
    };
}

struct ledger_posting fixture_posting(enum ledger_kind kind, int64_t number, size_t balance, int64_t amount)
{
    struct ledger_posting posting = {
        .kind = kind, .id = fixture_document_id(kind, number), .floors = LEDGER_NO_FLOORS};
    posting.amounts[balance] = amount;
    return posting;
}

void fixture_write_one(struct fixture *fixture, const struct ledger_write *write, enum status expected,
                       struct ledger_outcome *outcome)
{
    struct ledger_act act = fixture_act("write", ++fixture->last_act);
    act.writes = write;
    act.write_count = 1;
    fixture_commit(fixture, &act, expected, outcome);
}

void fixture_post_one(struct fixture *fixture, const struct ledger_posting *posting, enum status expected,
                      struct ledger_outcome *outcome)
{
    struct ledger_act act = fixture_act("post", ++fixture->last_act);
    act.postings = posting;
    act.posting_count = 1;
    fixture_commit(fixture, &act, expected, outcome);
}

struct ledger_document fixture_read(struct fixture *fixture, enum ledger_kind kind, int64_t number)
{
    const struct id id = fixture_document_id(kind, number);
    struct ledger_document document;
    assert_int_equal(
        fixture->ledger->ops->document_read(fixture->ledger, kind, &id, &fixture->arena, &document),
        STATUS_OK);
    return document;
}

bool fixture_has(struct fixture *fixture, enum ledger_kind kind, int64_t number)
{
    const struct id id = fixture_document_id(kind, number);
    struct ledger_document document;
    const enum status status = fixture->ledger->ops->document_read(fixture->ledger, kind, &id,
                                                                   &fixture->arena, &document);
    assert_true(status == STATUS_OK || status == STATUS_DOCUMENT_NOT_FOUND);
    return status == STATUS_OK;
}

/* --- company --- */

struct started_thread {
    pthread_t thread;
    pthread_barrier_t *barrier;
    void (*work)(struct fixture_thread *);
    struct fixture_thread self;
};

static void *run_thread(void *context)
{
    struct started_thread *thread = context;
    arena_init(&thread->self.arena);
    pthread_barrier_wait(thread->barrier);
    thread->work(&thread->self);
    arena_free(&thread->self.arena);
    return NULL;
}

void fixture_in_threads(struct fixture *fixture, size_t count, void (*work)(struct fixture_thread *),
                        void *shared)
{
    struct started_thread *threads = calloc(count, sizeof *threads);
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, (unsigned)count);
    for (size_t i = 0; i < count; i++) {
        threads[i] = (struct started_thread){
            .barrier = &barrier,
            .work = work,
            .self = {.fixture = fixture, .number = i, .shared = shared},
        };
        assert_int_equal(pthread_create(&threads[i].thread, NULL, run_thread, &threads[i]), 0);
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i].thread, NULL);
    }
    pthread_barrier_destroy(&barrier);
    free(threads);
}

enum status fixture_count(struct fixture_tally *tally, enum status status,
                          const struct ledger_outcome *outcome)
{
    pthread_mutex_lock(&tally->mutex);
    tally->of[status]++;
    tally->replayed += status == STATUS_OK && outcome->replayed;
    pthread_mutex_unlock(&tally->mutex);
    return status;
}

/* --- running --- */

void fixture_reopen(struct fixture *fixture)
{
    fixture->backend->close(fixture->ledger, fixture->backend_state);
    fixture->ledger = fixture->backend->open(fixture->backend_state);
}

void fixture_commit_and_die(struct fixture *fixture, const struct ledger_act *act)
{
    fixture->backend->close(fixture->ledger, fixture->backend_state);
    const pid_t child = fork();
    if (child == 0) {
        struct arena arena;
        struct ledger_outcome outcome;
        arena_init(&arena);
        const struct ledger *ledger = fixture->backend->open(fixture->backend_state);
        if (ledger->ops->commit(ledger, act, &arena, &outcome) == STATUS_OK && !outcome.replayed) {
            kill(getpid(), SIGKILL);
        }
        _exit(1);
    }
    int ended;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFSIGNALED(ended) && WTERMSIG(ended) == SIGKILL);
    fixture->ledger = fixture->backend->open(fixture->backend_state);
}

int fixture_start(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->backend = current_backend;
    fixture->backend_state = current_backend->create();
    fixture->ledger = current_backend->open(fixture->backend_state);
    fixture->last_act = FIXTURE_BEFORE;
    arena_init(&fixture->arena);
    *state = fixture;
    return 0;
}

int fixture_stop(void **state)
{
    struct fixture *fixture = *state;
    fixture->backend->close(fixture->ledger, fixture->backend_state);
    fixture->backend->destroy(fixture->backend_state);
    arena_free(&fixture->arena);
    free(fixture);
    return 0;
}

int ledger_run_tests_over(const struct ledger_backend *backend, const char *group,
                          const struct CMUnitTest *tests, size_t count)
{
    char name[128];
    log_set_level(LOG_WARNING);
    if (backend->is_there != NULL && !backend->is_there()) {
        print_message("%s is skipped over %s: the environment does not say where it is\n", group,
                      backend->name);
        return 0;
    }
    current_backend = backend;
    snprintf(name, sizeof name, "%s over %s", group, backend->name);
    return _cmocka_run_group_tests(name, tests, count, NULL, NULL);
}

int ledger_run_tests(const char *group, const struct CMUnitTest *tests, size_t count)
{
    int failed = 0;
    for (size_t i = 0; i < ledger_backend_count; i++) {
        failed += ledger_run_tests_over(&ledger_backends[i], group, tests, count);
    }
    return failed;
}
