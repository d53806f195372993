-- What people say of transactions during an incident; whom to reach, and the cards that were printed of it.
-- Older builds cannot open this file. Nothing that was there is changed.

-- The key is the transaction's own: it comes back when a file is taken back and imported again. The wallet stays for it.
create table verdict (
    incident  text not null,
    key       blob not null check (length(key) = 16),
    wallet_id integer not null references wallet,
    verdict   text not null check (verdict in ('ours', 'theirs', 'unknown')),
    marked_by text not null, -- a login
    marked_ms integer not null,
    primary key (incident, key)
) strict, without rowid;
create index verdict_wallet on verdict (wallet_id);

-- Who is who of a wallet. No secret, and of a phone only its end.
create table contact (
    wallet_id integer not null references wallet,
    role      text not null check (role in ('legal_representative', 'administrator', 'bound_phone', 'deputy')),
    value     text not null check (value <> ''),
    noted     text not null, -- ISO date
    primary key (wallet_id, role)
) strict, without rowid;

-- Numbers that somebody copied from a page she was signed in to.
create table own_number (
    id       integer primary key,
    provider text not null,
    number   text not null check (number <> ''),
    noted    text not null, -- ISO date
    unique (provider, number)
) strict;

-- The newest card of each person.
create table card (
    person  text primary key collate nocase check (person <> ''),
    speaker text not null,
    lane    text not null,
    stamp   text not null, -- of everything the card shows
    made    text not null -- ISO date
) strict, without rowid;
