/**
 * Development only: statement files that are chosen, looked at, taken in and taken back. `?files=4` are chosen, `?skipped=3` rows
 * are left out, `?slow=60` is what a step of a job takes.
 */
import type { Backend, Events, ImportOptionsRequest, ImportView, ReceiptView, SkippedView, WalletView } from "../ipc";

type Ground = {
  query: URLSearchParams;
  wallets: () => WalletView[];
  /** Something was imported. */
  onimport: () => void;
  pause: (ms: number) => Promise<unknown>;
  emit: <E extends keyof Events>(event: E, payload: Events[E]) => void;
};
type Commands = Pick<
  Backend["commands"],
  | "importChoose"
  | "importPreview"
  | "importSample"
  | "importCommit"
  | "imports"
  | "importUndo"
  | "importSkipped"
  | "originalSave"
  | "jobCancel"
>;

const names = [
  "20881021462201560156_202610_账务明细_1.csv",
  "alipay_record_20261101.zip",
  "paypal-2026-10.csv",
  "holiday-photos.csv",
];
function receipt(handle: number, options: ImportOptionsRequest, stored: boolean): ReceiptView {
  const base: ReceiptView = {
    handle,
    file: names[handle] ?? "statement.csv",
    id: stored ? 100 + handle : null,
    refused: null,
    provider: "alipay",
    form: "alipay.account_log",
    wallet: options.wallet ?? "支付宝 旗舰店",
    account_ref: "2088102146220156",
    sha256: "9f2c",
    rows: 312,
    stored: stored ? 312 : 0,
    already_present: 0,
    skipped: 0,
    warnings: [],
    agrees: true,
    period: { from: "2026-10-01", to: "2026-10-31", stated: true },
    totals: [
      {
        currency: "CNY",
        money_in: { count: 268, sum: "58120.00" },
        money_out: { count: 41, sum: "31204.50" },
        neutral: { count: 3, sum: "0.00" },
        fee: "348.72",
      },
    ],
  };
  const refused = (code: string, expected: string, found: string): ReceiptView => ({
    ...base,
    refused: { code, expected, found, line: code === "unknown_form" ? 1 : null, unknown: null },
    provider: null,
    form: null,
    wallet: null,
    rows: 0,
    totals: [],
    agrees: null,
    period: null,
  });
  if (handle === 1 && options.zip_password === null) return refused("needs_password", "", "");
  if (handle === 1)
    return {
      ...base,
      form: "alipay.personal",
      rows: 87,
      agrees: null,
      skipped: 2,
      warnings: [{ code: "rows_skipped", message: "2 rows" }],
      totals: [
        {
          currency: "CNY",
          money_in: { count: 12, sum: "4300.00" },
          money_out: { count: 75, sum: "8112.45" },
          neutral: { count: 0, sum: "0.00" },
          fee: "0.00",
        },
      ],
    };
  if (handle === 2)
    return {
      ...base,
      provider: "paypal",
      form: "paypal.activity",
      wallet: "PayPal",
      account_ref: null,
      rows: 1204,
      stored: stored ? 992 : 0,
      already_present: 212,
      agrees: false,
      warnings: [{ code: "control_total", message: "file 48,210.37, rows 48,201.37" }],
      totals: [
        {
          currency: "USD",
          money_in: { count: 901, sum: "48210.37" },
          money_out: { count: 120, sum: "20114.05" },
          neutral: { count: 0, sum: "0.00" },
          fee: "1977.20",
        },
        {
          currency: "EUR",
          money_in: { count: 170, sum: "6902.11" },
          money_out: { count: 13, sum: "812.00" },
          neutral: { count: 0, sum: "0.00" },
          fee: "291.40",
        },
      ],
    };
  if (handle === 3 && options.columns.length > 0)
    return {
      ...base,
      provider: "other",
      form: "other.mapped",
      wallet: options.wallet ?? "Airwallex",
      account_ref: null,
    };
  if (handle === 3) {
    const receipt = refused("unknown_form", "the column names of a known form", "Settled on,Amount,…");
    const column = (name: string, role: string | null, cells: string[]) => ({ name, role, cells });
    return {
      ...receipt,
      refused: receipt.refused && {
        ...receipt.refused,
        unknown: {
          provider: "other",
          fee_sign: "added",
          nearest: { form: "stripe.balance_history", missing: ["Available On (UTC)", "Source"] },
          columns: [
            column("Settled on", "date", ["2026-10-03 09:12", "2026-10-04 11:40"]),
            column("Amount", "gross", ["1,250.00", "-50.00"]),
            column("Charges", "fee", ["-44.12", "0.00"]),
            column("Net", "net", ["1,205.88", "-50.00"]),
            column("Ccy", "currency", ["HKD", "HKD"]),
            column("Reference no.", "id", ["AWX20261003001", "AWX20261004007"]),
            column("Payer", null, ["Chan Tai Man", "Chan Tai Man"]),
          ],
        },
      },
    };
  }
  return base;
}

export function files({ query, wallets, onimport, pause, emit }: Ground): Commands {
  let undone = new Set<number>();
  const imports = (): ImportView[] =>
    wallets()
      .flatMap((w) =>
        [10, 9, 8].map((month, at) => ({
          id: w.id * 10 + at,
          time: `2026-11-2${3 - at}T0${w.id}:12:00Z`,
          provider: w.provider,
          wallet: w.name,
          rows: 5200 + month * w.id * 7,
          stored: 5200 + month * w.id * 7 - (at === 1 ? 212 : 0) - (at === 0 && w.id === 2 ? 3 : 0),
          file:
            w.provider === "alipay"
              ? `20881021462201560156_2026${String(month).padStart(2, "0")}_账务明细_1.csv`
              : w.provider === "wechatpay"
                ? `1608442817Fund${month}月资金账单.csv`
                : `${w.provider}-2026-${String(month).padStart(2, "0")}.csv`,
          form: {
            paypal: "paypal.activity",
            alipay: "alipay.account_log",
            wechatpay: "wechatpay.fund_flow",
            stripe: "stripe.balance_change",
            other: "",
          }[w.provider],
          already_present: at === 1 ? 212 : 0,
          skipped: at === 0 && w.id === 2 ? 3 : 0,
          period: {
            from: `2026-${String(month).padStart(2, "0")}-01`,
            to: `2026-${String(month).padStart(2, "0")}-30`,
            stated: true,
          },
        })),
      )
      .filter((each) => !undone.has(each.id));
  async function job(kind: "import" | "preview" | "export", name: string) {
    const id = Math.floor(performance.now());
    for (let done = 0; done <= 4; done++) {
      emit("job", { job: id, kind, name, done, total: 4, rows: done * 78, state: done === 4 ? "done" : "running" });
      await pause(Number(query.get("slow") ?? 60));
    }
  }

  return {
    importChoose: async () =>
      names.map((name, handle) => ({ handle, name, size: 20_000 })).slice(0, Number(query.get("files") ?? 4)),
    importPreview: async (handles, options) => {
      await job("preview", names[handles[0] ?? 0] ?? "");
      return handles.map((handle) => receipt(handle, options, false));
    },
    importSample: async () => "sample.csv",
    importCommit: async (handles, options) => {
      await job("import", names[handles[0] ?? 0] ?? "");
      onimport();
      return handles.map((handle) => receipt(handle, options, true));
    },
    imports: async () => imports(),
    importUndo: async (id) => {
      undone = new Set([...undone, id]);
      return 5200;
    },
    importSkipped: async () => {
      const rows = [
        {
          line: 118,
          reason: "bad_amount",
          found: "１２，３４",
          raw: "T200P20261003,2026-10-03 11:20:09,李静,,１２，３４,311604.50,支付宝,收款,订单 18822",
        },
        { line: 240, reason: "bad_shape", found: "4", raw: "T200P20261011,2026-10-11 09:00:00,王小明,," },
        { line: 301, reason: "damaged_id", found: "2.80E+27", raw: "2.80E+27,2026-10-14 10:01:44,陈思远,,88.00" },
      ];
      return Array.from({ length: Number(query.get("skipped") ?? 3) }, (_, at) => ({
        ...(rows[at % 3] as SkippedView),
        line: 118 + at * 61,
      }));
    },
    originalSave: async () => "20881021462201560156_202610_账务明细_1.csv",
    jobCancel: async () => null,
  };
}
