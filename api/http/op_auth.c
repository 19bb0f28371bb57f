#include "app/identity/auth.h"
#include "http/operations.h"

enum status op_auth_login(struct op_call *op)
{
    return auth_login(&op->call, json_string_value(json_object_get(op->body, "username")),
                      json_string_value(json_object_get(op->body, "password")), op_client_address(op));
}

enum status op_auth_logout(struct op_call *op)
{
    return auth_logout(&op->call);
}

enum status op_auth_me(struct op_call *op)
{
    return auth_me(&op->call);
}
