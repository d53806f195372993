/** Development only: everything since the last good day, each transaction ours, theirs or unknown. */
import type { Backend, Code, IncidentView, ReconciledView, TransactionView } from "../ipc";
import { cents, money } from "./generate";
import { iso } from "./levers";

type Ground = {
  transactions: () => TransactionView[];
  of: (id: string) => IncidentView;
  keep: (next: IncidentView) => IncidentView;
  fail: (code: Code, detail?: Record<string, string>) => never;
};
type Commands = Pick<Backend["commands"], "goodDaySet" | "reconcile" | "verdictsSet">;

const DAY = 86_400_000;
/** A week before the first suspicion, or the day after the last good one where that is earlier. */
export function packFrom(started: number, goodDay: string | null): string {
  const week = iso(started - 7 * DAY).slice(0, 10);
  const after = goodDay === null ? week : iso(Date.parse(goodDay) + DAY).slice(0, 10);
  return after < week ? after : week;
}

export function verdicts({ transactions, of, keep, fail }: Ground): Commands {
  const said = new Map<string, string>();
  const rowsSince = (day: string) =>
    transactions()
      .filter((row) => row.booking_date > day)
      .reverse();
  const progress = (rows: TransactionView[]): ReconciledView => {
    const sums = new Map<
      string,
      { verdict: string | null; currency: string; count: number; in: number; out: number }
    >();
    for (const row of rows) {
      const verdict = said.get(row.id) ?? null;
      const key = `${verdict} ${row.currency}`;
      const sum = sums.get(key) ?? { verdict, currency: row.currency, count: 0, in: 0, out: 0 };
      sum.count += 1;
      sum[cents(row.net) >= 0 ? "in" : "out"] += Math.abs(cents(row.net));
      sums.set(key, sum);
    }
    return {
      total: rows.length,
      marked: rows.filter((row) => said.has(row.id)).length,
      sums: [...sums.values()].map((sum) => ({
        verdict: sum.verdict,
        currency: sum.currency,
        count: sum.count,
        money_in: money(sum.in),
        money_out: money(sum.out),
      })),
    };
  };
  const counted = (view: IncidentView): IncidentView => {
    const { marked, total } = progress(rowsSince(view.good_day ?? "9999-12-31"));
    const steps = view.steps.map((step) =>
      step.step === "reconcile" ? { ...step, transactions: { marked, total } } : step,
    );
    return { ...view, steps };
  };

  return {
    goodDaySet: async (id, day) => {
      const view = of(id);
      return keep(counted({ ...view, good_day: day, pack_from: packFrom(Date.parse(view.started), day) }));
    },
    reconcile: async ({ incident, unmarked, after }) => {
      const since = rowsSince(of(incident).good_day ?? fail("invalid"));
      const left = since.filter((row) => !unmarked || !said.has(row.id));
      const from = after === null ? 0 : Number(after);
      return {
        good_day: of(incident).good_day ?? "",
        rows: left.slice(from, from + 100).map((transaction) => ({
          transaction,
          verdict: said.get(transaction.id) ?? null,
          by: said.has(transaction.id) ? "owner" : "",
          at: said.has(transaction.id) ? iso(Date.now()) : null,
        })),
        next: left.length > from + 100 ? String(from + 100) : null,
        progress: progress(since),
      };
    },
    verdictsSet: async (id, ids, verdict) => {
      for (const each of ids) {
        if (verdict === null) said.delete(each);
        else said.set(each, verdict);
      }
      keep(counted(of(id)));
      return progress(rowsSince(of(id).good_day ?? ""));
    },
  };
}
