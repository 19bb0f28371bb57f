/*
 * Events: put in the outbox by the act that they tell of.
 */
#include "ledger/dynamodb/acting.h"

#include "ledger/dynamodb/outbox.h"

void acting_event_put(struct acting *acting, struct transact *transact, const struct ledger_event *event,
                      size_t index)
{
    const struct layout_key key = layout_event(&event->id);
    char shard[OUTBOX_SHARD_SIZE], due[OUTBOX_DUE_SIZE];
    struct json_writer *json = transact_put(transact, EFFECT_EVENT, index, &key);
    outbox_shard(&event->id, shard);
    outbox_due(acting->at_us + (int64_t)(index < LEDGER_EVENTS_MAX ? index : LEDGER_EVENTS_MAX), &event->id,
               due);
    dynamodb_put_s(json, "ty", event->type);
    dynamodb_put_n(json, "at", acting->act->at_ms);
    dynamodb_put_n(json, "tr", 0);
    dynamodb_put_s(json, "ob", shard);
    dynamodb_put_s(json, "du", due);
    if (event->data == NULL) {
        ledger_dynamodb_put_id(json, "rec", &acting->act->records[event->record].id);
    } else {
        const void *packed;
        size_t length;
        packed_text(acting->arena, event->data, event->data_length, &packed, &length);
        dynamodb_put_b(json, "dt", packed, length);
    }
    if (acting->large) {
        const struct layout_key of = acting->act->record_count > 0 ? layout_record(&acting->id)
                                                                   : layout_act(&acting->id);
        dynamodb_put_s(json, "if", of.pk);
        ledger_dynamodb_put_id(json, "iw", &acting->intent);
    }
    transact_condition(transact, "attribute_not_exists(pk)");
    transact_end(transact);
}

void acting_events_write(struct acting *acting, struct transact *transact)
{
    for (size_t i = 0; i < acting->act->event_count; i++) {
        acting_event_put(acting, transact, &acting->act->events[i], i);
    }
}

enum verdict acting_event_judge(struct acting *acting)
{
    acting->refused = STATUS_ID_TAKEN;
    return VERDICT_REFUSED;
}
