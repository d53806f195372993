-- The emergency: freezes, incidents with their evidence, and what was done with levers. Older builds cannot open this file.
-- Nothing that was there is changed. Freezes are also written down outside of the books, which alone decide nothing.

create table freeze (
    id        blob primary key check (length(id) = 16),
    at_ms     integer, -- null = only a damaged line names it
    by        text not null, -- a login; empty = asked for at the lock screen
    ended_ms  integer,
    reason    text not null default '',
    signature text not null default '', -- of the owner, over what ends it
    settled   integer not null default 0 check (settled in (0, 1)) -- 1 = ended everywhere, and no longer asked about
) strict;

-- Folded in this order. Nothing is taken back: what was wrong is followed by another entry.
create table incident_entry (
    seq      integer primary key,
    incident text not null,
    entry    text not null -- JSON
) strict;

create table lever_event (
    seq   integer primary key,
    board text not null, -- the freeze, or the practice run
    event text not null -- JSON
) strict;

create index lever_event_by_board on lever_event (board, seq);

-- Attached files, byte for byte.
create table evidence (
    sha256 blob primary key check (length(sha256) = 32),
    size   integer not null check (size >= 0)
) strict;

create table evidence_chunk (
    sha256   blob not null references evidence (sha256),
    position integer not null,
    data     blob not null, -- compressed
    primary key (sha256, position)
) strict;

create trigger incident_stays before update on incident_entry begin select raise(abort, 'entries are only added'); end;
create trigger incident_keeps before delete on incident_entry begin select raise(abort, 'entries are only added'); end;
create trigger lever_stays before update on lever_event begin select raise(abort, 'events are only added'); end;
create trigger lever_keeps before delete on lever_event begin select raise(abort, 'events are only added'); end;
