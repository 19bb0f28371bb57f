/*
 * The slots of the port that read, named after them, and what their files share.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_READS_H
#define MYPOS_LEDGER_DYNAMODB_READS_H

#include "ledger/dynamodb/stream.h"

/* --- places.c: which stores and registers there are --- */

struct ledger_place {
    struct id id;
    int64_t key;                              /* of a store or a register */
    char code[JOURNAL_REGISTER_CODE_MAX + 1]; /* of a register: one that its receipt numbers began with */
};

/* In ascending order of the keys. A register that changed its code is there once for each. */
enum status ledger_dynamodb_stores(const struct ledger_dynamodb *ledger, struct arena *arena,
                                   struct ledger_place **places, size_t *count);
enum status ledger_dynamodb_registers(const struct ledger_dynamodb *ledger, struct arena *arena,
                                      struct ledger_place **places, size_t *count);

/* --- transaction_reads.c --- */

enum status ledger_dynamodb_transaction_read(const struct ledger *ledger, const struct id *id,
                                             struct arena *arena, struct ledger_transaction *transaction);
enum status ledger_dynamodb_transaction_list(const struct ledger *ledger, const struct ledger_filter *filter,
                                             const struct cursor *after, size_t limit, struct arena *arena,
                                             struct ledger_page *page);

/* --- journal_walk.c --- */

enum status ledger_dynamodb_journal_walk(const struct ledger *ledger, const int64_t *register_key,
                                         ledger_visit visit, void *context);

/* --- stock_reads.c --- */

enum status ledger_dynamodb_stock_read(const struct ledger *ledger, int64_t store_key,
                                       const int64_t *product_keys, size_t count, int64_t *levels);
enum status ledger_dynamodb_stock_list(const struct ledger *ledger, const struct ledger_stock_filter *filter,
                                       size_t limit, struct ledger_stock_level *levels, size_t *count,
                                       bool *has_more);

/* A level of its item; what it needs of memory is in the arena. False: it is damaged. */
bool ledger_dynamodb_level(const json_t *item, int64_t store_key, struct arena *arena,
                           struct ledger_stock_level *level);

/* --- movement_reads.c, entry_reads.c --- */

enum status ledger_dynamodb_movement_list(const struct ledger *ledger, int64_t store_key, int64_t product_key,
                                          const struct cursor *after, size_t limit, struct arena *arena,
                                          struct ledger_moved_page *page);
enum status ledger_dynamodb_entry_list(const struct ledger *ledger, enum ledger_kind kind,
                                       const struct id *id, const struct cursor *after, size_t limit,
                                       struct arena *arena, struct ledger_entry_page *page);

/* --- document_reads.c, search.c --- */

enum status ledger_dynamodb_document_read(const struct ledger *ledger, enum ledger_kind kind,
                                          const struct id *id, struct arena *arena,
                                          struct ledger_document *document);
enum status ledger_dynamodb_document_find(const struct ledger *ledger, enum ledger_kind kind, const char *key,
                                          struct arena *arena, struct ledger_document *document);
enum status ledger_dynamodb_document_list(const struct ledger *ledger,
                                          const struct ledger_document_filter *filter,
                                          const struct cursor *after, size_t limit, struct arena *arena,
                                          struct ledger_document_page *page);
enum status ledger_dynamodb_document_search(const struct ledger *ledger, enum ledger_kind kind,
                                            const char *const *prefixes, size_t prefix_count,
                                            const struct cursor *after, size_t limit, struct arena *arena,
                                            struct ledger_document_page *page);

/* --- tell.c, take_over.c --- */

enum status ledger_dynamodb_tell(const struct ledger *ledger, const struct ledger_copier *copier,
                                 void *context);
enum status ledger_dynamodb_take_over(const struct ledger *ledger, const struct ledger *from,
                                      const struct hash *source, const struct ledger_copy_watch *watch);

/* --- walk.c --- */

enum status ledger_dynamodb_walk(const struct ledger *ledger, const struct ledger_visitor *visitor,
                                 void *context);

#endif
