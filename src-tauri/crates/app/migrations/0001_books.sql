-- The books. Older builds cannot open this file: it is the first version.
-- Amounts are whole minor units of the account's currency; times are UTC milliseconds; dates are ISO text.
-- Codes of kind, status and direction are spelled out in the tables of the same name.

create table meta (
    key   text primary key,
    value text not null
) strict, without rowid;

-- A legal entity. Everything below belongs to one.
create table business (
    id            integer primary key,
    name          text not null check (name <> ''),
    name_local    text not null,
    base_currency text not null,
    zone          text not null,
    created_ms    integer not null
) strict;

-- A merchant account at one provider.
create table wallet (
    id          integer primary key,
    business_id integer not null references business,
    provider    text not null check (provider in ('paypal', 'alipay', 'wechatpay', 'stripe', 'other')),
    name        text not null unique collate nocase check (name <> ''),
    account_ref text, -- the provider's own number of the account, as its files name it
    zone        text not null,
    created_ms  integer not null
) strict;
create unique index wallet_account_ref on wallet (provider, account_ref) where account_ref is not null;

-- A separate balance inside a wallet.
create table account (
    id        integer primary key,
    wallet_id integer not null references wallet,
    name      text not null,
    currency  text not null,
    unique (wallet_id, name, currency)
) strict;

-- What a person wrote down of a wallet's state; the newest row of a field is in force, older ones are its history.
create table wallet_status (
    id          integer primary key,
    wallet_id   integer not null references wallet,
    field       text not null check (field in ('verification', 'restrictions', 'payouts', 'payout_bank_last4', 'documents_due')),
    value       text not null,
    note        text not null,
    due         text,
    as_of       text not null,
    source      text not null check (source in ('typed', 'statement_file')),
    recorded_ms integer not null
) strict;
create index wallet_status_field on wallet_status (wallet_id, field, id);

-- The statement files themselves, byte for byte, in zstd frames of one chunk size each.
create table original (
    id     integer primary key,
    sha256 blob not null unique check (length(sha256) = 32),
    name   text not null,
    size   integer not null
) strict;
create table original_chunk (
    id          integer primary key,
    original_id integer not null references original on delete cascade,
    position    integer not null,
    data        blob not null,
    unique (original_id, position)
) strict;

-- One statement file taken into one wallet.
create table import (
    id              integer primary key,
    original_id     integer not null references original,
    wallet_id       integer not null references wallet,
    time_ms         integer not null,
    form            text not null,
    form_version    text not null,
    encoding        text not null,
    options         text not null, -- the hints it was read with, as JSON
    rows            integer not null,
    stored          integer not null,
    already_present integer not null,
    skipped         integer not null,
    period_from     text,
    period_to       text,
    period_stated   integer not null,
    receipt         text not null, -- totals and warnings as JSON
    unique (original_id, wallet_id)
) strict;

create table skipped_row (
    id        integer primary key,
    import_id integer not null references import on delete cascade,
    line      integer not null,
    position  integer not null,
    length    integer not null,
    reason    text not null,
    found     text not null
) strict;
create index skipped_row_import on skipped_row (import_id, line);

create table kind (code integer primary key, word text not null unique) strict;
insert into kind values (0, 'sale'), (1, 'refund'), (2, 'fee'), (3, 'payout'), (4, 'payout_reversal'), (5, 'topup'), (6, 'transfer_in'),
    (7, 'transfer_out'), (8, 'conversion'), (9, 'dispute'), (10, 'dispute_reversal'), (11, 'hold'), (12, 'release'), (13, 'adjustment'),
    (14, 'tax'), (15, 'other');
create table status (code integer primary key, word text not null unique) strict;
insert into status values (0, 'pending'), (1, 'completed'), (2, 'closed'), (3, 'failed'), (4, 'reversed');
create table direction (code integer primary key, word text not null unique) strict;
insert into direction values (0, 'in'), (1, 'out'), (2, 'neutral');

-- One movement. (`transaction` is a word of SQL.) Integer ids, because a text primary key made imports six times slower.
create table txn (
    id           integer primary key,
    key          blob not null unique, -- 16 bytes: wallet, the file's raw ids, occurrence
    account_id   integer not null references account,
    time_ms      integer not null,
    sequence     integer not null,     -- order inside one second, as in the file
    booking_date text not null,
    kind         integer not null check (kind between 0 and 15),
    status       integer not null check (status between 0 and 4),
    direction    integer not null check (direction between 0 and 2),
    moved        integer not null check (moved in (0, 1)),
    parts        integer not null check (parts between 1 and 7), -- told by: 1 a row of its gross, 2 a row of its fee, 4 a row of the whole
    gross        integer not null,
    fee          integer not null,
    net          integer not null,
    balance      integer,
    balance_sequence integer,          -- sequence of the row the balance is from: a transaction may have two
    provider_ref text not null,
    family       text,
    counterparty text not null,
    description  text not null,
    import_id    integer not null references import,
    line         integer not null,
    position     integer not null,     -- of the row in its original file, in bytes
    length       integer not null
) strict;
create index txn_time on txn (time_ms, sequence, id);
create index txn_account on txn (account_id, booking_date, time_ms, sequence, id);

-- Further rows of files that tell the same transaction.
create table sighting (
    id        integer primary key,
    txn_id    integer not null references txn on delete cascade,
    import_id integer not null references import on delete cascade,
    line      integer not null,
    position  integer not null,
    length    integer not null
) strict;
create index sighting_txn on sighting (txn_id);
create index sighting_import on sighting (import_id);

-- What a transaction said before a later file told it differently.
create table revision (
    id          integer primary key,
    txn_id      integer not null references txn on delete cascade,
    import_id   integer not null references import on delete cascade, -- the file that brought the new version
    recorded_ms integer not null,
    before      text not null -- status, gross, fee, net as JSON
) strict;
create index revision_txn on revision (txn_id);
create index revision_import on revision (import_id);

-- Sums per account, month of the booking date and kind; kept up to date by every write to txn.
create table month_total (
    account_id integer not null references account,
    month      text not null,
    kind       integer not null,
    count      integer not null,
    money_in   integer not null,
    money_out  integer not null,
    fee        integer not null,
    net        integer not null,
    primary key (account_id, month, kind)
) strict, without rowid;

-- Words of counterparty, description and ids. Chinese text is cut into pairs of characters before it comes here:
-- none of SQLite's own tokenizers finds a word of two characters.
create virtual table txn_word using fts5 (words, content = '', contentless_delete = 1, detail = none, tokenize = 'unicode61 remove_diacritics 2');
