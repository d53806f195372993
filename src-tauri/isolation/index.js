// Every message from the window to the core passes here first. Only known commands with plain data go on;
// the list is compared with build.rs by a test. No dependencies, on purpose.
const COMMANDS = new Set([
  "boot",
  "settings_set",
  "demo_open",
  "demo_close",
  "password_strength",
  "keyring_probe",
  "profile_create",
  "kit_confirm",
  "kit_save",
  "totp_begin",
  "totp_confirm",
  "recovery_codes_save",
  "unlock",
  "unlock_code",
  "lock",
  "activity",
  "step_up",
  "password_make",
  "password_change",
  "password_report",
  "recovery_codes_replace",
  "kit_replace",
  "books_key_renew",
  "recovery_begin",
  "recovery_finish",
  "people",
  "person_invite",
  "person_change",
  "person_enable",
  "person_revoke",
  "invitation",
  "invitation_accept",
  "secret_copy",
  "secrets_shown",
  "login_wait",
  "security",
  "credentials",
  "reminder_days_set",
  "credential_add",
  "credential_change",
  "credential_report",
  "credential_remove",
  "rotation_begin",
  "rotation_advance",
  "rotation_abandon",
  "secret_keep",
  "secret_forget",
  "secret_reveal",
  "wallet_security_set",
  "device_add",
  "device_change",
  "device_remove",
  "device_lost",
  "audit_rows",
  "audit_check",
  "audit_save",
  "backups",
  "backup_now",
  "backup_check",
  "second_place_choose",
  "second_place_clear",
  "restore_choose",
  "kit_choose",
  "restore",
  "wallets",
  "wallet_rename",
  "overview",
  "status_set",
  "transactions",
  "transaction",
  "import_choose",
  "import_preview",
  "import_commit",
  "imports",
  "import_undo",
  "import_skipped",
  "import_sample",
  "original_save",
  "job_cancel",
  "accounts",
  "statement",
  "statement_save",
  "provider_facts",
  "theft_playbook",
  "open_link",
  "plugin:event|listen",
  "plugin:event|unlisten",
]);
const TEXT_LIMIT = 16 * 1024;
const ITEMS_LIMIT = 1000;

function isPlain(value, depth) {
  if (value === null || typeof value === "boolean" || typeof value === "number") return true;
  if (typeof value === "string") return value.length <= TEXT_LIMIT;
  if (depth > 4 || typeof value !== "object") return false;
  const items = Array.isArray(value) ? value : Object.values(value);
  return items.length <= ITEMS_LIMIT && items.every((item) => isPlain(item, depth + 1));
}

window.__TAURI_ISOLATION_HOOK__ = (payload) => {
  if (!COMMANDS.has(payload.cmd) || !isPlain(payload.payload ?? null, 0)) {
    throw new Error("refused");
  }
  return payload;
};
