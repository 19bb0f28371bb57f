/*
 * The operations: every operationId of the document, whose handler is op_<operationId>. A new operation is
 * one row here, one handler in an op_*.c, which includes this page, and one entry in the document.
 */
#ifndef MYPOS_HTTP_OPERATIONS_H
#define MYPOS_HTTP_OPERATIONS_H

#include "http/op.h"

#define OPERATIONS(X)                                                                                        \
    X(api_keys_create)                                                                                       \
    X(api_keys_list)                                                                                         \
    X(api_keys_revoke)                                                                                       \
    X(auth_login)                                                                                            \
    X(auth_logout)                                                                                           \
    X(auth_me)                                                                                               \
    X(catalog_changes_list)                                                                                  \
    X(categories_create)                                                                                     \
    X(categories_list)                                                                                       \
    X(categories_read)                                                                                       \
    X(categories_update)                                                                                     \
    X(customer_groups_create)                                                                                \
    X(customer_groups_list)                                                                                  \
    X(customer_groups_read)                                                                                  \
    X(customer_groups_update)                                                                                \
    X(customers_create)                                                                                      \
    X(customers_entries_create)                                                                              \
    X(customers_entries_list)                                                                                \
    X(customers_erase)                                                                                       \
    X(customers_export)                                                                                      \
    X(customers_list)                                                                                        \
    X(customers_merge)                                                                                       \
    X(customers_read)                                                                                        \
    X(customers_transactions_list)                                                                           \
    X(customers_update)                                                                                      \
    X(docs_read)                                                                                             \
    X(document_read)                                                                                         \
    X(exchanges_create)                                                                                      \
    X(gift_cards_create)                                                                                     \
    X(gift_cards_entries_list)                                                                               \
    X(gift_cards_freeze)                                                                                     \
    X(gift_cards_list)                                                                                       \
    X(gift_cards_load)                                                                                       \
    X(gift_cards_read)                                                                                       \
    X(gift_cards_unfreeze)                                                                                   \
    X(health_live)                                                                                           \
    X(health_ready)                                                                                          \
    X(metrics_read)                                                                                          \
    X(parked_carts_create)                                                                                   \
    X(parked_carts_discard)                                                                                  \
    X(parked_carts_list)                                                                                     \
    X(parked_carts_read)                                                                                     \
    X(parked_carts_resume)                                                                                   \
    X(price_list_prices_list)                                                                                \
    X(price_list_prices_set)                                                                                 \
    X(price_lists_create)                                                                                    \
    X(price_lists_list)                                                                                      \
    X(price_lists_read)                                                                                      \
    X(price_lists_update)                                                                                    \
    X(product_exports_read)                                                                                  \
    X(product_images_remove)                                                                                 \
    X(product_images_set)                                                                                    \
    X(product_imports_create)                                                                                \
    X(product_imports_read)                                                                                  \
    X(product_lookups_find)                                                                                  \
    X(products_create)                                                                                       \
    X(products_list)                                                                                         \
    X(products_read)                                                                                         \
    X(products_update)                                                                                       \
    X(promotions_create)                                                                                     \
    X(promotions_list)                                                                                       \
    X(promotions_read)                                                                                       \
    X(promotions_update)                                                                                     \
    X(quotes_create)                                                                                         \
    X(receipt_emails_create)                                                                                 \
    X(receipt_emails_read)                                                                                   \
    X(refunds_create)                                                                                        \
    X(refunds_list)                                                                                          \
    X(registers_create)                                                                                      \
    X(registers_list)                                                                                        \
    X(registers_read)                                                                                        \
    X(registers_update)                                                                                      \
    X(shift_movements_create)                                                                                \
    X(shift_movements_list)                                                                                  \
    X(shifts_close)                                                                                          \
    X(shifts_list)                                                                                           \
    X(shifts_open)                                                                                           \
    X(shifts_read)                                                                                           \
    X(shifts_report)                                                                                         \
    X(stock_list)                                                                                            \
    X(stock_movements_create)                                                                                \
    X(stock_movements_list)                                                                                  \
    X(stores_create)                                                                                         \
    X(stores_list)                                                                                           \
    X(stores_read)                                                                                           \
    X(stores_update)                                                                                         \
    X(taxes_create)                                                                                          \
    X(taxes_list)                                                                                            \
    X(taxes_read)                                                                                            \
    X(taxes_update)                                                                                          \
    X(transactions_create)                                                                                   \
    X(transactions_list)                                                                                     \
    X(transactions_read)                                                                                     \
    X(transactions_receipt)                                                                                  \
    X(transactions_void)                                                                                     \
    X(webhook_deliveries_list)                                                                               \
    X(webhook_deliveries_read)                                                                               \
    X(webhook_deliveries_retry)                                                                              \
    X(webhooks_create)                                                                                       \
    X(webhooks_list)                                                                                         \
    X(webhooks_read)                                                                                         \
    X(webhooks_rotate)                                                                                       \
    X(webhooks_test)                                                                                         \
    X(webhooks_update)

#define X(name) enum status op_##name(struct op_call *op);
OPERATIONS(X)
#undef X

#endif
