import { count, day, t } from "../i18n/index.svelte";
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
/** Why a month is not complete: the days no file speaks for, the files that contradict each other. */
export function reasonsOf(cover: CoverageMonthView | null): string[] {
  if (!cover) return [];
  return [
    ...cover.open.map((days) => t("coverage.open", { from: day(days.from), to: day(days.to) })),
    ...cover.overlaps.map((each) =>
      t("coverage.overlap", {
        file: each.file,
        other: each.other,
        from: day(each.from),
        to: day(each.to),
        only: count(each.only_in_file),
        others: count(each.only_in_other),
      }),
    ),
  ];
}
