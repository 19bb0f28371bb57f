#include "ledger/dynamodb/outbox.h"

#include "base/clock.h"
#include "base/log.h"
#include "ledger/dynamodb/lease.h"
#include "ledger/dynamodb/record_items.h"
#include "ledger/dynamodb/stream.h"
#include "ledger/dynamodb/work.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILTERS_MAX   8 /* different ones in a process */
#define NAME_SIZE     96
#define UNTIL_SIZE    32
#define RENEW_MS      (LEDGER_DYNAMODB_LEASE_MS / 2)
#define LATEST_US     9999999999999999 /* 16 digits: the year 2286 */
#define PAGES_MAX     20               /* of one line that are looked through for events of the filter */
#define WAITING       "if"
#define UNREADABLE_MS 3600000 /* later, what cannot be read is looked at again */

/* What this process knows of the lease of a filter. */
struct line {
    char name[NAME_SIZE];
    int64_t taken_us; /* 0: it is not ours */
    int64_t rest_us;  /* until then there is nothing to do: it was empty, or is another one's */
};

struct outbox {
    pthread_mutex_t mutex;
    int64_t lively_us; /* something was put in, or waited, the last time */
    int64_t rest_us;   /* until then nothing waits, as far as is known */
    struct line lines[FILTERS_MAX];
    size_t count;
};

void outbox_shard(const struct id *id, char shard[static OUTBOX_SHARD_SIZE])
{
    snprintf(shard, OUTBOX_SHARD_SIZE, "%d", id->bytes[15] % OUTBOX_SHARDS);
}

void outbox_due(int64_t due_us, const struct id *id, char due[static OUTBOX_DUE_SIZE])
{
    char text[ID_TEXT_SIZE];
    due_us = due_us < 0 ? 0 : due_us > LATEST_US ? LATEST_US : due_us;
    snprintf(due, OUTBOX_DUE_SIZE, "%016" PRId64 "#%s", due_us, id_format(id, text));
}

void outbox_due_at(int64_t due_ms, const struct id *id, char due[static OUTBOX_DUE_SIZE])
{
    outbox_due(due_ms > LATEST_US / 1000 ? LATEST_US : due_ms * 1000, id, due);
}

int64_t outbox_due_ms(const char *due)
{
    return due == NULL ? 0 : strtoll(due, NULL, 10) / 1000;
}

enum status outbox_open(struct outbox **outbox)
{
    *outbox = calloc(1, sizeof **outbox);
    if (*outbox == NULL) {
        return STATUS_INTERNAL_ERROR;
    }
    pthread_mutex_init(&(*outbox)->mutex, NULL);
    (*outbox)->lively_us = clock_monotonic_us();
    return STATUS_OK;
}

void outbox_close(const struct ledger_dynamodb *ledger, struct outbox *outbox)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; outbox != NULL && i < outbox->count; i++) {
        if (outbox->lines[i].taken_us != 0) {
            lease_give_back(ledger, outbox->lines[i].name, &arena);
        }
    }
    if (outbox != NULL) {
        pthread_mutex_destroy(&outbox->mutex);
    }
    free(outbox);
    arena_free(&arena);
}

void outbox_stir(struct outbox *outbox)
{
    pthread_mutex_lock(&outbox->mutex);
    outbox->lively_us = clock_monotonic_us();
    outbox->rest_us = 0;
    for (size_t i = 0; i < outbox->count; i++) {
        outbox->lines[i].rest_us = outbox->lines[i].taken_us == 0 ? outbox->lines[i].rest_us : 0;
    }
    pthread_mutex_unlock(&outbox->mutex);
}

/* --- whose turn it is --- */

static void append(char *name, const char *sign, const char *text)
{
    const size_t length = strlen(name);
    snprintf(name + length, NAME_SIZE - length, "%s%s", sign, text);
}

static void name_of(const struct ledger_outbox_filter *filter, char name[static NAME_SIZE])
{
    snprintf(name, NAME_SIZE, "outbox");
    for (size_t i = 0; i < LEDGER_TYPES_MAX && filter->only[i] != NULL; i++) {
        append(name, "+", filter->only[i]);
    }
    for (size_t i = 0; i < LEDGER_TYPES_MAX && filter->except[i] != NULL; i++) {
        append(name, "-", filter->except[i]);
    }
}

/* The line of a filter; NULL: there are too many, and each look asks for the lease. */
static struct line *line_of(struct outbox *outbox, const char *name)
{
    for (size_t i = 0; i < outbox->count; i++) {
        if (strcmp(outbox->lines[i].name, name) == 0) {
            return &outbox->lines[i];
        }
    }
    if (outbox->count == FILTERS_MAX) {
        return NULL;
    }
    struct line *line = &outbox->lines[outbox->count++];
    snprintf(line->name, sizeof line->name, "%s", name);
    return line;
}

static void set_line(struct outbox *outbox, const char *name, bool taken)
{
    pthread_mutex_lock(&outbox->mutex);
    struct line *line = line_of(outbox, name);
    if (line != NULL) {
        const int64_t now_us = clock_monotonic_us();
        line->taken_us = taken ? now_us : 0;
        line->rest_us = taken ? 0 : now_us + RENEW_MS * 1000;
    }
    pthread_mutex_unlock(&outbox->mutex);
}

/* STATUS_NOT_FOUND: it is another one's turn, or there was nothing a moment ago. */
static enum status take_turn(const struct ledger_dynamodb *ledger, const char *name, struct arena *arena)
{
    const int64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(&ledger->outbox->mutex);
    const struct line *line = line_of(ledger->outbox, name);
    const bool rests = line != NULL && now_us < line->rest_us;
    const bool taken = line != NULL && line->taken_us != 0 && now_us - line->taken_us < RENEW_MS * 1000;
    const bool calm = now_us < ledger->outbox->rest_us;
    pthread_mutex_unlock(&ledger->outbox->mutex);
    if (rests || (taken && calm)) {
        return STATUS_NOT_FOUND;
    }
    if (taken) {
        return STATUS_OK;
    }
    const enum status status = lease_take(ledger, name, arena);
    set_line(ledger->outbox, name, status == STATUS_OK);
    return status == STATUS_OK && calm ? STATUS_NOT_FOUND : status;
}

/* Nothing was found for this line; and nothing for any, or `any` was. `due_in_us`: until the next one is due. */
static void rest(struct outbox *outbox, const char *name, bool any, int64_t due_in_us)
{
    pthread_mutex_lock(&outbox->mutex);
    const int64_t now_us = clock_monotonic_us();
    const bool is_lively = any || now_us - outbox->lively_us < OUTBOX_LIVELY_MS * 1000LL;
    int64_t rest_us = (is_lively ? OUTBOX_BUSY_MS : OUTBOX_CALM_MS) * 1000LL;
    rest_us = due_in_us < rest_us ? due_in_us : rest_us;
    struct line *line = line_of(outbox, name);
    if (any && line != NULL) {
        line->rest_us = now_us + rest_us;
    } else if (!any) {
        outbox->rest_us = now_us + rest_us;
    }
    pthread_mutex_unlock(&outbox->mutex);
}

/* --- what waits --- */

struct waiting {
    struct id id;
    char due[OUTBOX_DUE_SIZE];
};

static bool wants(const struct ledger_outbox_filter *filter, const char *type)
{
    bool wanted = filter->only[0] == NULL;
    for (size_t i = 0; i < LEDGER_TYPES_MAX && filter->only[i] != NULL; i++) {
        wanted |= strcmp(filter->only[i], type) == 0;
    }
    for (size_t i = 0; i < LEDGER_TYPES_MAX && filter->except[i] != NULL; i++) {
        wanted &= strcmp(filter->except[i], type) != 0;
    }
    return wanted;
}

static size_t take_item(const json_t *item, const struct ledger_outbox_filter *filter, size_t limit,
                        struct waiting *waiting, size_t count)
{
    const char *pk = dynamodb_s(item, "pk"), *type = dynamodb_s(item, "ty"), *due = dynamodb_s(item, "du");
    if (count < limit && pk != NULL && type != NULL && due != NULL && wants(filter, type) && strlen(pk) > 2 &&
        id_parse(pk + 2, &waiting[count].id)) {
        snprintf(waiting[count++].due, sizeof waiting->due, "%s", due);
    }
    return count;
}

/* What is due now has a `du` up to this. */
static void write_until(const struct ledger_dynamodb *ledger, char until[static UNTIL_SIZE])
{
    snprintf(until, UNTIL_SIZE, "%016" PRId64 "~", ledger_dynamodb_now_ms(ledger) * 1000 + 999);
}

/* All that waits, of whatever line and filter. */
struct look {
    struct waiting *waiting; /* room for LEDGER_PAGE_MAX: what is due, and of the filter */
    size_t count;
    bool is_whole;     /* there is no more than that */
    bool any;          /* something is due */
    int64_t due_in_us; /* the next of what is not */
};

static enum status look_at_all(const struct ledger_dynamodb *ledger,
                               const struct ledger_outbox_filter *filter, struct arena *arena,
                               struct look *look)
{
    const struct dynamodb_query query = {
        .table = LAYOUT_TRANSACTIONS, .index = "outbox", .limit = LEDGER_PAGE_MAX};
    struct dynamodb_answer answer;
    char until[UNTIL_SIZE];
    const json_t *item;
    size_t at;
    write_until(ledger, until);
    *look = (struct look){.waiting = arena_zeroed(arena, LEDGER_PAGE_MAX, sizeof *look->waiting),
                          .due_in_us = INT64_MAX};
    const enum status status = ledger_dynamodb_scan_page(ledger, &query, 0, arena, &answer);
    look->is_whole = json_object_get(answer.json, "LastEvaluatedKey") == NULL;
    json_array_foreach(json_object_get(answer.json, "Items"), at, item)
    {
        const char *due = dynamodb_s(item, "du");
        if (due != NULL && strcmp(due, until) <= 0) {
            look->any = true;
            look->count = take_item(item, filter, LEDGER_PAGE_MAX, look->waiting, look->count);
        } else if (due != NULL) {
            const int64_t in_us = (outbox_due_ms(due) - ledger_dynamodb_now_ms(ledger)) * 1000;
            look->due_in_us = in_us < look->due_in_us ? in_us : look->due_in_us;
        }
    }
    dynamodb_answer_free(&answer);
    return status;
}

/* The first `limit` of one line. */
static enum status look_at(const struct ledger_dynamodb *ledger, int shard,
                           const struct ledger_outbox_filter *filter, size_t limit, struct arena *arena,
                           struct waiting *waiting, size_t *count)
{
    char hash[OUTBOX_SHARD_SIZE], until[UNTIL_SIZE];
    snprintf(hash, sizeof hash, "%d", shard);
    write_until(ledger, until);
    struct dynamodb_query query = {.table = LAYOUT_TRANSACTIONS,
                                   .index = "outbox",
                                   .hash_name = "ob",
                                   .hash = hash,
                                   .range_name = "du",
                                   .to = until,
                                   .limit = LEDGER_PAGE_MAX};
    json_t *after = NULL;
    enum status status = STATUS_OK;
    *count = 0;
    for (int page = 0; page < PAGES_MAX && status == STATUS_OK && *count < limit; page++) {
        struct dynamodb_answer answer;
        query.after = after;
        status = ledger_dynamodb_query(ledger, &query, arena, &answer);
        json_decref(after);
        after = json_incref(json_object_get(answer.json, "LastEvaluatedKey"));
        const json_t *item;
        size_t at;
        json_array_foreach(json_object_get(answer.json, "Items"), at, item)
        {
            *count = take_item(item, filter, limit, waiting, *count);
        }
        dynamodb_answer_free(&answer);
        if (after == NULL) {
            break;
        }
    }
    json_decref(after);
    return status;
}

/* More waits than one look tells: line by line, the first of each. */
static enum status look_at_lines(const struct ledger_dynamodb *ledger,
                                 const struct ledger_outbox_filter *filter, size_t limit, struct arena *arena,
                                 struct look *look)
{
    enum status status = STATUS_OK;
    look->waiting = arena_zeroed(arena, OUTBOX_SHARDS * limit, sizeof *look->waiting);
    look->count = 0;
    look->any = true;
    for (int shard = 0; status == STATUS_OK && shard < OUTBOX_SHARDS; shard++) {
        size_t more;
        status = look_at(ledger, shard, filter, limit, arena, look->waiting + look->count, &more);
        look->count += more;
    }
    return status;
}

static int by_due(const void *a, const void *b)
{
    return strcmp(((const struct waiting *)a)->due, ((const struct waiting *)b)->due);
}

/* --- events --- */

static enum status postpone(const struct ledger_dynamodb *ledger, const struct ledger_delivery *delivery,
                            struct arena *arena)
{
    const struct layout_key key = layout_event(&delivery->id);
    char due[OUTBOX_DUE_SIZE];
    struct dynamodb_request request;
    struct dynamodb_answer answer;
    struct json_writer *json = dynamodb_begin(&request, arena, DYNAMODB_UPDATE_ITEM);
    const int64_t in_ms = delivery->retry_at_ms - clock_now_ms(); /* by the clock of who delivers */
    outbox_due_at(ledger_dynamodb_now_ms(ledger) + in_ms, &delivery->id, due);
    ledger_dynamodb_name_item(ledger, json, &key);
    emit_member_string(json, "UpdateExpression", "SET tr = tr + :one, du = :du");
    emit_member_string(json, "ConditionExpression", "attribute_exists(pk)");
    dynamodb_begin_map(json, "ExpressionAttributeValues");
    dynamodb_put_n(json, ":one", 1);
    dynamodb_put_s(json, ":du", due);
    dynamodb_end_map(json);
    const enum dynamodb_outcome outcome = dynamodb_send(ledger->client, &request, &answer);
    dynamodb_answer_free(&answer);
    return outcome == DYNAMODB_CONDITION_FAILED ? STATUS_OK : dynamodb_status(outcome);
}

/* An event that cannot be told now holds nobody up: it comes back later, as it may be mended. */
static void set_aside(const struct ledger_dynamodb *ledger, const struct id *id, const char *reason,
                      struct arena *arena)
{
    const struct ledger_delivery later = {.id = *id, .retry_at_ms = clock_now_ms() + UNREADABLE_MS};
    char text[ID_TEXT_SIZE];
    struct log_line line = log_begin(LOG_ERROR, "outbox_event_unreadable");
    log_text(&line, "event", id_format(id, text));
    log_text(&line, "reason", reason);
    log_end(&line);
    (void)postpone(ledger, &later, arena); /* or it is met again in the next look */
}

/* Whether an event, or an act, is of this try at a large act. */
static bool is_of_intent(const json_t *item, const struct id *intent)
{
    struct id of;
    return ledger_dynamodb_id(item, "iw", &of) && id_equal(&of, intent);
}

enum status outbox_judge(const struct ledger_dynamodb *ledger, const json_t *event, struct arena *arena,
                         enum outbox_standing *standing)
{
    const char *pk = dynamodb_s(event, WAITING);
    struct layout_key act = {.table = LAYOUT_TRANSACTIONS}, work = {.table = LAYOUT_TRANSACTIONS, .pk = "I"};
    struct dynamodb_answer answer;
    struct id intent = {{0}};
    const json_t *item;
    *standing = OUTBOX_COUNTS;
    if (pk == NULL) {
        return STATUS_OK;
    }
    (void)ledger_dynamodb_id(event, "iw", &intent);
    snprintf(act.pk, sizeof act.pk, "%s", pk);
    snprintf(act.sk, sizeof act.sk, "%c", pk[0]);
    snprintf(work.sk, sizeof work.sk, "%s", pk);
    enum status status = ledger_dynamodb_get(ledger, &work, arena, &answer, &item);
    const bool under_way = item != NULL; /* asked first: it goes when the act comes */
    dynamodb_answer_free(&answer);
    if (status == STATUS_OK) {
        status = ledger_dynamodb_get(ledger, &act, arena, &answer, &item);
        *standing = is_of_intent(item, &intent) ? OUTBOX_COUNTS : under_way ? OUTBOX_WAITS : OUTBOX_IS_VOID;
        dynamodb_answer_free(&answer);
    }
    return status;
}

/* What is void goes. */
static bool counts(const struct ledger_dynamodb *ledger, const json_t *event, const struct id *id,
                   struct arena *arena)
{
    enum outbox_standing standing;
    const enum status status = outbox_judge(ledger, event, arena, &standing);
    if (status == STATUS_OK && standing == OUTBOX_IS_VOID) {
        const struct layout_key key = layout_event(id);
        (void)work_delete(ledger, &key, arena);
    }
    return status == STATUS_OK && standing == OUTBOX_COUNTS;
}

/* Reads an event from its item; `record` is the key of its record, when that is what it carries. False: it is
 * gone, not due, or damaged. */
static bool read_event(const struct ledger_dynamodb *ledger, const json_t *item,
                       const struct waiting *waiting, struct arena *arena, struct ledger_outbox_event *event,
                       struct id *record)
{
    const char *due = dynamodb_s(item, "du");
    size_t length;
    if (due == NULL || strcmp(due, waiting->due) != 0 || !counts(ledger, item, &waiting->id, arena)) {
        return false;
    }
    *event = (struct ledger_outbox_event){
        .id = waiting->id,
        .type = ledger_dynamodb_copy(item, "ty", arena),
        .at_ms = dynamodb_n(item, "at"),
        .attempts = dynamodb_n(item, "tr"),
    };
    const void *packed = dynamodb_b(item, "dt", arena, &length);
    const bool readable = packed != NULL
                              ? packed_text_read(arena, packed, length, &event->data, &event->data_length)
                              : ledger_dynamodb_id(item, "rec", record);
    if (!readable) {
        set_aside(ledger, &waiting->id, "damaged", arena);
    }
    return readable;
}

/* Gives the events their records. Those whose record cannot be read are left out. */
static enum status read_records(const struct ledger_dynamodb *ledger, struct arena *arena,
                                struct ledger_outbox_event *events, const struct id *records, size_t *count)
{
    struct layout_key *keys = arena_zeroed(arena, *count, sizeof *keys);
    size_t *of = arena_zeroed(arena, *count, sizeof *of);
    size_t asked = 0;
    for (size_t i = 0; i < *count; i++) {
        bool before = false;
        for (size_t j = 0; events[i].data == NULL && j < i && !before; j++) {
            before = events[j].data == NULL && id_equal(&records[j], &records[i]);
            of[i] = before ? of[j] : of[i];
        }
        if (events[i].data == NULL && !before) {
            of[i] = asked;
            keys[asked++] = layout_record(&records[i]);
        }
    }
    struct dynamodb_items found;
    enum status status = ledger_dynamodb_get_all(ledger, keys, asked, arena, &found);
    size_t readable = 0;
    for (size_t i = 0; status == STATUS_OK && i < *count; i++) {
        struct ledger_outbox_event event = events[i];
        if (event.data == NULL) {
            const json_t *item = found.items[of[i]];
            struct ledger_transaction record;
            status = record_items_read(ledger, item, arena, &record);
            if (status == STATUS_INTERNAL_ERROR) {
                status = STATUS_OK;
                set_aside(ledger, &event.id, item == NULL ? "no_record" : "damaged_record", arena);
                continue;
            }
            if (status != STATUS_OK) {
                break;
            }
            event.data = record.record;
            event.data_length = record.record_length;
        }
        events[readable++] = event;
    }
    *count = readable;
    ledger_dynamodb_items_free(&found);
    return status;
}

/* The index lags: the events themselves say whether they still wait. */
static enum status read_events(const struct ledger_dynamodb *ledger, const struct waiting *waiting,
                               size_t waiting_count, struct arena *arena, struct ledger_outbox_event *events,
                               size_t *count)
{
    struct layout_key *keys = arena_zeroed(arena, waiting_count, sizeof *keys);
    struct id *records = arena_zeroed(arena, waiting_count, sizeof *records);
    struct dynamodb_items found;
    for (size_t i = 0; i < waiting_count; i++) {
        keys[i] = layout_event(&waiting[i].id);
    }
    const enum status status = ledger_dynamodb_get_all(ledger, keys, waiting_count, arena, &found);
    for (size_t i = 0; status == STATUS_OK && i < waiting_count; i++) {
        *count += read_event(ledger, found.items[i], &waiting[i], arena, &events[*count], &records[*count]);
    }
    ledger_dynamodb_items_free(&found);
    return status == STATUS_OK ? read_records(ledger, arena, events, records, count) : status;
}

/* What does not count, as the events of a large act under way, takes no place of what does. */
static enum status read_slices(const struct ledger_dynamodb *ledger, const struct waiting *waiting,
                               size_t found, size_t limit, struct arena *arena,
                               struct ledger_outbox_event *events, size_t *count)
{
    enum status status = STATUS_OK;
    for (size_t from = 0, size; status == STATUS_OK && *count < limit && from < found; from += size) {
        size_t more = 0;
        size = found - from < limit - *count ? found - from : limit - *count;
        status = read_events(ledger, waiting + from, size, arena, events + *count, &more);
        *count += status == STATUS_OK ? more : 0;
    }
    return status;
}

enum status ledger_dynamodb_outbox_take(const struct ledger *port, const struct ledger_outbox_filter *filter,
                                        size_t limit, struct arena *arena,
                                        struct ledger_outbox_event **events, size_t *count)
{
    const struct ledger_dynamodb *ledger = ledger_dynamodb_of(port);
    char name[NAME_SIZE];
    *events = arena_zeroed(arena, limit, sizeof **events);
    *count = 0;
    if (ledger->keeper == NULL) {
        return STATUS_STORAGE_UNAVAILABLE;
    }
    name_of(filter, name);
    enum status status = take_turn(ledger, name, arena);
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    struct look look;
    status = look_at_all(ledger, filter, arena, &look);
    if (status == STATUS_OK && !look.is_whole) {
        status = look_at_lines(ledger, filter, limit, arena, &look);
    }
    if (status == STATUS_OK && look.count > 0) {
        qsort(look.waiting, look.count, sizeof *look.waiting, by_due);
        status = read_slices(ledger, look.waiting, look.count, limit, arena, *events, count);
    } else if (status == STATUS_OK) {
        rest(ledger->outbox, name, look.any, look.due_in_us);
    }
    return status;
}

/* --- settling --- */

enum status ledger_dynamodb_outbox_settle(const struct ledger *port, const struct ledger_delivery *deliveries,
                                          size_t count)
{
    const struct ledger_dynamodb *ledger = ledger_dynamodb_of(port);
    enum status status = ledger->keeper == NULL ? STATUS_STORAGE_UNAVAILABLE : STATUS_OK;
    struct arena arena;
    arena_init(&arena);
    struct layout_key *done = arena_zeroed(&arena, count, sizeof *done);
    size_t done_count = 0;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        if (deliveries[i].delivered) {
            done[done_count++] = layout_event(&deliveries[i].id);
        } else {
            status = postpone(ledger, &deliveries[i], &arena);
        }
    }
    if (status == STATUS_OK) {
        status = ledger_dynamodb_delete_all(ledger, done, done_count, &arena);
    }
    if (status == STATUS_OK) {
        outbox_stir(ledger->outbox);
    }
    arena_free(&arena);
    return status;
}
