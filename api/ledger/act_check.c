#include "ledger/act_check.h"

#include "base/log.h"

#include <string.h>

static bool within_limits(const struct ledger_act *act)
{
    return act->record_count <= LEDGER_RECORDS_MAX && act->movement_count <= LEDGER_MOVEMENTS_MAX &&
           act->posting_count <= LEDGER_POSTINGS_MAX && act->write_count <= LEDGER_WRITES_MAX &&
           act->event_count <= LEDGER_EVENTS_MAX;
}

static bool records_fit(const struct ledger_act *act)
{
    for (size_t i = 0; i < act->record_count; i++) {
        const struct ledger_record *record = &act->records[i];
        if (record->draft == NULL || record->draft->complete_size > LEDGER_RECORD_MAX ||
            (record->original_id == NULL) != (record->reversal == 0)) {
            return false;
        }
    }
    return act->record_count == 0 || id_equal(&act->id, &act->records[0].id);
}

static bool movements_ascend(const struct ledger_act *act)
{
    for (size_t i = 1; i < act->movement_count; i++) {
        const struct ledger_movement *before = &act->movements[i - 1], *movement = &act->movements[i];
        if (before->store.key > movement->store.key ||
            (before->store.key == movement->store.key && before->product.key >= movement->product.key)) {
            return false;
        }
    }
    return true;
}

static bool is_named(const struct ledger_act *act)
{
    static const struct id none;
    return !id_equal(&act->id, &none);
}

/* An entry refers to its act, so that has an id. */
static bool postings_fit(const struct ledger_act *act)
{
    for (size_t i = 0; i < act->posting_count; i++) {
        if (act->postings[i].reason != NULL && !is_named(act)) {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (act->postings[i].kind == act->postings[j].kind &&
                id_equal(&act->postings[i].id, &act->postings[j].id)) {
                return false;
            }
        }
    }
    return true;
}

static bool has_posting(const struct ledger_act *act, const struct ledger_document *document)
{
    for (size_t i = 0; i < act->posting_count; i++) {
        if (act->postings[i].kind == document->kind && id_equal(&act->postings[i].id, &document->id)) {
            return true;
        }
    }
    return false;
}

/* A document that is new comes with its balances, one that goes is not posted to. */
static bool write_fits(const struct ledger_act *act, size_t at)
{
    const struct ledger_write *write = &act->writes[at];
    for (size_t i = 0; i < at; i++) {
        if (act->writes[i].document.kind == write->document.kind &&
            id_equal(&act->writes[i].document.id, &write->document.id)) {
            return false;
        }
    }
    if (write->key_count > LEDGER_KEYS_MAX || write->term_count > LEDGER_TERMS_MAX ||
        write->document.body_length > LEDGER_BODY_MAX) {
        return false;
    }
    for (size_t i = 0; i < write->key_count; i++) {
        if (strlen(write->keys[i]) > LEDGER_KEY_MAX) {
            return false;
        }
    }
    if ((write->reason != NULL && (write->expected_version > 0 || !is_named(act))) ||
        (write->forget && write->expected_version == 0)) {
        return false;
    }
    if (write->remove) {
        return write->expected_version > 0 && !has_posting(act, &write->document);
    }
    return write->document.body != NULL && write->document.state != NULL &&
           strlen(write->document.state) <= LEDGER_STATE_MAX &&
           (write->expected_version > 0 || !has_posting(act, &write->document));
}

static bool events_fit(const struct ledger_act *act)
{
    for (size_t i = 0; i < act->event_count; i++) {
        if (act->events[i].data == NULL && act->events[i].record >= act->record_count) {
            return false;
        }
    }
    return true;
}

static const char *fault_of(const struct ledger_act *act)
{
    if (!within_limits(act)) {
        return "too many effects";
    }
    if (!records_fit(act)) {
        return "a record is incomplete, or too large";
    }
    if (!movements_ascend(act)) {
        return "the movements do not ascend";
    }
    if (!postings_fit(act)) {
        return "two postings to one document, or a reason without an id of the act";
    }
    for (size_t i = 0; i < act->write_count; i++) {
        if (!write_fits(act, i)) {
            return "a write is incomplete, or its document is touched twice";
        }
    }
    return events_fit(act) ? NULL : "an event has no data";
}

enum status ledger_act_check(const struct ledger_act *act)
{
    const char *fault = fault_of(act);
    if (fault == NULL) {
        return STATUS_OK;
    }
    struct log_line line = log_begin(LOG_ERROR, "ledger_act_refused");
    log_text(&line, "act", act->name);
    log_text(&line, "fault", fault);
    log_end(&line);
    return STATUS_INTERNAL_ERROR;
}
