#include "catalog/csv.h"

#include <stdlib.h>
#include <string.h>

#define BUFFER_SIZE (2 * CSV_ROW_MAX)

bool csv_open(struct csv_reader *reader, csv_read read, void *context)
{
    *reader = (struct csv_reader){.read = read, .context = context, .delimiter = ',', .line = 1};
    reader->buffer = malloc(BUFFER_SIZE + 1); /* the last field may need a NUL after the last byte */
    return reader->buffer != NULL;
}

void csv_close(struct csv_reader *reader)
{
    free(reader->buffer);
    reader->buffer = NULL;
}

/* Moves what is left to the front and fills the buffer up. */
static bool fill(struct csv_reader *reader)
{
    memmove(reader->buffer, reader->buffer + reader->begin, reader->end - reader->begin);
    reader->end -= reader->begin;
    reader->begin = 0;
    while (!reader->source_ended && reader->end < BUFFER_SIZE) {
        const ssize_t size = reader->read(reader->context, reader->buffer + reader->end,
                                          BUFFER_SIZE - reader->end);
        if (size < 0) {
            return false;
        }
        reader->source_ended = size == 0;
        reader->end += (size_t)size;
    }
    return true;
}

static bool start(struct csv_reader *reader)
{
    if (!fill(reader)) {
        return false;
    }
    reader->started = true;
    if (reader->end >= 3 && memcmp(reader->buffer, "\xef\xbb\xbf", 3) == 0) {
        reader->begin = 3;
    }
    const char *line = reader->buffer + reader->begin;
    const size_t left = reader->end - reader->begin;
    const char *newline = memchr(line, '\n', left);
    const size_t length = newline == NULL ? left : (size_t)(newline - line);
    if (memchr(line, ',', length) == NULL) {
        reader->delimiter = memchr(line, ';', length) != NULL    ? ';'
                            : memchr(line, '\t', length) != NULL ? '\t'
                                                                 : ',';
    }
    return true;
}

/* A row as it stands in the buffer: nothing is changed before it is whole. */
struct scan {
    enum {
        SCAN_ROW,
        SCAN_INCOMPLETE, /* the bytes end before the row */
        SCAN_QUOTE,      /* something follows a closing quote */
    } result;
    size_t used; /* bytes, with the newline */
    unsigned newlines;
    unsigned field_count; /* may exceed CSV_FIELDS_MAX: more are counted, not kept */
    bool last_is_quoted;
    struct {
        size_t start, length; /* without the quotes around it */
        bool doubled;         /* has doubled quotes */
    } fields[CSV_FIELDS_MAX];
};

static void keep_field(struct scan *scan, size_t start, size_t length, bool doubled)
{
    if (scan->field_count < CSV_FIELDS_MAX) {
        scan->fields[scan->field_count].start = start;
        scan->fields[scan->field_count].length = length;
        scan->fields[scan->field_count].doubled = doubled;
    }
    scan->field_count++;
}

/* From after the opening quote to after the closing one; 0 when it is not closed. */
static size_t scan_quoted(struct scan *scan, const char *bytes, size_t length, size_t at)
{
    const size_t start = at;
    bool doubled = false;
    for (; at < length; at++) {
        if (bytes[at] == '\n') {
            scan->newlines++;
        } else if (bytes[at] == '"') {
            if (at + 1 < length && bytes[at + 1] == '"') {
                doubled = true;
                at++;
            } else {
                keep_field(scan, start, at - start, doubled);
                return at + 1;
            }
        }
    }
    return 0;
}

static size_t scan_plain(struct scan *scan, const char *bytes, size_t length, size_t at, char delimiter)
{
    const size_t start = at;
    while (at < length && bytes[at] != delimiter && bytes[at] != '\n') {
        at++;
    }
    size_t end = at;
    if (at < length && bytes[at] == '\n' && end > start && bytes[end - 1] == '\r') {
        end--;
    }
    keep_field(scan, start, end - start, false);
    return at;
}

/* A quote that closes at the very end of the bytes may be half of a doubled one, so only the end of the file
 * closes it. */
static void scan_row(struct scan *scan, const char *bytes, size_t length, char delimiter, bool is_last)
{
    size_t at = 0;
    scan->newlines = 0;
    scan->field_count = 0;
    scan->result = SCAN_INCOMPLETE;
    for (;;) {
        scan->last_is_quoted = at < length && bytes[at] == '"';
        at = scan->last_is_quoted ? scan_quoted(scan, bytes, length, at + 1)
                                  : scan_plain(scan, bytes, length, at, delimiter);
        if (scan->last_is_quoted && at == 0) {
            return;
        }
        if (at < length && bytes[at] == delimiter) {
            at++;
            continue;
        }
        if (at + 1 < length && bytes[at] == '\r' && bytes[at + 1] == '\n') {
            at++;
        }
        scan->used = at;
        if (at < length && bytes[at] == '\n') {
            scan->newlines++;
            scan->used++;
            scan->result = SCAN_ROW;
        } else if (at == length) {
            scan->result = is_last ? SCAN_ROW : SCAN_INCOMPLETE;
        } else if (bytes[at] == '\r' && at + 1 == length && !is_last) {
            scan->result = SCAN_INCOMPLETE;
        } else {
            scan->result = SCAN_QUOTE;
        }
        return;
    }
}

static size_t remove_doubled_quotes(char *text, size_t length)
{
    size_t to = 0;
    for (size_t from = 0; from < length; from++) {
        text[to++] = text[from];
        from += text[from] == '"';
    }
    return to;
}

static enum csv_result take_row(struct csv_reader *reader, const struct scan *scan, struct csv_row *row)
{
    char *bytes = reader->buffer + reader->begin;
    row->line = reader->line;
    reader->begin += scan->used;
    reader->line += scan->newlines;
    if (scan->field_count > CSV_FIELDS_MAX) {
        row->fault = "too_many_fields";
        return CSV_BAD_ROW;
    }
    row->field_count = scan->field_count;
    for (unsigned i = 0; i < scan->field_count; i++) {
        struct csv_field *field = &row->fields[i];
        field->text = bytes + scan->fields[i].start;
        field->length = scan->fields[i].doubled ? remove_doubled_quotes(field->text, scan->fields[i].length)
                                                : scan->fields[i].length;
        field->text[field->length] = '\0'; /* over the delimiter, quote or newline after it */
    }
    return CSV_ROW;
}

/* Leaves a bad row: goes on after the newline at or behind `from`. */
static enum csv_result skip_line(struct csv_reader *reader, size_t from, const char *fault,
                                 struct csv_row *row)
{
    row->line = reader->line;
    row->fault = fault;
    const char *bytes = reader->buffer + reader->begin;
    for (size_t i = 0; i < from; i++) {
        reader->line += bytes[i] == '\n';
    }
    reader->begin += from;
    for (;;) {
        const char *start = reader->buffer + reader->begin;
        const char *newline = memchr(start, '\n', reader->end - reader->begin);
        if (newline != NULL) {
            reader->begin += (size_t)(newline - start) + 1;
            reader->line++;
            return CSV_BAD_ROW;
        }
        reader->begin = reader->end;
        if (reader->source_ended) {
            return CSV_BAD_ROW;
        }
        if (!fill(reader)) {
            return CSV_FAILED;
        }
    }
}

enum csv_result csv_next(struct csv_reader *reader, struct csv_row *row)
{
    if (!reader->started && !start(reader)) {
        return CSV_FAILED;
    }
    for (;;) {
        if (reader->end - reader->begin < CSV_ROW_MAX && !reader->source_ended && !fill(reader)) {
            return CSV_FAILED;
        }
        const size_t left = reader->end - reader->begin;
        if (left == 0) {
            return CSV_END;
        }
        const size_t length = left < CSV_ROW_MAX ? left : CSV_ROW_MAX;
        struct scan scan;
        scan_row(&scan, reader->buffer + reader->begin, length, reader->delimiter,
                 reader->source_ended && length == left);
        if (scan.result == SCAN_QUOTE) {
            return skip_line(reader, scan.used, "quote", row);
        }
        if (scan.result == SCAN_INCOMPLETE) {
            return skip_line(reader, 0, length == CSV_ROW_MAX ? "row_too_long" : "quote_not_closed", row);
        }
        const bool is_blank = scan.field_count == 1 && scan.fields[0].length == 0 && !scan.last_is_quoted;
        if (!is_blank) {
            return take_row(reader, &scan, row);
        }
        reader->begin += scan.used;
        reader->line += scan.newlines;
    }
}
