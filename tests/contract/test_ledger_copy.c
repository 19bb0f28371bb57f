/* Copies: a ledger of every backend takes over what one of every backend tells, and goes on with it. */
#include "ledger_invariants.h"

#include "ledger/copy_digest.h"

#define ONE     QUANTITY_ONE
#define SALES   230 /* of one product: more than a page of its history */
#define TARGETS 4

/* A target of a copy, of any backend. */
struct target {
    const struct ledger_backend *backend;
    void *state;
    const struct ledger *ledger;
};

static struct target open_target(const struct ledger_backend *backend)
{
    struct target target = {.backend = backend, .state = backend->create()};
    target.ledger = backend->open(target.state);
    return target;
}

static void close_target(struct target *target)
{
    target->backend->close(target->ledger, target->state);
    target->backend->destroy(target->state);
}

static void post(struct fixture *fixture, int64_t number, enum ledger_kind kind, size_t balance,
                 int64_t amount, const char *reason)
{
    struct ledger_posting posting = fixture_posting(kind, 1, balance, amount);
    struct ledger_act act = fixture_act("post", number);
    posting.reason = reason;
    act.detail = "{\"by\":\"Anna\"}";
    act.postings = &posting;
    act.posting_count = 1;
    act.key = fixture_key(arena_printf(&fixture->arena, "key %d", (int)number), "post");
    fixture_commit(fixture, &act, STATUS_OK, NULL);
}

static void make_documents(struct fixture *fixture)
{
    const char *const keys[] = {"code:A", "phone:1"}, *const terms[] = {"anna", "muster"};
    struct ledger_write customer = fixture_write(LEDGER_CUSTOMER, 1, "active");
    struct ledger_write shift = fixture_write(LEDGER_SHIFT, 1, "open");
    customer.keys = keys;
    customer.key_count = 2;
    customer.terms = terms;
    customer.term_count = 2;
    customer.document.body = "{\"name\":\"Anna Muster\"}";
    customer.document.body_length = strlen(customer.document.body);
    customer.document.balances[LEDGER_CUSTOMER_POINTS] = 40;
    customer.reason = "opening";
    fixture_write_one(fixture, &customer, STATUS_OK, NULL);
    fixture_write_one(fixture, &shift, STATUS_OK, NULL);
    customer.expected_version = 1;
    customer.reason = NULL;
    fixture_write_one(fixture, &customer, STATUS_OK, NULL);
    struct ledger_write cart = fixture_write(LEDGER_PARKED_CART, 1, "parked");
    cart.document.expires_at_ms = clock_now_ms() + 86400000LL;
    fixture_write_one(fixture, &cart, STATUS_OK, NULL);
    post(fixture, 501, LEDGER_CUSTOMER, LEDGER_CUSTOMER_POINTS, 5, "gift");
    post(fixture, 502, LEDGER_CUSTOMER, LEDGER_CUSTOMER_POINTS, 7, NULL); /* keeps no entry */
    post(fixture, 503, LEDGER_CUSTOMER, LEDGER_CUSTOMER_POINTS, -2, "gift");
    post(fixture, 504, LEDGER_CUSTOMER, LEDGER_CUSTOMER_VISITS, 1, NULL);
}

static void make_stock(struct fixture *fixture)
{
    struct ledger_movement counts[2] = {
        {.store = fixture_ref(FIXTURE_STORE, 1), .product = fixture_ref(FIXTURE_PRODUCT, 1)},
        {.store = fixture_ref(FIXTURE_STORE, 2), .product = fixture_ref(FIXTURE_PRODUCT, 2)},
    };
    for (size_t i = 0; i < 2; i++) {
        counts[i].reason = "count";
        counts[i].counted = true;
        counts[i].quantity = 1000 * ONE;
        counts[i].low_at = LEDGER_NO_LEVEL;
    }
    struct ledger_act act = fixture_act("stock_count", 601);
    act.detail = "{\"note\":\"Monday\"}";
    act.movements = counts;
    act.movement_count = 2;
    fixture_commit(fixture, &act, STATUS_OK, NULL);
    fixture_set_level(fixture, 1, 9, 3 * ONE); /* by an act without an id, twice */
    fixture_set_level(fixture, 1, 9, 4 * ONE);
}

static struct fixture_sale *next_sale(struct fixture *fixture, int64_t number)
{
    const int64_t register_key = number % (FIXTURE_STORES * FIXTURE_REGISTERS) + 1;
    struct fixture_sale *sale = fixture_sale(&fixture->arena, register_key, number, 1, 1, ONE);
    struct ledger_posting *posting = arena_zeroed(&fixture->arena, 1, sizeof *posting);
    struct ledger_event *event = arena_zeroed(&fixture->arena, 1, sizeof *event);
    *posting = fixture_posting(LEDGER_SHIFT, 1, LEDGER_SHIFT_TRANSACTIONS, 1);
    *event = (struct ledger_event){.id = fixture_id(FIXTURE_EVENT, number), .type = "transaction.completed"};
    posting->reason = number % 2 == 0 ? "sale" : NULL;
    sale->act.postings = posting;
    sale->act.posting_count = 1;
    if (number % 50 == 0) {
        sale->act.events = event;
        sale->act.event_count = 1;
    }
    return sale;
}

static void fill(struct fixture *fixture)
{
    make_documents(fixture);
    make_stock(fixture);
    for (int64_t number = 1; number <= SALES; number++) {
        fixture_commit(fixture, &next_sale(fixture, number)->act, STATUS_OK, NULL);
    }
    struct fixture_sale *large = fixture_sale(&fixture->arena, 1, 702, 1, 1, ONE);
    fixture_add_note(&fixture->arena, large, LEDGER_RECORD_MAX - 2000);
    fixture_commit(fixture, &large->act, STATUS_OK, NULL);
    struct fixture_sale *refund = fixture_sale(&fixture->arena, 1, 701, 1, 1, ONE);
    const struct id original = fixture_id(FIXTURE_SALE, 1);
    refund->records[0].type = "refund";
    refund->records[0].original_id = &original;
    refund->records[0].reversal = 1;
    refund->records[0].flagged = true;
    fixture_commit(fixture, &refund->act, STATUS_OK, NULL);
}

static void assert_same(const struct ledger *one, const struct ledger *other)
{
    struct copy_digest left, right;
    const int64_t now_ms = clock_now_ms();
    assert_int_equal(copy_digest_take(one, now_ms, NULL, &left), STATUS_OK);
    assert_int_equal(copy_digest_take(other, now_ms, NULL, &right), STATUS_OK);
    for (size_t i = 0; i < COPY_PIECES; i++) {
        if (memcmp(&left.of[i], &right.of[i], sizeof left.of[i]) != 0) {
            fail_msg("%s differ: %d here, %d there", copy_piece_names[i], (int)left.of[i].count,
                     (int)right.of[i].count);
        }
        assert_true(left.of[i].count > 0);
    }
}

/* A copy that was interrupted is to be known again tomorrow, when carts and answers have expired. */
static void a_ledger_is_known_again_at_any_hour(void **state)
{
    struct fixture *fixture = *state;
    struct copy_digest today, later;
    fill(fixture);
    const int64_t now_ms = clock_now_ms();
    assert_int_equal(copy_digest_take(fixture->ledger, now_ms, NULL, &today), STATUS_OK);
    assert_int_equal(copy_digest_take(fixture->ledger, now_ms + 3 * 86400000LL, NULL, &later), STATUS_OK);
    assert_true(later.of[COPY_DOCUMENTS].count < today.of[COPY_DOCUMENTS].count);
    assert_true(later.of[COPY_ANSWERS].count < today.of[COPY_ANSWERS].count);
    const struct hash one = copy_digest_hash(&today), other = copy_digest_hash(&later);
    assert_memory_equal(&one, &other, sizeof one);
}

static struct hash digest_of(const struct ledger *ledger)
{
    struct copy_digest digest;
    assert_int_equal(copy_digest_take(ledger, clock_now_ms(), NULL, &digest), STATUS_OK);
    return copy_digest_hash(&digest);
}

/* What holds on any ledger, and what was committed on the first one is found again. */
static void go_on_with(struct fixture *fixture, const struct target *target)
{
    struct fixture other = *fixture;
    struct ledger_outcome outcome;
    other.ledger = target->ledger;
    arena_init(&other.arena);
    fixture_commit(&other, &next_sale(fixture, 7)->act, STATUS_OK, &outcome);
    assert_true(outcome.replayed);
    for (int64_t number = 801; number <= 810; number++) {
        fixture_commit(&other, &next_sale(fixture, number)->act, STATUS_OK, &outcome);
        assert_false(outcome.replayed);
    }
    post(&other, 503, LEDGER_CUSTOMER, LEDGER_CUSTOMER_POINTS, -2, "gift"); /* replayed, by its key too */
    assert_int_equal(fixture_read(&other, LEDGER_CUSTOMER, 1).balances[LEDGER_CUSTOMER_POINTS], 50);
    fixture_check_stock(&other);
    const char *const prefix = "mus";
    struct ledger_document_page page;
    assert_int_equal(target->ledger->ops->document_search(target->ledger, LEDGER_CUSTOMER, &prefix, 1,
                                                          &cursor_start, 10, &fixture->arena, &page),
                     STATUS_OK);
    assert_int_equal(page.count, 1);
    assert_int_equal(fixture_check_journal(&other).records, SALES + 12);
    arena_free(&other.arena);
}

static void every_backend_takes_over_what_another_tells(void **state)
{
    struct fixture *fixture = *state;
    fill(fixture);
    for (size_t i = 0; i < ledger_backend_count; i++) {
        if (ledger_backends[i].is_there != NULL && !ledger_backends[i].is_there()) {
            continue;
        }
        struct target target = open_target(&ledger_backends[i]);
        const struct hash digest = digest_of(fixture->ledger);
        assert_int_equal(target.ledger->ops->take_over(target.ledger, fixture->ledger, &digest, NULL),
                         STATUS_OK);
        assert_same(fixture->ledger, target.ledger);
        go_on_with(fixture, &target);
        close_target(&target);
    }
}

static void only_an_empty_ledger_takes_over(void **state)
{
    struct fixture *fixture = *state;
    const struct hash digest = hash_of("one", 3), another = hash_of("another", 7);
    fill(fixture);
    struct target target = open_target(fixture->backend);
    const struct ledger_ops *ops = target.ledger->ops;
    assert_int_equal(ops->take_over(target.ledger, fixture->ledger, &digest, NULL), STATUS_OK);
    assert_int_equal(ops->take_over(target.ledger, fixture->ledger, &digest, NULL),
                     STATUS_OK); /* it is done */
    assert_int_equal(ops->take_over(target.ledger, fixture->ledger, &another, NULL), STATUS_ID_TAKEN);
    assert_same(fixture->ledger, target.ledger);
    assert_int_equal(ops->take_over(fixture->ledger, target.ledger, &digest, NULL), STATUS_ID_TAKEN);
    close_target(&target);
}

/* A source that breaks off, as one does whose process is killed. */
struct broken {
    struct ledger port;
    const struct ledger *real;
    const struct ledger_copier *copier;
    void *context;
    size_t left;
};

static enum status break_record(void *context, const struct ledger_copied_record *record)
{
    struct broken *broken = context;
    return broken->left-- == 0 ? STATUS_OVERLOADED : broken->copier->record(broken->context, record);
}

static enum status break_act(void *context, const struct ledger_copied_act *act)
{
    struct broken *broken = context;
    return broken->left-- == 0 ? STATUS_OVERLOADED : broken->copier->act(broken->context, act);
}

static enum status break_movement(void *context, const struct ledger_copied_movement *movement)
{
    struct broken *broken = context;
    return broken->left-- == 0 ? STATUS_OVERLOADED : broken->copier->movement(broken->context, movement);
}

static enum status break_level(void *context, const struct ledger_stock_level *level)
{
    struct broken *broken = context;
    return broken->left-- == 0 ? STATUS_OVERLOADED : broken->copier->level(broken->context, level);
}

static enum status tell_a_part(const struct ledger *ledger, const struct ledger_copier *copier, void *context)
{
    static const struct ledger_copier breaking = {
        .record = break_record, .act = break_act, .movement = break_movement, .level = break_level};
    struct broken *broken = (struct broken *)(uintptr_t)ledger;
    broken->copier = copier;
    broken->context = context;
    return broken->real->ops->tell(broken->real, &breaking, broken);
}

static void a_copy_that_broke_off_goes_on(void **state)
{
    static const struct ledger_ops ops = {.name = "broken", .tell = tell_a_part};
    struct fixture *fixture = *state;
    fill(fixture);
    const struct hash digest = digest_of(fixture->ledger);
    struct target target = open_target(fixture->backend);
    for (size_t left = 0; left < SALES * 2; left += 97) {
        struct broken broken = {.port.ops = &ops, .real = fixture->ledger, .left = left};
        assert_int_equal(target.ledger->ops->take_over(target.ledger, &broken.port, &digest, NULL),
                         STATUS_OVERLOADED);
    }
    assert_int_equal(target.ledger->ops->take_over(target.ledger, fixture->ledger, &digest, NULL), STATUS_OK);
    assert_same(fixture->ledger, target.ledger);
    go_on_with(fixture, &target);
    close_target(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(every_backend_takes_over_what_another_tells),
        LEDGER_TEST(a_ledger_is_known_again_at_any_hour),
        LEDGER_TEST(only_an_empty_ledger_takes_over),
        LEDGER_TEST(a_copy_that_broke_off_goes_on),
    };
    return LEDGER_TESTS("ledger copies", tests);
}
