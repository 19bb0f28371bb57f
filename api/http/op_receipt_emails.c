#include "app/receipts/receipt_email.h"
#include "http/op.h"
#include "http/operations.h"

enum status op_receipt_emails_create(struct op_call *op)
{
    const struct id transaction_id = op_path_id(op, "transaction_id");
    return receipt_email_create(&op->call, &transaction_id, op->body);
}

enum status op_receipt_emails_read(struct op_call *op)
{
    const struct id transaction_id = op_path_id(op, "transaction_id");
    const struct id id = op_path_id(op, "receipt_email_id");
    return receipt_email_read(&op->call, &transaction_id, &id);
}
