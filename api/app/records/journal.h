/*
 * The journal as a file: JSON lines, one record a line as it is stored, register by register in the order of
 * their sequences, and a last line that says how many there are and where each register ends:
 *
 *     {"business_day":"2026-11-22", … "hash":"fd39…", … "sequence":1, …}
 *     {"journal_end":{"records":1,"registers":[{"register_id":"…","sequence":1,"hash":"fd39…"}]}}
 *
 * Whoever changes a byte, a line, or the order of lines is found (core/journal.h); the last line shows that
 * nothing is missing at the end. Somebody who could write the whole file anew could also end it earlier:
 * against that, compare the last sequences and hashes with what the tills hold, which is why they are
 * printed.
 */
#ifndef MYPOS_APP_JOURNAL_H
#define MYPOS_APP_JOURNAL_H

#include "core/journal.h"
#include "ledger/ledger.h"

#include <stdio.h>

#define JOURNAL_LINE_MAX (4 * 1024 * 1024) /* a record of PRICING_LINES_MAX lines has less than 1 MB */

/* Writes the journal of one register, or of all. STATUS_STORAGE_UNAVAILABLE also when the file does not take
 * it (errno says why). */
MUST_CHECK enum status journal_export(const struct ledger *ledger, const int64_t *register_key, FILE *out);

/* A verification: lines go in, the first fault stays. */
struct journal_register {
    char id[64];
    char receipt_number[64]; /* of its last record */
    struct journal_chain chain;
};

struct journal_verification {
    size_t lines, records;
    struct journal_register *registers;
    size_t register_count;
    struct journal_register *current; /* records of one register follow each other */
    bool ended;                       /* the last line was there */
    char fault[512];                  /* "": none so far */
};

void journal_verify_begin(struct journal_verification *verification);
void journal_verify_free(struct journal_verification *verification);

/* A line without its end. False with a fault, which names line, register, receipt and what is wrong. */
bool journal_verify_line(struct journal_verification *verification, const char *line, size_t length);

/* A whole file, to its end. */
bool journal_verify_file(struct journal_verification *verification, FILE *in);

/* The ledger itself. False with a fault; or a failing status. */
MUST_CHECK enum status journal_verify_ledger(struct journal_verification *verification,
                                             const struct ledger *ledger, const int64_t *register_key);

#endif
