-- The catalogue: reference data, its change log and what keeps it searchable.
--
-- Every table of reference data has `key`, the row's integer that other tables refer to; `id`, the UUID
-- that the outside sees; `version`, which counts its changes; and times in milliseconds since 1970.
-- References among reference data are ids, so that a row is read into an answer by one statement.

CREATE TABLE stores (
    key            INTEGER PRIMARY KEY,
    id             BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    version        INTEGER NOT NULL DEFAULT 1,
    archived       INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    code           TEXT    NOT NULL UNIQUE,
    name           TEXT    NOT NULL,
    currency       TEXT    NOT NULL CHECK (length(currency) = 3),
    time_zone      TEXT    NOT NULL,
    address        TEXT,
    tax_number     TEXT,
    receipt_header TEXT,
    receipt_footer TEXT
) STRICT;

CREATE TABLE registers (
    key        INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    version    INTEGER NOT NULL DEFAULT 1,
    archived   INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    store_id   BLOB    NOT NULL REFERENCES stores (id),
    code       TEXT    NOT NULL UNIQUE, -- begins the receipt numbers, so it is unique in the whole chain
    name       TEXT    NOT NULL
) STRICT;
CREATE INDEX registers_of_store ON registers (store_id);

CREATE TABLE categories (
    key        INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    version    INTEGER NOT NULL DEFAULT 1,
    archived   INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    parent_id  BLOB    REFERENCES categories (id),
    colour     TEXT,
    image      TEXT,
    position   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX categories_name ON categories (coalesce(parent_id, x''), name COLLATE NOCASE);
CREATE INDEX categories_of_parent ON categories (parent_id);

CREATE TABLE taxes (
    key        INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    version    INTEGER NOT NULL DEFAULT 1,
    archived   INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    name       TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    rate       INTEGER NOT NULL CHECK (rate BETWEEN 0 AND 10000000), -- in 10^-5 percent
    inclusive  INTEGER NOT NULL CHECK (inclusive IN (0, 1))
) STRICT;

-- Barcodes and taxes are kept as JSON texts on the row: reading a product is one statement, and the texts
-- go into the answer as they are. Money is in minor units.
CREATE TABLE products (
    key         INTEGER PRIMARY KEY,
    id          BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    version     INTEGER NOT NULL DEFAULT 1,
    archived    INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    sku         TEXT    NOT NULL UNIQUE,
    name        TEXT    NOT NULL,
    description TEXT,
    barcodes    TEXT    NOT NULL DEFAULT '[]', -- ["4006381333931"]
    category_id BLOB    REFERENCES categories (id),
    price       INTEGER NOT NULL CHECK (price >= 0),
    cost        INTEGER CHECK (cost >= 0),
    tax_ids     TEXT    NOT NULL DEFAULT '[]', -- ["01946f…"]
    unit        TEXT    NOT NULL DEFAULT 'each' CHECK (unit IN ('each', 'weighed')),
    oversell    TEXT    NOT NULL DEFAULT 'allow' CHECK (oversell IN ('allow', 'deny')),
    image       TEXT
) STRICT;
CREATE INDEX products_of_category ON products (category_id, key);
CREATE INDEX products_archived ON products (key) WHERE archived = 1;

-- Which product a scanned code means. `code_key` is the code in its comparable form (core/barcode.h):
-- UPC-A 036000291452 and EAN-13 0036000291452 have the same one.
CREATE TABLE product_barcodes (
    code_key    TEXT    NOT NULL PRIMARY KEY,
    product_key INTEGER NOT NULL REFERENCES products (key)
) STRICT, WITHOUT ROWID;

CREATE TABLE employees (
    key           INTEGER PRIMARY KEY,
    id            BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    version       INTEGER NOT NULL DEFAULT 1,
    archived      INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    username      TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    name          TEXT    NOT NULL,
    password_hash TEXT,                         -- Argon2id, as libsodium writes it; NULL: cannot log in
    scopes        TEXT    NOT NULL DEFAULT '[]' -- ["admin"]
) STRICT;

CREATE TABLE api_keys (
    key          INTEGER PRIMARY KEY,
    id           BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    version      INTEGER NOT NULL DEFAULT 1,
    archived     INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    name         TEXT    NOT NULL,
    prefix       TEXT    NOT NULL, -- its first characters, to tell keys apart
    secret_hash  BLOB    NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    scopes       TEXT    NOT NULL DEFAULT '[]',
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT;

-- Sessions that ended before their time; a row is of no use after `expires_at`.
CREATE TABLE revoked_sessions (
    session_id BLOB    NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX revoked_sessions_by_expiry ON revoked_sessions (expires_at);

-- The server's own secrets, such as the key that signs sessions.
CREATE TABLE secrets (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The change log: what happened to reference data, in order, without a gap. `body` is the entity as it
-- is read after the change; NULL where it is a secret.
CREATE TABLE catalog_changes (
    seq        INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    at         INTEGER NOT NULL,
    actor_kind TEXT    NOT NULL,
    actor_id   BLOB,
    actor_name TEXT    NOT NULL,
    entity     TEXT    NOT NULL,
    entity_id  BLOB,
    op         TEXT    NOT NULL,
    version    INTEGER,
    body       TEXT
) STRICT;

-- The first answer to a request, kept in the same act as its effect.
CREATE TABLE idempotency_records (
    key         BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 32),
    fingerprint BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    http_status INTEGER NOT NULL,
    location    TEXT,
    etag        TEXT,
    body        BLOB,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_records_by_age ON idempotency_records (created_at);

-- Imports of products that ended, with their report as it is answered.
CREATE TABLE product_imports (
    key        INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    status     TEXT    NOT NULL CHECK (status IN ('completed', 'failed', 'aborted')),
    created_at INTEGER NOT NULL,
    report     TEXT    NOT NULL
) STRICT;

-- Product search (catalog/search.h). Texts are folded: no case, no accents, words apart by one space. The
-- indexes keep no copy of them; `detail=none` keeps which row has a word or a trigram, and nothing else.
CREATE TABLE product_texts (
    product_key INTEGER PRIMARY KEY REFERENCES products (key),
    name        TEXT NOT NULL,
    words       TEXT NOT NULL -- of the name and the SKU
) STRICT;
CREATE INDEX product_texts_by_name ON product_texts (name);
CREATE VIRTUAL TABLE product_words USING fts5 (
    words, content = 'product_texts', content_rowid = 'product_key',
    tokenize = 'ascii', detail = none, columnsize = 0, prefix = '1 2'
);
CREATE VIRTUAL TABLE product_trigrams USING fts5 (
    words, content = 'product_texts', content_rowid = 'product_key',
    tokenize = 'trigram case_sensitive 1', detail = none, columnsize = 0
);

-- Every word without a digit that a name ever had: what a mistyped word may have meant.
CREATE TABLE product_vocabulary (
    key  INTEGER PRIMARY KEY,
    word TEXT NOT NULL UNIQUE
) STRICT;
CREATE VIRTUAL TABLE product_vocabulary_trigrams USING fts5 (
    word, content = 'product_vocabulary', content_rowid = 'key',
    tokenize = 'trigram case_sensitive 1', detail = none, columnsize = 0
);
