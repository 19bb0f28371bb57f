-- The ledger: what was sold, and what is in stock.
--
-- Rows refer to stores, registers and products by the keys of the catalogue's rows, which are never deleted.
-- They are not declared as foreign keys: a sale of five lines would pay for twelve look-ups, and the product
-- rows that these read would push the ledger's own pages out of the writer's cache.

CREATE TABLE transactions (
    key            INTEGER PRIMARY KEY,  -- in the order of the commits
    id             BLOB    NOT NULL,     -- 16 bytes, chosen by the client: idempotent for ever
    type           TEXT    NOT NULL,     -- 'sale'
    store_key      INTEGER NOT NULL,
    register_key   INTEGER NOT NULL,
    sequence       INTEGER NOT NULL,     -- 1, 2, 3 … within the register, without gaps
    receipt_number TEXT    NOT NULL,
    business_day   INTEGER NOT NULL,     -- days since 1970-01-01, on the store's clock
    created_at     INTEGER NOT NULL,     -- ms
    currency       TEXT    NOT NULL,
    total          INTEGER NOT NULL,     -- minor units
    fingerprint    BLOB    NOT NULL,     -- SHA-256 of what was asked for
    hash           BLOB    NOT NULL,     -- SHA-256 of the record without its hash
    record         TEXT    NOT NULL      -- canonical JSON; last, so that the rest is read without it
) STRICT;

CREATE UNIQUE INDEX transactions_by_id ON transactions (id);
CREATE UNIQUE INDEX transactions_by_register ON transactions (register_key, sequence);
CREATE INDEX transactions_by_day ON transactions (store_key, business_day);
CREATE INDEX transactions_by_receipt_number ON transactions (receipt_number);

CREATE TABLE transaction_lines (
    transaction_key INTEGER NOT NULL,
    line            INTEGER NOT NULL,    -- from 1
    product_key     INTEGER NOT NULL,
    quantity        INTEGER NOT NULL,    -- in units of 10^-5
    total           INTEGER NOT NULL,    -- minor units
    PRIMARY KEY (transaction_key, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE stock_levels (
    store_key   INTEGER NOT NULL,
    product_key INTEGER NOT NULL,
    level       INTEGER NOT NULL,        -- in units of 10^-5; negative when oversold
    updated_at  INTEGER NOT NULL,        -- ms
    PRIMARY KEY (store_key, product_key)
) STRICT, WITHOUT ROWID;
