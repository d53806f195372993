/** Development only: wallets, their status and their transactions. `?rows=100000` has so many, `?lag=12` is what a page takes. */
import type {
  Backend,
  Code,
  CoverageMonthView,
  FilterRequest,
  StatusValueView,
  TransactionView,
  WalletView,
} from "../ipc";
import { cents, money, transactions, wallets } from "./generate";

type Ground = {
  query: URLSearchParams;
  /** There is something in the books. */
  filled: () => boolean;
  /** Files that were imported. */
  imports: () => Promise<readonly unknown[]>;
  pause: (ms: number) => Promise<unknown>;
  fail: (code: Code, detail?: Record<string, string>) => never;
};
type Commands = Pick<
  Backend["commands"],
  | "wallets"
  | "walletRename"
  | "overview"
  | "statusSet"
  | "transactions"
  | "transaction"
  | "accounts"
  | "statement"
  | "statementSave"
>;
type Books = {
  /** Puts the practice company into them, once. */
  fill: () => void;
  wallets: () => WalletView[];
  transactions: () => TransactionView[];
  commands: Commands;
};

function within(filter: FilterRequest) {
  return (row: TransactionView) =>
    (filter.from === null || row.booking_date >= filter.from) &&
    (filter.to === null || row.booking_date <= filter.to) &&
    (filter.wallets.length === 0 || filter.wallets.includes(row.wallet));
}
function coverage(id: number): CoverageMonthView[] {
  return Array.from({ length: 18 }, (_, at) => {
    const index = 2025 * 12 + 4 + at;
    const month = `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, "0")}`;
    const state =
      id === 3 && at === 16
        ? "missing"
        : (id === 1 && at === 3) || (id === 4 && at === 17)
          ? "partial"
          : id === 2 && at === 9
            ? "overlapping"
            : "complete";
    return {
      month,
      state,
      open: state === "complete" ? [] : [{ from: `${month}-21`, to: `${month}-28` }],
      overlaps:
        state === "overlapping"
          ? [
              {
                from: `${month}-03`,
                to: `${month}-09`,
                file: "2026-01_账务明细.csv",
                other: "2026-01_账务明细 (1).csv",
                only_in_file: 2,
                only_in_other: 0,
              },
            ]
          : [],
    };
  });
}

export function books({ query, filled, imports, pause, fail }: Ground): Books {
  let all: TransactionView[] = [];
  let named = wallets;
  const status = new Map<number, StatusValueView[]>();
  function fill() {
    if (filled() && all.length === 0) {
      all = transactions(Number(query.get("rows") ?? 100_000));
      const typed = (field: StatusValueView["field"], value: string, due: string | null = null): StatusValueView => ({
        field,
        value,
        note: "",
        due,
        as_of: "2026-11-20",
        source: "typed",
      });
      status.set(1, [
        typed("verification", "verified"),
        typed("payouts", "on"),
        typed("restrictions", "none"),
        typed("payout_bank_last4", "4471"),
      ]);
      status.set(2, [typed("verification", "verified"), typed("payouts", "on")]);
      status.set(4, [
        typed("verification", "verified"),
        typed("payouts", "paused"),
        typed("documents_due", query.get("lang") === "zh-CN" ? "地址证明" : "proof of address", "2026-12-12"),
      ]);
    }
  }
  const walletsNow = () => (filled() ? named : []);
  const commands: Commands = {
    wallets: async () => walletsNow(),
    walletRename: async (id, name) => {
      named = named.map((w) => (w.id === id ? { ...w, name } : w));
      return null;
    },
    overview: async (filter) => {
      const months = new Map<
        string,
        { wallet: number; month: string; currency: string; sales: number; fees: number }
      >();
      const sums = new Map<string, { wallet: number; currency: string; account: string; sum: number; last: string }>();
      const ends = new Map<string, { currency: string; money_in: number; money_out: number; fees: number }>();
      for (const row of all) {
        const key = `${row.wallet} ${row.currency}`;
        const sum = sums.get(key) ?? {
          wallet: row.wallet,
          currency: row.currency,
          account: row.account,
          sum: 0,
          last: row.time,
        };
        sum.sum += cents(row.net);
        sums.set(key, sum);
        if (row.booking_date.startsWith("2026-10")) {
          const end = ends.get(row.currency) ?? { currency: row.currency, money_in: 0, money_out: 0, fees: 0 };
          end.fees -= cents(row.fee);
          ends.set(row.currency, end);
        }
        if (!within(filter)(row)) continue;
        const month = row.booking_date.slice(0, 7);
        const share = months.get(`${key} ${month}`) ?? {
          wallet: row.wallet,
          month,
          currency: row.currency,
          sales: 0,
          fees: 0,
        };
        if (row.kind === "sale") share.sales += cents(row.gross);
        share.fees -= cents(row.fee) + (row.kind === "fee" ? cents(row.gross) : 0);
        months.set(`${key} ${month}`, share);
      }
      const chosen = walletsNow().filter((w) => filter.wallets.length === 0 || filter.wallets.includes(w.id));
      return {
        imports: (await imports()).length,
        last_month: [...ends.values()].map((end) => ({
          month: "2026-10",
          currency: end.currency,
          money_in: money(end.money_in),
          money_out: money(end.money_out),
          fees: money(end.fees),
        })),
        fee_shares: [...months.values()]
          .filter((each) => chosen.some((w) => w.id === each.wallet))
          .map((each) => ({
            ...each,
            sales: money(each.sales),
            fees: money(each.fees),
            share: each.sales > 0 ? ((each.fees / each.sales) * 100).toFixed(2) : null,
          })),
        wallets: chosen.map((wallet) => ({
          wallet,
          coverage: coverage(wallet.id),
          status: status.get(wallet.id) ?? [],
          last_transaction: "2026-10-31T15:12:00Z",
          last_import: "2026-11-23T02:12:00Z",
          balances: [...sums.values()]
            .filter((each) => each.wallet === wallet.id)
            .sort((a, b) => b.currency.localeCompare(a.currency))
            .map((each) => ({
              account: each.account,
              currency: each.currency,
              available: wallet.provider === "wechatpay" ? null : money(Math.abs(each.sum) % 40_000_000),
              pending: wallet.provider === "stripe" || wallet.provider === "paypal" ? "2114.05" : null,
              as_of: wallet.provider === "wechatpay" ? null : "2026-10-31T15:59:59Z",
              source: wallet.provider === "wechatpay" ? null : ("statement_file" as const),
              computed: money(each.sum),
            })),
        })),
      };
    },
    statusSet: async (wallet, field, value, note, due, asOf) => {
      status.set(wallet, [
        ...(status.get(wallet) ?? []).filter((each) => each.field !== field),
        { field, value, note, due, as_of: asOf, source: "typed" },
      ]);
      return null;
    },
    transactions: async (request) => {
      await pause(Number(query.get("lag") ?? 12));
      const words = request.search.toLowerCase().split(/\s+/).filter(Boolean);
      const inside = within(request.filter);
      const found = all.filter(
        (row) =>
          inside(row) &&
          (request.kinds.length === 0 || request.kinds.includes(row.kind)) &&
          (request.directions.length === 0 || request.directions.includes(row.direction)) &&
          (request.currencies.length === 0 || request.currencies.includes(row.currency)) &&
          words.every((word) =>
            `${row.counterparty} ${row.description} ${row.provider_ref}`.toLowerCase().includes(word),
          ),
      );
      const column = request.sort;
      const numeric = column === "gross" || column === "fee" || column === "net";
      const sorted =
        column === "time"
          ? request.descending
            ? found
            : [...found].reverse()
          : [...found].sort(
              (a, b) =>
                (numeric ? cents(a[column]) - cents(b[column]) : String(a[column]).localeCompare(String(b[column]))) *
                (request.descending ? -1 : 1),
            );
      const totals = new Map<string, { count: number; in: number; out: number; fees: number; net: number }>();
      for (const row of found) {
        const total = totals.get(row.currency) ?? { count: 0, in: 0, out: 0, fees: 0, net: 0 };
        total.count += 1;
        total[cents(row.gross) >= 0 ? "in" : "out"] += Math.abs(cents(row.gross));
        total.fees -= cents(row.fee);
        total.net += cents(row.net);
        totals.set(row.currency, total);
      }
      return {
        total: found.length,
        rows: sorted.slice(request.offset, request.offset + request.limit),
        totals: [...totals].map(([currency, total]) => ({
          currency,
          count: total.count,
          money_in: money(total.in),
          money_out: money(total.out),
          fees: money(total.fees),
          net: money(total.net),
        })),
      };
    },
    transaction: async (id) => {
      const at = Number(id.slice(1));
      const row = all[at] ?? fail("not_found");
      return {
        transaction: row,
        local_time: row.time,
        zone: named.find((w) => w.id === row.wallet)?.zone ?? "UTC",
        family: row.kind === "refund" ? [row, { ...(all[at + 40] ?? row), kind: "sale" }] : [],
        sources: [
          {
            import: 20,
            file: "20881021462201560156_202610_账务明细_1.csv",
            form: "alipay.account_log",
            line: 1200 + (at % 5000),
            version: null,
            raw: `${row.provider_ref},${row.time.slice(0, 19).replace("T", " ")},${row.counterparty},,${row.gross},${row.balance ?? ""},支付宝,${row.kind},${row.description}`,
          },
        ],
        payout:
          row.kind === "payout"
            ? {
                transaction: row,
                amount: row.net.replace("-", ""),
                confidence: "likely",
                transactions: 3,
                sales: "4015.00",
                refunds: "-120.00",
                fees: "-24.09",
                others: "0.00",
                sum: "3870.91",
              }
            : null,
        paid: row.kind === "payout" ? all.slice(at + 1, at + 4) : [],
      };
    },

    accounts: async () =>
      walletsNow().flatMap((w) =>
        (w.provider === "paypal" ? ["USD", "EUR"] : w.provider === "stripe" ? ["USD", "HKD"] : ["CNY"]).map(
          (currency) => ({
            wallet: w.id,
            account: w.provider === "wechatpay" ? "BASIC" : "main",
            currency,
            first: "2025-05-01",
            last: "2026-10-31",
          }),
        ),
      ),
    statement: async (request) => {
      const rows = all.filter(
        (row) =>
          row.wallet === request.wallet &&
          row.currency === request.currency &&
          row.booking_date >= request.from &&
          row.booking_date <= request.to,
      );
      const sum = (test: (row: TransactionView) => boolean, of: (row: TransactionView) => string) =>
        rows.filter(test).reduce((total, row) => total + cents(of(row)), 0);
      const moneyIn = sum(
        (row) => cents(row.gross) >= 0,
        (row) => row.gross,
      );
      const moneyOut = -sum(
        (row) => cents(row.gross) < 0,
        (row) => row.gross,
      );
      const fees = -sum(
        () => true,
        (row) => row.fee,
      );
      const opening = request.wallet === 3 ? 0 : 9_744_126;
      return {
        opening: money(opening),
        closing: money(opening + moneyIn - moneyOut - fees),
        money_in: money(moneyIn),
        money_out: money(moneyOut),
        fees: money(fees),
        lines: rows.length,
        basis: request.wallet === 3 ? "from_zero" : request.wallet === 1 ? "computed" : "provider",
        ties_out: request.wallet !== 3,
        zone: named.find((w) => w.id === request.wallet)?.zone ?? "UTC",
        gaps: coverage(request.wallet).filter(
          (each) =>
            each.state !== "complete" &&
            each.state !== "overlapping" &&
            each.month >= request.from.slice(0, 7) &&
            each.month <= request.to.slice(0, 7),
        ),
      };
    },
    statementSave: async () => ({
      name: "hailan-alipay-CNY-2026-10.csv",
      sha256: "4be19b1c7d5f0a5b0c4e2a1f6f1d3b8ec7a4f1f6d5c3b2a19087f6e5d4c3b2a1",
      lines: 5262,
    }),
  };
  return { fill, wallets: walletsNow, transactions: () => all, commands };
}
