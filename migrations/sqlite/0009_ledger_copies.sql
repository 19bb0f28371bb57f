-- Copies of other ledgers that this one took over (api/ledger/copy.h), by the digest of what they told.
CREATE TABLE ledger_copies (
    source  BLOB    NOT NULL PRIMARY KEY CHECK (length(source) = 32),
    at      INTEGER NOT NULL             -- ms
) STRICT, WITHOUT ROWID;
