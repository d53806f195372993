-- Credentials with their replacements, how wallets are protected at their providers, and devices.
-- Older builds cannot open this file. Nothing that was there is changed.

-- Anything that can be replaced. What protects Purser itself is not here: its ages are in auth.state and in meta.
create table credential (
    id             integer primary key,
    key            blob not null unique default (randomblob(16)) check (length(key) = 16), -- a secret is sealed for it
    kind           text not null check (kind in ('dashboard_login', 'api_key', 'certificate', 'webhook_secret', 'email_account', 'other')),
    name           text not null unique collate nocase check (name <> ''),
    wallet_id      integer references wallet,
    holder         text not null, -- who has it
    kept_at        text not null, -- where it is kept
    used_at        text not null, -- where it is used
    scope          text not null, -- what it may do, in the provider's words
    misuse         text not null check (misuse in ('nothing', 'reads', 'loses_sales', 'refunds', 'pays_out', 'takes_over', 'unknown')),
    made           text,
    rotated        text,
    expires        text,
    compromised    text, -- somebody else may know it since
    secret_version integer not null default 0, -- highest ever used, so that none comes twice
    created_ms     integer not null
) strict;
create index credential_wallet on credential (wallet_id);

-- A secret the owner insisted on keeping, sealed for its credential and version: who reads the books cannot read it.
-- While a replacement is under way the old and the new one are both here.
create table credential_secret (
    credential_id integer not null references credential on delete cascade,
    version       integer not null check (version > 0),
    sealed        blob not null,
    primary key (credential_id, version)
) strict, without rowid;

-- A replacement: so many steps of its order are done. Ended ones are the history.
create table rotation (
    id            integer primary key,
    credential_id integer not null references credential on delete cascade,
    step_order    text not null check (step_order in ('new_first', 'revoke_first')),
    done          integer not null check (done between 0 and 5),
    old_version   integer not null, -- newest version of the old one's secret
    new_expires   text, -- of the new one, until it is in force
    began_ms      integer not null,
    ended_ms      integer,
    abandoned     integer not null default 0 check (abandoned in (0, 1))
) strict;
create unique index rotation_open on rotation (credential_id) where ended_ms is null;
create index rotation_credential on rotation (credential_id, id);

-- What a person wrote down of a wallet's protection; the newest row of a field is in force, older ones are its history.
create table wallet_security (
    id          integer primary key,
    wallet_id   integer not null references wallet,
    field       text not null check (field in ('second_factor', 'administrators', 'operators', 'bound_phone', 'bound_email', 'ip_list',
        'api_transfers', 'alerts', 'payout_account')),
    value       text not null,
    as_of       text not null,
    source      text not null check (source in ('typed', 'statement_file', 'api')),
    recorded_ms integer not null
) strict;
create index wallet_security_field on wallet_security (wallet_id, field, id);

-- Somebody looked at all of it.
create table wallet_review (
    id          integer primary key,
    wallet_id   integer not null references wallet,
    reviewed    text not null,
    recorded_ms integer not null
) strict;
create index wallet_review_wallet on wallet_review (wallet_id, reviewed);

-- Computers, phones and terminals the business works with.
create table device (
    id             integer primary key,
    name           text not null unique collate nocase check (name <> ''),
    kind           text not null check (kind in ('computer', 'phone', 'terminal', 'other')),
    holder         text not null,
    system_updated text,
    app_updated    text,
    encrypted      integer check (encrypted in (0, 1)), -- null: not known
    reviewed       text,
    lost           text,
    created_ms     integer not null
) strict;

-- What is on a device, and is to be revoked when it is lost.
create table device_credential (
    device_id     integer not null references device on delete cascade,
    credential_id integer not null references credential on delete cascade,
    primary key (device_id, credential_id)
) strict, without rowid;
create index device_credential_credential on device_credential (credential_id);

-- When the key of the books and the recovery kit came to be. Empty: not known to this profile.
insert into meta (key, value) values ('books_key_ms', ''), ('kit_made_ms', ''), ('kit_proven_ms', '');
