#include "ledger/placed_record.h"

void placed_record_tell(const struct ledger_record *record, const struct placed_record *placed,
                        struct arena *arena, struct ledger_transaction *transaction)
{
    *transaction = (struct ledger_transaction){
        .id = record->id,
        .type = record->type,
        .store_key = record->store.key,
        .register_key = record->register_.key,
        .sequence = placed->sequence,
        .business_day = record->business_day,
        .created_at_ms = record->created_at_ms,
        .total_minor = record->total_minor,
        .has_shift = record->shift_id != NULL,
        .has_customer = record->customer_id != NULL,
        .has_original = record->original_id != NULL,
        .reversal = record->reversal,
        .flagged = record->flagged,
        .receipt_number = arena_copy(arena, placed->receipt_number),
        .hash = placed->hash,
        .record = placed->text,
        .record_length = placed->length,
    };
    if (record->shift_id != NULL) {
        transaction->shift_id = *record->shift_id;
    }
    if (record->customer_id != NULL) {
        transaction->customer_id = *record->customer_id;
    }
    if (record->original_id != NULL) {
        transaction->original_id = *record->original_id;
    }
}
