import type { OverviewView } from "../ipc";

/** The parts of the one plain sentence: what is there, by currency, as stated or else computed; and last month's fees. */
export function balancesByCurrency(
  overview: OverviewView,
  add: (a: string, b: string) => string,
): { currency: string; amount: string }[] {
  const sums = new Map<string, string>();
  for (const { balances } of overview.wallets)
    for (const balance of balances)
      sums.set(balance.currency, add(sums.get(balance.currency) ?? "0", balance.available ?? balance.computed));
  return [...sums].map(([currency, amount]) => ({ currency, amount }));
}
