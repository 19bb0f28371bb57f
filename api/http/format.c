#include "http/format.h"

#include "app/time/local_time.h"
#include "base/clock.h"
#include "base/id.h"
#include "core/money.h"

#include <string.h>

#define DECIMAL_DIGITS_MAX   18
#define DECIMAL_FRACTION_MAX 9
#define DIGITS               "0123456789"

static const struct {
    const char *name, *words;
} table[] = {
    [FORMAT_NONE] = {"", "any text"},
    [FORMAT_UUID] = {"uuid", "a UUID in lower case, such as 01a1f805-ec9a-7ef8-a039-9adb3f49c18b"},
    [FORMAT_DATE] = {"date", "a date such as 2026-11-22"},
    [FORMAT_DATE_TIME] = {"date-time", "a time such as 2026-11-22T14:05:09.123Z"},
    [FORMAT_DECIMAL] = {"decimal", "a decimal number such as 1.25"},
    [FORMAT_CURRENCY] = {"currency", "a currency code of ISO 4217 such as EUR"},
    [FORMAT_TIME_ZONE] = {"iana-time-zone", "the name of a time zone such as Europe/Berlin"},
    [FORMAT_COLOUR] = {"colour", "a colour such as #1E6F5C"},
};

enum format format_named(const char *name)
{
    for (enum format format = FORMAT_UUID; format < FORMAT_UNKNOWN; format++) {
        if (strcmp(table[format].name, name) == 0) {
            return format;
        }
    }
    return FORMAT_UNKNOWN;
}

const char *format_words(enum format format)
{
    return table[format].words;
}

static bool is_uuid(const char *text)
{
    struct id id;
    return id_parse(text, &id) && text[strcspn(text, "ABCDEF")] == '\0';
}

static bool is_decimal(const char *text)
{
    text += *text == '-';
    const size_t whole = strspn(text, DIGITS);
    text += whole;
    size_t fraction = 0;
    if (*text == '.') {
        fraction = strspn(++text, DIGITS);
        text += fraction;
        if (fraction == 0) {
            return false;
        }
    }
    return *text == '\0' && whole > 0 && whole + fraction <= DECIMAL_DIGITS_MAX &&
           fraction <= DECIMAL_FRACTION_MAX;
}

static bool is_currency(const char *text)
{
    return strlen(text) == 3 && money_decimals(text) >= 0;
}

static bool is_colour(const char *text)
{
    return text[0] == '#' && strlen(text) == 7 && strspn(text + 1, DIGITS "ABCDEFabcdef") == 6;
}

bool format_check(enum format format, const char *text)
{
    struct clock_date date;
    int64_t time_ms;
    switch (format) {
    case FORMAT_UUID:
        return is_uuid(text);
    case FORMAT_DATE:
        return clock_parse_date(text, &date);
    case FORMAT_DATE_TIME:
        return clock_parse(text, &time_ms);
    case FORMAT_DECIMAL:
        return is_decimal(text);
    case FORMAT_CURRENCY:
        return is_currency(text);
    case FORMAT_TIME_ZONE:
        return local_time_zone_exists(text);
    case FORMAT_COLOUR:
        return is_colour(text);
    case FORMAT_NONE:
    case FORMAT_UNKNOWN:
        break;
    }
    return true;
}
