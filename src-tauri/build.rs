//! Names every command, so that each one needs a permission of its own in capabilities/main.json.

#![expect(clippy::panic, reason = "a build script has no other way to stop the build")]

const COMMANDS: &[&str] = &[
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
];

fn main() {
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        panic!("{error:#}");
    }
}
