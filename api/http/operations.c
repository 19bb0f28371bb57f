/* The table that the OpenAPI document is checked against. */
#include "http/operations.h"

#include <stddef.h>

const struct op_entry op_table[] = {
#define X(name) {.operation_id = #name, .handler = op_##name},
    OPERATIONS(X)
#undef X
        {.operation_id = NULL},
};
