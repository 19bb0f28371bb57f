#include "app/identity/api_keys.h"
#include "http/operations.h"

enum status op_api_keys_create(struct op_call *op)
{
    return api_keys_create(&op->call, op->body);
}

enum status op_api_keys_list(struct op_call *op)
{
    return api_keys_list(&op->call, (unsigned)op_query_int(op, "limit", 50), op_query(op, "cursor"));
}

enum status op_api_keys_revoke(struct op_call *op)
{
    const struct id id = op_path_id(op, "api_key_id");
    return api_keys_revoke(&op->call, &id);
}
