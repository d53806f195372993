"""PayPal's activity report as rows of the table that Purser keeps, read with Python's csv module."""

import csv
import hashlib
import re
from datetime import datetime, timezone

KINDS = {"Payment Refund": 1, "User Initiated Withdrawal": 3}
HOURS = {"PST": 8, "PDT": 7, "UTC": 0}

# Chinese, Japanese and Korean are written without blanks: runs of them are indexed as groups of two and of three characters.
IDEOGRAPHS = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
RUN = re.compile(f"[{IDEOGRAPHS}]+|[^\\W_{IDEOGRAPHS}]+")


def index_words(*texts):
    """Words for a search index that finds two Chinese characters. (Purser's own holds groups of three, too.)"""
    out = []
    for text in texts:
        for run in RUN.findall(text.lower()):
            if "\u3005" <= run[0] <= "\ufaff":
                out.extend(run[place : place + 2] for place in range(len(run)))
                out.extend(run[place : place + 3] for place in range(len(run) - 2))
            else:
                out.append(run)
    return " ".join(out)


def records(path):
    """The cells of each data row."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        next(reader)
        yield from reader


def minor(amount):
    """Every currency of the practice company's PayPal has two decimals."""
    return int(amount.replace(",", "").replace(".", ""))


def transactions(path):
    """Rows of `txn` and their words: the columns of the table, the same meaning."""
    accounts, days = {}, {}
    second = sequence = None
    for number, cells in enumerate(records(path), 1):
        date, clock, zone, name, kind, _, currency, gross, fee, net = cells[:10]
        day = days.get((date, zone))
        if day is None:
            midnight = datetime(int(date[6:]), int(date[:2]), int(date[3:5]), tzinfo=timezone.utc)
            booked = f"{date[6:]}-{date[:2]}-{date[3:5]}"
            day = days[date, zone] = (int(midnight.timestamp()) + HOURS[zone] * 3600, booked)
        time_ms = (day[0] + int(clock[:2]) * 3600 + int(clock[3:5]) * 60 + int(clock[6:])) * 1000
        sequence = sequence + 1 if time_ms == second else 0
        second = time_ms
        account = accounts.setdefault(currency, len(accounts) + 1)
        reference, title, origin = cells[12], cells[13], cells[15]
        gross = minor(gross)
        direction = 0 if gross >= 0 else 1
        key = hashlib.sha256(f"paypal\x1f{reference}\x1f{currency}\x1f{direction}".encode()).digest()[:16]
        family = origin or reference
        description = title or kind
        row = (
            number, key, account, time_ms, sequence, day[1], KINDS.get(kind, 0), 1, direction, 1, 4,
            gross, minor(fee), minor(net), minor(cells[18]), reference, family, None, name, description,
            1, number + 1, 0, 0, None,
        )  # fmt: skip
        yield row, index_words(name, description, reference, origin), currency
