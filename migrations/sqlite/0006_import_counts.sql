-- The stock that an import counted, until the ledger was told of it: the rows are written with the products, and go
-- when the last of the ledger's acts is durable. So nothing is lost between the two, wherever the ledger is.
CREATE TABLE import_counts (
    import_id  BLOB    NOT NULL PRIMARY KEY CHECK (length(import_id) = 16),
    store_key  INTEGER NOT NULL REFERENCES stores (key),
    counted_at INTEGER NOT NULL,         -- ms
    detail     TEXT    NOT NULL          -- JSON: who, as the history of the stock lists it
) STRICT, WITHOUT ROWID;
CREATE TABLE import_count_lines (
    import_id   BLOB    NOT NULL REFERENCES import_counts (import_id) ON DELETE CASCADE,
    product_key INTEGER NOT NULL REFERENCES products (key),
    level       INTEGER NOT NULL,        -- in units of 10^-5
    PRIMARY KEY (import_id, product_key)
) STRICT, WITHOUT ROWID;
