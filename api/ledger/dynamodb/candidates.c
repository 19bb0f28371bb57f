#include "ledger/dynamodb/candidates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAST             "~" /* nothing in a key sorts after it */
#define SEQUENCE_DIGITS  6   /* of a receipt number, at least */
#define SEQUENCE_LONGEST 12  /* more digits no register reaches */
#define ORDER_SIZE       LAYOUT_SK_SIZE

/* One list. `order` is what its head is ordered by: of a journal no later than that of the record after it,
 * for the clocks of those who wrote them may differ, and a list that is merged must go down. */
struct lane {
    struct dynamodb_stream stream;
    struct layout_key key;
    char from[ORDER_SIZE], to[ORDER_SIZE];
    bool is_journal;
    int64_t register_key, sequence;
    const json_t *head; /* NULL: at its end */
    char order[ORDER_SIZE];
};

struct candidates {
    const struct ledger_dynamodb *ledger;
    const struct ledger_filter *filter;
    struct arena *arena;
    const char *order_name; /* the attribute that gives the order */
    struct lane *lanes;
    size_t lane_count, lane_room;
    size_t page;                            /* items asked for at once */
    char after[ORDER_SIZE];                 /* what comes next is below; "" at first */
    int64_t after_register, after_sequence; /* of a journal */
};

/* --- lanes --- */

static struct lane *add_lane(struct candidates *candidates)
{
    if (candidates->lane_count == candidates->lane_room) {
        candidates->lane_room = candidates->lane_room == 0 ? 8 : 2 * candidates->lane_room;
        struct lane *lanes = arena_zeroed(candidates->arena, candidates->lane_room, sizeof *lanes);
        if (candidates->lane_count > 0) {
            memcpy(lanes, candidates->lanes, candidates->lane_count * sizeof *lanes);
        }
        candidates->lanes = lanes;
    }
    struct lane *lane = &candidates->lanes[candidates->lane_count++];
    *lane = (struct lane){.key.table = LAYOUT_TRANSACTIONS};
    return lane;
}

/* The lane of an index with a hash; `from` and `to` are what the order is between. */
static void add_index(struct candidates *candidates, const char *hash, const char *from, const char *to)
{
    const char *last = candidates->after[0] != '\0' && strcmp(candidates->after, to) < 0 ? candidates->after
                                                                                         : to;
    if (strcmp(from, last) > 0) {
        return;
    }
    struct lane *lane = add_lane(candidates);
    snprintf(lane->key.pk, sizeof lane->key.pk, "%s", hash);
    snprintf(lane->from, sizeof lane->from, "%s", from);
    snprintf(lane->to, sizeof lane->to, "%s", last);
}

static void add_journal(struct candidates *candidates, int64_t register_key, int64_t first, int64_t last)
{
    const bool is_of_cursor = candidates->after_sequence > 0 && candidates->after_register == register_key;
    if (is_of_cursor && last >= candidates->after_sequence) {
        last = candidates->after_sequence - 1;
    }
    if (first > last) {
        return;
    }
    struct lane *lane = add_lane(candidates);
    lane->is_journal = true;
    lane->register_key = register_key;
    lane->key = layout_journal(register_key, 0);
    layout_number(first, lane->from);
    layout_number(last, lane->to);
}

/* --- which lanes --- */

static enum status add_stores(struct candidates *candidates)
{
    const struct ledger_filter *filter = candidates->filter;
    struct ledger_place one = {.key = filter->store_key}, *stores = &one;
    size_t count = 1;
    char from[ORDER_SIZE] = "", to[ORDER_SIZE] = LAST, hash[24];
    enum status status = STATUS_OK;
    if (filter->has_day) {
        layout_day_order(filter->day, "", from);
        layout_day_order(filter->day, LAST, to);
    }
    if (!filter->has_store) {
        status = ledger_dynamodb_stores(candidates->ledger, candidates->arena, &stores, &count);
    }
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        layout_number(stores[i].key, hash);
        add_index(candidates, hash, from, to);
    }
    return status;
}

/* The sequences whose receipt numbers begin with `code`-`digits`: as many digits as there are leave a range
 * for each length that the number may have. */
static void add_sequences(struct candidates *candidates, int64_t register_key, const char *digits)
{
    const size_t given = strlen(digits);
    if (given > SEQUENCE_LONGEST || digits[strspn(digits, "0123456789")] != '\0') {
        return;
    }
    const size_t longest = given > 0 && digits[0] == '0' ? SEQUENCE_DIGITS : SEQUENCE_LONGEST;
    for (size_t length = given > SEQUENCE_DIGITS ? given : SEQUENCE_DIGITS; length <= longest; length++) {
        int64_t first = strtoll(digits, NULL, 10), last = first;
        for (size_t i = given; i < length; i++) {
            first *= 10;
            last = last * 10 + 9;
        }
        if (last > 0) {
            add_journal(candidates, register_key, first, last);
        }
    }
}

static enum status add_receipts(struct candidates *candidates)
{
    const char *prefix = candidates->filter->receipt_prefix;
    const size_t length = strlen(prefix);
    struct ledger_place *registers;
    int64_t whole = 0; /* a register of two codes is added once */
    size_t count;
    const enum status status = ledger_dynamodb_registers(candidates->ledger, candidates->arena, &registers,
                                                         &count);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        char head[JOURNAL_RECEIPT_NUMBER_SIZE];
        const size_t head_length = (size_t)snprintf(head, sizeof head, "%s-", registers[i].code);
        if (length <= head_length && strncmp(prefix, head, length) == 0) {
            if (whole != registers[i].key) {
                add_journal(candidates, registers[i].key, 0, INT64_MAX);
            }
            whole = registers[i].key;
        } else if (length > head_length && strncmp(prefix, head, head_length) == 0) {
            add_sequences(candidates, registers[i].key, prefix + head_length);
        }
    }
    return status;
}

static void add_ids(struct candidates *candidates, const struct id *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char hash[ID_TEXT_SIZE];
        add_index(candidates, id_format(&ids[i], hash), "", LAST);
    }
}

/* A handful: their rows are in the order of their numbers, which is that of the time but for clocks. */
static void add_reversals(struct candidates *candidates)
{
    struct lane *lane = add_lane(candidates);
    lane->key = layout_reversal(&candidates->filter->original_id, 0);
    lane->is_journal = true;
    layout_number(0, lane->from);
    layout_number(candidates->after_sequence > 0 ? candidates->after_sequence - 1 : INT64_MAX, lane->to);
}

static bool is_noticed(const struct ledger_filter *filter)
{
    return filter->flagged || (filter->type != NULL && strcmp(filter->type, "sale") != 0);
}

/* The rarest first. */
static enum status add_lanes(struct candidates *candidates, struct dynamodb_query *query)
{
    const struct ledger_filter *filter = candidates->filter;
    candidates->order_name = "o";
    query->range_name = "o";
    if (filter->has_original) {
        add_reversals(candidates);
    } else if (filter->has_shift) {
        query->index = "by_shift";
        query->hash_name = "h";
        add_ids(candidates, &filter->shift_id, 1);
    } else if (filter->customer_count > 0) {
        query->index = "by_customer";
        query->hash_name = "c";
        add_ids(candidates, filter->customer_ids, filter->customer_count);
    } else if (filter->receipt_prefix != NULL) {
        return add_receipts(candidates);
    } else if (filter->has_register && !filter->has_day && !is_noticed(filter)) {
        add_journal(candidates, filter->register_key, 0, INT64_MAX);
    } else {
        query->index = is_noticed(filter) ? "by_notice" : "by_store";
        query->hash_name = is_noticed(filter) ? "n" : "s";
        query->range_name = candidates->order_name = "so";
        return add_stores(candidates);
    }
    return STATUS_OK;
}

/* --- reading --- */

/* What the row of an index or a journal tells of the filter; the rest is asked of the record. */
static bool may_pass(const struct candidates *candidates, const struct lane *lane, const json_t *row)
{
    const struct ledger_filter *filter = candidates->filter;
    const char *type = dynamodb_s(row, "ty"), *receipt = dynamodb_s(row, "rn");
    const char *prefix = filter->receipt_prefix;
    int64_t number;
    return !(filter->type != NULL && type != NULL && strcmp(type, filter->type) != 0) &&
           !(filter->flagged && !lane->is_journal && dynamodb_n(row, "fl") == 0) &&
           !(filter->has_register && dynamodb_get_n(row, "rg", &number) && number != filter->register_key) &&
           !(filter->has_day && dynamodb_get_n(row, "dy", &number) && number != filter->day) &&
           !(prefix != NULL && receipt != NULL && strncmp(receipt, prefix, strlen(prefix)) != 0);
}

/* Moves a lane to its next row that may pass. */
static enum status advance(struct candidates *candidates, struct lane *lane)
{
    for (;;) {
        const enum status status = ledger_dynamodb_next(&lane->stream, &lane->head);
        if (status != STATUS_OK || lane->head == NULL) {
            return status;
        }
        const char *order = dynamodb_s(lane->head, candidates->order_name);
        if (order == NULL) {
            return STATUS_INTERNAL_ERROR;
        }
        if (!lane->is_journal || lane->order[0] == '\0' || strcmp(order, lane->order) < 0) {
            snprintf(lane->order, sizeof lane->order, "%s", order);
        }
        if (lane->is_journal) {
            const char *sk = dynamodb_s(lane->head, "sk");
            lane->sequence = sk == NULL ? 0 : strtoll(sk, NULL, 10);
        }
        /* The row that the cursor names, and of other journals what was listed before it. */
        const int place = candidates->after[0] == '\0' ? -1 : strcmp(lane->order, candidates->after);
        const bool is_below = lane->is_journal && candidates->after_register == lane->register_key
                                  ? true
                                  : place < 0;
        if (is_below && may_pass(candidates, lane, lane->head)) {
            return STATUS_OK;
        }
    }
}

static void read_cursor(struct candidates *candidates, const struct cursor *after)
{
    const size_t numbers = 2 * sizeof(int64_t);
    candidates->after_register = cursor_int(after, 0);
    candidates->after_sequence = cursor_int(after, sizeof(int64_t));
    if (after->length > numbers) {
        const size_t length = after->length - numbers;
        memcpy(candidates->after, cursor_take(after, numbers, length), length);
    }
}

enum status candidates_open(const struct ledger_dynamodb *ledger, const struct ledger_filter *filter,
                            const struct cursor *after, size_t limit, struct arena *arena,
                            struct candidates **out)
{
    struct candidates *candidates = arena_zeroed(arena, 1, sizeof *candidates);
    struct dynamodb_query query = {.table = LAYOUT_TRANSACTIONS, .newest_first = true, .limit = limit + 1};
    *candidates = (struct candidates){.ledger = ledger, .filter = filter, .arena = arena};
    *out = candidates;
    read_cursor(candidates, after);
    enum status status = add_lanes(candidates, &query);
    for (size_t i = 0; status == STATUS_OK && i < candidates->lane_count; i++) {
        struct lane *lane = &candidates->lanes[i];
        query.hash = lane->key.pk;
        query.from = lane->from[0] == '\0' ? NULL : lane->from;
        query.to = lane->to;
        if (lane->is_journal) {
            query.range_name = NULL;
        }
        lane->stream = ledger_dynamodb_stream(ledger, &query);
        status = advance(candidates, lane);
    }
    return status;
}

static struct lane *newest(const struct candidates *candidates)
{
    struct lane *best = NULL;
    for (size_t i = 0; i < candidates->lane_count; i++) {
        struct lane *lane = &candidates->lanes[i];
        if (lane->head != NULL && (best == NULL || strcmp(lane->order, best->order) > 0)) {
            best = lane;
        }
    }
    return best;
}

static bool read_candidate(const struct lane *lane, struct candidate *candidate)
{
    const char *pk = dynamodb_s(lane->head, "pk");
    candidate->place = cursor_of(lane->register_key);
    cursor_add_int(&candidate->place, lane->sequence);
    cursor_add(&candidate->place, lane->order, strlen(lane->order));
    return lane->is_journal ? ledger_dynamodb_id(lane->head, "id", &candidate->id)
                            : pk != NULL && strlen(pk) > 2 && id_parse(pk + 2, &candidate->id);
}

enum status candidates_next(struct candidates *candidates, struct candidate *candidate, bool *found)
{
    struct lane *lane = newest(candidates);
    *found = lane != NULL;
    if (lane == NULL) {
        return STATUS_OK;
    }
    return read_candidate(lane, candidate) ? advance(candidates, lane) : STATUS_INTERNAL_ERROR;
}

void candidates_close(struct candidates *candidates)
{
    for (size_t i = 0; i < candidates->lane_count; i++) {
        ledger_dynamodb_stream_close(&candidates->lanes[i].stream);
    }
}
