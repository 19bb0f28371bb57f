/*
 * The export of one person: a stream of pages, so that its size does not matter.
 *
 *     head ─▶ merged ─▶ entries ─▶ transactions ─▶ tail ─▶ end
 *
 * One page is in memory at a time. It is no snapshot: what is sold while it runs may be in it or not.
 */
#include "app/customers/customers.h"

#include "app/customers/customer_document.h"
#include "app/customers/customer_entries.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define PAGE 100

enum stage {
    STAGE_HEAD,
    STAGE_ENTRIES,
    STAGE_TRANSACTIONS,
    STAGE_TAIL,
    STAGE_END,
    STAGE_FAILED
};

struct outflow {
    const struct ledger *ledger;
    struct ledger_document customer;
    struct customer_ids ids;
    struct arena person; /* what lives as long as the export */
    struct arena page;   /* of one page */
    enum stage stage;
    size_t of;           /* whose entries, in `ids` */
    struct cursor after; /* in the list of the stage */
    bool first;          /* of an array: no comma before it */
    struct text text;
    size_t at; /* how much of the text is sent */
};

static void put(struct outflow *outflow, const char *string)
{
    text_add_string(&outflow->text, string);
}

static void separate(struct outflow *outflow)
{
    if (!outflow->first) {
        text_add_char(&outflow->text, ',');
    }
    outflow->first = false;
}

static void emit_customer(struct outflow *outflow, const struct ledger_document *document)
{
    struct json_writer json = json_writer(&outflow->text);
    customer_emit(&json, document);
}

static enum status write_head(struct outflow *outflow)
{
    char now[CLOCK_TEXT_SIZE];
    put(outflow, "{\"exported_at\":\"");
    put(outflow, clock_format(clock_now_ms(), now));
    put(outflow, "\",\"customer\":");
    emit_customer(outflow, &outflow->customer);
    put(outflow, ",\"merged\":[");
    outflow->first = true;
    for (size_t i = 1; i < outflow->ids.count; i++) {
        struct ledger_document merged;
        const enum status status = outflow->ledger->ops->document_read(
            outflow->ledger, LEDGER_CUSTOMER, &outflow->ids.ids[i], &outflow->page, &merged);
        if (status != STATUS_OK) {
            return status;
        }
        separate(outflow);
        emit_customer(outflow, &merged);
    }
    put(outflow, "],\"entries\":[");
    outflow->first = true;
    outflow->stage = STAGE_ENTRIES;
    return STATUS_OK;
}

static enum status write_entries(struct outflow *outflow)
{
    const struct ledger *ledger = outflow->ledger;
    struct ledger_entry_page page;
    const enum status status = ledger->ops->entry_list(ledger, LEDGER_CUSTOMER,
                                                       &outflow->ids.ids[outflow->of], &outflow->after, PAGE,
                                                       &outflow->page, &page);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < page.count; i++) {
        struct json_writer json = json_writer(&outflow->text);
        separate(outflow);
        customer_entry_emit(&json, &page.entries[i]);
    }
    outflow->after = page.has_more ? page.next : (struct cursor){0};
    if (!page.has_more && ++outflow->of == outflow->ids.count) {
        put(outflow, "],\"transactions\":[");
        outflow->first = true;
        outflow->stage = STAGE_TRANSACTIONS;
    }
    return STATUS_OK;
}

static enum status write_transactions(struct outflow *outflow)
{
    const struct ledger *ledger = outflow->ledger;
    const struct ledger_filter filter = {.customer_ids = outflow->ids.ids,
                                         .customer_count = outflow->ids.count};
    struct ledger_page page;
    const enum status status = ledger->ops->transaction_list(ledger, &filter, &outflow->after, PAGE,
                                                             &outflow->page, &page);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < page.count; i++) {
        separate(outflow);
        text_add(&outflow->text, page.transactions[i].record, page.transactions[i].record_length);
    }
    outflow->after = page.next;
    outflow->stage = page.has_more ? STAGE_TRANSACTIONS : STAGE_TAIL;
    return STATUS_OK;
}

static enum status write_tail(struct outflow *outflow)
{
    put(outflow, "]}\n");
    outflow->stage = STAGE_END;
    return STATUS_OK;
}

static void produce(struct outflow *outflow)
{
    static enum status (*const stages[])(struct outflow *) = {
        [STAGE_HEAD] = write_head,
        [STAGE_ENTRIES] = write_entries,
        [STAGE_TRANSACTIONS] = write_transactions,
        [STAGE_TAIL] = write_tail,
    };
    arena_reset(&outflow->page);
    outflow->text = arena_text(&outflow->page, 16384);
    outflow->at = 0;
    if (stages[outflow->stage](outflow) != STATUS_OK) {
        outflow->stage = STAGE_FAILED;
    }
}

static ssize_t stream_read(void *context, char *buffer, size_t size)
{
    struct outflow *outflow = context;
    while (outflow->at == outflow->text.length && outflow->stage < STAGE_END) {
        produce(outflow);
    }
    if (outflow->stage == STAGE_FAILED) {
        return -1;
    }
    const size_t left = outflow->text.length - outflow->at;
    const size_t part = left < size ? left : size;
    memcpy(buffer, outflow->text.data + outflow->at, part);
    outflow->at += part;
    return (ssize_t)part;
}

static void stream_close(void *context)
{
    struct outflow *outflow = context;
    arena_free(&outflow->page);
    arena_free(&outflow->person);
    free(outflow);
}

/* The document is kept in the export's own memory: the call's is gone when the stream is read. */
static enum status start(struct call *call, const struct id *id, struct outflow *outflow)
{
    struct arena *const arena = call->arena;
    call->arena = &outflow->person;
    const enum status status = customer_read_whole(call, id, &outflow->customer);
    call->arena = arena;
    if (status == STATUS_OK) {
        customer_all_ids(&outflow->customer, &outflow->ids);
    }
    return status;
}

enum status customers_export(struct call *call, const struct id *id)
{
    char text[ID_TEXT_SIZE];
    struct outflow *outflow = calloc(1, sizeof *outflow);
    if (outflow == NULL) {
        return STATUS_OVERLOADED;
    }
    arena_init(&outflow->person);
    arena_init(&outflow->page);
    outflow->ledger = call->app->ledger;
    const enum status status = start(call, id, outflow);
    if (status != STATUS_OK) {
        stream_close(outflow);
        return status;
    }
    call->answer.stream = stream_read;
    call->answer.stream_close = stream_close;
    call->answer.stream_context = outflow;
    call->answer.content_disposition = arena_printf(call->arena, "attachment; filename=\"customer-%s.json\"",
                                                    id_format(id, text));
    return STATUS_OK;
}
