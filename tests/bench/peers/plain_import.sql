-- sqlite3's own `.import` of the same file into a table of its columns, with the same key and indices.
pragma journal_mode = wal;
pragma synchronous = full;
pragma cache_size = -65536;
create table paypal (date text, time text, zone text, name text, type text, status text, currency text, gross text, fee text,
    net text, from_email text, to_email text, id text not null unique, title text, item text, reference text, invoice text,
    quantity text, balance text, country text, country_code text, impact text);
create index paypal_time on paypal (date, time);
create index paypal_account on paypal (currency, date, time);
