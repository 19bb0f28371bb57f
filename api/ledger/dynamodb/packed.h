/*
 * Packed: movements and entries as bytes, for a list of them in an item costs by the byte.
 *
 * Numbers are varints of seven bits, the lowest first, signed ones in zigzag; ids are 16 bytes; a reason is
 * its number in a table, or 0, its length and itself. Every row begins with a format byte, so that what is
 * stored can be read when there is a second format.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_PACKED_H
#define MYPOS_LEDGER_DYNAMODB_PACKED_H

#include "base/arena.h"
#include "ledger/document.h"

#define PACKED_REASON_MAX 64
#define PACKED_ROW_MAX    (192 + PACKED_REASON_MAX) /* bytes of one row at most */

/* Who made a row. */
enum packed_maker {
    PACKED_ACT,       /* an act without a record; its id */
    PACKED_RECORD,    /* a record; its id */
    PACKED_ANONYMOUS, /* an act without an id: `act` is the ledger's own, of its item */
};

/* A movement in the stock item's rc or in a history page. */
struct packed_movement {
    enum packed_maker maker;
    bool is_part;  /* of a large act: it counts only when its act or record is there (intents.c) */
    struct id act; /* whose row this is */
    char reason[PACKED_REASON_MAX];
    int64_t at_ms;
    int64_t quantity;
    int64_t total_minor;
};

/* A posting in the document's rc or in a page. */
struct packed_entry {
    enum packed_maker maker;
    struct id act;
    char reason[PACKED_REASON_MAX]; /* "": it is in no list, and counts */
    int64_t at_ms;
    int64_t amounts[LEDGER_BALANCES];
};

/* A movement in the mv of its act or record, in the order of the act. */
struct packed_moved {
    int64_t store_key, product_key;
    char reason[PACKED_REASON_MAX];
    int64_t quantity, total_minor;
    bool has_level; /* of an act without a record: what it led to */
    int64_t level;
};

/* Balances after a posting, in the pb of an act, or ba of a page. */
struct packed_balances {
    int64_t balances[LEDGER_BALANCES];
};

/* Each adds one row to the text. */
void packed_add_movement(struct text *text, const struct packed_movement *movement);
void packed_add_entry(struct text *text, const struct packed_entry *entry);
void packed_add_moved(struct text *text, const struct packed_moved *moved);
void packed_add_balances(struct text *text, const struct packed_balances *balances);

/* Rows are read one after the other; false at the end, or at what is not a row: `damaged`. */
struct packed_reader {
    const uint8_t *at, *end;
    bool damaged;
};
struct packed_reader packed_reader(const void *bytes, size_t length);
bool packed_next_movement(struct packed_reader *reader, struct packed_movement *movement);
bool packed_next_entry(struct packed_reader *reader, struct packed_entry *entry);
bool packed_next_moved(struct packed_reader *reader, struct packed_moved *moved);
bool packed_next_balances(struct packed_reader *reader, struct packed_balances *balances);

/* Records and bodies: deflated when that makes them smaller, after a byte that says so. */
void packed_text(struct arena *arena, const char *text, size_t length, const void **bytes,
                 size_t *bytes_length);
/* False: damaged. The text is in the arena, with a closing NUL. */
bool packed_text_read(struct arena *arena, const void *bytes, size_t bytes_length, const char **text,
                      size_t *length);

#endif
