/** Civil dates as text, without zones: the core reads them in each wallet's own zone. */
export type Period =
  | { kind: "all" }
  | { kind: "month"; year: number; month: number }
  | { kind: "quarter"; year: number; quarter: number }
  | { kind: "year"; year: number }
  | { kind: "custom"; from: string; to: string };

const two = (value: number) => String(value).padStart(2, "0");
export function lastDay(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Both days included; null where the period is open. */
export function bounds(period: Period): { from: string | null; to: string | null } {
  switch (period.kind) {
    case "all":
      return { from: null, to: null };
    case "month":
      return span(period.year, period.month, period.month);
    case "quarter":
      return span(period.year, period.quarter * 3 - 2, period.quarter * 3);
    case "year":
      return span(period.year, 1, 12);
    case "custom":
      return { from: period.from || null, to: period.to || null };
  }
}
function span(year: number, first: number, last: number): { from: string; to: string } {
  return { from: `${year}-${two(first)}-01`, to: `${year}-${two(last)}-${two(lastDay(year, last))}` };
}

export function monthBefore(year: number, month: number, back: number): { year: number; month: number } {
  const index = year * 12 + (month - 1) - back;
  return { year: Math.floor(index / 12), month: (index % 12) + 1 };
}
/** The same length, one step earlier or later. */
export function step(period: Period, by: 1 | -1): Period {
  switch (period.kind) {
    case "month":
      return { kind: "month", ...monthBefore(period.year, period.month, -by) };
    case "quarter": {
      const index = period.year * 4 + (period.quarter - 1) + by;
      return { kind: "quarter", year: Math.floor(index / 4), quarter: (index % 4) + 1 };
    }
    case "year":
      return { kind: "year", year: period.year + by };
    default:
      return period;
  }
}
/** The last whole month, and the like, seen from a day. */
export function presets(today: string): { month: Period; quarter: Period; year: Period } {
  const year = Number(today.slice(0, 4));
  const month = Number(today.slice(5, 7));
  const quarter = Math.ceil(month / 3);
  return {
    month: { kind: "month", year, month },
    quarter: { kind: "quarter", year, quarter },
    year: { kind: "year", year },
  };
}
export function lastWholeMonth(today: string): { year: number; month: number } {
  return monthBefore(Number(today.slice(0, 4)), Number(today.slice(5, 7)), 1);
}
export function todayHere(): string {
  const now = new Date();
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
