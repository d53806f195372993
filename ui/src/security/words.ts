import { count, day, t, tCode } from "../i18n/index.svelte";
import type { BoardRowView, DoorView } from "../ipc";
import type { IconName } from "../shared/Icon.svelte";
import { shownName } from "../door/roles";

export const KINDS = ["dashboard_login", "api_key", "certificate", "webhook_secret", "email_account", "other"] as const;
export const MISUSES = ["nothing", "reads", "loses_sales", "refunds", "pays_out", "takes_over", "unknown"] as const;
export const DEVICE_KINDS = ["computer", "phone", "terminal", "other"] as const;
/** What a person writes down of a wallet's protection; the fields with a list have only these values. */
export const WALLET_FIELDS = {
  second_factor: ["none", "sms", "email", "app", "key", "certificate"],
  administrators: [],
  operators: [],
  bound_phone: [],
  bound_email: [],
  ip_list: ["on", "off", "not_offered"],
  api_transfers: ["on", "off", "not_offered"],
  alerts: ["on", "off", "not_offered"],
  payout_account: [],
} as const satisfies Record<string, readonly string[]>;
export type WalletField = keyof typeof WALLET_FIELDS;
/** A value of a field that has a list, in words. */
export const notedWord = (field: WalletField, value: string): string =>
  field === "second_factor" ? tCode("secondFactor", value) : tCode("onOff", value);
export const FIELD_NAMES = Object.keys(WALLET_FIELDS) as WalletField[];

const ICONS: Record<string, IconName> = {
  password: "lock",
  second_factor: "phone",
  recovery_codes: "table",
  recovery_kit: "file",
  database_key: "key",
  dashboard_login: "people",
  api_key: "key",
  certificate: "statements",
  webhook_secret: "key",
  email_account: "mail",
};
export const iconOf = (kind: string): IconName => ICONS[kind] ?? "lock";

/** A password that takes the place of the old one at once; of everything else two exist for a while. */
export const isLogin = (kind: string): boolean => kind === "dashboard_login" || kind === "email_account";
/** Purser's own proofs and keys have words for numbers. */
export const isOwn = (row: BoardRowView): boolean => !/^\d+$/.test(row.id);

const OWN_KINDS: Record<string, string> = {
  password: "password",
  totp: "second_factor",
  recovery: "recovery_codes",
  kit: "recovery_kit",
  database: "database_key",
};
/** "totp@Mei" of the board in words. */
export function ownName(id: string): string {
  const [word = "", ...rest] = id.split("@");
  const name = tCode("credentialKind", OWN_KINDS[word] ?? word);
  return rest.length > 0 ? t("credential.ofPerson", { what: name, name: rest.join("@") }) : name;
}
export const rowName = (row: BoardRowView): string => (isOwn(row) ? ownName(row.id) : row.name);

export function reminderText({ reason, days }: NonNullable<BoardRowView["reminder"]>): string {
  return tCode("reminder", reason, { n: days ?? 0, count: count(days ?? 0) });
}
export function reminderTone({ reason, days }: NonNullable<BoardRowView["reminder"]>): "danger" | "warn" | "plain" {
  if (reason === "compromised" || reason === "expired" || (reason === "expires" && (days ?? 0) <= 7)) return "danger";
  return reason === "age_unknown" ? "plain" : "warn";
}

const isDay = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text);
function values({ code, target, detail }: DoorView) {
  const of = code.startsWith("credential_") && !isDay(target) && target.split("@")[0] !== undefined;
  const known = of && (target.split("@")[0] ?? "") in OWN_KINDS ? ownName(target) : target;
  const who = shownName({ name: known, role: known === "owner" ? "owner" : "accountant" });
  const what = isDay(detail)
    ? day(detail)
    : code.startsWith("wallet_")
      ? tCode("walletField", detail)
      : /^\d+$/.test(detail)
        ? count(Number(detail))
        : detail;
  return { target: who, detail: what, n: /^\d+$/.test(detail) ? Number(detail) : 0 };
}
/** What is open, and what closes it. */
export const doorTitle = (door: DoorView): string => tCode("door", door.code, values(door));
export const doorAdvice = (door: DoorView): string => tCode("doorDo", door.code, values(door));
