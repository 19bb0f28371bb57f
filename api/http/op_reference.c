/* Stores, registers, categories, taxes, customer groups, price lists and promotions: one set of use cases
 * (app/reference/reference.h). */
#include "http/op_reference.h"
#include "app/reference/reference.h"
#include "http/operations.h"

#include <string.h>

struct reference_query op_reference_query(const struct op_call *op)
{
    const char *archived = op_query(op, "archived");
    struct reference_query query = {
        .limit = (unsigned)op_query_int(op, "limit", OP_PAGE_DEFAULT),
        .cursor = op_query(op, "cursor"),
    };
    if (archived != NULL && strcmp(archived, "only") == 0) {
        query.archived = REFERENCE_ONLY;
    } else if (archived != NULL && strcmp(archived, "include") == 0) {
        query.archived = REFERENCE_INCLUDE;
    }
    return query;
}

enum status op_reference_read(struct op_call *op, enum reference which, const char *parameter)
{
    const struct id id = op_path_id(op, parameter);
    return reference_read(&op->call, which, &id);
}

enum status op_reference_update(struct op_call *op, enum reference which, const char *parameter)
{
    const struct id id = op_path_id(op, parameter);
    return reference_update(&op->call, which, &id, op->body, op->if_match);
}

/* --- stores ------------------------------------------------------------------------------------- */

enum status op_stores_create(struct op_call *op)
{
    return reference_create(&op->call, REFERENCE_STORE, op->body);
}

enum status op_stores_list(struct op_call *op)
{
    const struct reference_query query = op_reference_query(op);
    return reference_list(&op->call, REFERENCE_STORE, &query);
}

enum status op_stores_read(struct op_call *op)
{
    return op_reference_read(op, REFERENCE_STORE, "store_id");
}

enum status op_stores_update(struct op_call *op)
{
    return op_reference_update(op, REFERENCE_STORE, "store_id");
}

/* --- registers ---------------------------------------------------------------------------------- */

enum status op_registers_create(struct op_call *op)
{
    return reference_create(&op->call, REFERENCE_REGISTER, op->body);
}

enum status op_registers_list(struct op_call *op)
{
    struct reference_query query = op_reference_query(op);
    struct id store_id;
    query.filter = op_query_id(op, "store_id", &store_id) ? &store_id : NULL;
    return reference_list(&op->call, REFERENCE_REGISTER, &query);
}

enum status op_registers_read(struct op_call *op)
{
    return op_reference_read(op, REFERENCE_REGISTER, "register_id");
}

enum status op_registers_update(struct op_call *op)
{
    return op_reference_update(op, REFERENCE_REGISTER, "register_id");
}

/* --- categories --------------------------------------------------------------------------------- */

enum status op_categories_create(struct op_call *op)
{
    return reference_create(&op->call, REFERENCE_CATEGORY, op->body);
}

enum status op_categories_list(struct op_call *op)
{
    const struct reference_query query = op_reference_query(op);
    return reference_list(&op->call, REFERENCE_CATEGORY, &query);
}

enum status op_categories_read(struct op_call *op)
{
    return op_reference_read(op, REFERENCE_CATEGORY, "category_id");
}

enum status op_categories_update(struct op_call *op)
{
    return op_reference_update(op, REFERENCE_CATEGORY, "category_id");
}

/* --- taxes -------------------------------------------------------------------------------------- */

enum status op_taxes_create(struct op_call *op)
{
    return reference_create(&op->call, REFERENCE_TAX, op->body);
}

enum status op_taxes_list(struct op_call *op)
{
    const struct reference_query query = op_reference_query(op);
    return reference_list(&op->call, REFERENCE_TAX, &query);
}

enum status op_taxes_read(struct op_call *op)
{
    return op_reference_read(op, REFERENCE_TAX, "tax_id");
}

enum status op_taxes_update(struct op_call *op)
{
    return op_reference_update(op, REFERENCE_TAX, "tax_id");
}

/* --- customer groups ----------------------------------------------------------------------------- */

enum status op_customer_groups_create(struct op_call *op)
{
    return reference_create(&op->call, REFERENCE_CUSTOMER_GROUP, op->body);
}

enum status op_customer_groups_list(struct op_call *op)
{
    const struct reference_query query = op_reference_query(op);
    return reference_list(&op->call, REFERENCE_CUSTOMER_GROUP, &query);
}

enum status op_customer_groups_read(struct op_call *op)
{
    return op_reference_read(op, REFERENCE_CUSTOMER_GROUP, "customer_group_id");
}

enum status op_customer_groups_update(struct op_call *op)
{
    return op_reference_update(op, REFERENCE_CUSTOMER_GROUP, "customer_group_id");
}

/* --- price lists --------------------------------------------------------------------------------- */

enum status op_price_lists_create(struct op_call *op)
{
    return reference_create(&op->call, REFERENCE_PRICE_LIST, op->body);
}

enum status op_price_lists_list(struct op_call *op)
{
    const struct reference_query query = op_reference_query(op);
    return reference_list(&op->call, REFERENCE_PRICE_LIST, &query);
}

enum status op_price_lists_read(struct op_call *op)
{
    return op_reference_read(op, REFERENCE_PRICE_LIST, "price_list_id");
}

enum status op_price_lists_update(struct op_call *op)
{
    return op_reference_update(op, REFERENCE_PRICE_LIST, "price_list_id");
}

/* --- promotions ---------------------------------------------------------------------------------- */

enum status op_promotions_create(struct op_call *op)
{
    return reference_create(&op->call, REFERENCE_PROMOTION, op->body);
}

enum status op_promotions_list(struct op_call *op)
{
    const struct reference_query query = op_reference_query(op);
    return reference_list(&op->call, REFERENCE_PROMOTION, &query);
}

enum status op_promotions_read(struct op_call *op)
{
    return op_reference_read(op, REFERENCE_PROMOTION, "promotion_id");
}

enum status op_promotions_update(struct op_call *op)
{
    return op_reference_update(op, REFERENCE_PROMOTION, "promotion_id");
}
