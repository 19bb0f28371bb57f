#include "app/kept_answer.h"

struct ledger_answer kept_answer_of(const struct call *call)
{
    return (struct ledger_answer){
        .http_status = call->answer.http_status == 0 ? 200 : call->answer.http_status,
        .location = call->answer.location,
        .etag = call->answer.etag,
        .body = call->answer.body,
        .body_length = call->answer.body_length,
    };
}

bool kept_answer_replay(struct call *call, const struct ledger_outcome *outcome)
{
    call->answer.replayed = true;
    if (outcome->answer.body == NULL || outcome->answer.body_length == 0) {
        return false;
    }
    call->answer.http_status = outcome->answer.http_status;
    call->answer.location = outcome->answer.location;
    call->answer.etag = outcome->answer.etag;
    call->answer.body = outcome->answer.body;
    call->answer.body_length = outcome->answer.body_length;
    return true;
}
