#include "app/shifts/shifts.h"
#include "http/op.h"
#include "http/operations.h"

#define LIMIT_DEFAULT   50
#define COLUMNS_DEFAULT 42

enum status op_shifts_open(struct op_call *op)
{
    return shift_open(&op->call, op->body);
}

enum status op_shifts_list(struct op_call *op)
{
    struct shifts_query query = {
        .state = op_query(op, "state"),
        .cursor = op_query(op, "cursor"),
        .limit = op_query_int(op, "limit", LIMIT_DEFAULT),
    };
    query.has_store = op_query_id(op, "store_id", &query.store_id);
    query.has_register = op_query_id(op, "register_id", &query.register_id);
    return shifts_list(&op->call, &query);
}

enum status op_shifts_read(struct op_call *op)
{
    const struct id id = op_path_id(op, "shift_id");
    return shift_read(&op->call, &id);
}

enum status op_shifts_close(struct op_call *op)
{
    const struct id id = op_path_id(op, "shift_id");
    return shift_close(&op->call, &id, op->body);
}

enum status op_shifts_report(struct op_call *op)
{
    const struct id id = op_path_id(op, "shift_id");
    return shift_report_text(&op->call, &id, (unsigned)op_query_int(op, "columns", COLUMNS_DEFAULT));
}

enum status op_shift_movements_create(struct op_call *op)
{
    const struct id id = op_path_id(op, "shift_id");
    return shift_movement_create(&op->call, &id, op->body);
}

enum status op_shift_movements_list(struct op_call *op)
{
    const struct id id = op_path_id(op, "shift_id");
    return shift_movements_list(&op->call, &id, op_query(op, "cursor"),
                                op_query_int(op, "limit", LIMIT_DEFAULT));
}
