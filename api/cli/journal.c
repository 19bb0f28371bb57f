/* mypos journal export, mypos journal verify: the registers' journals, out of the house and checked. */
#include "app/records/journal.h"
#include "catalog/selling.h"
#include "cli/cli.h"
#include "cli/open.h"
#include "cli/output_file.h"
#include "sqlite/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The key of the register that is asked for; NULL: all of them. False: there is none of this code. */
static bool find_register(const struct shop_reading *reading, const char *code, int64_t *key,
                          const int64_t **register_key)
{
    *register_key = code == NULL ? NULL : key;
    if (code == NULL) {
        return true;
    }
    if (reading->readers == NULL) {
        cli_fail(
            "MYPOS_DATA has no catalogue to find the register %s in; without --register all are exported",
            code);
        return false;
    }
    struct db *db = reader_take(reading->readers);
    const enum status status = selling_register_key(db, code, key);
    reader_give_back(reading->readers, db);
    if (status == STATUS_REGISTER_NOT_FOUND) {
        cli_fail("there is no register %s", code);
    } else if (status != STATUS_OK) {
        cli_fail("cannot read the registers: %s", status_title(status));
    }
    return status == STATUS_OK;
}

/* --- export --- */

static bool export_to(const struct ledger *ledger, const int64_t *register_key, FILE *out)
{
    if (journal_export(ledger, register_key, out) == STATUS_OK) {
        return true;
    }
    cli_fail("cannot write the journal: %s", errno != 0 ? strerror(errno) : "the database cannot be read");
    return false;
}

static bool export_to_file(const struct ledger *ledger, const int64_t *register_key, const char *path,
                           bool replace)
{
    struct output_file file;
    if (!output_file_begin(&file, path, replace)) {
        return false;
    }
    FILE *out = fopen(file.temporary, "wbe");
    bool written = out != NULL && export_to(ledger, register_key, out);
    if (out != NULL) {
        written = fclose(out) == 0 && written;
    }
    if (!written) {
        output_file_abandon(&file);
        return false;
    }
    return output_file_finish(&file);
}

int command_journal_export(const struct config *config, int count, char **arguments)
{
    const char *register_code = NULL, *path = NULL;
    bool replace = false;
    for (int i = 0; i < count; i++) {
        if (strcmp(arguments[i], "--register") == 0 && i + 1 < count) {
            register_code = arguments[++i];
        } else if (strcmp(arguments[i], "--output") == 0 && i + 1 < count) {
            path = arguments[++i];
        } else if (strcmp(arguments[i], "--force") == 0) {
            replace = true;
        } else {
            return cli_usage("journal export");
        }
    }
    struct shop_reading reading;
    if (!shop_open_reading(config, &reading)) {
        return CLI_FAILED;
    }
    int64_t key;
    const int64_t *register_key;
    bool written = find_register(&reading, register_code, &key, &register_key);
    errno = 0;
    if (written) {
        written = path == NULL ? export_to(reading.ledger, register_key, stdout)
                               : export_to_file(reading.ledger, register_key, path, replace);
    }
    shop_close_reading(&reading);
    return written ? CLI_OK : CLI_FAILED;
}

/* --- verify --- */

static int report(const struct journal_verification *verification, bool intact)
{
    if (!intact) {
        return cli_fail("the journal is NOT intact: %s", verification->fault);
    }
    for (size_t i = 0; i < verification->register_count; i++) {
        const struct journal_register *one = &verification->registers[i];
        printf("register %s: %lld records, the last is %s with hash %s\n", one->id,
               (long long)one->chain.sequence, one->receipt_number, one->chain.hash);
    }
    printf("the journal is intact: %zu records\n", verification->records);
    return CLI_OK;
}

static int verify_database(const char *directory)
{
    const struct config config = {.data = directory};
    struct shop_reading reading;
    struct journal_verification verification;
    if (!shop_open_reading(&config, &reading)) {
        return CLI_FAILED;
    }
    journal_verify_begin(&verification);
    const enum status status = journal_verify_ledger(&verification, reading.ledger, NULL);
    const int code = status == STATUS_OK ? report(&verification, verification.fault[0] == '\0')
                                         : cli_fail("cannot read the journal: %s", status_title(status));
    journal_verify_free(&verification);
    shop_close_reading(&reading);
    return code;
}

static int verify_file(const char *path)
{
    const bool standard_input = path == NULL || strcmp(path, "-") == 0;
    FILE *in = standard_input ? stdin : fopen(path, "rbe");
    if (in == NULL) {
        return cli_fail("cannot read %s: %s", path, strerror(errno));
    }
    struct journal_verification verification;
    journal_verify_begin(&verification);
    const bool intact = journal_verify_file(&verification, in);
    const int code = report(&verification, intact);
    journal_verify_free(&verification);
    if (!standard_input) {
        fclose(in);
    }
    return code;
}

int command_journal_verify(const struct config *config, int count, char **arguments)
{
    (void)config;
    if (count == 2 && strcmp(arguments[0], "--data") == 0) {
        return verify_database(arguments[1]);
    }
    if (count > 1 || (count == 1 && arguments[0][0] == '-' && arguments[0][1] != '\0')) {
        return cli_usage("journal verify");
    }
    return verify_file(count == 0 ? NULL : arguments[0]);
}
