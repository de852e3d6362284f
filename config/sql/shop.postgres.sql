-- The database of config/postgres.yaml: psql shop -f config/sql/shop.postgres.sql
BEGIN;
CREATE SCHEMA shop;
CREATE SCHEMA wms;

CREATE TABLE shop.customer (
  id         bigint PRIMARY KEY,
  first_name text,
  last_name  text NOT NULL,
  tax_no     text,
  phone      text,
  mobile     text,
  email      text,
  street     text, zip text, city text, country char(2),
  birthday   date,
  card_no    text,
  segments   jsonb,
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE shop.web_order (
  id          bigint PRIMARY KEY,
  number      text NOT NULL,
  customer_id bigint REFERENCES shop.customer,
  status      char(1) NOT NULL DEFAULT 'N',
  ordered_at  timestamp NOT NULL,           -- local time of the shop, without a zone
  promised_on date,
  total       numeric(12, 2) NOT NULL,
  currency    char(3) NOT NULL DEFAULT 'PLN',
  updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE shop.web_order_line (
  order_id bigint NOT NULL REFERENCES shop.web_order ON DELETE CASCADE,
  line_no  int NOT NULL,
  sku      text NOT NULL,
  qty      numeric(12, 3) NOT NULL,
  net      numeric(12, 2) NOT NULL,
  PRIMARY KEY (order_id, line_no)
);
CREATE TABLE wms.stock_on_hand (
  sku        text NOT NULL,
  location   text NOT NULL,
  qty        numeric(12, 3) NOT NULL,
  reserved   numeric(12, 3),
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (sku, location)
);

-- The watermark moves with the row. now() is the start of the transaction, so a row may appear long after its stamp:
-- Tributary stays behind the oldest transaction that is still open.
CREATE FUNCTION shop.stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.updated_at := now(); RETURN NEW; END $$;
CREATE FUNCTION wms.stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.changed_at := now(); RETURN NEW; END $$;
-- A line's change is its order's change.
CREATE FUNCTION shop.stamp_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE shop.web_order SET updated_at = now() WHERE id IN (OLD.order_id, NEW.order_id);
  RETURN NULL;
END $$;
CREATE TRIGGER stamp BEFORE UPDATE ON shop.customer FOR EACH ROW EXECUTE FUNCTION shop.stamp();
CREATE TRIGGER stamp BEFORE UPDATE ON shop.web_order FOR EACH ROW EXECUTE FUNCTION shop.stamp();
CREATE TRIGGER stamp BEFORE UPDATE ON wms.stock_on_hand FOR EACH ROW EXECUTE FUNCTION wms.stamp();
CREATE TRIGGER stamp_order AFTER INSERT OR UPDATE OR DELETE ON shop.web_order_line
  FOR EACH ROW EXECUTE FUNCTION shop.stamp_order();
CREATE INDEX ON shop.customer (updated_at, id);
CREATE INDEX ON shop.web_order (updated_at, id);
CREATE INDEX ON wms.stock_on_hand (changed_at, sku, location);

INSERT INTO shop.customer (id, first_name, last_name, tax_no, phone, mobile, email, street, zip, city, country,
                           birthday, card_no, segments) VALUES
  (1, 'Małgorzata', 'Żak', NULL, '22 555 01 23', '601 234 567',
   'gosia@example.org', 'ul. Długa 8', '80-831', 'Gdańsk', 'PL', '1984-02-29', '0042', '["tea", "gifts"]'),
  (2, 'Jürgen', 'Weiß', 'DE123456789', NULL, '+49 151 23456789',
   'juergen.weiss@example.org', 'Mühlenweg 3', '28195', 'Bremen', 'DE', NULL, NULL, NULL),
  (3, NULL, 'Шевченко', NULL, 'ask at the office', NULL, NULL, NULL, NULL, 'Київ', 'UA', NULL, NULL, NULL);
INSERT INTO shop.web_order (id, number, customer_id, status, ordered_at, promised_on, total, currency) VALUES
  (1, 'W-1001', 1, 'P', '2026-03-02 09:15:00', '2026-03-05', 59.70, 'PLN'),
  (2, 'W-1002', 2, 'N', '2026-03-02 11:40:00', NULL, 12.50, 'EUR'),
  (3, 'W-1003', NULL, '?', '2026-03-02 12:05:00', NULL, 9.90, 'PLN');     -- a status nobody knows: a dead letter
INSERT INTO shop.web_order_line (order_id, line_no, sku, qty, net) VALUES
  (1, 1, 'MUG-01', 3, 44.70), (1, 2, 'TEA-07', 2, 15.00), (2, 1, 'TEA-09', 0.5, 12.50), (3, 1, 'MUG-01', 1, 9.90);
INSERT INTO wms.stock_on_hand (sku, location, qty, reserved) VALUES
  ('MUG-01', 'GDN-1', 120, 3), ('TEA-07', 'GDN-1', 48.5, 2), ('TEA-09', 'WAW-2', 10, NULL),
  ('MUG-01', 'SCRAP', 4, NULL);
COMMIT;
