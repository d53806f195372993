"""The table that Purser keeps, in any SQLite: the same columns, keys and indices."""

KEY = "00112233445566778899aabbccddeeff" * 2
COLUMNS = 25

TABLES = """
create table account (id integer primary key, wallet_id integer not null, name text not null, currency text not null) strict;
create table txn (
    id integer primary key, key blob not null unique, account_id integer not null, time_ms integer not null,
    sequence integer not null, booking_date text not null, kind integer not null, status integer not null,
    direction integer not null, moved integer not null, parts integer not null, gross integer not null,
    fee integer not null, net integer not null, balance integer, provider_ref text not null, family text, payout text,
    counterparty text not null, description text not null, import_id integer not null, line integer not null,
    position integer not null, length integer not null, detail_id integer) strict;
create index txn_time on txn (time_ms, sequence, id);
create index txn_account on txn (account_id, booking_date, time_ms, sequence, id);
"""
WORDS = """
create virtual table txn_word using fts5 (words, content = '', contentless_delete = 1, detail = none,
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
insert into txn_word (txn_word, rank) values ('automerge', 16);
"""


def connect(path):
    """SQLCipher's books with a raw key, so that no time goes into deriving it."""
    import sqlcipher3

    connection = sqlcipher3.connect(path, isolation_level=None)
    connection.execute(f"pragma key = \"x'{KEY}'\"")
    for setting in ("journal_mode = wal", "synchronous = full", "cache_size = -65536", "temp_store = memory"):
        connection.execute(f"pragma {setting}").fetchall()
    return connection
