-- Acts of the ledger as lists of effects (api/ledger/act.h): records, movements of stock, documents with their
-- balances, events.
--
-- What has a history is a walk: each row knows the one before of the same product or document, and the head
-- knows the last. So history costs a row at the end of its table, and no page of an index.

-- Transactions know their shift, their customer and what they reverse. The table is made anew, so that `record`
-- stays last and the rest is read without it.
CREATE TABLE transactions_anew (
    key            INTEGER PRIMARY KEY,  -- in the order of the commits
    id             BLOB    NOT NULL,     -- 16 bytes, chosen by the client: idempotent for ever
    type           TEXT    NOT NULL,     -- 'sale', 'refund', 'void'
    store_key      INTEGER NOT NULL,
    register_key   INTEGER NOT NULL,
    sequence       INTEGER NOT NULL,     -- 1, 2, 3 … within the register, without gaps
    receipt_number TEXT    NOT NULL,
    business_day   INTEGER NOT NULL,     -- days since 1970-01-01, on the store's clock
    created_at     INTEGER NOT NULL,     -- ms
    currency       TEXT    NOT NULL,
    total          INTEGER NOT NULL,     -- minor units
    shift_id       BLOB,
    customer_id    BLOB,
    original_id    BLOB,                 -- what it refunds or voids …
    reversal       INTEGER,              -- … as the nth that does
    flagged        INTEGER NOT NULL,     -- 1: a manager should look at it
    part           INTEGER NOT NULL,     -- of its act: 0; 1 the second record, whose key is the next
    fingerprint    BLOB    NOT NULL,     -- SHA-256 of what was asked for
    hash           BLOB    NOT NULL,     -- SHA-256 of the record without its hash
    record         TEXT    NOT NULL      -- canonical JSON; last, so that the rest is read without it
) STRICT;
INSERT INTO transactions_anew
    SELECT key, id, type, store_key, register_key, sequence, receipt_number, business_day, created_at, currency,
           total, NULL, NULL, NULL, NULL, 0, 0, fingerprint, hash, record
      FROM transactions;
DROP TABLE transactions;
ALTER TABLE transactions_anew RENAME TO transactions;

CREATE UNIQUE INDEX transactions_by_id ON transactions (id);
CREATE UNIQUE INDEX transactions_by_register ON transactions (register_key, sequence);
CREATE INDEX transactions_by_day ON transactions (store_key, business_day);
CREATE INDEX transactions_by_receipt_number ON transactions (receipt_number);
CREATE INDEX transactions_by_shift ON transactions (shift_id) WHERE shift_id IS NOT NULL;
CREATE INDEX transactions_by_customer ON transactions (customer_id) WHERE customer_id IS NOT NULL;
CREATE UNIQUE INDEX transactions_by_original ON transactions (original_id, reversal)
    WHERE original_id IS NOT NULL;
CREATE INDEX transactions_flagged ON transactions (key) WHERE flagged = 1;
CREATE INDEX transactions_but_sales ON transactions (type) WHERE type <> 'sale';

-- Opening level + movements = level: the sum of a product's quantities in a store is its level.
CREATE TABLE stock_movements (
    key         INTEGER PRIMARY KEY,
    store_key   INTEGER NOT NULL,
    product_key INTEGER NOT NULL,
    previous    INTEGER NOT NULL,        -- the product's movement before in this store; 0: this is the first
    at          INTEGER NOT NULL,        -- ms
    reason      TEXT    NOT NULL,        -- 'sale', 'count' …; 'opening': what was there before this table
    quantity    INTEGER NOT NULL,        -- in units of 10^-5; negative: out
    level       INTEGER NOT NULL,        -- after it
    total       INTEGER NOT NULL,        -- minor units that were taken for it; negative: given back
    act_id      BLOB                     -- the transaction's, or the act's; NULL: an import's
) STRICT;
ALTER TABLE stock_levels ADD COLUMN last_movement INTEGER NOT NULL DEFAULT 0;

-- What was sold so far becomes movements; what was counted in between is in the opening.
INSERT INTO stock_movements
    WITH sold AS (
        SELECT transaction_key, product_key, sum(quantity) AS quantity, sum(total) AS total
          FROM transaction_lines GROUP BY transaction_key, product_key
    ), sold_in_all AS (
        SELECT store_key, product_key, sum(quantity) AS quantity
          FROM sold JOIN transactions ON transactions.key = transaction_key GROUP BY store_key, product_key
    ), moved AS (
        SELECT 0 AS transaction_key, store_key, product_key,
               coalesce((SELECT min(created_at) FROM transactions), updated_at) AS at, 'opening' AS reason,
               level + coalesce(quantity, 0) AS quantity, 0 AS total, NULL AS act_id
          FROM stock_levels LEFT JOIN sold_in_all USING (store_key, product_key)
        UNION ALL
        SELECT transaction_key, store_key, product_key, created_at, 'sale', -quantity, sold.total, id
          FROM sold JOIN transactions ON transactions.key = transaction_key
    ), numbered AS (
        SELECT row_number() OVER (ORDER BY transaction_key, store_key, product_key) AS key, *
          FROM moved
         WHERE quantity <> 0
    )
    SELECT key, store_key, product_key, lag(key, 1, 0) OVER product, at, reason, quantity,
           sum(quantity) OVER product, total, act_id
      FROM numbered
    WINDOW product AS (PARTITION BY store_key, product_key ORDER BY key)
     ORDER BY key;
UPDATE stock_levels
   SET last_movement = last.key
  FROM (SELECT store_key, product_key, max(key) AS key FROM stock_movements GROUP BY store_key, product_key) AS last
 WHERE last.store_key = stock_levels.store_key AND last.product_key = stock_levels.product_key;
DROP TABLE transaction_lines;

-- Acts without a record: stock that was counted, cash that was paid in, a card that was loaded.
CREATE TABLE acts (
    key            INTEGER PRIMARY KEY,
    id             BLOB    NOT NULL UNIQUE CHECK (length(id) = 16), -- idempotent for ever
    name           TEXT    NOT NULL,     -- 'stock_count' …
    at             INTEGER NOT NULL,     -- ms
    fingerprint    BLOB    NOT NULL,     -- SHA-256 of what was asked for
    first_movement INTEGER NOT NULL,     -- its movements are one behind the other …
    movements      INTEGER NOT NULL,
    first_entry    INTEGER NOT NULL,     -- … and so are its entries
    entries        INTEGER NOT NULL,
    detail         TEXT                  -- JSON of the application's
) STRICT;

-- Customers, gift cards, shifts, parked carts (api/ledger/document.h): what the balances count is said there.
CREATE TABLE documents (
    key          INTEGER PRIMARY KEY,    -- in the order of their creation
    kind         INTEGER NOT NULL,
    id           BLOB    NOT NULL CHECK (length(id) = 16),
    version      INTEGER NOT NULL,
    state        TEXT    NOT NULL,
    store_key    INTEGER NOT NULL,       -- 0: of none
    register_key INTEGER NOT NULL,       -- 0: of none
    created_at   INTEGER NOT NULL,       -- ms
    updated_at   INTEGER NOT NULL,       -- ms, of the last write
    recorded_at  INTEGER NOT NULL,       -- ms, of the last posting by an act with a record; 0: none
    expires_at   INTEGER NOT NULL,       -- ms; 0: never
    last_entry   INTEGER NOT NULL,       -- the newest of its history; 0: none
    balance_0    INTEGER NOT NULL,
    balance_1    INTEGER NOT NULL,
    balance_2    INTEGER NOT NULL,
    balance_3    INTEGER NOT NULL,
    balance_4    INTEGER NOT NULL,
    balance_5    INTEGER NOT NULL,
    balance_6    INTEGER NOT NULL,
    balance_7    INTEGER NOT NULL,
    body         TEXT    NOT NULL        -- JSON; last, so that the rest is read without it
) STRICT;
CREATE UNIQUE INDEX documents_by_id ON documents (kind, id);
CREATE INDEX documents_by_kind ON documents (kind);
CREATE INDEX documents_by_state ON documents (kind, state);
CREATE INDEX documents_by_store ON documents (kind, store_key) WHERE store_key <> 0;
CREATE INDEX documents_by_register ON documents (kind, register_key) WHERE register_key <> 0;
CREATE INDEX documents_by_expiry ON documents (expires_at) WHERE expires_at <> 0;

CREATE TABLE document_keys (
    kind         INTEGER NOT NULL,
    value        TEXT    NOT NULL,       -- 'code:…', 'open:…'
    document_key INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
    PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_keys_of_document ON document_keys (document_key);

CREATE TABLE document_terms (
    kind         INTEGER NOT NULL,
    term         TEXT    NOT NULL,       -- folded
    document_key INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
    PRIMARY KEY (kind, term, document_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_terms_of_document ON document_terms (document_key, term);

-- The history of balances.
CREATE TABLE document_entries (
    key          INTEGER PRIMARY KEY,
    document_key INTEGER NOT NULL,       -- may be gone: what happened stays
    previous     INTEGER NOT NULL,       -- the document's entry before; 0: this is the first
    at           INTEGER NOT NULL,       -- ms
    reason       TEXT    NOT NULL,
    act_id       BLOB    NOT NULL,       -- the transaction's, or the act's
    amount_0     INTEGER NOT NULL,
    amount_1     INTEGER NOT NULL,
    amount_2     INTEGER NOT NULL,
    amount_3     INTEGER NOT NULL,
    amount_4     INTEGER NOT NULL,
    amount_5     INTEGER NOT NULL,
    amount_6     INTEGER NOT NULL,
    amount_7     INTEGER NOT NULL,
    balance_0    INTEGER NOT NULL,       -- after it
    balance_1    INTEGER NOT NULL,
    balance_2    INTEGER NOT NULL,
    balance_3    INTEGER NOT NULL,
    balance_4    INTEGER NOT NULL,
    balance_5    INTEGER NOT NULL,
    balance_6    INTEGER NOT NULL,
    balance_7    INTEGER NOT NULL
) STRICT;

-- Events that wait for delivery. A row goes when it was delivered.
CREATE TABLE outbox (
    key             INTEGER PRIMARY KEY, -- in the order of the commits
    id              BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    type            TEXT    NOT NULL,
    at              INTEGER NOT NULL,    -- ms
    due_at          INTEGER NOT NULL,    -- ms; 0: at once
    attempts        INTEGER NOT NULL,    -- that failed
    transaction_key INTEGER,             -- whose record is its data; NULL: `data` is
    data            TEXT
) STRICT;

-- Which act was committed under a key. So far the id was kept as the body of the answer.
ALTER TABLE idempotency_records ADD COLUMN act_id BLOB;
UPDATE idempotency_records SET act_id = body, body = NULL
 WHERE http_status = 201 AND location IS NULL AND etag IS NULL AND length(body) = 16;
