/**
 * Development only: the core's commands over a practice company, so that the window runs in a browser.
 * `?scene=first|locked|code|open|new|empty|demo|broken&lang=zh-CN&theme=dark` picks where it starts.
 */
import type {
  Backend,
  BootView,
  CoverageMonthView,
  Events,
  FilterRequest,
  ImportOptionsRequest,
  ImportView,
  Code,
  ReceiptView,
  RoleView,
  SkippedView,
  StatusValueView,
  TransactionView,
} from "../ipc";
import { door, firstPeople, loginsOf, proofs } from "./door";
import { contacts } from "./contacts";
import { emergency } from "./emergency";
import { facts, playbook } from "./facts";
import { records } from "./records";
import { security } from "./security";
import { cents, money, transactions, wallets } from "./generate";

const query = new URLSearchParams(location.search);
const scene = query.get("scene") ?? "open";
const listeners = new Map<string, ((payload: never) => void)[]>();
const emit = <E extends keyof Events>(event: E, payload: Events[E]) =>
  listeners.get(event)?.forEach((heard) => heard(payload as never));
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
const fail = (code: Code, detail: Record<string, string> = {}): never => {
  throw { code, detail };
};

let all: TransactionView[] = [];
let named = wallets;
let tries = 0;
let undone = new Set<number>();
const status = new Map<number, StatusValueView[]>();
let boot: BootView = {
  phase: scene === "first" ? "no_profile" : scene === "locked" ? "locked" : scene === "code" ? "second_factor" : "open",
  demo: scene === "demo",
  role: (query.get("role") as RoleView | null) ?? "owner",
  slot_name: query.get("role") ? "李梅" : "owner",
  logins: scene === "first" ? [] : loginsOf(firstPeople(query)),
  must_change: query.has("change"),
  wait_s: Number(query.get("wait") ?? 0),
  settings: {
    language: (query.get("lang") as "en" | "zh-CN" | null) ?? null,
    region: query.get("region"),
    theme: (query.get("theme") as "light" | "dark" | null) ?? "system",
    palette: (query.get("palette") as "western" | null) ?? "neutral",
    idle_minutes: 10,
    show_names: query.has("names"),
  },
  version: "0.1.0",
  platform: query.get("platform") ?? "linux",
  device_store: "keyring",
  has_second_factor: scene !== "new" && scene !== "empty",
  kit_proven: scene !== "new" && scene !== "empty",
};
const filled = () => scene !== "empty" && (scene !== "first" || imported) && boot.phase === "open";
let imported = false;

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
const imports = (): ImportView[] =>
  filled()
    ? named
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
        .filter((each) => !undone.has(each.id))
    : [];
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
async function job(kind: "import" | "preview" | "export", name: string) {
  const id = Math.floor(performance.now());
  for (let done = 0; done <= 4; done++) {
    emit("job", { job: id, kind, name, done, total: 4, rows: done * 78, state: done === 4 ? "done" : "running" });
    await pause(Number(query.get("slow") ?? 60));
  }
}
const settled = (view: BootView): BootView => {
  boot = view;
  fill();
  return boot;
};

/** `?scene=broken&code=damaged`: the core has no books to show. */
const reachable = () => scene !== "broken" || boot.demo || fail((query.get("code") as Code | null) ?? "profile_in_use");

const held = proofs(fail);
const doors = door({ query, boot: () => boot, settled, pause, fail, emit, held });
const register = contacts(query, () => walletsNow());
/** Doors of the security page that follow from the rest. */
async function openToday() {
  const names = { paypal: "PayPal", alipay: "Alipay 支付宝", wechatpay: "WeChat Pay 微信支付", stripe: "Stripe" };
  const { numbers_missing } = await register.contacts();
  const lines = boot.phase === "open" && boot.role !== "responder" ? await commands.incidents() : [];
  return {
    numbers: numbers_missing.map((code) => names[code as keyof typeof names]),
    notPutBack: lines.reduce((sum, line) => sum + (line.put_back?.open ?? 0), 0),
  };
}
const commands: Backend["commands"] = {
  ...doors,
  ...records({ query, boot: () => boot, settled, pause, fail, emit, enrol: doors.recoveryBegin }),
  ...security(query, held.spend, openToday),
  ...register,
  ...emergency({
    query,
    boot: () => boot,
    wallets: () => walletsNow(),
    transactions: () => all,
    pause,
    fail,
    emit,
    held,
  }),
  boot: async () => {
    reachable();
    return settled(boot);
  },
  settingsSet: async (settings) => settled({ ...boot, settings }),
  demoOpen: async () => {
    await pause(200);
    imported = true;
    return settled({ ...boot, phase: "open", demo: true, has_second_factor: true, kit_proven: true });
  },
  demoClose: async () => {
    boot = { ...boot, phase: "no_profile", demo: false };
    reachable();
    return settled(boot);
  },
  passwordStrength: async (password, known) => {
    const reasons = [];
    if (password.length < 15) reasons.push({ code: "too_short", min: 15 });
    if (known.some((name) => name.length > 2 && password.toLowerCase().includes(name.toLowerCase())))
      reasons.push({ code: "name_inside", min: null });
    if (/^(.)\1+$|password|12345/i.test(password)) reasons.push({ code: "guessable", min: null });
    return { score: Math.min(4, Math.floor(password.length / 5)), accepted: reasons.length === 0, reasons };
  },
  keyringProbe: async () => ({ available: !query.has("nokeyring"), vendor: "GNOME Keyring" }),
  profileCreate: async () => {
    await pause(500);
    settled({ ...boot, phase: "open", has_second_factor: false, kit_proven: false });
    return { text: "", recovery_key: "PURS-7K2M-Q9XD-4WTB-H8NC-5RVE-J3YL-6GAZ" };
  },
  kitConfirm: async (retyped) => {
    const ok = retyped.replace(/[^A-Za-z0-9]/g, "").toUpperCase() === "PURS7K2MQ9XD4WTBH8NC5RVEJ3YL6GAZ";
    if (ok) settled({ ...boot, kit_proven: true });
    return ok;
  },
  kitSave: async () => "purser-recovery-kit.pdf",
  unlock: async (password) => {
    await pause(400);
    if (password === "damaged") fail("damaged");
    if (password === "wrong") {
      tries += 1;
      if (tries >= 3) {
        settled({ ...boot, wait_s: 30 });
        fail("wait", { seconds: "30" });
      }
      fail("wrong_password");
    }
    settled({ ...boot, phase: boot.has_second_factor ? "second_factor" : "open" });
    return { next: boot.has_second_factor ? "code" : "open" };
  },
  unlockCode: async (code) => {
    await pause(200);
    if (code === "000000") fail("wrong_code");
    return settled({ ...boot, phase: "open", wait_s: 0 });
  },
  lock: async () => settled({ ...boot, phase: "locked" }),
  activity: async () => null,

  wallets: async () => walletsNow(),
  walletRename: async (id, name) => {
    named = named.map((w) => (w.id === id ? { ...w, name } : w));
    return null;
  },
  overview: async (filter) => {
    const months = new Map<string, { wallet: number; month: string; currency: string; sales: number; fees: number }>();
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
      imports: imports().length,
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

  importChoose: async () =>
    names.map((name, handle) => ({ handle, name, size: 20_000 })).slice(0, Number(query.get("files") ?? 4)),
  importPreview: async (handles, options) => {
    await job("preview", names[handles[0] ?? 0] ?? "");
    return handles.map((handle) => receipt(handle, options, false));
  },
  importSample: async () => "sample.csv",
  importCommit: async (handles, options) => {
    await job("import", names[handles[0] ?? 0] ?? "");
    imported = true;
    fill();
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

  providerFacts: async () => facts,
  theftPlaybook: async () => playbook,
  openLink: async () => null,
};

/** What crosses a wire is copied. */
function copied<F extends (...args: never[]) => Promise<unknown>>(command: F): F {
  return (async (...args: Parameters<F>) => structuredClone(await command(...structuredClone(args)))) as F;
}
Object.assign(window, { purserEmit: emit });
export const mock: Backend = {
  forget: () => false,
  commands: Object.fromEntries(
    Object.entries(commands).map(([name, command]) => [name, copied(command)]),
  ) as Backend["commands"],
  listen: async (event, heard) => {
    const of = () => listeners.get(event) ?? [];
    listeners.set(event, [...of(), heard as never]);
    return () =>
      listeners.set(
        event,
        of().filter((each) => each !== (heard as never)),
      );
  },
};
