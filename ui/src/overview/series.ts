import type { FeeShareView } from "../ipc";

export type Series = { wallet: number; currency: string; shares: (number | null)[] };

/** One series per wallet and currency: shares may stand side by side, amounts of two currencies never are added. */
export function feeSeries(shares: readonly FeeShareView[], months: readonly string[], limit: number): Series[] {
  const groups = new Map<string, FeeShareView[]>();
  for (const share of shares) {
    const key = `${share.wallet} ${share.currency}`;
    groups.set(key, [...(groups.get(key) ?? []), share]);
  }
  return [...groups.values()]
    .map((group) => {
      const first = group[0] as FeeShareView;
      // A share is a percentage for drawing only; the table shows the text as it came.
      const at = new Map(group.map((each) => [each.month, each.share === null ? null : Number(each.share)]));
      return { wallet: first.wallet, currency: first.currency, shares: months.map((month) => at.get(month) ?? null) };
    })
    .sort((a, b) => filled(b) - filled(a) || a.wallet - b.wallet)
    .slice(0, limit)
    .sort((a, b) => a.wallet - b.wallet);
}
const filled = (series: Series) => series.shares.filter((share) => share !== null).length;
