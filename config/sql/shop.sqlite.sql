-- The database of config/sqlite.yaml: sqlite3 shop.db < config/sql/shop.sqlite.sql
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;

CREATE TABLE customer (
  id         INTEGER PRIMARY KEY,
  first_name TEXT,
  last_name  TEXT NOT NULL,
  phone      TEXT,
  email      TEXT,
  street     TEXT, zip TEXT, city TEXT, country TEXT,
  newsletter INTEGER NOT NULL DEFAULT 0,
  updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f', 'now'))
);
-- Amounts are text: a DECIMAL column of SQLite holds binary floats.
CREATE TABLE web_order (
  id          INTEGER PRIMARY KEY,
  number      TEXT NOT NULL,
  customer_id INTEGER REFERENCES customer,
  status      TEXT NOT NULL DEFAULT 'N',
  ordered_at  TIMESTAMP NOT NULL,
  total       TEXT NOT NULL,
  currency    TEXT NOT NULL DEFAULT 'EUR',
  updated_at  TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f', 'now'))
);
CREATE TABLE web_order_line (
  order_id INTEGER NOT NULL REFERENCES web_order,
  line_no  INTEGER NOT NULL,
  sku      TEXT NOT NULL,
  qty      TEXT NOT NULL,
  price    TEXT NOT NULL,
  PRIMARY KEY (order_id, line_no)
) WITHOUT ROWID;

INSERT INTO customer (id, first_name, last_name, phone, email, street, zip, city, country, newsletter) VALUES
  (1, 'Jürgen', 'Weiß', '0151 23456789', 'juergen.weiss@example.org', 'Mühlenweg 3', '28195', 'Bremen', 'DE', 1),
  (2, 'Małgorzata', 'Żak', '+48 601 234 567', 'gosia@example.org', 'ul. Długa 8', '80-831', 'Gdańsk', 'PL', 0),
  (3, NULL, 'Шевченко', 'ask at the office', NULL, NULL, NULL, 'Київ', 'UA', 0);
INSERT INTO web_order (id, number, customer_id, status, ordered_at, total) VALUES
  (1, 'W-1001', 1, 'P', '2026-03-02 09:15:00', '59.70'),
  (2, 'W-1002', 2, 'N', '2026-03-02 11:40:00', '12.50');
INSERT INTO web_order_line (order_id, line_no, sku, qty, price) VALUES
  (1, 1, 'MUG-01', '3', '14.90'), (1, 2, 'TEA-07', '2', '7.50'), (2, 1, 'TEA-09', '0.5', '25.00');

-- The watermark moves with the row, and an order's with its lines.
CREATE INDEX customer_updated_at ON customer (updated_at, id);
CREATE INDEX web_order_updated_at ON web_order (updated_at, id);
CREATE TRIGGER customer_stamp AFTER UPDATE ON customer WHEN NEW.updated_at IS OLD.updated_at BEGIN
  UPDATE customer SET updated_at = strftime('%Y-%m-%dT%H:%M:%f', 'now') WHERE id = NEW.id;
END;
CREATE TRIGGER web_order_stamp AFTER UPDATE ON web_order WHEN NEW.updated_at IS OLD.updated_at BEGIN
  UPDATE web_order SET updated_at = strftime('%Y-%m-%dT%H:%M:%f', 'now') WHERE id = NEW.id;
END;
CREATE TRIGGER web_order_line_insert AFTER INSERT ON web_order_line BEGIN
  UPDATE web_order SET updated_at = strftime('%Y-%m-%dT%H:%M:%f', 'now') WHERE id = NEW.order_id;
END;
CREATE TRIGGER web_order_line_update AFTER UPDATE ON web_order_line BEGIN
  UPDATE web_order SET updated_at = strftime('%Y-%m-%dT%H:%M:%f', 'now') WHERE id = NEW.order_id;
END;
CREATE TRIGGER web_order_line_delete AFTER DELETE ON web_order_line BEGIN
  UPDATE web_order SET updated_at = strftime('%Y-%m-%dT%H:%M:%f', 'now') WHERE id = OLD.order_id;
END;
