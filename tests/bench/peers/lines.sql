-- The lines of Purser's statement files as they are, in a table that is not encrypted.
create table line (date text, time text, zone text, id text, part text, type text, counterparty text, description text,
    reference text, currency text, amount text, balance text, status text);
