/** Development only: credentials, wallets' protection, devices and open doors of the practice company. `?bare` = nothing written down. */
import type { ActView, Backend, BoardRowView, DeviceView, DoorView, RotationView, WalletSecurityView } from "../ipc";

type Commands = Backend["commands"];
type Security = Pick<
  Commands,
  | "security"
  | "credentials"
  | "reminderDaysSet"
  | "credentialAdd"
  | "credentialChange"
  | "credentialReport"
  | "credentialRemove"
  | "rotationBegin"
  | "rotationAdvance"
  | "rotationAbandon"
  | "secretKeep"
  | "secretForget"
  | "secretReveal"
  | "walletSecuritySet"
  | "deviceAdd"
  | "deviceChange"
  | "deviceRemove"
  | "deviceLost"
>;
const row = (id: string, kind: string, more: Partial<BoardRowView> = {}): BoardRowView => ({
  id,
  kind,
  name: "",
  wallet_id: null,
  holder: "owner",
  kept_at: "",
  used_at: "",
  scope: "",
  misuse: "takes_over",
  made: "2026-10-15",
  rotated: null,
  expires: null,
  compromised: null,
  age_days: 41,
  reminder: null,
  has_secret: false,
  rotation: null,
  ...more,
});
const STEPS = {
  new_first: ["make", "put", "verify", "revoke", "destroy"],
  revoke_first: ["revoke", "make", "put", "verify", "destroy"],
} as Record<string, string[]>;
function rotationOf(order: string, done: number): RotationView {
  const steps = STEPS[order] ?? [];
  const did = (step: string) => steps.indexOf(step) < done;
  return {
    order,
    steps: steps.map((step, at) => ({ step, done: at < done })),
    next: steps[done] ?? null,
    works: !did("revoke") || did("verify"),
    may_be_abandoned: !did("revoke"),
  };
}
const stored: BoardRowView[] = [
  row("3", "api_key", {
    name: "Stripe live key",
    wallet_id: 4,
    holder: "李梅",
    kept_at: "server vault",
    used_at: "web shop",
    scope: "charges, refunds",
    misuse: "refunds",
    made: "2025-10-10",
    age_days: 411,
    reminder: { reason: "old", days: 411 },
    rotation: rotationOf("new_first", 2),
  }),
  row("4", "certificate", {
    name: "微信支付 API certificate",
    wallet_id: 3,
    holder: "Jonas Berg",
    kept_at: "safe",
    misuse: "pays_out",
    expires: "2026-12-01",
    age_days: 320,
    reminder: { reason: "expires", days: 6 },
  }),
  row("5", "dashboard_login", {
    name: "PayPal, Li",
    wallet_id: 1,
    holder: "李梅",
    kept_at: "1Password",
    misuse: "takes_over",
    age_days: 96,
    has_secret: true,
  }),
  row("6", "email_account", {
    name: "pay@hailan.example",
    holder: "Chen",
    made: null,
    age_days: null,
    reminder: { reason: "age_unknown", days: null },
    misuse: "unknown",
  }),
];
const field = (name: string, value: string) => ({ field: name, value, as_of: "2026-11-03", source: "typed" });
const wallet = (
  wallet_id: number,
  name: string,
  provider: WalletSecurityView["provider"],
  fields: WalletSecurityView["fields"],
): WalletSecurityView => ({
  wallet_id,
  name,
  provider,
  fields,
  reviewed: fields.length > 4 ? "2026-11-03" : null,
  review_due: fields.length <= 4,
});
const device = (id: number, name: string, kind: string, more: Partial<DeviceView> = {}): DeviceView => ({
  id,
  name,
  kind,
  holder: "Chen",
  system_updated: "2026-11-01",
  app_updated: "2026-11-12",
  encrypted: true,
  credentials: [],
  reviewed: "2026-11-12",
  review_due: false,
  lost: null,
  to_revoke: [],
  ...more,
});
const door = (code: string, part: string, severity: string, minutes: number, target = "", detail = ""): DoorView => ({
  code,
  part,
  severity,
  minutes,
  target,
  detail,
});

const SEVERITIES = ["critical", "high", "medium", "low"];
/** What follows from the other parts of the mock. */
async function doorsOf(today: () => Promise<{ numbers: string[]; notPutBack: number }>): Promise<DoorView[]> {
  const { numbers, notPutBack } = await today();
  return [
    ...(numbers.length > 0 ? [door("own_numbers_missing", "purser", "medium", 10, "", numbers.join(", "))] : []),
    ...(notPutBack > 0 ? [door("not_put_back", "purser", "low", 15, "", String(notPutBack))] : []),
  ];
}

export function security(
  query: URLSearchParams,
  spend: (act: ActView) => void,
  today: () => Promise<{ numbers: string[]; notPutBack: number }>,
): Security {
  const bare = query.has("bare") || query.get("scene") === "empty" || query.get("scene") === "new";
  let remind = 180;
  let rows = bare ? [] : stored;
  let devices = bare
    ? []
    : [
        device(1, "Till at the front", "terminal", { encrypted: null, system_updated: "2026-05-02", review_due: true }),
        device(2, "李梅的手机", "phone", {
          holder: "李梅",
          lost: "2026-11-24",
          to_revoke: [
            { id: 5, name: "PayPal, Li", on_device: true },
            { id: 3, name: "Stripe live key", on_device: false },
          ],
        }),
        device(3, "Office ThinkPad", "computer", { encrypted: false }),
      ];
  let wallets: WalletSecurityView[] = [
    wallet(1, "PayPal", "paypal", [
      field("second_factor", "app"),
      field("administrators", "Chen"),
      field("operators", "李梅, Jonas"),
      field("bound_phone", "…1234"),
      field("bound_email", "p…@hailan.example"),
      field("ip_list", "not_offered"),
      field("api_transfers", "off"),
      field("alerts", "on"),
      field("payout_account", "…4471"),
    ]),
    wallet(2, "支付宝 旗舰店", "alipay", [
      field("second_factor", "sms"),
      field("api_transfers", "on"),
      field("alerts", "off"),
    ]),
    wallet(3, "微信支付", "wechatpay", []),
    wallet(4, "Stripe", "stripe", []),
  ];
  const own = () => [
    row("totp", "second_factor", {
      misuse: "nothing",
      age_days: 212,
      reminder: remind > 0 && remind <= 212 ? { reason: "old", days: 212 } : null,
    }),
    row("password", "password"),
    row("recovery", "recovery_codes", { misuse: "nothing" }),
    ...(bare ? [] : [row("password@李梅", "password", { holder: "李梅" })]),
    row("kit", "recovery_kit"),
    row("database", "database_key", { misuse: "reads", age_days: 0 }),
  ];
  const change = (id: number, next: Partial<BoardRowView>) => {
    rows = rows.map((each) => (each.id === String(id) ? { ...each, ...next } : each));
    return rows.find((each) => each.id === String(id));
  };
  return {
    security: async () => ({
      doors: [
        ...(bare
          ? [
              door("kit_not_proven", "purser", "high", 5),
              door("no_second_factor", "purser", "high", 5, "owner"),
              door("no_backup", "purser", "medium", 10),
              door("wallet_never_reviewed", "wallet", "medium", 15, "Stripe"),
            ]
          : [
              door("person_exposed", "purser", "critical", 10, "Jonas Berg"),
              door("device_lost", "device", "critical", 30, "李梅的手机"),
              door("wallet_transfers_open", "wallet", "high", 10, "支付宝 旗舰店", "api_transfers"),
              door("device_unencrypted", "device", "high", 60, "Office ThinkPad"),
              door("wallet_weak_second_factor", "wallet", "medium", 10, "支付宝 旗舰店", "second_factor"),
              door("no_backup", "purser", "medium", 10),
              door("credential_expires", "credential", "medium", 20, "微信支付 API certificate", "6"),
              door("wallet_never_reviewed", "wallet", "medium", 15, "Stripe"),
              door("credential_old", "credential", "low", 20, "totp", "212"),
            ]),
        ...(await doorsOf(today)),
      ].sort((one, two) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(two.severity)),
      purser: {
        cipher: "4.10.0",
        books_key_made: "2026-11-25",
        renewal_pending: false,
        device_store: "keyring",
        store_vendor: "GNOME Keyring",
        owner_fingerprint: "7K2M-Q9XD-4WTB-H8NC",
        kit_proven: !bare,
        kit_made: "2026-11-20",
        kit_proven_on: bare ? null : "2026-11-20",
        last_backup: null,
        second_place: false,
        audit: "kept",
      },
      wallets,
      devices,
    }),
    credentials: async () => ({
      rows: [...rows, ...own()].sort((a, b) => Number(a.reminder === null) - Number(b.reminder === null)),
      reminder_days: remind,
    }),
    reminderDaysSet: async (days) => {
      if ((days || 1e9) > (remind || 1e9)) spend("lower_setting");
      remind = days;
      return null;
    },
    credentialAdd: async (details) => {
      rows = [...rows, row(String(rows.length + 9), details.kind, { ...details, age_days: 0 })];
      return rows.length + 8;
    },
    credentialChange: async (id, details) => {
      change(id, details);
      return null;
    },
    credentialReport: async (id) => {
      change(id, { compromised: "2026-11-25", reminder: { reason: "compromised", days: null } });
      return null;
    },
    credentialRemove: async (id) => {
      spend("remove_credential");
      rows = rows.filter((each) => each.id !== String(id));
      return null;
    },
    rotationBegin: async (id, order) => {
      spend("rotate_credential");
      const rotation = rotationOf(order, 0);
      change(id, { rotation });
      return rotation;
    },
    rotationAdvance: async (id) => {
      const now = rows.find((each) => each.id === String(id))?.rotation ?? rotationOf("new_first", 0);
      const rotation = rotationOf(now.order, now.steps.filter((step) => step.done).length + 1);
      const over = { age_days: 0, reminder: null, compromised: null };
      change(id, { rotation: rotation.next === null ? null : rotation, ...(rotation.next === null ? over : {}) });
      return rotation;
    },
    rotationAbandon: async (id) => {
      change(id, { rotation: null });
      return null;
    },
    secretKeep: async (id) => {
      spend("keep_secret");
      change(id, { has_secret: true });
      return null;
    },
    secretForget: async (id) => {
      spend("keep_secret");
      change(id, { has_secret: false });
      return null;
    },
    secretReveal: async () => {
      spend("reveal_secret");
      return { secret: "t7Rk.mW2vQ-h9Xc@4JpL", hide_at: new Date(Date.now() + 30_000).toISOString() };
    },
    walletSecuritySet: async (id, { values, as_of, reviewed }) => {
      const fields = values.map(([name, value]) => ({ ...field(name, value), as_of: as_of ?? "2026-11-25" }));
      wallets = wallets.map((each) =>
        each.wallet_id === id ? { ...each, fields, ...(reviewed ? { reviewed: as_of, review_due: false } : {}) } : each,
      );
      return null;
    },
    deviceAdd: async (details) => {
      devices = [...devices, device(devices.length + 10, details.name, details.kind, details)];
      return devices.length + 9;
    },
    deviceChange: async (id, details) => {
      devices = devices.map((each) => (each.id === id ? { ...each, ...details } : each));
      return null;
    },
    deviceRemove: async (id) => {
      devices = devices.filter((each) => each.id !== id);
      return null;
    },
    deviceLost: async (id, lost) => {
      devices = devices.map((each) => (each.id === id ? { ...each, lost: lost ? "2026-11-25" : null } : each));
      return [];
    },
  };
}
