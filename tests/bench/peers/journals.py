"""A PayPal file as plain-text accounting: journals.py CSV HLEDGER BEANCOUNT. Every row is a balanced entry."""

import sys

from paypal import minor, records


def decimal(value):
    return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02}"


def main(statement, hledger, beancount):
    currencies = ("USD", "EUR", "HKD")
    with open(hledger, "w", encoding="utf-8") as ledger, open(beancount, "w", encoding="utf-8") as bean:
        for account in ("Assets:PayPal", "Income:Sales", "Expenses:Fees"):
            bean.write(f"2000-01-01 open {account} {','.join(currencies)}\n")
        for cells in records(statement):
            date = f"{cells[0][6:]}-{cells[0][:2]}-{cells[0][3:5]}"
            payee, title, currency, reference = cells[3], cells[13] or cells[4], cells[6], cells[12]
            gross, fee, net = (minor(cells[place]) for place in (7, 8, 9))
            legs = (("Assets:PayPal", net), ("Expenses:Fees", -fee), ("Income:Sales", -gross))
            ledger.write(f"{date} * ({reference}) {payee} | {title}\n")
            bean.write(f'{date} * "{payee}" "{title}" ^{reference}\n')
            for account, value in legs:
                leg = f"  {account}  {decimal(value)} {currency}\n"
                ledger.write(leg)
                bean.write(leg)
            ledger.write("\n")
            bean.write("\n")


main(*sys.argv[1:])
