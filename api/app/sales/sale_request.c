#include "app/records/fingerprint.h"
#include "app/sales/sale.h"
#include "base/clock.h"

#include "app/json_member.h"
enum status sale_read(struct call *call, const json_t *request, struct sale *sale)
{
    *sale = (struct sale){
        .request = request,
        .fingerprint = fingerprint_of_request(request),
        .points = json_integer_value(json_object_get(request, "loyalty_points")),
        .expected_total = json_integer_value(json_object_get(request, "expected_total")),
    };
    if (!member_id(request, "id", &sale->id)) {
        sale->id = id_new();
    }
    sale->has_shift = member_id(request, "shift_id", &sale->shift_id);
    sale->has_customer = member_id(request, "customer_id", &sale->customer_id);
    sale->has_parked_cart = member_id(request, "parked_cart_id", &sale->parked_cart_id);
    const json_t *offline = json_object_get(request, "offline");
    if (offline != NULL) {
        sale->is_offline = true;
        sale->offline.quote = json_object_get(offline, "quote");
        sale->offline.receipt_number = json_string_value(json_object_get(offline, "receipt_number"));
        (void)clock_parse(json_string_value(json_object_get(offline, "captured_at")),
                          &sale->offline.captured_at_ms);
        if (sale->offline.captured_at_ms <= 0) {
            sale->offline.captured_at_ms = 1; /* a clock that begins in 1970, or before; it is flagged */
        }
    }
    sale->has_previous = transaction_draft_previous(request, &sale->previous);
    return tenders_read(call, json_object_get(request, "tenders"), "/tenders", &sale->tenders);
}
