#include "ledger/dynamodb/history.h"

#include <string.h>

static const char *const balance_names[LEDGER_BALANCES] = {"b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7"};

#define FIRST_ROWS 16

/* --- decoding --- */

static struct history_row *add_row(struct history_rows *rows, size_t *room, struct arena *arena)
{
    if (rows->count == *room) {
        *room = *room == 0 ? FIRST_ROWS : 2 * *room;
        struct history_row *more = arena_alloc(arena, *room * sizeof *more);
        if (rows->count > 0) {
            memcpy(more, rows->rows, rows->count * sizeof *more);
        }
        rows->rows = more;
    }
    struct history_row *row = &rows->rows[rows->count++];
    *row = (struct history_row){0};
    return row;
}

static void take_movement(const struct packed_movement *packed, struct history_row *row)
{
    row->maker = packed->maker;
    row->is_part = packed->is_part;
    row->act = packed->act;
    row->at_ms = packed->at_ms;
    row->total_minor = packed->total_minor;
    row->amounts[0] = packed->quantity;
    memcpy(row->reason, packed->reason, sizeof row->reason);
}

static void take_entry(const struct packed_entry *packed, struct history_row *row)
{
    row->maker = packed->maker;
    row->act = packed->act;
    row->at_ms = packed->at_ms;
    memcpy(row->amounts, packed->amounts, sizeof row->amounts);
    memcpy(row->reason, packed->reason, sizeof row->reason);
}

static bool decode(const struct history *history, const void *bytes, size_t length, struct arena *arena,
                   struct history_rows *rows, size_t *room)
{
    struct packed_reader reader = packed_reader(bytes, length);
    struct packed_movement movement;
    struct packed_entry entry;
    if (history->is_stock) {
        while (packed_next_movement(&reader, &movement)) {
            take_movement(&movement, add_row(rows, room, arena));
        }
    } else {
        while (packed_next_entry(&reader, &entry)) {
            take_entry(&entry, add_row(rows, room, arena));
        }
    }
    return !reader.damaged;
}

/* --- what counts --- */

static struct layout_key act_key(const struct history_row *row)
{
    return row->maker == PACKED_RECORD ? layout_record(&row->act) : layout_act(&row->act);
}

/* Looks whether the acts of parts are there. An act has one row in a history, so none is asked for twice. */
static enum status find_unfinished(const struct history *history, const struct history_rows *rows,
                                   struct arena *arena, bool *left_out)
{
    struct layout_key *keys = arena_alloc(arena, rows->count * sizeof *keys);
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->rows[i].is_part) {
            keys[count++] = act_key(&rows->rows[i]);
        }
    }
    if (count == 0) {
        return STATUS_OK;
    }
    struct dynamodb_items acts;
    const enum status status = ledger_dynamodb_get_all(history->ledger, keys, count, arena, &acts);
    count = 0;
    for (size_t i = 0; status == STATUS_OK && i < rows->count; i++) {
        if (rows->rows[i].is_part) {
            left_out[i] = acts.items[count++] == NULL;
        }
    }
    ledger_dynamodb_items_free(&acts);
    return status;
}

static enum status find_left_out(const struct history *history, const struct history_rows *rows,
                                 struct arena *arena, bool *left_out)
{
    if (history->counts == NULL) {
        return find_unfinished(history, rows, arena, left_out);
    }
    for (size_t i = 0; i < rows->count; i++) {
        left_out[i] = !history->counts(history->context, &rows->rows[i]);
    }
    return STATUS_OK;
}

/* Takes out what does not count, and says of the rest what it led to: `now` is where all of them have led. */
static void settle(struct history_rows *rows, const bool *left_out, const int64_t *now)
{
    int64_t after[LEDGER_BALANCES];
    memcpy(after, now, sizeof after);
    for (size_t i = rows->count; i-- > 0;) {
        memcpy(rows->rows[i].after, after, sizeof after);
        for (size_t at = 0; at < LEDGER_BALANCES; at++) {
            after[at] -= rows->rows[i].amounts[at];
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < rows->count; i++) {
        for (size_t at = 0; at < LEDGER_BALANCES; at++) {
            rows->taken_back[at] += left_out[i] ? rows->rows[i].amounts[at] : 0;
            rows->rows[i].after[at] -= rows->taken_back[at];
        }
        if (!left_out[i]) {
            rows->rows[kept++] = rows->rows[i];
        }
    }
    rows->count = kept;
}

static enum status finish(const struct history *history, const int64_t *now, struct arena *arena,
                          struct history_rows *rows)
{
    bool *left_out = arena_zeroed(arena, rows->count, sizeof *left_out);
    const enum status status = find_left_out(history, rows, arena, left_out);
    if (status == STATUS_OK) {
        settle(rows, left_out, now);
    }
    return status;
}

/* --- recent rows and pages --- */

enum status history_recent(const struct history *history, const json_t *item, struct arena *arena,
                           struct history_rows *rows)
{
    int64_t now[LEDGER_BALANCES] = {0};
    size_t room = 0, at;
    const json_t *value;
    *rows = (struct history_rows){0};
    json_array_foreach(dynamodb_l(item, "rc"), at, value)
    {
        size_t length;
        const void *bytes = dynamodb_value_b(value, arena, &length);
        if (bytes == NULL || !decode(history, bytes, length, arena, rows, &room)) {
            return STATUS_INTERNAL_ERROR;
        }
    }
    for (size_t i = 0; i < LEDGER_BALANCES && !history->is_stock; i++) {
        now[i] = dynamodb_n(item, balance_names[i]);
    }
    if (history->is_stock) {
        now[0] = dynamodb_n(item, "lv");
    }
    return finish(history, now, arena, rows);
}

static bool read_end(const struct history *history, const json_t *page, struct arena *arena, int64_t *now)
{
    size_t length;
    if (history->is_stock) {
        return dynamodb_get_n(page, "lv", &now[0]);
    }
    const void *bytes = dynamodb_b(page, "ba", arena, &length);
    struct packed_balances balances;
    if (bytes == NULL) {
        return false;
    }
    struct packed_reader reader = packed_reader(bytes, length);
    if (!packed_next_balances(&reader, &balances)) {
        return false;
    }
    memcpy(now, balances.balances, sizeof balances.balances);
    return true;
}

enum status history_page(const struct history *history, int64_t page, struct arena *arena,
                         struct history_rows *rows)
{
    const struct layout_key key = history->is_stock
                                      ? layout_history(history->store_key, history->product_key, page)
                                      : layout_entries(history->kind, &history->document, page);
    struct dynamodb_answer answer;
    const json_t *item;
    int64_t now[LEDGER_BALANCES] = {0};
    size_t room = 0, length;
    *rows = (struct history_rows){0};
    enum status status = ledger_dynamodb_get(history->ledger, &key, arena, &answer, &item);
    if (status == STATUS_OK) {
        const void *bytes = dynamodb_b(item, history->is_stock ? "mv" : "en", arena, &length);
        if (bytes == NULL || !read_end(history, item, arena, now) ||
            !decode(history, bytes, length, arena, rows, &room)) {
            status = STATUS_INTERNAL_ERROR;
        }
    }
    dynamodb_answer_free(&answer);
    return status == STATUS_OK ? finish(history, now, arena, rows) : status;
}

/* --- lists --- */

/* A cursor names the act of the last row and where that was: in which page, or, not yet in any, behind which
 * page it would be. */
static struct cursor place_of(const struct history_row *row, int64_t page, int64_t pages)
{
    struct cursor cursor = cursor_of(page > 0 ? page : -pages);
    cursor_add(&cursor, row->act.bytes, sizeof row->act.bytes);
    return cursor;
}

struct back {
    const struct history *history;
    struct arena *arena;
    int64_t page, pages; /* page 0: the recent rows; then from the last one down to 1 */
    struct history_rows rows;
    size_t left; /* rows that are not listed yet: the newest of them next */
};

/* Turns to the next older page; false at the end. */
static enum status turn(struct back *back, bool *turned)
{
    back->page = back->page == 0 ? back->pages : back->page - 1;
    *turned = back->page > 0;
    if (!*turned) {
        return STATUS_OK;
    }
    const enum status status = history_page(back->history, back->page, back->arena, &back->rows);
    back->left = back->rows.count;
    return status;
}

/* Goes behind the row of the cursor; where that is not there any more, to the end. */
static enum status seek(struct back *back, const struct cursor *after)
{
    const unsigned char *act = cursor_take(after, sizeof(int64_t), sizeof(struct id));
    const int64_t place = cursor_int(after, 0);
    bool turned = true;
    enum status status = STATUS_OK;
    if (place > 0 && place <= back->pages) {
        back->page = place + 1;
        status = turn(back, &turned);
    }
    while (status == STATUS_OK && turned && act != NULL) {
        while (back->left > 0) {
            if (memcmp(back->rows.rows[--back->left].act.bytes, act, sizeof(struct id)) == 0) {
                return STATUS_OK;
            }
        }
        status = turn(back, &turned);
    }
    return status;
}

enum status history_list(const struct history *history, const json_t *item, const struct cursor *after,
                         size_t limit, struct arena *arena, struct history_row *rows, size_t *count,
                         bool *has_more, struct cursor *next)
{
    struct back back = {.history = history, .arena = arena, .pages = dynamodb_n(item, "pg")};
    bool turned = true;
    *count = 0;
    *has_more = false;
    enum status status = history_recent(history, item, arena, &back.rows);
    back.left = back.rows.count;
    if (status == STATUS_OK && !cursor_is_start(after)) {
        status = seek(&back, after);
    }
    while (status == STATUS_OK && turned) {
        while (back.left > 0) {
            const struct history_row *row = &back.rows.rows[--back.left];
            if (row->reason[0] == '\0') {
                continue;
            }
            if (*count == limit) {
                *has_more = true;
                return STATUS_OK;
            }
            rows[(*count)++] = *row;
            *next = place_of(row, back.page, back.pages);
        }
        status = turn(&back, &turned);
    }
    return status;
}

enum status history_details(const struct ledger_dynamodb *ledger, const struct history_row *rows,
                            size_t count, struct arena *arena, const char **details)
{
    struct layout_key *keys = arena_alloc(arena, count * sizeof *keys);
    size_t asked = 0;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].maker == PACKED_ACT) {
            keys[asked++] = layout_act(&rows[i].act);
        }
    }
    memset(details, 0, count * sizeof *details);
    if (asked == 0) {
        return STATUS_OK;
    }
    struct dynamodb_items acts;
    const enum status status = ledger_dynamodb_get_all(ledger, keys, asked, arena, &acts);
    asked = 0;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        if (rows[i].maker == PACKED_ACT) {
            details[i] = ledger_dynamodb_copy(acts.items[asked++], "dt", arena);
        }
    }
    ledger_dynamodb_items_free(&acts);
    return status;
}
