import { t, tCode } from "../i18n/index.svelte";
import type { AuditRowView } from "../ipc";
import { shownName } from "../door/roles";

/** Kinds of act to look for, and the words of the log in each. */
export const GROUPS = {
  logins: ["login", "lock", "refused", "log_differs"],
  books: ["import", "import_undone", "export", "audit_export", "wallet_renamed", "status_noted"],
  people: ["person_invited", "person_changed", "person_enabled", "person_revoked", "signers"],
  proofs: [
    "password_changed",
    "password_exposed",
    "factor_changed",
    "recovery_codes_replaced",
    "kit_replaced",
    "kit_proven",
    "kit_used",
    "books_key_renewed",
    "setting_changed",
  ],
  credentials: [
    "credential_added",
    "credential_changed",
    "credential_removed",
    "credential_exposed",
    "secret_kept",
    "secret_forgotten",
    "secret_revealed",
    "secrets_sealed",
    "rotation_begun",
    "rotation_step",
    "rotation_ended",
  ],
  protection: [
    "protection_noted",
    "wallet_reviewed",
    "device_noted",
    "device_removed",
    "device_lost",
    "device_found",
    "contact_noted",
    "own_number_noted",
    "own_number_removed",
    "own_number_none",
    "card_written",
    "card_forgotten",
  ],
  incidents: [
    "frozen",
    "freeze_forged",
    "unfreeze_begun",
    "unfreeze_cancelled",
    "unfrozen",
    "incident_opened",
    "incident_entry",
    "evidence_added",
    "lever_said",
    "lever_taken",
    "verdicts_set",
    "checklist_printed",
    "pack_written",
  ],
  backups: ["backup_made", "backup_proven", "backup_place", "restored"],
} as const satisfies Record<string, readonly string[]>;
export type Group = keyof typeof GROUPS;
export const GROUP_NAMES = Object.keys(GROUPS) as Group[];

/** What should not be passed over while reading. */
const ALARMS = [
  "refused",
  "log_differs",
  "password_exposed",
  "credential_exposed",
  "device_lost",
  "kit_used",
  "restored",
  "frozen",
  "freeze_forged",
];
export const isAlarm = (row: AuditRowView): boolean =>
  ALARMS.includes(row.action) || row.detail.some(({ field, value }) => field === "failed_before" && value !== "0");

export const actorOf = ({ actor, role }: AuditRowView): string =>
  actor === "" ? t("act.nobody") : shownName({ name: actor, role: role ?? "accountant" });

/** What an act was done to, in words where the log has one of its own. */
function targetOf({ action, target }: AuditRowView): string {
  if (action === "refused") return tCode("actRight", target);
  if (action === "backup_place" && target === "none") return t("act.none");
  return target === "owner" ? t("role.owner") : target;
}
/** A row as a sentence. */
export const sentenceOf = (row: AuditRowView): string => tCode("actDone", row.action, { target: targetOf(row) });
/** What else it says. A hash is for programs. */
export function detailOf({ detail }: AuditRowView): string {
  const told = detail.filter(({ field, value }) => field !== "sha256" && !(field === "failed_before" && value === "0"));
  return told.map(({ field, value }) => `${tCode("actField", field)} ${wordOf(field, value)}`).join(" · ");
}
const WORDS = ["cause", "order", "role", "failed", "exposed", "abandoned"];
const wordOf = (field: string, value: string) => (WORDS.includes(field) ? tCode("actWord", value) : value);
