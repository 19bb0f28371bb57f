/*
 * Journal records: what is read lies within the record, and unsealing takes out nothing but the hash.
 */
#include "core/journal.h"

#include "fuzz.h"

#include <string.h>

static void check_span(const char *text, size_t size, struct journal_span span)
{
    FUZZ_CHECK(span.at >= text && span.length > 0 && span.length <= size);
    FUZZ_CHECK((size_t)(span.at - text) <= size - span.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *text = (const char *)bytes;
    struct journal_entry entry;
    if (!journal_read(text, size, &entry)) {
        return 0;
    }
    check_span(text, size, entry.id);
    check_span(text, size, entry.register_id);
    check_span(text, size, entry.receipt_number);
    check_span(text, size, entry.hash);
    check_span(text, size, entry.prev_hash);
    check_span(text, size, entry.sealed);
    FUZZ_CHECK(entry.hash.length == JOURNAL_HASH_LENGTH && entry.prev_hash.length == JOURNAL_HASH_LENGTH);
    FUZZ_CHECK(entry.sequence > 0);

    char *unsealed = malloc(size);
    FUZZ_CHECK(unsealed != NULL);
    const size_t length = journal_unseal(text, size, &entry, unsealed);
    FUZZ_CHECK(length == size - (sizeof ",\"hash\":\"\"" - 1) - JOURNAL_HASH_LENGTH);
    struct journal_entry none;
    FUZZ_CHECK(!journal_read(unsealed, length, &none)); /* a record has one hash */
    free(unsealed);

    struct journal_chain chain = journal_chain_start();
    char hash[JOURNAL_HASH_LENGTH];
    memcpy(hash, entry.hash.at, sizeof hash);
    const enum journal_fault fault = journal_check(&chain, &entry, hash);
    FUZZ_CHECK((fault == JOURNAL_INTACT) == (chain.sequence == 1));
    return 0;
}
