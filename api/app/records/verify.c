#include "app/records/verify.h"

#include "app/json_member.h"
#include "app/records/journal.h"
#include "app/records/verify_record.h"

#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- the report --- */

const char *verify_invariant_text(enum verify_invariant invariant)
{
    static const char *const texts[] = {
#define X(name, text) text,
        VERIFY_INVARIANTS(X)
#undef X
    };
    return texts[invariant];
}

void verify_checked(struct verify_report *report, enum verify_invariant invariant)
{
    report->counts[invariant].checked++;
}

void verify_broken(struct verify_report *report, enum verify_invariant invariant, const char *format, ...)
{
    report->counts[invariant].broken++;
    if (report->broken++ < VERIFY_FAULTS_MAX) {
        struct verify_fault *fault = &report->faults[report->broken - 1];
        fault->invariant = invariant;
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(fault->text, sizeof fault->text, format, arguments);
        va_end(arguments);
    }
}

/* --- what is summed up on the way --- */

enum tally_kind {
    TALLY_STOCK,    /* a product in a store, by its movements: the level */
    TALLY_GOODS,    /* the same, by records: what they sold (negative) and took back; and what they moved */
    TALLY_SHIFT,    /* by records: the balances of a shift */
    TALLY_CUSTOMER, /* by records: visits and spending; and the same by entries */
    TALLY_DOCUMENT, /* by entries: the balances */
    TALLY_EXCHANGE, /* of both halves: the value that was moved; how many halves */
    TALLY_SALE,     /* one with refunds or a void: how many, and their highest number */
    TALLY_KIND_COUNT,
};

enum goods_sum {
    GOODS_SOLD,
    GOODS_MOVED,
    GOODS_MOVEMENTS,
};
enum customer_sum {
    CUSTOMER_RECORDED_SPENT,
    CUSTOMER_POSTED_SPENT,
};
enum exchange_sum {
    EXCHANGE_MOVED,
    EXCHANGE_HALVES,
};
enum sale_sum {
    SALE_REVERSALS,
    SALE_LAST_REVERSAL,
};

struct tally {
    int64_t number; /* a store's key, or a kind of document */
    struct id id;
    int64_t sums[LEDGER_BALANCES];
};

struct verification {
    const struct ledger *ledger;
    struct verify_report *report;
    struct arena arena;
    void *tallies[TALLY_KIND_COUNT]; /* tsearch(3) */
    struct journal_verification journal;
    int64_t broken_register; /* whose chain is broken: the rest of it is not looked at */
    enum status status;      /* of reading what the last pass needs */
};

static int compare_tallies(const void *a, const void *b)
{
    const struct tally *left = a, *right = b;
    if (left->number != right->number) {
        return left->number < right->number ? -1 : 1;
    }
    return memcmp(left->id.bytes, right->id.bytes, sizeof left->id.bytes);
}

static struct tally *find_tally(struct verification *verification, enum tally_kind kind, int64_t number,
                                const struct id *id)
{
    const struct tally wanted = {.number = number, .id = *id};
    struct tally **found = tfind(&wanted, &verification->tallies[kind], compare_tallies);
    return found == NULL ? NULL : *found;
}

static struct tally *tally_of(struct verification *verification, enum tally_kind kind, int64_t number,
                              const struct id *id)
{
    struct tally *tally = find_tally(verification, kind, number, id);
    if (tally == NULL) {
        tally = arena_zeroed(&verification->arena, 1, sizeof *tally);
        tally->number = number;
        tally->id = *id;
        if (tsearch(tally, &verification->tallies[kind], compare_tallies) == NULL) {
            __builtin_trap(); /* out of memory, as the arena has it */
        }
    }
    return tally;
}

static void keep_node(void *node)
{
    (void)node; /* the arena's */
}

/* --- records --- */

static bool is_type(const json_t *object, const char *type)
{
    const char *stated = member_string(object, "type");
    return stated != NULL && strcmp(stated, type) == 0;
}

static void check_chain(struct verification *verification, const struct ledger_transaction *transaction)
{
    if (transaction->register_key == verification->broken_register) {
        return;
    }
    verify_checked(verification->report, VERIFY_CHAIN);
    if (!journal_verify_line(&verification->journal, transaction->record, transaction->record_length)) {
        verify_broken(verification->report, VERIFY_CHAIN, "%s", verification->journal.fault);
        verification->broken_register = transaction->register_key;
        verification->journal.fault[0] = '\0';
    }
}

static void add_goods(struct verification *verification, const struct ledger_transaction *transaction,
                      const json_t *record)
{
    const bool is_sale = is_type(record, "sale");
    size_t index;
    json_t *line;
    json_array_foreach(json_object_get(record, "lines"), index, line)
    {
        struct id product;
        if (!member_id(line, "product_id", &product) || json_is_false(json_object_get(line, "restock"))) {
            continue;
        }
        struct tally *tally = tally_of(verification, TALLY_GOODS, transaction->store_key, &product);
        tally->sums[GOODS_SOLD] += is_sale ? -verify_quantity(line) : verify_quantity(line);
    }
}

static bool is_late(const json_t *record)
{
    size_t index;
    json_t *flag;
    json_array_foreach(json_object_get(record, "flags"), index, flag)
    {
        if (strcmp(json_string_value(flag), "closed_shift") == 0) {
            return true;
        }
    }
    return false;
}

/* What a record brings into the drawer, for a sale. */
static int64_t cash_of(const json_t *record)
{
    int64_t cash = -member_int(record, "change");
    size_t index;
    json_t *tender;
    json_array_foreach(json_object_get(record, "tenders"), index, tender)
    {
        if (is_type(tender, "cash")) {
            cash += member_int(tender, "amount") + member_int(tender, "tip");
        }
    }
    return cash;
}

static void add_to_shift(struct verification *verification, const struct ledger_transaction *transaction,
                         const json_t *record)
{
    const bool is_sale = is_type(record, "sale"), late = is_late(record);
    int64_t *sums = tally_of(verification, TALLY_SHIFT, LEDGER_SHIFT, &transaction->shift_id)->sums;
    sums[late ? LEDGER_SHIFT_LATE_TRANSACTIONS : LEDGER_SHIFT_TRANSACTIONS]++;
    sums[late ? LEDGER_SHIFT_LATE_CASH : LEDGER_SHIFT_CASH] += is_sale ? cash_of(record) : -cash_of(record);
    if (is_sale) {
        sums[late ? LEDGER_SHIFT_LATE_SALES : LEDGER_SHIFT_SALES] += transaction->total_minor;
    } else {
        sums[late ? LEDGER_SHIFT_LATE_REFUNDS : LEDGER_SHIFT_REFUNDS] += transaction->total_minor;
    }
}

static void add_exchange(struct verification *verification, const struct ledger_transaction *transaction,
                         const json_t *record, const struct id *other)
{
    const bool is_first = memcmp(transaction->id.bytes, other->bytes, sizeof other->bytes) < 0;
    int64_t *sums = tally_of(verification, TALLY_EXCHANGE, 0, is_first ? &transaction->id : other)->sums;
    size_t index;
    json_t *tender;
    json_array_foreach(json_object_get(record, "tenders"), index, tender)
    {
        if (is_type(tender, "exchange")) {
            const int64_t amount = member_int(tender, "amount");
            sums[EXCHANGE_MOVED] += is_type(record, "sale") ? amount : -amount;
        }
    }
    sums[EXCHANGE_HALVES]++;
}

static void add_record(struct verification *verification, const struct ledger_transaction *transaction,
                       const json_t *record)
{
    add_goods(verification, transaction, record);
    if (transaction->has_shift) {
        add_to_shift(verification, transaction, record);
    }
    if (transaction->has_customer) {
        int64_t *sums = tally_of(verification, TALLY_CUSTOMER, 0, &transaction->customer_id)->sums;
        sums[CUSTOMER_RECORDED_SPENT] += is_type(record, "sale") ? transaction->total_minor
                                                                 : -transaction->total_minor;
    }
    if (transaction->has_original) {
        int64_t *sums = tally_of(verification, TALLY_SALE, 0, &transaction->original_id)->sums;
        sums[SALE_REVERSALS]++;
        if (transaction->reversal > sums[SALE_LAST_REVERSAL]) {
            sums[SALE_LAST_REVERSAL] = transaction->reversal;
        }
    }
    struct id other;
    if (member_id(record, "exchange_id", &other)) {
        add_exchange(verification, transaction, record, &other);
    }
}

static enum status visit_record(void *context, const struct ledger_transaction *transaction)
{
    struct verification *verification = context;
    check_chain(verification, transaction);
    json_t *record = json_loadb(transaction->record, transaction->record_length, 0, NULL);
    if (record == NULL) {
        verify_checked(verification->report, VERIFY_FILED);
        verify_broken(verification->report, VERIFY_FILED, "%s is not JSON", transaction->receipt_number);
        return STATUS_OK;
    }
    verify_record_sums(verification->report, record, transaction->receipt_number);
    verify_record_payment(verification->report, record, transaction->receipt_number);
    verify_record_filing(verification->report, transaction, record);
    add_record(verification, transaction, record);
    json_decref(record);
    return STATUS_OK;
}

/* --- stock --- */

static const char *id_words(const struct id *id, char text[static ID_TEXT_SIZE])
{
    return id_format(id, text);
}

static enum status visit_movement(void *context, const struct ledger_moved_row *movement)
{
    struct verification *verification = context;
    char text[ID_TEXT_SIZE];
    int64_t *level =
        &tally_of(verification, TALLY_STOCK, movement->store.key, &movement->product.id)->sums[0];
    verify_checked(verification->report, VERIFY_MOVEMENTS);
    if (movement->level != *level + movement->quantity) {
        verify_broken(verification->report, VERIFY_MOVEMENTS,
                      "product %s: a movement by %lld leaves %lld, before it there were %lld (10^-5)",
                      id_words(&movement->product.id, text), (long long)movement->quantity,
                      (long long)movement->level, (long long)*level);
    }
    *level = movement->level;
    if (movement->by_record) {
        int64_t *sums = tally_of(verification, TALLY_GOODS, movement->store.key, &movement->product.id)->sums;
        sums[GOODS_MOVED] += movement->quantity;
        sums[GOODS_MOVEMENTS]++;
    }
    return STATUS_OK;
}

static enum status visit_level(void *context, const struct ledger_stock_level *level)
{
    struct verification *verification = context;
    char text[ID_TEXT_SIZE];
    const struct tally *tally = find_tally(verification, TALLY_STOCK, level->store.key, &level->product.id);
    const int64_t moved = tally == NULL ? 0 : tally->sums[0];
    verify_checked(verification->report, VERIFY_LEVELS);
    if (level->level != moved) {
        verify_broken(verification->report, VERIFY_LEVELS,
                      "product %s: the level is %lld, its movements say %lld (10^-5)",
                      id_words(&level->product.id, text), (long long)level->level, (long long)moved);
    }
    return STATUS_OK;
}

/* --- documents --- */

static enum status visit_entry(void *context, enum ledger_kind kind, const struct id *id,
                               const struct ledger_entry *entry)
{
    struct verification *verification = context;
    int64_t *sums = tally_of(verification, TALLY_DOCUMENT, kind, id)->sums;
    for (size_t i = 0; i < LEDGER_BALANCES; i++) {
        sums[i] += entry->amounts[i];
    }
    if (kind == LEDGER_CUSTOMER && entry->by_record) {
        tally_of(verification, TALLY_CUSTOMER, 0, id)->sums[CUSTOMER_POSTED_SPENT] +=
            entry->amounts[LEDGER_CUSTOMER_SPENT];
    }
    return STATUS_OK;
}

static const char *const kind_names[LEDGER_KIND_COUNT] = {
    [LEDGER_CUSTOMER] = "customer",
    [LEDGER_GIFT_CARD] = "gift card",
    [LEDGER_SHIFT] = "shift",
    [LEDGER_PARKED_CART] = "parked cart",
    [LEDGER_RECEIPT_EMAIL] = "receipt by mail",
    [LEDGER_WEBHOOK_DELIVERY] = "webhook delivery",
    [LEDGER_CURSOR] = "cursor",
};

static void compare_balances(struct verification *verification, enum verify_invariant invariant,
                             const struct ledger_document *document, const int64_t *wanted)
{
    char text[ID_TEXT_SIZE];
    verify_checked(verification->report, invariant);
    for (size_t i = 0; i < LEDGER_BALANCES; i++) {
        if (document->balances[i] != wanted[i]) {
            verify_broken(verification->report, invariant, "%s %s: balance %zu is %lld and should be %lld",
                          kind_names[document->kind], id_words(&document->id, text), i,
                          (long long)document->balances[i], (long long)wanted[i]);
            return;
        }
    }
}

/* Whatever a shift was opened with is in its drawer. */
static int64_t opening_float(const struct ledger_document *shift)
{
    json_t *body = json_loadb(shift->body, shift->body_length, 0, NULL);
    const int64_t total = member_int(json_object_get(body, "opening_float"), "total");
    json_decref(body);
    return total;
}

static void check_floor(struct verification *verification, const struct ledger_document *document,
                        size_t balance)
{
    char text[ID_TEXT_SIZE];
    if (document->balances[balance] < 0) {
        verify_broken(verification->report, VERIFY_FLOORS, "%s %s: balance %zu is %lld",
                      kind_names[document->kind], id_words(&document->id, text), balance,
                      (long long)document->balances[balance]);
    }
}

static enum status visit_document(void *context, const struct ledger_document *document)
{
    struct verification *verification = context;
    const struct tally *posted = find_tally(verification, TALLY_DOCUMENT, document->kind, &document->id);
    int64_t wanted[LEDGER_BALANCES] = {0};
    if (posted != NULL) {
        memcpy(wanted, posted->sums, sizeof wanted);
    }
    if (document->kind == LEDGER_SHIFT) {
        const struct tally *recorded = find_tally(verification, TALLY_SHIFT, LEDGER_SHIFT, &document->id);
        for (size_t i = 0; recorded != NULL && i < LEDGER_BALANCES; i++) {
            wanted[i] += recorded->sums[i];
        }
        wanted[LEDGER_SHIFT_CASH] += opening_float(document);
        compare_balances(verification, VERIFY_SHIFTS, document, wanted);
        return STATUS_OK;
    }
    compare_balances(verification, VERIFY_BALANCES, document, wanted);
    verify_checked(verification->report, VERIFY_FLOORS);
    if (document->kind == LEDGER_GIFT_CARD) {
        check_floor(verification, document, LEDGER_GIFT_CARD_BALANCE);
    } else if (document->kind == LEDGER_CUSTOMER) {
        check_floor(verification, document, LEDGER_CUSTOMER_STORE_CREDIT);
    }
    return STATUS_OK;
}

/* --- what can be said at the end --- */

static void finish_goods(const void *node, VISIT visit, void *context)
{
    struct verification *verification = context;
    const struct tally *tally = *(struct tally *const *)node;
    char text[ID_TEXT_SIZE];
    /* Services and gift cards are sold and never move. */
    if ((visit != postorder && visit != leaf) || tally->sums[GOODS_MOVEMENTS] == 0) {
        return;
    }
    verify_checked(verification->report, VERIFY_GOODS);
    if (tally->sums[GOODS_SOLD] != tally->sums[GOODS_MOVED]) {
        verify_broken(verification->report, VERIFY_GOODS,
                      "product %s: records say %lld, its movements by them %lld (10^-5)",
                      id_words(&tally->id, text), (long long)tally->sums[GOODS_SOLD],
                      (long long)tally->sums[GOODS_MOVED]);
    }
}

static void finish_customer(const void *node, VISIT visit, void *context)
{
    struct verification *verification = context;
    const struct tally *tally = *(struct tally *const *)node;
    char text[ID_TEXT_SIZE];
    if (visit != postorder && visit != leaf) {
        return;
    }
    verify_checked(verification->report, VERIFY_CUSTOMERS);
    if (tally->sums[CUSTOMER_RECORDED_SPENT] != tally->sums[CUSTOMER_POSTED_SPENT]) {
        verify_broken(verification->report, VERIFY_CUSTOMERS,
                      "customer %s spent %lld by records, %lld were posted", id_words(&tally->id, text),
                      (long long)tally->sums[CUSTOMER_RECORDED_SPENT],
                      (long long)tally->sums[CUSTOMER_POSTED_SPENT]);
    }
}

static void finish_exchange(const void *node, VISIT visit, void *context)
{
    struct verification *verification = context;
    const struct tally *tally = *(struct tally *const *)node;
    char text[ID_TEXT_SIZE];
    if (visit != postorder && visit != leaf) {
        return;
    }
    verify_checked(verification->report, VERIFY_EXCHANGES);
    if (tally->sums[EXCHANGE_HALVES] != 2 || tally->sums[EXCHANGE_MOVED] != 0) {
        verify_broken(verification->report, VERIFY_EXCHANGES,
                      "exchange of %s: %lld records, between which %lld are lost", id_words(&tally->id, text),
                      (long long)tally->sums[EXCHANGE_HALVES], (long long)tally->sums[EXCHANGE_MOVED]);
    }
}

/* The refunds of a sale, as JSON, in the order of their numbers. */
static enum status read_reversals(struct verification *verification, const struct id *sale,
                                  struct arena *arena, json_t **reversals, size_t count)
{
    const struct ledger *ledger = verification->ledger;
    const struct ledger_filter filter = {.has_original = true, .original_id = *sale};
    struct cursor after = {0};
    struct ledger_page page = {.has_more = true};
    while (page.has_more) {
        const enum status status = ledger->ops->transaction_list(ledger, &filter, &after, LEDGER_PAGE_MAX,
                                                                 arena, &page);
        if (status != STATUS_OK) {
            return status;
        }
        for (size_t i = 0; i < page.count; i++) {
            const struct ledger_transaction *one = &page.transactions[i];
            /* One that was committed after the walk is not looked at. */
            if (one->reversal >= 1 && (uint64_t)one->reversal <= count) {
                json_decref(reversals[one->reversal - 1]);
                reversals[one->reversal - 1] = json_loadb(one->record, one->record_length, 0, NULL);
            }
        }
        after = page.next;
    }
    return STATUS_OK;
}

static enum status check_sale(struct verification *verification, const struct tally *tally,
                              struct arena *arena)
{
    const struct ledger *ledger = verification->ledger;
    const size_t count = (size_t)tally->sums[SALE_REVERSALS];
    struct ledger_transaction sale;
    enum status status = ledger->ops->transaction_read(ledger, &tally->id, arena, &sale);
    char text[ID_TEXT_SIZE];
    if (status == STATUS_TRANSACTION_NOT_FOUND || tally->sums[SALE_LAST_REVERSAL] != (int64_t)count) {
        verify_checked(verification->report, VERIFY_REVERSALS);
        verify_broken(verification->report, VERIFY_REVERSALS, "sale %s has %zu refunds, numbered to %lld%s",
                      id_words(&tally->id, text), count, (long long)tally->sums[SALE_LAST_REVERSAL],
                      status == STATUS_OK ? "" : ", and is not there");
        return STATUS_OK;
    }
    json_t **reversals = arena_zeroed(arena, count, sizeof(json_t *));
    if (status == STATUS_OK) {
        status = read_reversals(verification, &tally->id, arena, reversals, count);
    }
    if (status == STATUS_OK) {
        json_t *record = json_loadb(sale.record, sale.record_length, 0, NULL);
        verify_reversals(verification->report, record, (const json_t *const *)reversals, count);
        json_decref(record);
    }
    for (size_t i = 0; i < count; i++) {
        json_decref(reversals[i]);
    }
    return status;
}

static void finish_sale(const void *node, VISIT visit, void *context)
{
    struct verification *verification = context;
    if ((visit != postorder && visit != leaf) || verification->status != STATUS_OK) {
        return;
    }
    struct arena arena;
    arena_init(&arena);
    verification->status = check_sale(verification, *(struct tally *const *)node, &arena);
    arena_free(&arena);
}

enum status verify_ledger(const struct ledger *ledger, struct verify_report *report)
{
    static const struct ledger_visitor visitor = {
        .record = visit_record,
        .movement = visit_movement,
        .level = visit_level,
        .entry = visit_entry,
        .document = visit_document,
    };
    struct verification verification = {.ledger = ledger, .report = report, .broken_register = INT64_MIN};
    *report = (struct verify_report){0};
    arena_init(&verification.arena);
    journal_verify_begin(&verification.journal);
    enum status status = ledger->ops->walk(ledger, &visitor, &verification);
    if (status == STATUS_OK) {
        twalk_r(verification.tallies[TALLY_GOODS], finish_goods, &verification);
        twalk_r(verification.tallies[TALLY_CUSTOMER], finish_customer, &verification);
        twalk_r(verification.tallies[TALLY_EXCHANGE], finish_exchange, &verification);
        twalk_r(verification.tallies[TALLY_SALE], finish_sale, &verification);
        status = verification.status;
    }
    for (size_t kind = 0; kind < TALLY_KIND_COUNT; kind++) {
        tdestroy(verification.tallies[kind], keep_node);
    }
    journal_verify_free(&verification.journal);
    arena_free(&verification.arena);
    return status;
}
