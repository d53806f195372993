-- Every row of every file that tells a transaction is kept, so that the books follow from the files alone, whatever the
-- order they came in, and a file can be taken back without reading the others again.
-- Older builds cannot open this file. The transactions are made anew from the stored originals when it is first opened.

alter table import add column account_ref text;    -- the account the file names
alter table import add column exported_ms integer; -- when the file says it was made

drop table revision;
drop table sighting;
drop table txn;
delete from txn_word;
delete from month_total;

-- Transactions that tell no money but describe some: Stripe's exports of payments and payouts.
create table detail (
    id           integer primary key,
    wallet_id    integer not null references wallet,
    key          blob not null,        -- 16 bytes, as in txn; the newest import of a key counts
    ref          text not null,        -- the id that transactions of other files carry as theirs or their family's
    alias        text,                 -- a second such id
    time_ms      integer not null,
    status       integer not null check (status between 0 and 4),
    currency     text not null,
    gross        integer not null,
    counterparty text not null,
    description  text not null,
    import_id    integer not null references import,
    line         integer not null,
    position     integer not null,
    length       integer not null
) strict;
create index detail_ref on detail (wallet_id, ref);
create index detail_alias on detail (wallet_id, alias) where alias is not null;
create index detail_key on detail (key);
create index detail_import on detail (import_id);

-- One movement: what its tellings make together.
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
    provider_ref text not null,
    family       text,
    payout       text,                 -- the provider's id of the payout that paid it out
    counterparty text not null,
    description  text not null,
    import_id    integer not null references import, -- the row that first told what is in force
    line         integer not null,
    position     integer not null,     -- of the row in its original file, in bytes
    length       integer not null,
    detail_id    integer references detail on delete set null
) strict;
create index txn_time on txn (time_ms, sequence, id);
create index txn_account on txn (account_id, booking_date, time_ms, sequence, id);
create index txn_payout on txn (payout) where payout is not null;
create index txn_detail on txn (detail_id) where detail_id is not null;

-- Further rows that tell a transaction. As long as all of them say the same, the first one is the transaction's own row
-- and is not here. From the first one that says something else, all are here.
create table telling (
    id        integer primary key,
    txn_id    integer not null references txn on delete cascade,
    import_id integer not null references import,
    line      integer not null,
    position  integer not null,
    length    integer not null,
    told      text                     -- what the row says, as JSON; null: the same as the transaction's own row
) strict;
create index telling_txn on telling (txn_id);
create index telling_import on telling (import_id);

-- Files of one form that tell the same days differently.
create table import_overlap (
    import_id   integer not null references import on delete cascade,
    other_id    integer not null references import on delete cascade,
    from_date   text not null,
    to_date     text not null,
    only_import integer not null,      -- transactions of these days that only the one or the other file has
    only_other  integer not null,
    primary key (import_id, other_id)
) strict, without rowid;

-- What the columns of a form are that no reader knows, as a person confirmed it.
create table mapping (
    fingerprint text primary key, -- of the column names, whatever their order
    mapping     text not null,    -- as JSON
    confirmed_ms integer not null
) strict;

insert into meta (key, value) values ('rebuild', 'from originals');
