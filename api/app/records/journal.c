#include "app/records/journal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* --- the last line --- */

static void end_begin(struct text *text, size_t records)
{
    text_add_string(text, "{\"journal_end\":{\"records\":");
    text_add_int(text, (int64_t)records);
    text_add_string(text, ",\"registers\":[");
}

static void end_register(struct text *text, bool first, const char *id, int64_t sequence, const char *hash)
{
    text_add_string(text, first ? "{\"register_id\":\"" : ",{\"register_id\":\"");
    text_add_string(text, id);
    text_add_string(text, "\",\"sequence\":");
    text_add_int(text, sequence);
    text_add_string(text, ",\"hash\":\"");
    text_add_string(text, hash);
    text_add_string(text, "\"}");
}

static void end_end(struct text *text)
{
    text_add_string(text, "]}}");
}

/* What the last line must be after the lines seen. */
static struct text last_line(const struct journal_verification *verification, struct arena *arena)
{
    struct text text = arena_text(arena, 128 + verification->register_count * 192);
    end_begin(&text, verification->records);
    for (size_t i = 0; i < verification->register_count; i++) {
        const struct journal_register *one = &verification->registers[i];
        end_register(&text, i == 0, one->id, one->chain.sequence, one->chain.hash);
    }
    end_end(&text);
    return text;
}

/* --- export --- */

struct export
{
    FILE *out;
    size_t records;
    int64_t register_key;
    struct arena arena;
    struct text registers; /* their part of the last line */
    char register_id[64], hash[HASH_TEXT_SIZE];
    int64_t sequence;
};

/* The register's part of the last line, once its last record is known. */
static void close_register(struct export *export)
{
    if (export->sequence > 0) {
        end_register(&export->registers, export->registers.length == 0, export->register_id, export->sequence,
                     export->hash);
    }
}

static enum status export_record(void *context, const struct ledger_transaction *transaction)
{
    struct export *export = context;
    if (export->sequence == 0 || transaction->register_key != export->register_key) {
        close_register(export);
        struct journal_entry entry;
        export->register_key = transaction->register_key;
        /* A record that cannot be read is exported all the same: to verify is another's task. */
        const bool read = journal_read(transaction->record, transaction->record_length, &entry);
        snprintf(export->register_id, sizeof export->register_id, "%.*s",
                 read ? (int)entry.register_id.length : 0, read ? entry.register_id.at : "");
    }
    export->records++;
    export->sequence = transaction->sequence;
    hash_format(&transaction->hash, export->hash);
    const bool written = fwrite(transaction->record, 1, transaction->record_length, export->out) ==
                             transaction->record_length &&
                         fputc('\n', export->out) != EOF;
    return written ? STATUS_OK : STATUS_STORAGE_UNAVAILABLE;
}

static bool write_last_line(struct export *export)
{
    struct text text = arena_text(&export->arena, 128 + export->registers.length);
    close_register(export);
    end_begin(&text, export->records);
    text_add(&text, export->registers.data, export->registers.length);
    end_end(&text);
    text_add_char(&text, '\n');
    return fwrite(text.data, 1, text.length, export->out) == text.length && fflush(export->out) == 0;
}

enum status journal_export(const struct ledger *ledger, const int64_t *register_key, FILE *out)
{
    struct export export = {.out = out};
    arena_init(&export.arena);
    export.registers = arena_text(&export.arena, 1024);
    enum status status = ledger->ops->journal_walk(ledger, register_key, export_record, &export);
    if (status == STATUS_OK && !write_last_line(&export)) {
        status = STATUS_STORAGE_UNAVAILABLE;
    }
    const int kept_errno = errno;
    arena_free(&export.arena);
    errno = kept_errno;
    return status;
}

/* --- verification --- */

void journal_verify_begin(struct journal_verification *verification)
{
    *verification = (struct journal_verification){0};
}

void journal_verify_free(struct journal_verification *verification)
{
    free(verification->registers);
    verification->registers = NULL;
}

static bool fail(struct journal_verification *verification, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool fail(struct journal_verification *verification, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(verification->fault, sizeof verification->fault, format, arguments);
    va_end(arguments);
    return false;
}

/* What a damaged line calls itself, as well as can be told: the text of a member, if it is printable. */
static const char *guess(const char *line, size_t length, const char *member, char out[static 64])
{
    const char *at = memmem(line, length, member, strlen(member));
    size_t written = 0;
    if (at != NULL) {
        for (at += strlen(member); at<line + length && * at> ' ' && *at < 0x7f && *at != '"' && written < 63;
             at++) {
            out[written++] = *at;
        }
    }
    if (written == 0) {
        out[written++] = '?';
    }
    out[written] = '\0';
    return out;
}

static bool fail_at(struct journal_verification *verification, const char *line, size_t length,
                    const char *what)
{
    char register_id[64], receipt[64];
    guess(line, length, "\"register_id\":\"", register_id);
    guess(line, length, "\"receipt_number\":\"", receipt);
    return fail(verification, "line %zu, register %s, receipt %s: %s", verification->lines, register_id,
                receipt, what);
}

/* The register that a record belongs to; registers come one after the other, so a new one is at the end. */
static struct journal_register *register_of(struct journal_verification *verification,
                                            const struct journal_entry *entry)
{
    const struct journal_span id = entry->register_id;
    struct journal_register *current = verification->current;
    if (id.length >= sizeof current->id) {
        return NULL;
    }
    if (current != NULL && strlen(current->id) == id.length && memcmp(current->id, id.at, id.length) == 0) {
        return current;
    }
    for (size_t i = 0; i < verification->register_count; i++) {
        if (strncmp(verification->registers[i].id, id.at, id.length) == 0 &&
            verification->registers[i].id[id.length] == '\0') {
            return &verification->registers[i];
        }
    }
    struct journal_register *grown = realloc(verification->registers,
                                             (verification->register_count + 1) * sizeof *grown);
    if (grown == NULL) {
        return NULL;
    }
    verification->registers = grown;
    current = &grown[verification->register_count++];
    *current = (struct journal_register){.chain = journal_chain_start()};
    memcpy(current->id, id.at, id.length);
    return current;
}

static bool is_last_line(const char *line, size_t length)
{
    static const char begin[] = "{\"journal_end\":";
    return length > sizeof begin - 1 && memcmp(line, begin, sizeof begin - 1) == 0;
}

static bool verify_last_line(struct journal_verification *verification, const char *line, size_t length)
{
    struct arena arena;
    arena_init(&arena);
    const struct text wanted = last_line(verification, &arena);
    const bool same = wanted.length == length && memcmp(wanted.data, line, length) == 0;
    arena_free(&arena);
    verification->ended = true;
    return same ||
           fail(verification,
                "line %zu: the last line tells of other records than the %zu before it: some are missing "
                "at the end of a register, or the line was changed",
                verification->lines, verification->records);
}

bool journal_verify_line(struct journal_verification *verification, const char *line, size_t length)
{
    verification->lines++;
    if (verification->ended) {
        return fail_at(verification, line, length, "it comes after the last line");
    }
    if (is_last_line(line, length)) {
        return verify_last_line(verification, line, length);
    }
    struct journal_entry entry;
    if (!journal_read(line, length, &entry)) {
        return fail_at(verification, line, length,
                       "the line was changed: it is not a record in canonical JSON");
    }
    char *bytes = malloc(length);
    if (bytes == NULL) {
        return fail(verification, "out of memory");
    }
    const size_t hashed = journal_unseal(line, length, &entry, bytes);
    const struct hash hash = hash_of(bytes, hashed);
    free(bytes);
    char hash_text[HASH_TEXT_SIZE];
    hash_format(&hash, hash_text);
    struct journal_register *current = register_of(verification, &entry);
    if (current == NULL) {
        return fail_at(verification, line, length, "its register has no valid id");
    }
    verification->current = current;
    const enum journal_fault fault = journal_check(&current->chain, &entry, hash_text);
    if (fault != JOURNAL_INTACT) {
        return fail_at(verification, line, length, journal_fault_text(fault));
    }
    snprintf(current->receipt_number, sizeof current->receipt_number, "%.*s",
             (int)entry.receipt_number.length, entry.receipt_number.at);
    verification->records++;
    return true;
}

bool journal_verify_file(struct journal_verification *verification, FILE *in)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    bool intact = true;
    while (intact && (length = getline(&line, &capacity, in)) > 0) {
        if (length > JOURNAL_LINE_MAX) {
            verification->lines++;
            intact = fail(verification, "line %zu: longer than any record", verification->lines);
        } else if (line[length - 1] != '\n') {
            verification->lines++;
            intact = fail_at(verification, line, (size_t)length,
                             "the line does not end: the file was cut off");
        } else {
            intact = journal_verify_line(verification, line, (size_t)length - 1);
        }
    }
    free(line);
    if (intact && ferror(in)) {
        return fail(verification, "after line %zu: %s", verification->lines, strerror(errno));
    }
    if (intact && !verification->ended) {
        return fail(verification, "after line %zu: the last line is missing: the file was cut off",
                    verification->lines);
    }
    return intact;
}

static enum status verify_record(void *context, const struct ledger_transaction *transaction)
{
    return journal_verify_line(context, transaction->record, transaction->record_length)
               ? STATUS_OK
               : STATUS_NOT_ACCEPTABLE;
}

enum status journal_verify_ledger(struct journal_verification *verification, const struct ledger *ledger,
                                  const int64_t *register_key)
{
    const enum status status = ledger->ops->journal_walk(ledger, register_key, verify_record, verification);
    verification->ended = true; /* the ledger has no last line: its end is the end */
    return verification->fault[0] != '\0' ? STATUS_OK : status;
}
