/* Products, their pictures, and finding them. */
#include "app/images/product_images.h"
#include "app/reference/products.h"
#include "http/op_reference.h"
#include "http/operations.h"

#define HITS_DEFAULT 20

enum status op_products_create(struct op_call *op)
{
    return reference_create(&op->call, REFERENCE_PRODUCT, op->body);
}

enum status op_products_list(struct op_call *op)
{
    const char *text = op_query(op, "q");
    const bool is_search = text != NULL && text[0] != '\0';
    struct reference_query query = op_reference_query(op);
    struct id category_id;
    query.limit = (unsigned)op_query_int(op, "limit", is_search ? HITS_DEFAULT : OP_PAGE_DEFAULT);
    query.filter = op_query_id(op, "category_id", &category_id) ? &category_id : NULL;
    return products_list(&op->call, text, &query);
}

enum status op_products_read(struct op_call *op)
{
    return op_reference_read(op, REFERENCE_PRODUCT, "product_id");
}

enum status op_products_update(struct op_call *op)
{
    return op_reference_update(op, REFERENCE_PRODUCT, "product_id");
}

enum status op_product_images_set(struct op_call *op)
{
    const struct id id = op_path_id(op, "product_id");
    return product_images_set(&op->call, &id, op->upload_fd, op->if_match);
}

enum status op_product_images_remove(struct op_call *op)
{
    const struct id id = op_path_id(op, "product_id");
    return product_images_remove(&op->call, &id, op->if_match);
}

enum status op_product_lookups_find(struct op_call *op)
{
    return products_find(&op->call, op_query(op, "code"));
}
