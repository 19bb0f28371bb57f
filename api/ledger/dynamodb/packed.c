#include "ledger/dynamodb/packed.h"

#include <string.h>
#include <zlib.h>

#define FORMAT      1
#define MAKER_MASK  3
#define PART_FLAG   4
#define LEVEL_FLAG  8
#define PLAIN       0 /* the first byte of a text */
#define DEFLATED    1
#define TEXT_MAX    (8 << 20) /* bytes of a text that was packed: more is not ours */
#define LENGTH_SIZE 5         /* bytes after DEFLATED: the text's length, a varint */

/* Stored: append only. 0 is any other. */
static const char *const reasons[] = {
    NULL,      "",        "sale",         "refund",      "void",   "exchange", "receive", "adjust",
    "count",   "waste",   "transfer_out", "transfer_in", "redeem", "load",     "issue",   "pay_in",
    "pay_out", "opening", "cash_drop",    "adjustment",  "merge",  "erasure",  "import",
};
#define REASONS (sizeof reasons / sizeof reasons[0])

/* --- writing --- */

static void add_number(struct text *text, uint64_t number)
{
    while (number >= 0x80) {
        text_add_char(text, (char)(number | 0x80));
        number >>= 7;
    }
    text_add_char(text, (char)number);
}

static void add_signed(struct text *text, int64_t number)
{
    add_number(text, ((uint64_t)number << 1) ^ (uint64_t)(number >> 63));
}

static void add_reason(struct text *text, const char *reason)
{
    for (size_t i = 1; i < REASONS; i++) {
        if (strcmp(reasons[i], reason) == 0) {
            add_number(text, i);
            return;
        }
    }
    const size_t length = strnlen(reason, PACKED_REASON_MAX - 1);
    add_number(text, 0);
    add_number(text, length);
    text_add(text, reason, length);
}

static void add_head(struct text *text, enum packed_maker maker, unsigned flags, const struct id *act)
{
    text_add_char(text, FORMAT);
    text_add_char(text, (char)((unsigned)maker | flags));
    text_add(text, (const char *)act->bytes, sizeof act->bytes);
}

void packed_add_movement(struct text *text, const struct packed_movement *movement)
{
    add_head(text, movement->maker, movement->is_part ? PART_FLAG : 0, &movement->act);
    add_reason(text, movement->reason);
    add_signed(text, movement->at_ms);
    add_signed(text, movement->quantity);
    add_signed(text, movement->total_minor);
}

/* Most amounts are 0: a bit for each that is not. */
static void add_amounts(struct text *text, const int64_t *amounts)
{
    unsigned present = 0;
    for (unsigned i = 0; i < LEDGER_BALANCES; i++) {
        present |= amounts[i] != 0 ? 1u << i : 0;
    }
    add_number(text, present);
    for (unsigned i = 0; i < LEDGER_BALANCES; i++) {
        if (amounts[i] != 0) {
            add_signed(text, amounts[i]);
        }
    }
}

void packed_add_entry(struct text *text, const struct packed_entry *entry)
{
    add_head(text, entry->maker, 0, &entry->act);
    add_reason(text, entry->reason);
    add_signed(text, entry->at_ms);
    add_amounts(text, entry->amounts);
}

void packed_add_moved(struct text *text, const struct packed_moved *moved)
{
    text_add_char(text, FORMAT);
    text_add_char(text, moved->has_level ? LEVEL_FLAG : 0);
    add_signed(text, moved->store_key);
    add_signed(text, moved->product_key);
    add_reason(text, moved->reason);
    add_signed(text, moved->quantity);
    add_signed(text, moved->total_minor);
    if (moved->has_level) {
        add_signed(text, moved->level);
    }
}

void packed_add_balances(struct text *text, const struct packed_balances *balances)
{
    text_add_char(text, FORMAT);
    add_amounts(text, balances->balances);
}

/* --- reading --- */

struct packed_reader packed_reader(const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    return (struct packed_reader){.at = at, .end = length == 0 ? at : at + length};
}

static uint8_t next_byte(struct packed_reader *reader)
{
    if (reader->at == reader->end) {
        reader->damaged = true;
        return 0;
    }
    return *reader->at++;
}

static uint64_t next_number(struct packed_reader *reader)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t byte = next_byte(reader);
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return number;
        }
    }
    reader->damaged = true;
    return 0;
}

static int64_t next_signed(struct packed_reader *reader)
{
    const uint64_t number = next_number(reader);
    return (int64_t)(number >> 1) ^ -(int64_t)(number & 1);
}

static void next_bytes(struct packed_reader *reader, void *bytes, size_t length)
{
    if ((size_t)(reader->end - reader->at) < length) {
        reader->damaged = true;
        reader->at = reader->end;
        return;
    }
    memcpy(bytes, reader->at, length);
    reader->at += length;
}

static void next_reason(struct packed_reader *reader, char reason[static PACKED_REASON_MAX])
{
    const uint64_t number = next_number(reader);
    if (number > 0 && number < REASONS) {
        strcpy(reason, reasons[number]);
        return;
    }
    const uint64_t length = number == 0 ? next_number(reader) : PACKED_REASON_MAX;
    if (length >= PACKED_REASON_MAX) {
        reader->damaged = true;
        return;
    }
    next_bytes(reader, reason, (size_t)length);
    reason[length] = '\0';
}

/* Whether a row follows that this version reads. */
static bool begin_row(struct packed_reader *reader)
{
    if (reader->damaged || reader->at == reader->end) {
        return false;
    }
    reader->damaged = next_byte(reader) != FORMAT;
    return !reader->damaged;
}

bool packed_next_movement(struct packed_reader *reader, struct packed_movement *movement)
{
    if (!begin_row(reader)) {
        return false;
    }
    *movement = (struct packed_movement){0};
    const uint8_t flags = next_byte(reader);
    movement->maker = (enum packed_maker)(flags & MAKER_MASK);
    movement->is_part = (flags & PART_FLAG) != 0;
    next_bytes(reader, movement->act.bytes, sizeof movement->act.bytes);
    next_reason(reader, movement->reason);
    movement->at_ms = next_signed(reader);
    movement->quantity = next_signed(reader);
    movement->total_minor = next_signed(reader);
    return !reader->damaged;
}

static void next_amounts(struct packed_reader *reader, int64_t *amounts)
{
    const uint64_t present = next_number(reader);
    for (unsigned i = 0; i < LEDGER_BALANCES; i++) {
        amounts[i] = (present & (1u << i)) != 0 ? next_signed(reader) : 0;
    }
}

bool packed_next_entry(struct packed_reader *reader, struct packed_entry *entry)
{
    if (!begin_row(reader)) {
        return false;
    }
    *entry = (struct packed_entry){.maker = (enum packed_maker)(next_byte(reader) & MAKER_MASK)};
    next_bytes(reader, entry->act.bytes, sizeof entry->act.bytes);
    next_reason(reader, entry->reason);
    entry->at_ms = next_signed(reader);
    next_amounts(reader, entry->amounts);
    return !reader->damaged;
}

bool packed_next_moved(struct packed_reader *reader, struct packed_moved *moved)
{
    if (!begin_row(reader)) {
        return false;
    }
    *moved = (struct packed_moved){.has_level = (next_byte(reader) & LEVEL_FLAG) != 0};
    moved->store_key = next_signed(reader);
    moved->product_key = next_signed(reader);
    next_reason(reader, moved->reason);
    moved->quantity = next_signed(reader);
    moved->total_minor = next_signed(reader);
    moved->level = moved->has_level ? next_signed(reader) : 0;
    return !reader->damaged;
}

bool packed_next_balances(struct packed_reader *reader, struct packed_balances *balances)
{
    if (!begin_row(reader)) {
        return false;
    }
    next_amounts(reader, balances->balances);
    return !reader->damaged;
}

/* --- texts --- */

void packed_text(struct arena *arena, const char *text, size_t length, const void **bytes,
                 size_t *bytes_length)
{
    struct text packed = arena_text(arena, compressBound((uLong)length) + LENGTH_SIZE + 1);
    text_add_char(&packed, DEFLATED);
    add_number(&packed, length);
    uLongf deflated = compressBound((uLong)length);
    Bytef *to = (Bytef *)text_extend(&packed, deflated);
    const bool done = compress2(to, &deflated, (const Bytef *)text, (uLong)length, Z_DEFAULT_COMPRESSION) ==
                      Z_OK;
    packed.length = (size_t)((char *)to - packed.data) + deflated;
    if (!done || packed.length > length) {
        packed.length = 0;
        text_add_char(&packed, PLAIN);
        text_add(&packed, text, length);
    }
    *bytes = packed.data;
    *bytes_length = packed.length;
}

bool packed_text_read(struct arena *arena, const void *bytes, size_t bytes_length, const char **text,
                      size_t *length)
{
    struct packed_reader reader = packed_reader(bytes, bytes_length);
    const uint8_t how = next_byte(&reader);
    const size_t rest = (size_t)(reader.end - reader.at);
    if (how == PLAIN && !reader.damaged) {
        *text = arena_copy_n(arena, (const char *)reader.at, rest);
        *length = rest;
        return true;
    }
    const uint64_t whole = next_number(&reader);
    if (how != DEFLATED || reader.damaged || whole > TEXT_MAX) {
        return false;
    }
    char *to = arena_alloc(arena, (size_t)whole + 1);
    uLongf inflated = (uLongf)whole;
    if (uncompress((Bytef *)to, &inflated, reader.at, (uLong)(reader.end - reader.at)) != Z_OK ||
        inflated != whole) {
        return false;
    }
    to[whole] = '\0';
    *text = to;
    *length = (size_t)whole;
    return true;
}
