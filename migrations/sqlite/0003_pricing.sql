-- What prices are made of: fixed and compound taxes, kinds of products, the rules of a store, customer groups,
-- price lists and promotions.

ALTER TABLE taxes ADD COLUMN kind TEXT NOT NULL DEFAULT 'percent' CHECK (kind IN ('percent', 'fixed'));
ALTER TABLE taxes ADD COLUMN amount_per_unit INTEGER NOT NULL DEFAULT 0 CHECK (amount_per_unit >= 0);
ALTER TABLE taxes ADD COLUMN compound INTEGER NOT NULL DEFAULT 0 CHECK (compound IN (0, 1));
ALTER TABLE taxes ADD COLUMN position INTEGER NOT NULL DEFAULT 0;

ALTER TABLE products ADD COLUMN kind TEXT NOT NULL DEFAULT 'goods'
    CHECK (kind IN ('goods', 'service', 'gift_card'));
ALTER TABLE products ADD COLUMN open_price INTEGER NOT NULL DEFAULT 0 CHECK (open_price IN (0, 1));
ALTER TABLE products ADD COLUMN low_stock_at INTEGER; -- in units of 10^-5

ALTER TABLE stores ADD COLUMN tax_rounding TEXT NOT NULL DEFAULT 'line' CHECK (tax_rounding IN ('line', 'receipt'));
ALTER TABLE stores ADD COLUMN rounding_mode TEXT NOT NULL DEFAULT 'half_up'
    CHECK (rounding_mode IN ('half_up', 'half_even'));
ALTER TABLE stores ADD COLUMN cash_rounding INTEGER NOT NULL DEFAULT 0 CHECK (cash_rounding >= 0);
ALTER TABLE stores ADD COLUMN shift_policy TEXT NOT NULL DEFAULT 'optional'
    CHECK (shift_policy IN ('optional', 'required'));
ALTER TABLE stores ADD COLUMN loyalty TEXT; -- {"point_value":1,"points_per_amount":100}
ALTER TABLE stores ADD COLUMN receipt_columns INTEGER NOT NULL DEFAULT 42 CHECK (receipt_columns IN (32, 42, 48));
ALTER TABLE stores ADD COLUMN receipt_language TEXT NOT NULL DEFAULT 'en';

CREATE TABLE customer_groups (
    key        INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    version    INTEGER NOT NULL DEFAULT 1,
    archived   INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    name       TEXT    NOT NULL UNIQUE COLLATE NOCASE
) STRICT;

-- Valid from a moment until before another, in milliseconds since 1970. Ids are JSON texts, as those of a
-- product's taxes; an empty list means all.
CREATE TABLE price_lists (
    key                INTEGER PRIMARY KEY,
    id                 BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    version            INTEGER NOT NULL DEFAULT 1,
    archived           INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    name               TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    customer_group_ids TEXT    NOT NULL DEFAULT '[]',
    store_ids          TEXT    NOT NULL DEFAULT '[]',
    valid_from         INTEGER,
    valid_until        INTEGER
) STRICT;

-- By product, as a sale reads them; a list's own pages go by the index.
CREATE TABLE price_list_prices (
    product_key    INTEGER NOT NULL REFERENCES products (key),
    price_list_key INTEGER NOT NULL REFERENCES price_lists (key),
    price          INTEGER NOT NULL CHECK (price >= 0),
    PRIMARY KEY (product_key, price_list_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX price_list_prices_of_list ON price_list_prices (price_list_key, product_key);

CREATE TABLE promotions (
    key                INTEGER PRIMARY KEY,
    id                 BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    version            INTEGER NOT NULL DEFAULT 1,
    archived           INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    name               TEXT    NOT NULL,
    kind               TEXT    NOT NULL CHECK (kind IN ('percent_off', 'amount_off', 'buy_x_get_y', 'n_for_price',
                                                        'basket_threshold')),
    product_ids        TEXT    NOT NULL DEFAULT '[]',
    category_ids       TEXT    NOT NULL DEFAULT '[]',
    value_type         TEXT    CHECK (value_type IN ('percent', 'amount')),
    value              TEXT,    -- a percentage or an amount in minor units, as the kind says
    buy                INTEGER,
    get                INTEGER,
    quantity           INTEGER,
    price              INTEGER,
    threshold          INTEGER,
    coupon             TEXT,    -- in capitals
    valid_from         INTEGER,
    valid_until        INTEGER,
    days               TEXT    NOT NULL DEFAULT '[]', -- ["mon"]
    hours              TEXT,    -- {"from":"17:00","until":"19:00"}
    customer_group_ids TEXT    NOT NULL DEFAULT '[]',
    store_ids          TEXT    NOT NULL DEFAULT '[]',
    priority           INTEGER NOT NULL DEFAULT 0,
    stacking           TEXT    NOT NULL DEFAULT 'exclusive' CHECK (stacking IN ('exclusive', 'stackable'))
) STRICT;
