-- Webhooks: which programs are told of what happens in the shop, and where.

CREATE TABLE webhooks (
    key             INTEGER PRIMARY KEY,
    id              BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    version         INTEGER NOT NULL DEFAULT 1,
    archived        INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    url             TEXT    NOT NULL,
    description     TEXT,
    event_types     TEXT    NOT NULL, -- ["product.updated","stock.low"] or ["*"]
    enabled         INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    disabled_reason TEXT CHECK (disabled_reason IN ('gone', 'failing'))
) STRICT;

-- What messages are signed with. A table of its own, so that nothing that shows a webhook can show its secret. It
-- cannot be a hash, for a signature needs the secret itself; the file is what protects it, as it does the key that
-- signs tokens.
CREATE TABLE webhook_secrets (
    key        INTEGER PRIMARY KEY,
    webhook_id BLOB    NOT NULL CHECK (length(webhook_id) = 16),
    secret     BLOB    NOT NULL CHECK (length(secret) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER -- of one that was replaced; NULL: the current one
) STRICT;
CREATE INDEX webhook_secrets_of_webhook ON webhook_secrets (webhook_id);
