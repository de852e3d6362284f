-- The database of config/mariadb.yaml: mariadb -e 'create database shop' && mariadb shop < config/sql/shop.mariadb.sql
-- The user it needs:
--   CREATE USER crmfeed@localhost IDENTIFIED BY '…';  GRANT SELECT ON shop.* TO crmfeed@localhost;
--   GRANT PROCESS ON *.* TO crmfeed@localhost;        -- to see which transactions of others are still open
SET NAMES utf8mb4;
SET sql_mode = '';                          -- as the shop of years ago was: zero dates are let in

CREATE TABLE customer (
  id         int unsigned AUTO_INCREMENT PRIMARY KEY,
  first_name varchar(60),
  last_name  varchar(60) NOT NULL,
  tax_no     varchar(20),
  phone      varchar(40),
  mobile     varchar(40),
  email      varchar(120),
  street varchar(80), zip varchar(10), city varchar(60), country char(2),
  birthday   date NOT NULL DEFAULT '0000-00-00',
  newsletter tinyint(1) NOT NULL DEFAULT 0,
  -- The watermark moves with the row. It is the time of the statement; the row appears when its transaction commits.
  updated_at timestamp(6) NOT NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6),
  KEY (updated_at, id)
) CHARACTER SET latin2;

CREATE TABLE web_order (
  id          int unsigned AUTO_INCREMENT PRIMARY KEY,
  number      varchar(20) NOT NULL,
  customer_id int unsigned,
  status      enum('new', 'confirmed', 'shipped', 'cancelled', 'lost') NOT NULL DEFAULT 'new',
  ordered_at  datetime NOT NULL,            -- local time of the shop, without a zone
  promised_on date,
  total       decimal(12, 2) NOT NULL,
  currency    char(3) NOT NULL DEFAULT 'PLN',
  updated_at  timestamp(6) NOT NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6),
  KEY (updated_at, id)
) CHARACTER SET utf8mb4;

CREATE TABLE web_order_line (
  order_id int unsigned NOT NULL,
  line_no  int NOT NULL,
  sku      varchar(20) NOT NULL,
  qty      decimal(12, 3) NOT NULL,
  net      decimal(12, 2) NOT NULL,
  PRIMARY KEY (order_id, line_no),
  FOREIGN KEY (order_id) REFERENCES web_order (id) ON DELETE CASCADE
) CHARACTER SET utf8mb4;

CREATE TABLE stock_on_hand (
  sku        varchar(20) NOT NULL,
  location   varchar(10) NOT NULL,
  qty        decimal(12, 3) NOT NULL,
  reserved   decimal(12, 3),
  changed_at timestamp(6) NOT NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6),
  PRIMARY KEY (sku, location),
  KEY (changed_at, sku, location)
) CHARACTER SET utf8mb4;

-- A line's change is its order's change.
CREATE TRIGGER line_added AFTER INSERT ON web_order_line FOR EACH ROW
  UPDATE web_order SET updated_at = current_timestamp(6) WHERE id = NEW.order_id;
CREATE TRIGGER line_changed AFTER UPDATE ON web_order_line FOR EACH ROW
  UPDATE web_order SET updated_at = current_timestamp(6) WHERE id IN (OLD.order_id, NEW.order_id);
CREATE TRIGGER line_removed AFTER DELETE ON web_order_line FOR EACH ROW
  UPDATE web_order SET updated_at = current_timestamp(6) WHERE id = OLD.order_id;

INSERT INTO customer (first_name, last_name, tax_no, phone, mobile, email, street, zip, city, country, birthday) VALUES
  ('Małgorzata', 'Żak', NULL, '22 555 01 23', '601 234 567', 'gosia@example.org', 'ul. Długa 8', '80-831', 'Gdańsk',
   'PL', '1984-02-29'),
  ('Jürgen', 'Weiß', 'DE123456789', NULL, '+49 151 23456789', 'juergen.weiss@example.org', 'Mühlenweg 3', '28195',
   'Bremen', 'DE', '0000-00-00'),
  (NULL, 'Nagy', NULL, 'ask at the office', NULL, NULL, NULL, NULL, 'Győr', 'HU', '0000-00-00');
INSERT INTO web_order (number, customer_id, status, ordered_at, promised_on, total, currency) VALUES
  ('W-1001', 1, 'confirmed', '2026-03-02 09:15:00', '2026-03-05', 59.70, 'PLN'),
  ('W-1002', 2, 'new', '2026-03-02 11:40:00', NULL, 12.50, 'EUR'),
  ('W-1003', NULL, 'lost', '2026-03-02 12:05:00', NULL, 9.90, 'PLN');     -- a status nobody maps: a dead letter
INSERT INTO web_order_line (order_id, line_no, sku, qty, net) VALUES
  (1, 1, 'MUG-01', 3, 44.70), (1, 2, 'TEA-07', 2, 15.00), (2, 1, 'TEA-09', 0.5, 12.50), (3, 1, 'MUG-01', 1, 9.90);
INSERT INTO stock_on_hand (sku, location, qty, reserved) VALUES
  ('MUG-01', 'GDN-1', 120, 3), ('TEA-07', 'GDN-1', 48.5, 2), ('TEA-09', 'WAW-2', 10, NULL),
  ('MUG-01', 'SCRAP', 4, NULL);
