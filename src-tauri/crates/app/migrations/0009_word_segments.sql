-- The search index in tables of its own: FTS5 took nearly half the time of an import, and a second to list half a million
-- transactions that have a word.
-- Older builds cannot open this file. The index is filled when the transactions are made anew from the stored originals, on
-- the first opening.

drop table txn_word;

-- Words and the transactions that have them, in alphabetical order. A segment is written once and never changed; some of
-- the same size are merged into a new one, which has a higher id.
create table word_segment (
    id   integer primary key,
    size integer not null -- of its blocks, in bytes
) strict;
create table word_block (
    segment integer not null,
    first   text not null, -- the first word in it
    data    blob not null,
    primary key (segment, first)
) strict, without rowid;

-- What segments before this one tell of a transaction no longer counts: its words changed, or it is gone.
create table word_stale (
    id      integer primary key, -- of the transaction
    segment integer not null
) strict;

insert or replace into meta (key, value) values ('rebuild', 'from originals');
