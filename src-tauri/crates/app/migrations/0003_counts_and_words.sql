-- Counts beside the month sums, so that the size of a wallet and its newest stated balance are looked up, not searched for.
-- Words reach the search index cut and folded, and SQLite only splits them at blanks.
-- Older builds cannot open this file. The transactions are made anew from the stored originals when it is first opened.

alter table month_total add column unmoved integer not null default 0; -- transactions that moved no balance; in no sum
alter table month_total add column stated  integer not null default 0; -- transactions whose balance a file states
alter table month_total add column charged integer not null default 0; -- transactions that moved the balance and have a fee

-- References are checked when a change is committed. Checked by row, SQLite keeps a copy of every page that one statement
-- changes, to be able to undo it alone, which took a third of the time of an import.
delete from telling;
drop table txn;
create table txn (
    id           integer primary key,
    key          blob not null,        -- 16 bytes: wallet, the file's raw ids, occurrence
    account_id   integer not null references account deferrable initially deferred,
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
    import_id    integer not null references import deferrable initially deferred, -- the row that first told what is in force
    line         integer not null,
    position     integer not null,     -- of the row in its original file, in bytes
    length       integer not null,
    detail_id    integer references detail on delete set null deferrable initially deferred
) strict;
create unique index txn_key on txn (key);
create index txn_time on txn (time_ms, sequence, id);
create index txn_account on txn (account_id, booking_date, time_ms, sequence, id);
create index txn_payout on txn (payout) where payout is not null;
create index txn_detail on txn (detail_id) where detail_id is not null;

-- Words of counterparty, description and ids. Chinese text is cut into groups of two and three characters before it comes
-- here: none of SQLite's own tokenizers finds a word of two characters.
drop table txn_word;
create virtual table txn_word using fts5 (words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');

insert or replace into meta (key, value) values ('rebuild', 'from originals');
