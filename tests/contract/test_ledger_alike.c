/* SQLite and DynamoDB do alike: the same acts, drawn by chance, are answered the same by both and leave the same
 * behind. On DynamoDB two instances take turns, and calls of one get lost, meet others and are throttled. */
#include "dynamodb_fixture.h"

#include "ledger/copy_digest.h"

#define ONE       QUANTITY_ONE
#define ACTS      120
#define REGISTERS (FIXTURE_STORES * FIXTURE_REGISTERS)
#define PRODUCTS  5 /* few, so that acts meet */
#define DOCUMENTS 3 /* of a kind */
#define OPENED    8 /* documents that there are from the beginning: two of each kind */
#define TRIES     20

/* --- chance: the same in every run --- */

static uint64_t chance_state;

static unsigned draw(unsigned below)
{
    chance_state = chance_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((chance_state >> 33) % below);
}

static bool one_in(unsigned n)
{
    return draw(n) == 0;
}

/* --- acts --- */

/* An act, and how many of its effects may be refused: of several, which one is, is the backend's choice. */
struct drawn {
    struct ledger_act act;
    unsigned risks;
};

static const enum ledger_kind kinds[] = {LEDGER_CUSTOMER, LEDGER_GIFT_CARD, LEDGER_SHIFT, LEDGER_PARKED_CART};

static void add_key(struct arena *arena, struct drawn *drawn, int64_t number)
{
    if (one_in(3)) {
        const char *key = arena_printf(arena, "key %u", draw(ACTS / 4));
        const char *request = one_in(4) ? "another" : arena_printf(arena, "request %d", (int)number);
        drawn->act.key = fixture_key(key, request);
        drawn->risks++;
    }
}

static void add_postings(struct arena *arena, struct drawn *drawn)
{
    struct ledger_posting *postings = arena_zeroed(arena, 2, sizeof *postings);
    const unsigned count = draw(3), first = draw(DOCUMENTS);
    for (unsigned i = 0; i < count; i++) {
        struct ledger_posting *posting = &postings[i];
        const size_t balance = draw(2);
        *posting = fixture_posting(kinds[draw(3)], 1 + (first + i) % DOCUMENTS, balance,
                                   (int64_t)draw(21) - 10);
        posting->reason = one_in(3) ? NULL : "post";
        posting->required_state = one_in(5) ? "open" : NULL;
        if (one_in(2)) {
            posting->floors[balance] = 0;
        }
        drawn->risks++;
    }
    drawn->act.postings = postings;
    drawn->act.posting_count = count;
}

static void draw_movement(struct ledger_movement *movement, struct drawn *drawn)
{
    movement->deny_oversell = one_in(3);
    movement->low_at = one_in(4) ? 3 * ONE : LEDGER_NO_LEVEL;
    drawn->risks += movement->deny_oversell;
}

static void add_original(struct arena *arena, struct drawn *drawn, struct fixture_sale *sale, int64_t number)
{
    struct id *original = arena_alloc(arena, sizeof *original);
    *original = fixture_id(FIXTURE_SALE, 1 + draw((unsigned)number));
    sale->records[0].original_id = original;
    sale->records[0].reversal = 1 + draw(2);
    drawn->risks++;
}

static struct drawn draw_sale(struct arena *arena, int64_t number)
{
    struct drawn drawn = {.risks = 0};
    const unsigned count = one_in(25) ? 110 : 1 + draw(3); /* a large one */
    struct fixture_sale *sale = fixture_sale(arena, 1 + draw(REGISTERS), number, 1 + draw(PRODUCTS), count,
                                             (1 + (int64_t)draw(3)) * ONE);
    struct ledger_event *event = arena_zeroed(arena, 1, sizeof *event);
    for (unsigned i = 0; i < count; i++) {
        draw_movement(&sale->movements[i], &drawn);
    }
    if (one_in(4)) {
        add_original(arena, &drawn, sale, number);
    }
    *event = (struct ledger_event){.id = fixture_id(FIXTURE_EVENT, number), .type = "transaction.completed"};
    drawn.act = sale->act;
    drawn.act.events = event;
    drawn.act.event_count = draw(2);
    add_postings(arena, &drawn);
    return drawn;
}

static struct drawn draw_stock(struct arena *arena, int64_t number)
{
    struct drawn drawn = {.act = fixture_act("stock_movement", number)};
    const unsigned count = one_in(20) ? 130 : 1 + draw(3), store = 1 + draw(FIXTURE_STORES),
                   first = 1 + draw(PRODUCTS);
    struct ledger_movement *movements = arena_zeroed(arena, count, sizeof *movements);
    for (unsigned i = 0; i < count; i++) {
        movements[i] = (struct ledger_movement){
            .store = fixture_ref(FIXTURE_STORE, store),
            .product = fixture_ref(FIXTURE_PRODUCT, first + i),
            .counted = one_in(2),
        };
        movements[i].reason = movements[i].counted ? "count" : "adjust";
        movements[i].quantity = movements[i].counted ? draw(20) * ONE : ((int64_t)draw(21) - 10) * ONE;
        draw_movement(&movements[i], &drawn);
    }
    drawn.act.movements = movements;
    drawn.act.movement_count = count;
    drawn.act.detail = one_in(2) ? "{\"by\":\"Anna\"}" : NULL;
    return drawn;
}

static void draw_names(struct arena *arena, struct ledger_write *write)
{
    const char **names = arena_zeroed(arena, 3, sizeof *names);
    names[0] = arena_printf(arena, "code:%u", draw(4));
    names[1] = arena_printf(arena, "word%u", draw(3));
    names[2] = arena_printf(arena, "term%u", draw(3));
    write->keys = names;
    write->key_count = one_in(2);
    write->terms = names + 1;
    write->term_count = draw(3);
}

static struct drawn draw_write(struct arena *arena, int64_t number)
{
    static const char *const states[] = {"open", "closed", "active"};
    struct drawn drawn = {.act = fixture_act("write", number), .risks = 2};
    struct ledger_write *write = arena_zeroed(arena, 1, sizeof *write);
    *write = fixture_write(kinds[draw(4)], 1 + draw(DOCUMENTS), states[draw(3)]);
    write->expected_version = one_in(3) ? 0 : 1 + draw(3);
    draw_names(arena, write);
    write->forget = write->expected_version > 0 && one_in(6);
    if (write->expected_version == 0) {
        write->document.balances[0] = draw(50);
        write->reason = one_in(2) ? "opening" : NULL;
    }
    write->document.body = arena_printf(arena, "{\"number\":%d}", (int)number);
    write->document.body_length = strlen(write->document.body);
    drawn.act.writes = write;
    drawn.act.write_count = 1;
    return drawn;
}

/* One of those that there are from the beginning. */
static struct drawn draw_document(struct arena *arena, unsigned at)
{
    struct drawn drawn = {.act = fixture_act("write", at + 1)};
    struct ledger_write *write = arena_zeroed(arena, 1, sizeof *write);
    *write = fixture_write(kinds[at % 4], 1 + at / 4, "open");
    write->document.balances[0] = 20;
    drawn.act.writes = write;
    drawn.act.write_count = 1;
    return drawn;
}

static struct drawn draw_act(struct arena *arena, int64_t number)
{
    struct drawn drawn;
    switch (draw(5)) {
    case 0:
        drawn = draw_stock(arena, number);
        break;
    case 1:
    case 2:
        drawn = draw_write(arena, number);
        break;
    default:
        drawn = draw_sale(arena, number);
        break;
    }
    if (drawn.act.record_count == 0 && drawn.act.write_count == 0) {
        add_postings(arena, &drawn);
    }
    add_key(arena, &drawn, number);
    return drawn;
}

/* --- both --- */

struct both {
    struct fixture *fixture; /* DynamoDB's */
    const struct ledger *sqlite;
    void *sqlite_state;
    struct fault_proxy proxy;
    struct dynamodb_instance other; /* behind the proxy */
    uint64_t faults;                /* chance of its own: calls come as they come */
};

static enum fault_kind fail_at_times(void *context, const char *operation, unsigned number, const char *body)
{
    struct both *both = context;
    (void)number;
    (void)body;
    both->faults = both->faults * 6364136223846793005u + 1442695040888963407u;
    if (strcmp(operation, "TransactWriteItems") != 0) {
        return FAULT_NONE;
    }
    switch ((both->faults >> 33) % 20) {
    case 0:
    case 1:
        return FAULT_LOST;
    case 2:
        return FAULT_CONFLICT;
    case 3:
        return FAULT_THROTTLE;
    default:
        return FAULT_NONE;
    }
}

static void open_both(struct fixture *fixture, struct both *both, uint64_t seed)
{
    *both = (struct both){.fixture = fixture, .faults = seed};
    both->sqlite_state = ledger_backends[0].create();
    both->sqlite = ledger_backends[0].open(both->sqlite_state);
    fault_proxy_start(&both->proxy, fail_at_times, both);
    dynamodb_instance_open(fixture, both->proxy.url, 0, &both->other);
}

static void close_both(struct both *both)
{
    dynamodb_instance_close(&both->other);
    fault_proxy_stop(&both->proxy);
    ledger_backends[0].close(both->sqlite, both->sqlite_state);
    ledger_backends[0].destroy(both->sqlite_state);
}

/* As a client does it: again until it knows. */
static enum status commit_surely(const struct ledger *ledger, const struct ledger_act *act,
                                 struct arena *arena, struct ledger_outcome *outcome, bool *again)
{
    enum status status = STATUS_OVERLOADED;
    for (unsigned tries = 0; tries < TRIES && status_http(status) >= 500; tries++) {
        *again = tries > 0;
        status = ledger->ops->commit(ledger, act, arena, outcome);
    }
    return status;
}

static void assert_alike(const struct ledger_outcome *one, const struct ledger_outcome *other, bool again)
{
    assert_true(id_equal(&one->id, &other->id));
    assert_int_equal(one->transaction_count, other->transaction_count);
    for (size_t i = 0; i < one->transaction_count; i++) {
        assert_int_equal(one->transactions[i].sequence, other->transactions[i].sequence);
        assert_string_equal(one->transactions[i].receipt_number, other->transactions[i].receipt_number);
        assert_memory_equal(&one->transactions[i].hash, &other->transactions[i].hash, sizeof(struct hash));
    }
    if (again) {
        return; /* it may have been told as a replay */
    }
    assert_int_equal(one->replayed, other->replayed);
    if (one->transaction_count > 0) {
        return; /* what it moved is not told */
    }
    assert_int_equal(one->moved_count, other->moved_count);
    assert_int_equal(one->posted_count, other->posted_count);
    for (size_t i = 0; i < one->moved_count; i++) {
        assert_int_equal(one->moved[i].quantity, other->moved[i].quantity);
        assert_int_equal(one->moved[i].level, other->moved[i].level);
    }
    for (size_t i = 0; i < one->posted_count; i++) {
        assert_memory_equal(&one->posted[i], &other->posted[i], sizeof one->posted[i]);
    }
}

static void commit_to_both(struct both *both, const struct drawn *drawn)
{
    struct ledger_outcome one, other;
    bool again = false, ignored;
    struct arena *arena = &both->fixture->arena;
    const struct ledger *dynamodb = one_in(2) ? both->fixture->ledger : both->other.ledger;
    const enum status here = commit_surely(both->sqlite, &drawn->act, arena, &one, &ignored);
    const enum status there = commit_surely(dynamodb, &drawn->act, arena, &other, &again);
    if (here == STATUS_OK || there == STATUS_OK || drawn->risks <= 1) {
        assert_string_equal(status_code(there), status_code(here));
    }
    if (here == STATUS_OK) {
        /* Of what was lost on the way nobody knows whether it was the first. */
        assert_alike(&one, &other, again || dynamodb == both->other.ledger);
    }
}

/* Events of low stock have ids by chance: of those the number. */
static void assert_same(const struct ledger *one, const struct ledger *other)
{
    struct copy_digest left, right;
    assert_int_equal(copy_digest_take(one, 0, NULL, &left), STATUS_OK);
    assert_int_equal(copy_digest_take(other, 0, NULL, &right), STATUS_OK);
    for (size_t i = 0; i < COPY_PIECES; i++) {
        if (left.of[i].count != right.of[i].count ||
            (i != COPY_EVENTS && memcmp(&left.of[i], &right.of[i], sizeof left.of[i]) != 0)) {
            fail_msg("%s differ: %d in SQLite, %d in DynamoDB", copy_piece_names[i], (int)left.of[i].count,
                     (int)right.of[i].count);
        }
    }
}

static void acts_drawn_by_chance_do_the_same(void **state)
{
    struct fixture *fixture = *state;
    struct drawn *drawn = arena_zeroed(&fixture->arena, ACTS, sizeof *drawn);
    struct both both;
    static uint64_t round;
    chance_state = ++round;
    open_both(fixture, &both, round);
    for (unsigned i = 0; i < ACTS; i++) {
        if (i < OPENED) {
            drawn[i] = draw_document(&fixture->arena, i);
        } else if (one_in(6)) {
            drawn[i] = drawn[draw(i)]; /* a retry, or another act with its id */
            drawn[i].act.fingerprint.bytes[0] ^= one_in(3);
        } else {
            drawn[i] = draw_act(&fixture->arena, i + 1);
        }
        commit_to_both(&both, &drawn[i]);
        if (one_in(30)) {
            assert_int_equal(ledger_dynamodb_keep(fixture->ledger), STATUS_OK);
        }
    }
    assert_same(both.sqlite, fixture->ledger);
    close_both(&both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(acts_drawn_by_chance_do_the_same),
        LEDGER_TEST(acts_drawn_by_chance_do_the_same),
    };
    return DYNAMODB_TESTS("SQLite and DynamoDB", tests);
}
