-- What Purser's statement file tells of each transaction, as it lies in a copy of the books that is not encrypted:
-- no time or amount is formatted, and a fee is a column instead of a line of its own, so this peer has less to do.
select a.currency, t.time_ms, t.booking_date, t.provider_ref, t.kind, t.status, t.counterparty, t.description, t.family,
    t.gross, t.fee, t.net, t.balance
from txn t join account a on a.id = t.account_id
order by t.account_id, t.booking_date, t.time_ms, t.sequence, t.id;
