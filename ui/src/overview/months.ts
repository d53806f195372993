import type { CoverageMonthView, WalletOverviewView } from "../ipc";

/** All months between the first and the last any wallet knows, newest `limit` of them. */
export function monthsOf(overviews: readonly { coverage: readonly { month: string }[] }[], limit: number): string[] {
  const known = overviews.flatMap((overview) => overview.coverage.map((each) => each.month)).sort();
  const first = known[0];
  const last = known.at(-1);
  if (!first || !last) return [];
  const months: string[] = [];
  for (let year = Number(first.slice(0, 4)), month = Number(first.slice(5, 7)); ; month++) {
    if (month > 12) {
      month = 1;
      year += 1;
    }
    const id = `${year}-${String(month).padStart(2, "0")}`;
    months.push(id);
    if (id >= last) return months.slice(-limit);
  }
}
export function coverageOf(overview: WalletOverviewView, month: string): CoverageMonthView | null {
  return overview.coverage.find((each) => each.month === month) ?? null;
}
