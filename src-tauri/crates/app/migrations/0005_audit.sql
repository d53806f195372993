-- The audit log: each row hashes the one before and is signed by who acted. Written in the transaction of what it tells.
-- Older builds cannot open this file. Nothing that was there is changed; the log begins with the next login of the owner.

create table audit (
    seq       integer primary key check (seq > 0),
    time_ms   integer not null,
    actor     blob not null check (length(actor) = 16), -- slot
    action    text not null,
    target    text not null,
    detail    text not null,
    prev      blob not null check (length(prev) = 32),
    hash      blob not null check (length(hash) = 32),
    signature blob not null check (length(signature) = 64)
) strict;

-- Our own code has no business here. Who holds the key of the books can drop these; then the chain tells.
create trigger audit_stays before update on audit begin select raise(abort, 'the audit log is only added to'); end;
create trigger audit_keeps before delete on audit begin select raise(abort, 'the audit log is only added to'); end;
