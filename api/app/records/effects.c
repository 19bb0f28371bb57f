#include "app/records/effects.h"

#include <stdlib.h>
#include <string.h>

void effects_move(struct effects *effects, const struct ledger_movement *movement)
{
    if (effects->movement_count == LEDGER_MOVEMENTS_MAX) {
        __builtin_trap(); /* two records of LEDGER_LINES_MAX lines are all that an act has */
    }
    effects->movements[effects->movement_count++] = *movement;
}

static bool is_empty(const struct ledger_posting *posting)
{
    for (size_t i = 0; i < LEDGER_BALANCES; i++) {
        if (posting->amounts[i] != 0) {
            return false;
        }
    }
    return posting->required_state == NULL;
}

/* Amounts add up; of the floors the higher one holds. */
static void merge(struct ledger_posting *into, const struct ledger_posting *posting)
{
    for (size_t i = 0; i < LEDGER_BALANCES; i++) {
        into->amounts[i] += posting->amounts[i];
        if (into->floors[i] < posting->floors[i]) {
            into->floors[i] = posting->floors[i];
        }
    }
    if (into->required_state == NULL) {
        into->required_state = posting->required_state;
    }
}

enum status effects_post(struct call *call, struct effects *effects, const struct ledger_posting *posting,
                         const struct gift_card *card)
{
    for (size_t i = 0; i < effects->posting_count; i++) {
        struct ledger_posting *before = &effects->postings[i];
        if (before->kind == posting->kind && id_equal(&before->id, &posting->id)) {
            merge(before, posting);
            return STATUS_OK;
        }
    }
    if (is_empty(posting)) {
        return STATUS_OK;
    }
    if (effects->posting_count == LEDGER_POSTINGS_MAX) {
        return detail_fault(&call->detail, "", "too_many", "No more than %d gift cards can be in it.",
                            LEDGER_POSTINGS_MAX - 2);
    }
    if (card != NULL) {
        effects->cards[effects->posting_count] = *card;
    }
    effects->postings[effects->posting_count++] = *posting;
    return STATUS_OK;
}

int64_t effects_posted(const struct effects *effects, enum ledger_kind kind, const struct id *id,
                       size_t balance)
{
    for (size_t i = 0; i < effects->posting_count; i++) {
        if (effects->postings[i].kind == kind && id_equal(&effects->postings[i].id, id)) {
            return effects->postings[i].amounts[balance];
        }
    }
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const struct ledger_movement *left = a, *right = b;
    if (left->store.key != right->store.key) {
        return left->store.key < right->store.key ? -1 : 1;
    }
    return (left->product.key > right->product.key) - (left->product.key < right->product.key);
}

static bool is_same_place(const struct ledger_movement *a, const struct ledger_movement *b)
{
    return a->store.key == b->store.key && a->product.key == b->product.key;
}

/* What comes back and goes out again in an exchange is one movement of that name. */
static void add_movement(struct ledger_movement *into, const struct ledger_movement *movement)
{
    if (strcmp(into->reason, movement->reason) != 0) {
        into->reason = "exchange";
    }
    into->quantity += movement->quantity; /* of at most LEDGER_LINES_MAX × QUANTITY_MAX each way */
    into->total_minor += movement->total_minor;
    into->deny_oversell = into->deny_oversell || movement->deny_oversell;
    if (into->low_at == LEDGER_NO_LEVEL) {
        into->low_at = movement->low_at;
    }
}

void effects_end(struct effects *effects, struct ledger_act *act)
{
    qsort(effects->movements, effects->movement_count, sizeof effects->movements[0], by_place);
    size_t kept = 0;
    for (size_t i = 0; i < effects->movement_count; i++) {
        if (kept > 0 && is_same_place(&effects->movements[kept - 1], &effects->movements[i])) {
            add_movement(&effects->movements[kept - 1], &effects->movements[i]);
        } else {
            effects->movements[kept++] = effects->movements[i];
        }
    }
    effects->movement_count = kept;
    act->movements = effects->movements;
    act->movement_count = kept;
    act->postings = effects->postings;
    act->posting_count = effects->posting_count;
}
