/* Products from and to CSV files. */
#include "app/reference/product_exports.h"
#include "app/reference/product_imports.h"
#include "http/operations.h"

#include <string.h>

enum status op_product_imports_create(struct op_call *op)
{
    struct id id, store_id;
    const char *on_error = op_query(op, "on_error");
    const struct import_request request = {
        .fd = op->upload_fd,
        .is_gzip = op->upload_is_gzip,
        .dry_run = op_query_bool(op, "dry_run", false),
        .abort_on_error = on_error != NULL && strcmp(on_error, "abort") == 0,
        .id = op_query_id(op, "id", &id) ? &id : NULL,
        .store_id = op_query_id(op, "store_id", &store_id) ? &store_id : NULL,
    };
    return product_imports_create(&op->call, &request);
}

enum status op_product_imports_read(struct op_call *op)
{
    const struct id id = op_path_id(op, "product_import_id");
    return product_imports_read(&op->call, &id);
}

enum status op_product_exports_read(struct op_call *op)
{
    struct id store_id;
    return product_exports_read(&op->call, op_query_id(op, "store_id", &store_id) ? &store_id : NULL);
}
