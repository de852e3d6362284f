-- The wholesaler's ERP: a package from the nineties that moved to SQLite and kept its column names.
-- Amounts are text, because SQLite would turn a DECIMAL column into binary floats. Times are UTC.
-- chg_at is stamped by the database in the writing statement; a child's change also stamps its head.

CREATE TABLE cust (
  cust_no   INTEGER PRIMARY KEY,
  name1     TEXT NOT NULL,
  name2     TEXT,
  kind      TEXT NOT NULL DEFAULT 'F',          -- F firm, P person
  vat_id    TEXT,
  tel       TEXT,
  mob       TEXT,
  mail      TEXT,
  mail_acc  TEXT,                               -- accounts department
  str       TEXT, zip TEXT, town TEXT, ctry TEXT,
  lang      TEXT,
  terr      TEXT,
  rep       TEXT,
  cred_lim  TEXT,
  curr      TEXT NOT NULL DEFAULT 'EUR',
  born      DATE,
  disc_grp  TEXT,
  act       TEXT NOT NULL DEFAULT 'Y',
  chg_at    TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f', 'now'))
);

CREATE TABLE cust_addr (                        -- where goods go, when not to the head office
  cust_no   INTEGER NOT NULL REFERENCES cust,
  addr_no   INTEGER NOT NULL,
  descr     TEXT,
  str       TEXT, zip TEXT, town TEXT, ctry TEXT,
  PRIMARY KEY (cust_no, addr_no)
) WITHOUT ROWID;

CREATE TABLE art (
  art_id    INTEGER PRIMARY KEY,
  sku       TEXT NOT NULL UNIQUE,
  descr     TEXT,
  brand     TEXT,
  grp       TEXT,
  uom       TEXT NOT NULL,
  ean       TEXT, ean_krt TEXT,                 -- barcodes of the piece and of the carton
  list_pr   TEXT, cost_pr TEXT,
  curr      TEXT NOT NULL DEFAULT 'EUR',
  blocked   INTEGER NOT NULL DEFAULT 0,
  chg_at    TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f', 'now'))
);

CREATE TABLE so_head (
  so_id     INTEGER PRIMARY KEY,
  so_no     TEXT NOT NULL UNIQUE,
  cust_no   INTEGER REFERENCES cust,            -- NULL: cash sale
  stat      TEXT NOT NULL,                      -- E entered, F firm, K picking, L shipped, Z delivered, A closed,
                                                -- X cancelled, S blocked
  chan      TEXT,
  ord_ts    TIMESTAMP NOT NULL,
  prom_dt   DATE,
  net_amt   TEXT NOT NULL DEFAULT '0',
  curr      TEXT NOT NULL DEFAULT 'EUR',
  rep       TEXT,
  cust_ref  TEXT,
  chg_at    TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f', 'now'))
);

CREATE TABLE so_pos (
  so_id     INTEGER NOT NULL REFERENCES so_head,
  pos       INTEGER NOT NULL,
  sku       TEXT NOT NULL,
  qty       TEXT NOT NULL,
  uom       TEXT NOT NULL,
  unit_pr   TEXT NOT NULL,
  net       TEXT NOT NULL,
  unit_cost TEXT,
  PRIMARY KEY (so_id, pos)
) WITHOUT ROWID;

CREATE TABLE dlv_head (
  dlv_id    INTEGER PRIMARY KEY,
  dlv_no    TEXT NOT NULL UNIQUE,
  so_id     INTEGER NOT NULL REFERENCES so_head,
  cust_no   INTEGER REFERENCES cust,
  stat      TEXT NOT NULL,                      -- K picking, L shipped, Z delivered, X cancelled
  ship_ts   TIMESTAMP,
  dlv_ts    TIMESTAMP,
  carr      TEXT,
  track     TEXT,
  chg_at    TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f', 'now'))
);

CREATE TABLE dlv_pos (
  dlv_id    INTEGER NOT NULL REFERENCES dlv_head,
  pos       INTEGER NOT NULL,                   -- the order's line
  sku       TEXT NOT NULL,
  qty       TEXT NOT NULL,
  uom       TEXT NOT NULL,
  PRIMARY KEY (dlv_id, pos)
) WITHOUT ROWID;

CREATE TABLE inv (
  inv_id    INTEGER PRIMARY KEY,
  inv_no    TEXT NOT NULL UNIQUE,
  so_id     INTEGER REFERENCES so_head,
  cust_no   INTEGER REFERENCES cust,
  stat      TEXT NOT NULL,                      -- O open, B paid, X cancelled
  inv_dt    DATE NOT NULL,
  due_dt    DATE NOT NULL,
  tot       TEXT NOT NULL,
  open_amt  TEXT NOT NULL,
  curr      TEXT NOT NULL DEFAULT 'EUR',
  chg_at    TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f', 'now'))
);

CREATE TABLE pay (
  pay_id    INTEGER PRIMARY KEY,
  pay_no    TEXT NOT NULL UNIQUE,
  cust_no   INTEGER REFERENCES cust,
  paid_dt   DATE NOT NULL,
  amt       TEXT NOT NULL,
  curr      TEXT NOT NULL DEFAULT 'EUR',
  chg_at    TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f', 'now'))
);

CREATE TABLE pay_inv (
  pay_id    INTEGER NOT NULL REFERENCES pay,
  inv_id    INTEGER NOT NULL REFERENCES inv,
  amt       TEXT NOT NULL,
  PRIMARY KEY (pay_id, inv_id)
) WITHOUT ROWID;

CREATE INDEX so_head_cust ON so_head (cust_no);
CREATE INDEX so_head_stat ON so_head (stat);
CREATE INDEX dlv_head_so ON dlv_head (so_id);
CREATE INDEX dlv_head_stat ON dlv_head (stat);
CREATE INDEX inv_so ON inv (so_id);
CREATE INDEX inv_stat ON inv (stat);
