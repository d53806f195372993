/** Development only: a practice company, the same every time. */
import type { ProviderCode, TransactionView, WalletView } from "../ipc";

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 4294967296;
  };
}
const BUSINESS = "Hailan Trading Co. 海澜贸易";
const wallet = (id: number, name: string, provider: ProviderCode, account_ref: string, zone: string): WalletView => ({
  id,
  name,
  provider,
  business: BUSINESS,
  account_ref,
  zone,
  transactions: 0,
});
export const wallets: WalletView[] = [
  wallet(1, "PayPal", "paypal", "finance@hailan.example", "America/Los_Angeles"),
  wallet(2, "支付宝 旗舰店", "alipay", "2088102146220156", "Asia/Shanghai"),
  wallet(3, "微信支付 门店", "wechatpay", "1608442817", "Asia/Shanghai"),
  wallet(4, "Stripe HK", "stripe", "acct_1Kx82LQf0156", "Asia/Hong_Kong"),
];
const people: Record<string, string[]> = {
  paypal: ["Olga Nowak", "José García", "Zoë Müller", "Wei Chen", "Aoife Byrne", "Łukasz Wójcik"],
  alipay: ["杭州云栖电子商务有限公司", "上海明远贸易有限公司", "王小明", "李静", "广州白云皮具厂"],
  wechatpay: ["顾客 o4GgaK", "门店顾客", "陈思远", "赵雨桐"],
  stripe: ["Kwok Wing Yan", "Nadia Rahman", "Bright Supply Ltd", "M. Okafor"],
};
const texts: Record<string, string[]> = {
  paypal: ["Order", "Invoice", "Subscription"],
  alipay: ["订单", "货款 订单", "定金 订单"],
  wechatpay: ["门店收款", "小程序订单", "扫码付款"],
  stripe: ["Order", "Payment link", "Subscription"],
};
const money = (cents: number) =>
  `${cents < 0 ? "-" : ""}${Math.floor(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, "0")}`;
export const cents = (text: string) => Number(text.replace(".", ""));
export { money };

export function transactions(count: number): TransactionView[] {
  const next = random(42);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const last = Date.UTC(2026, 9, 31, 15, 30);
  const span = 18 * 30.4 * 86_400_000;
  const rows: TransactionView[] = [];
  for (let index = 0; index < count; index++) {
    const w = pick(wallets);
    const time = new Date(last - (index / count) * span - next() * 400_000);
    const chance = next();
    const kind =
      chance < 0.84
        ? "sale"
        : chance < 0.9
          ? "refund"
          : chance < 0.93
            ? "fee"
            : chance < 0.96
              ? "payout"
              : chance < 0.975
                ? "conversion"
                : chance < 0.985
                  ? "dispute"
                  : "transfer_in";
    const currency =
      w.provider === "paypal"
        ? next() < 0.75
          ? "USD"
          : "EUR"
        : w.provider === "stripe"
          ? next() < 0.6
            ? "USD"
            : "HKD"
          : "CNY";
    const size =
      kind === "payout"
        ? 40_000 + next() * 900_000
        : kind === "fee"
          ? 300 + next() * 4000
          : 900 + next() * next() * 180_000;
    const inward = kind === "sale" || kind === "transfer_in" || (kind === "conversion" && next() < 0.5);
    const gross = Math.round(inward ? size : -size);
    const rate = w.provider === "paypal" ? 0.041 : w.provider === "stripe" ? 0.034 : 0.006;
    const fee =
      kind === "sale"
        ? -Math.round(Math.abs(gross) * rate + (rate > 0.01 ? 30 : 0))
        : kind === "refund" && w.provider === "alipay"
          ? Math.round(Math.abs(gross) * rate)
          : 0;
    const personal = kind === "sale" && w.provider === "wechatpay" && next() < 0.04;
    rows.push({
      id: `t${index}`,
      time: time.toISOString(),
      booking_date: time.toISOString().slice(0, 10),
      wallet: w.id,
      provider: w.provider,
      account: w.provider === "wechatpay" ? "BASIC" : "main",
      kind,
      status: next() < 0.985 ? "completed" : "pending",
      direction: gross >= 0 ? "in" : "out",
      moved: !personal,
      gross: money(gross),
      fee: money(fee),
      net: money(gross + fee),
      currency,
      balance: w.provider === "alipay" ? money(31_000_000 + Math.round(next() * 900_000)) : null,
      counterparty:
        kind === "payout"
          ? w.provider === "alipay"
            ? "对公账户 ··8820"
            : "Bank ··4471"
          : kind === "fee"
            ? ""
            : pick(people[w.provider] ?? [""]),
      description:
        kind === "payout"
          ? "提现"
          : kind === "fee"
            ? currency === "CNY"
              ? "扣除交易手续费"
              : "Monthly fee"
            : `${pick(texts[w.provider] ?? [""])} ${10_000 + (index % 90_000)}`,
      provider_ref: `2026${String(index).padStart(10, "0")}${String(Math.floor(next() * 1e12)).padStart(12, "0")}`,
    });
  }
  for (const w of wallets) w.transactions = rows.filter((row) => row.wallet === w.id).length;
  return rows;
}
