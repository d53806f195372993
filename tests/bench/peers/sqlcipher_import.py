"""Python's csv module into SQLCipher: sqlcipher_import.py CSV BOOKS [PLAIN].

One transaction, executemany in batches. With PLAIN a copy without encryption and search index is made afterwards,
which is not measured: others read it.
"""

import os
import sys
import time
from itertools import islice

import books
from figures import peak_mib, say
from paypal import transactions

BATCH = 5000


def fill(connection, path):
    insert = f"insert into txn values ({', '.join('?' * books.COLUMNS)})"
    accounts, count = {}, 0
    rows = transactions(path)
    connection.execute("begin immediate")
    while batch := list(islice(rows, BATCH)):
        connection.executemany(insert, [row for row, _, _ in batch])
        connection.executemany(
            "insert into txn_word (rowid, words) values (?, ?)", [(row[0], words) for row, words, _ in batch]
        )
        accounts.update((currency, row[2]) for row, _, currency in batch)
        count += len(batch)
    connection.executemany(
        "insert into account values (?, 1, 'main', ?)", [(number, currency) for currency, number in accounts.items()]
    )
    connection.execute("commit")
    return count


def main(statement, encrypted, plain=None):
    for path in filter(None, (encrypted, plain)):
        for ending in ("", "-wal", "-shm"):
            if os.path.exists(path + ending):
                os.remove(path + ending)
    connection = books.connect(encrypted)
    connection.executescript(books.TABLES + books.WORDS)
    start = time.perf_counter()
    count = fill(connection, statement)
    say("import", time.perf_counter() - start, rows=count, peak_mib=peak_mib())
    if plain:
        connection.execute("attach ? as plain key ''", (plain,))
        connection.executescript(books.TABLES.replace("create table ", "create table plain.").replace("create index ", "create index plain."))
        connection.execute("insert into plain.account select * from account")
        connection.execute("insert into plain.txn select * from txn")
        connection.execute("detach plain")
    connection.close()


main(*sys.argv[1:])
