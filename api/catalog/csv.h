/*
 * CSV (RFC 4180), read a row at a time from a stream.
 *
 * Fields may be quoted, a quoted field may hold the delimiter, newlines and doubled quotes. Lines end with
 * LF or CRLF; the last one need not. A byte order mark before the first row is skipped, and so are blank
 * lines. The delimiter is a comma, or a semicolon or tab when the first line has one of those and no comma.
 * A quote inside an unquoted field is a letter like others (`5" pipe`).
 *
 * A row that is wrong is reported with its line, and reading goes on at a line after it: a quote that is
 * never closed costs the line on which it stands, not the rest of the file.
 */
#ifndef MYPOS_CATALOG_CSV_H
#define MYPOS_CATALOG_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CSV_ROW_MAX    (64 * 1024) /* bytes of a row, with its newline */
#define CSV_FIELDS_MAX 64

/* Reads at most `size` bytes; 0 at the end, -1 when it cannot go on. */
typedef ssize_t (*csv_read)(void *context, char *buffer, size_t size);

struct csv_field {
    char *text; /* ends in NUL, may have NULs before; valid until the next row is read */
    size_t length;
};

struct csv_row {
    unsigned line; /* on which it begins; the first is 1 */
    unsigned field_count;
    struct csv_field fields[CSV_FIELDS_MAX];
    const char *fault; /* of a bad row: "quote_not_closed", "quote", "row_too_long", "too_many_fields" */
};

enum csv_result {
    CSV_ROW,
    CSV_BAD_ROW, /* row->line and row->fault say what */
    CSV_END,
    CSV_FAILED, /* the source failed */
};

struct csv_reader {
    csv_read read;
    void *context;
    char *buffer; /* its own */
    size_t begin, end;
    bool source_ended, started;
    char delimiter;
    unsigned line; /* of the row that begins at `begin` */
};

/* Takes a buffer of 2 × CSV_ROW_MAX; false when there is no memory. */
bool csv_open(struct csv_reader *reader, csv_read read, void *context);
void csv_close(struct csv_reader *reader);

enum csv_result csv_next(struct csv_reader *reader, struct csv_row *row);

#endif
