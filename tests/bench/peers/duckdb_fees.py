"""DuckDB adds up fees by month, currency and type over a table of its own: duckdb_fees.py CSV."""

import sys
import time

import duckdb
from figures import peak_mib, say, say_requests

connection = duckdb.connect()
start = time.perf_counter()
connection.execute(
    """create table txn as select substr("Date", 7, 4) || '-' || substr("Date", 1, 2) as month, "Type" as kind, "Currency" as currency,
       cast(cast(replace("Gross", ',', '') as decimal(18, 2)) * 100 as bigint) as gross,
       cast(cast(replace("Fee", ',', '') as decimal(18, 2)) * 100 as bigint) as fee
       from read_csv(?, all_varchar = true, header = true)""",
    (sys.argv[1],),
)
(count,) = connection.execute("select count(*) from txn").fetchone()
say("load", time.perf_counter() - start, rows=count, peak_mib=peak_mib())

FEES = "select month, currency, kind, count(*), sum(gross), sum(fee) from txn group by 1, 2, 3 order by 1, 2, 3"
say_requests("fees", lambda _: len(connection.execute(FEES).fetchall()))
