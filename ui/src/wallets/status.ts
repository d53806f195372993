import type { StatusFieldView, StatusValueView } from "../ipc";

/** What may be said of an account; the codes are stored, the words are in the message files. */
export const choices: Partial<Record<StatusFieldView, readonly string[]>> = {
  verification: ["verified", "pending", "unverified", "unknown"],
  restrictions: ["none", "limited", "frozen", "unknown"],
  payouts: ["on", "paused", "off", "unknown"],
};
export const fields: readonly StatusFieldView[] = [
  "verification",
  "restrictions",
  "payouts",
  "payout_bank_last4",
  "documents_due",
];

export type Tone = "plain" | "ok" | "warn" | "danger";
const tones: Record<string, Tone> = {
  "verification.verified": "ok",
  "verification.pending": "warn",
  "verification.unverified": "danger",
  "restrictions.none": "ok",
  "restrictions.limited": "danger",
  "restrictions.frozen": "danger",
  "payouts.on": "ok",
  "payouts.paused": "warn",
  "payouts.off": "danger",
};
export function toneOf(value: StatusValueView, today: string): Tone {
  if (value.field === "documents_due") return value.due !== null && value.due <= today ? "danger" : "warn";
  return tones[`${value.field}.${value.value}`] ?? "plain";
}
/** The worst first, so that a card with room for one chip shows the one that matters. */
export function byWeight(values: readonly StatusValueView[], today: string): StatusValueView[] {
  const weight: Record<Tone, number> = { danger: 0, warn: 1, ok: 2, plain: 3 };
  return values
    .filter((value) => value.value !== "")
    .sort((a, b) => weight[toneOf(a, today)] - weight[toneOf(b, today)]);
}
