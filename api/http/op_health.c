#include "app/health.h"
#include "http/operations.h"
#include "http/pipeline.h"
#include "telemetry/metrics.h"

enum status op_health_live(struct op_call *op)
{
    static const char body[] = "{\"status\":\"live\"}";
    op->call.answer.body = body;
    op->call.answer.body_length = sizeof body - 1;
    return STATUS_OK;
}

enum status op_health_ready(struct op_call *op)
{
    return health_ready(&op->call, pipeline_is_draining());
}

enum status op_metrics_read(struct op_call *op)
{
    struct text body = arena_text(op->call.arena, 16384);
    metrics_write(&body);
    call_answer_text(&op->call, &body);
    op->call.answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return STATUS_OK;
}
