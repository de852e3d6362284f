"""The orders that are loaded, in PostgreSQL and in MariaDB: nine columns, and two lines each where they are asked for."""

import os
import subprocess
from contextlib import closing


class Postgres:
    watermark = {}

    def access(self):
        return {"connector": "postgres", "dsn": os.environ["PG_DSN"]}

    def version(self):
        return self.psql("show server_version").split()[0]

    def psql(self, sql):
        return subprocess.run([f"{os.environ['PG_BIN']}/psql", "-qAt", "-v", "ON_ERROR_STOP=1", os.environ["PG_DSN"]],
                              input="set client_min_messages = warning;" + sql, text=True, check=True, stdout=subprocess.PIPE).stdout

    def fill(self, rows, lines=False):
        self.psql(f"""
            drop table if exists web_order; drop table if exists web_order_line;
            create table web_order(id bigint primary key, number text not null, customer_id bigint not null,
              status text not null, ordered_at timestamptz not null, total numeric(12,2) not null, currency text not null,
              note text, updated_at timestamptz not null default now());
            insert into web_order select i, 'WEB-' || i, i % 50000, (array['N','P','S','X'])[1 + i % 4],
              now() - (i % 1000) * interval '1 minute', (i % 100000) / 100.0, (array['EUR','PLN','USD'])[1 + i % 3],
              'delivery note of order ' || i, now() - interval '1 hour' from generate_series(1, {rows}) i;
            create index on web_order(updated_at, id);
            analyze web_order;""")
        if lines:
            self.psql(f"""
                create table web_order_line(order_id bigint, line_no int, sku text not null, quantity numeric(12,3) not null,
                  primary key (order_id, line_no));
                insert into web_order_line select i, n, 'SKU-' || (i * n) % 5000, 1 + i % 7
                  from generate_series(1, {rows}) i, generate_series(1, 2) n;
                analyze web_order_line;""")

    def writer(self):
        """A session that changes an order at each call; the change is committed when it returns."""
        import psycopg2     # pylint: disable=import-outside-toplevel
        session = psycopg2.connect(os.environ["PG_DSN"])
        session.autocommit = True
        cursor = session.cursor()
        return lambda number, note: cursor.execute("update web_order set note = %s, updated_at = now() where id = %s",
                                                   (note, number))


class Mariadb:
    watermark = {"overlap": "2s"}

    def access(self):
        return {"connector": "mariadb", "host": os.environ["MARIADB_HOST"], "port": int(os.environ["MARIADB_PORT"]),
                "user": os.environ["MARIADB_USER"], "password": os.environ["MARIADB_PASSWORD"], "database": "bench"}

    def connect(self):
        import pymysql      # pylint: disable=import-outside-toplevel
        return pymysql.connect(host=os.environ["MARIADB_HOST"], port=int(os.environ["MARIADB_PORT"]),
                               user=os.environ["MARIADB_USER"], password=os.environ["MARIADB_PASSWORD"], autocommit=True)

    def version(self):
        return self.run("select version()")[0][0]

    def run(self, *statements):
        with closing(self.connect()) as session, session.cursor() as cursor:
            for sql in statements:
                cursor.execute(sql)
            return cursor.fetchall()

    def fill(self, rows, lines=False):
        assert not lines, "orders with lines are measured on PostgreSQL"
        self.run("create database if not exists bench", "use bench", "drop table if exists web_order",
                 "create table web_order(id bigint primary key, number varchar(40) not null, customer_id bigint not null, "
                 "status char(1) not null, ordered_at timestamp not null, total decimal(12,2) not null, "
                 "currency char(3) not null, note text, updated_at timestamp(6) not null, key (updated_at, id))",
                 "insert into web_order select seq, concat('WEB-', seq), seq % 50000, elt(1 + seq % 4, 'N','P','S','X'), "
                 "now() - interval seq % 1000 minute, (seq % 100000) / 100.0, elt(1 + seq % 3, 'EUR','PLN','USD'), "
                 f"concat('delivery note of order ', seq), now(6) - interval 1 hour from seq_1_to_{rows}",
                 "analyze table web_order")
