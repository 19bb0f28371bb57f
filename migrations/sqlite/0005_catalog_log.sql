-- Several instances keep the catalogue equal through a log that they share (api/catalog/replica.h). What only one
-- instance knows has tables of its own, so that the catalogue's are the same everywhere.

-- Up to which entry of the shared log this catalogue has come.
CREATE TABLE catalog_position (
    key    INTEGER NOT NULL PRIMARY KEY CHECK (key = 1),
    number INTEGER NOT NULL,                          -- of the entry
    op     BLOB    NOT NULL CHECK (length(op) = 16),  -- and its name
    log    BLOB    NOT NULL CHECK (length(log) = 16)  -- which log: the name of its first entry
) STRICT;

-- When a key was last used, as far as this instance knows.
CREATE TABLE api_key_uses (
    key_id       BLOB    NOT NULL PRIMARY KEY CHECK (length(key_id) = 16),
    last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO api_key_uses SELECT id, last_used_at FROM api_keys WHERE last_used_at IS NOT NULL;
ALTER TABLE api_keys DROP COLUMN last_used_at;

-- What a look at the storage writes.
CREATE TABLE storage_checks (
    key   INTEGER NOT NULL PRIMARY KEY CHECK (key = 1),
    value BLOB    NOT NULL
) STRICT;
DELETE FROM secrets WHERE name = 'health';
