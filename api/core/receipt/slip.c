#include "core/receipt/slip.h"

#include "core/receipt/columns.h"

#include <string.h>

static void end_line(const struct slip *slip)
{
    text_add_char(slip->text, '\n');
}

void slip_rule(const struct slip *slip)
{
    text_add_repeated(slip->text, '-', slip->columns);
    end_line(slip);
}

void slip_title(const struct slip *slip, const char *text)
{
    for (size_t at = 0, length = strlen(text); at < length;) {
        const struct columns_line line = columns_wrap(text + at, length - at, slip->columns);
        const size_t free_columns = line.columns < slip->columns ? slip->columns - line.columns : 0;
        text_add_repeated(slip->text, ' ', free_columns / 2);
        text_add(slip->text, text + at, line.length);
        end_line(slip);
        at += line.next;
    }
}

void slip_pair(const struct slip *slip, const char *text, const char *value)
{
    const size_t value_columns = columns_count(value, strlen(value));
    const size_t room = value_columns + 2 < slip->columns ? slip->columns - value_columns - 1 : slip->columns;
    size_t used = 0;
    for (size_t at = 0, length = strlen(text); at < length;) {
        const struct columns_line line = columns_wrap(text + at, length - at, room);
        if (at > 0) {
            end_line(slip);
        }
        text_add(slip->text, text + at, line.length);
        used = line.columns;
        at += line.next;
    }
    if (used + value_columns > slip->columns) {
        end_line(slip);
        used = 0;
    }
    if (value_columns < slip->columns - used) {
        text_add_repeated(slip->text, ' ', slip->columns - used - value_columns);
    }
    text_add_string(slip->text, value);
    end_line(slip);
}
