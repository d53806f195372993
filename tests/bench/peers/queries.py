"""The questions that the list asks, put to SQLite from Python: queries.py plain|search BOOKS WORD..."""

import random
import sqlite3
import sys

import books
from figures import say_requests

PAGE = 128
SELECT = """select t.*, a.name, a.currency from txn t join account a on a.id = t.account_id """
NEWEST = " order by t.time_ms desc, t.sequence desc, t.id desc"


def plain(path):
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.execute("pragma cache_size = -65536")
    (rows,) = connection.execute("select count(*) from txn").fetchone()
    chance = random.Random(1)

    def page(order, offset=0):
        return len(connection.execute(f"{SELECT} {order} limit {PAGE} offset ?", (offset,)).fetchall())

    say_requests("first page", lambda _: page(NEWEST))
    say_requests("jump", lambda _: page(NEWEST, chance.randrange(rows)))
    say_requests("sort by amount", lambda _: page(" order by t.gross desc, t.time_ms desc, t.sequence desc, t.id desc"))


def search(path, words):
    connection = books.connect(path)
    for word in words:
        # Pairs of Chinese characters are words of the index; Latin words may be cut short.
        query = f'"{word}"' if word[0] > "\u3000" else f'"{word}"*'
        found = SELECT + "where t.id in (select rowid from txn_word where txn_word match ?)" + NEWEST
        say_requests(word, lambda _: len(connection.execute(f"{found} limit {PAGE}", (query,)).fetchall()))


if sys.argv[1] == "plain":
    plain(sys.argv[2])
else:
    search(sys.argv[2], sys.argv[3:])
