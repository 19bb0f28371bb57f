#include "ledger/dynamodb/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *const layout_table_names[LAYOUT_TABLES] = {
    [LAYOUT_TRANSACTIONS] = "transactions", [LAYOUT_CUSTOMERS] = "customers"};

#define NUMBER "%019" PRId64

void layout_number(int64_t number, char text[static 21])
{
    snprintf(text, 21, NUMBER, number);
}

enum layout_table layout_table_of(enum ledger_kind kind)
{
    return kind == LEDGER_CUSTOMER ? LAYOUT_CUSTOMERS : LAYOUT_TRANSACTIONS;
}

/* `<letter>#<id>` and a sort key. */
static struct layout_key of_id(char letter, const struct id *id, const char *sk)
{
    struct layout_key key = {.table = LAYOUT_TRANSACTIONS};
    key.pk[0] = letter;
    key.pk[1] = '#';
    id_format(id, key.pk + 2);
    snprintf(key.sk, sizeof key.sk, "%s", sk);
    return key;
}

struct layout_key layout_record(const struct id *id)
{
    return of_id('T', id, "T");
}

struct layout_key layout_record_rest(const struct id *id, int64_t nth)
{
    struct layout_key key = of_id('T', id, "P");
    layout_number(nth, key.sk + 1);
    return key;
}

struct layout_key layout_act(const struct id *id)
{
    return of_id('A', id, "A");
}

struct layout_key layout_idempotency(const struct hash *hash)
{
    struct layout_key key = {.table = LAYOUT_TRANSACTIONS, .pk = "K#", .sk = "K"};
    hash_format(hash, key.pk + 2);
    return key;
}

struct layout_key layout_journal(int64_t register_key, int64_t sequence)
{
    struct layout_key key = {.table = LAYOUT_TRANSACTIONS};
    snprintf(key.pk, sizeof key.pk, "J#" NUMBER, register_key);
    layout_number(sequence, key.sk);
    return key;
}

struct layout_key layout_reversal(const struct id *original, int64_t nth)
{
    struct layout_key key = of_id('R', original, "");
    layout_number(nth, key.sk);
    return key;
}

struct layout_key layout_meta_store(int64_t store_key)
{
    struct layout_key key = {.table = LAYOUT_TRANSACTIONS, .pk = "M", .sk = "S#"};
    layout_number(store_key, key.sk + 2);
    return key;
}

struct layout_key layout_meta_register(int64_t register_key, const char *code)
{
    struct layout_key key = {.table = LAYOUT_TRANSACTIONS, .pk = "M"};
    snprintf(key.sk, sizeof key.sk, "R#" NUMBER "#%s", register_key, code);
    return key;
}

struct layout_key layout_stock(int64_t store_key, int64_t product_key)
{
    struct layout_key key = {.table = LAYOUT_TRANSACTIONS, .pk = "S#"};
    layout_number(store_key, key.pk + 2);
    layout_number(product_key, key.sk);
    return key;
}

struct layout_key layout_history(int64_t store_key, int64_t product_key, int64_t page)
{
    struct layout_key key = {.table = LAYOUT_TRANSACTIONS};
    snprintf(key.pk, sizeof key.pk, "H#" NUMBER "#" NUMBER, store_key, product_key);
    layout_number(page, key.sk);
    return key;
}

struct layout_key layout_document(enum ledger_kind kind, const struct id *id)
{
    char text[ID_TEXT_SIZE];
    struct layout_key key = {.table = layout_table_of(kind), .sk = "D"};
    snprintf(key.pk, sizeof key.pk, "D#%d#%s", (int)kind, id_format(id, text));
    return key;
}

struct layout_key layout_body(enum ledger_kind kind, const struct id *id)
{
    struct layout_key key = layout_document(kind, id);
    strcpy(key.sk, "B");
    return key;
}

struct layout_key layout_entries(enum ledger_kind kind, const struct id *id, int64_t page)
{
    struct layout_key key = layout_document(kind, id);
    snprintf(key.sk, sizeof key.sk, "P" NUMBER, page);
    return key;
}

struct layout_key layout_unique(enum ledger_kind kind, const char *unique)
{
    struct layout_key key = {.table = layout_table_of(kind), .sk = "U"};
    snprintf(key.pk, sizeof key.pk, "U#%d#%.*s", (int)kind, LEDGER_KEY_MAX, unique);
    return key;
}

/* The bytes of the first character of UTF-8; 0 of nothing. */
static size_t first_letter(const char *term)
{
    size_t length = *term != '\0';
    while (length > 0 && ((unsigned char)term[length] & 0xc0) == 0x80) {
        length++;
    }
    return length;
}

struct layout_key layout_term(enum ledger_kind kind, const char *term, const struct id *id, const char *tag)
{
    char text[ID_TEXT_SIZE];
    struct layout_key key = {.table = layout_table_of(kind)};
    snprintf(key.pk, sizeof key.pk, "W#%d#%.*s", (int)kind, (int)first_letter(term), term);
    snprintf(key.sk, sizeof key.sk, "%.*s#%s#%s", (int)strnlen(term, LEDGER_TERM_MAX), term,
             id_format(id, text), tag);
    return key;
}

struct layout_key layout_event(const struct id *id)
{
    return of_id('E', id, "E");
}

struct layout_key layout_lease(const char *name)
{
    struct layout_key key = {.table = LAYOUT_TRANSACTIONS, .sk = "L"};
    snprintf(key.pk, sizeof key.pk, "L#%s", name);
    return key;
}

struct layout_key layout_work(const char *what, const struct id *id)
{
    char text[ID_TEXT_SIZE];
    struct layout_key key = {.table = LAYOUT_TRANSACTIONS, .pk = "I"};
    snprintf(key.sk, sizeof key.sk, "%s#%s", what, id_format(id, text));
    return key;
}

void layout_order(int64_t at_us, const struct id *id, char order[static LAYOUT_ORDER_SIZE])
{
    char text[ID_TEXT_SIZE];
    snprintf(order, LAYOUT_ORDER_SIZE, "%016" PRId64 "#%s", at_us, id_format(id, text));
}

void layout_day_order(int64_t day, const char *order, char day_order[static LAYOUT_SK_SIZE])
{
    snprintf(day_order, LAYOUT_SK_SIZE, "%06" PRId64 "#%s", day, order);
}
