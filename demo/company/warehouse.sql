-- The warehouse: a system of its own, from another vendor, that shares nothing with the ERP but the article number.

CREATE TABLE stk (
  sku       TEXT NOT NULL,
  loc       TEXT NOT NULL,
  lot       TEXT,
  qoh       TEXT NOT NULL DEFAULT '0',          -- on hand
  q_rsvd    TEXT NOT NULL DEFAULT '0',          -- reserved for orders
  q_inb     TEXT NOT NULL DEFAULT '0',          -- on its way in
  uom       TEXT,
  mod_at    TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f', 'now')),
  PRIMARY KEY (sku, loc)
);
