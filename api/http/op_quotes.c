#include "app/carts/quote.h"
#include "http/op.h"
#include "http/operations.h"

enum status op_quotes_create(struct op_call *op)
{
    return quote_create(&op->call, op->body);
}
