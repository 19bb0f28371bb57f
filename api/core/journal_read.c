/*
 * Reading records: a scan of the outermost object, without a parser. Whoever changed a record may have
 * changed it into anything, so every byte is doubted here.
 */
#include "core/journal.h"

#include <string.h>

struct scanner {
    const char *at, *end;
};

static bool take(struct scanner *scanner, char character)
{
    if (scanner->at == scanner->end || *scanner->at != character) {
        return false;
    }
    scanner->at++;
    return true;
}

/* A string; its content as it is written, escapes and all. */
static bool take_string(struct scanner *scanner, struct journal_span *content)
{
    if (!take(scanner, '"')) {
        return false;
    }
    content->at = scanner->at;
    while (scanner->at < scanner->end && *scanner->at != '"') {
        if (*scanner->at == '\\' && scanner->end - scanner->at > 1) {
            scanner->at++;
        }
        scanner->at++;
    }
    if (scanner->at == scanner->end) {
        return false;
    }
    content->length = (size_t)(scanner->at - content->at);
    scanner->at++;
    return true;
}

static bool is_of_word(char character)
{
    return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
           character == '-';
}

/* A number, true, false or null. */
static bool take_word(struct scanner *scanner)
{
    const char *from = scanner->at;
    while (scanner->at < scanner->end && is_of_word(*scanner->at)) {
        scanner->at++;
    }
    return scanner->at > from;
}

/* An object or an array, whatever is inside. */
static bool take_nested(struct scanner *scanner)
{
    size_t depth = 0;
    do {
        if (scanner->at == scanner->end) {
            return false;
        }
        struct journal_span ignored;
        switch (*scanner->at) {
        case '"':
            if (!take_string(scanner, &ignored)) {
                return false;
            }
            continue;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            depth--;
            break;
        default:
            break;
        }
        scanner->at++;
    } while (depth > 0);
    return true;
}

static bool take_value(struct scanner *scanner, struct journal_span *value)
{
    value->at = scanner->at;
    if (scanner->at == scanner->end) {
        return false;
    }
    if (*scanner->at == '"') {
        struct journal_span ignored;
        if (!take_string(scanner, &ignored)) {
            return false;
        }
    } else if (*scanner->at == '{' || *scanner->at == '[') {
        if (!take_nested(scanner)) {
            return false;
        }
    } else if (!take_word(scanner)) {
        return false;
    }
    value->length = (size_t)(scanner->at - value->at);
    return true;
}

struct journal_members journal_members(const char *text, size_t length)
{
    return (struct journal_members){.at = text, .end = text + length};
}

bool journal_next_member(struct journal_members *members, struct journal_span *name,
                         struct journal_span *value)
{
    struct scanner scanner = {.at = members->at, .end = members->end};
    if (members->is_damaged || !take(&scanner, members->has_begun ? ',' : '{')) {
        return false;
    }
    members->has_begun = true;
    members->is_damaged = !take_string(&scanner, name) || !take(&scanner, ':') ||
                          !take_value(&scanner, value);
    members->at = scanner.at;
    return !members->is_damaged;
}

/* The object ends here, and nothing comes after it. */
static bool is_end(const struct journal_members *members)
{
    return !members->is_damaged && members->has_begun && members->end - members->at == 1 &&
           *members->at == '}';
}

static bool ascends(struct journal_span before, struct journal_span name)
{
    const size_t common = before.length < name.length ? before.length : name.length;
    const int order = memcmp(before.at, name.at, common);
    return order < 0 || (order == 0 && before.length < name.length);
}

static bool is(struct journal_span name, const char *wanted)
{
    return name.length == strlen(wanted) && memcmp(name.at, wanted, name.length) == 0;
}

/* Takes the quotes off; false for what is no plain string, or not of `length` (0: any but none). */
static bool set_string(struct journal_span *out, struct journal_span value, size_t length)
{
    if (value.length < 3 || value.at[0] != '"' || (length > 0 && value.length != length + 2)) {
        return false;
    }
    *out = (struct journal_span){value.at + 1, value.length - 2};
    for (size_t i = 0; i < out->length; i++) {
        if (out->at[i] == '\\') {
            return false;
        }
    }
    return true;
}

static bool set_sequence(int64_t *out, struct journal_span value)
{
    int64_t number = 0;
    for (size_t i = 0; i < value.length; i++) {
        const char digit = value.at[i];
        if (digit < '0' || digit > '9' || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, digit - '0', &number)) {
            return false;
        }
    }
    *out = number;
    return number > 0 && value.at[0] != '0';
}

/* Keeps a member that the chain needs. */
static bool keep(struct journal_entry *entry, struct journal_span name, struct journal_span value)
{
    if (is(name, "hash")) {
        /* With the comma before the name: "hash" is not the first member of a record. */
        entry->sealed.at = name.at - 2;
        entry->sealed.length = (size_t)(value.at + value.length - entry->sealed.at);
        return *entry->sealed.at == ',' && set_string(&entry->hash, value, JOURNAL_HASH_LENGTH);
    }
    if (is(name, "id")) {
        return set_string(&entry->id, value, 0);
    }
    if (is(name, "prev_hash")) {
        return set_string(&entry->prev_hash, value, JOURNAL_HASH_LENGTH);
    }
    if (is(name, "receipt_number")) {
        return set_string(&entry->receipt_number, value, 0);
    }
    if (is(name, "register_id")) {
        return set_string(&entry->register_id, value, 0);
    }
    if (is(name, "sequence")) {
        return set_sequence(&entry->sequence, value);
    }
    return true;
}

bool journal_read(const char *text, size_t length, struct journal_entry *entry)
{
    struct journal_members members = journal_members(text, length);
    struct journal_span before = {.at = "", .length = 0}, name, value;
    *entry = (struct journal_entry){0};
    while (journal_next_member(&members, &name, &value)) {
        if (!ascends(before, name) || !keep(entry, name, value)) {
            return false;
        }
        before = name;
    }
    return is_end(&members) && entry->hash.at != NULL && entry->id.at != NULL &&
           entry->prev_hash.at != NULL && entry->receipt_number.at != NULL && entry->register_id.at != NULL &&
           entry->sequence > 0;
}

size_t journal_unseal(const char *text, size_t length, const struct journal_entry *entry, char *buffer)
{
    const size_t before = (size_t)(entry->sealed.at - text);
    const size_t after = before + entry->sealed.length;
    memcpy(buffer, text, before);
    memcpy(buffer + before, text + after, length - after);
    return length - entry->sealed.length;
}
