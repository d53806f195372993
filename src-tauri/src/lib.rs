//! The window: the only crate that knows Tauri. Commands ask purser-app and turn answers into views.
//!
//! The webview is not trusted: it has no file, shell or network power, sees handles and never paths,
//! and every command asks for a permit in Rust.

mod clipboard;
mod commands;
mod convert;
mod demo_books;
mod dialog;
mod error;
mod event;
mod state;
mod view;

use std::process::ExitCode;

use tauri::{DragDropEvent, Manager, RunEvent, WebviewWindowBuilder, WindowEvent};
use tauri_specta::{Builder, ErrorHandlingMode, collect_commands, collect_events};

use commands::{
    audit, backups, contacts, door, emergency, facts, imports, people, screen, security, session, statements, tasks,
    transactions, wallets,
};
use state::Desktop;

/// The typed commands and events, also used to write `ui/src/bindings.ts`.
#[must_use]
pub fn ipc() -> Builder<tauri::Wry> {
    Builder::new()
        .error_handling(ErrorHandlingMode::Throw)
        // One type per value: nothing here is written otherwise than it is read.
        .disable_serde_phases()
        .commands(collect_commands![
            session::boot,
            session::settings_set,
            session::demo_open,
            session::demo_close,
            session::password_strength,
            session::keyring_probe,
            session::profile_create,
            session::kit_confirm,
            session::kit_save,
            session::unlock,
            session::login_wait,
            session::unlock_code,
            session::lock,
            session::activity,
            door::step_up,
            door::password_make,
            door::password_change,
            door::password_report,
            door::totp_begin,
            door::totp_confirm,
            door::recovery_codes_replace,
            door::recovery_codes_save,
            door::kit_replace,
            door::books_key_renew,
            door::recovery_begin,
            door::recovery_finish,
            people::people,
            people::person_invite,
            people::person_change,
            people::person_enable,
            people::person_revoke,
            people::invitation,
            people::invitation_accept,
            security::security,
            security::credentials,
            security::reminder_days_set,
            security::credential_add,
            security::credential_change,
            security::credential_report,
            security::credential_remove,
            security::rotation_begin,
            security::rotation_advance,
            security::rotation_abandon,
            security::secret_keep,
            security::secret_forget,
            security::secret_reveal,
            security::wallet_security_set,
            security::device_add,
            security::device_change,
            security::device_remove,
            security::device_lost,
            audit::audit_rows,
            audit::audit_check,
            audit::audit_save,
            backups::backups,
            backups::backup_now,
            backups::backup_check,
            backups::second_place_choose,
            backups::second_place_clear,
            backups::restore_choose,
            backups::kit_choose,
            backups::restore,
            screen::secret_copy,
            screen::secrets_shown,
            wallets::wallets,
            wallets::wallet_rename,
            wallets::overview,
            wallets::status_set,
            transactions::transactions,
            transactions::transaction,
            imports::import_choose,
            imports::import_preview,
            imports::import_commit,
            imports::imports,
            imports::import_undo,
            imports::import_skipped,
            imports::import_sample,
            imports::original_save,
            imports::job_cancel,
            statements::accounts,
            statements::statement,
            statements::statement_save,
            emergency::freeze,
            emergency::freeze_state,
            emergency::emergency_guide,
            emergency::drill,
            emergency::practice,
            emergency::drill_end,
            emergency::incidents,
            emergency::incident,
            emergency::incident_open,
            emergency::incident_answer,
            emergency::incident_record,
            emergency::step_settle,
            tasks::tasks,
            tasks::task_add,
            tasks::task_change,
            tasks::task_settle,
            tasks::step_assign,
            emergency::lever_say,
            emergency::lever_take,
            emergency::lever_leave,
            emergency::good_day_set,
            emergency::reconcile,
            emergency::verdicts_set,
            emergency::evidence_attach,
            emergency::evidence_pack_save,
            emergency::checklist_save,
            emergency::unfreeze,
            emergency::unfreeze_cancel,
            emergency::cooling_off,
            emergency::cool_off,
            emergency::cool_off_set,
            contacts::contacts,
            contacts::contacts_set,
            contacts::own_number_note,
            contacts::own_number_none,
            contacts::own_number_remove,
            contacts::lock_screen_set,
            contacts::lock_contacts,
            contacts::card_save,
            contacts::card_forget,
            facts::provider_facts,
            facts::theft_playbook,
            facts::open_link,
        ])
        .events(collect_events![event::Session, event::Job, event::FilesDropped, event::BooksChanged])
        .typ::<error::IpcError>()
}

/// Opens the window and runs until it is closed.
pub fn run() -> ExitCode {
    purser_app::guard::guard_process("Something unexpected happened. 发生意外错误。");
    let desktop = match Desktop::new() {
        Ok(desktop) => desktop,
        Err(_) => return ExitCode::FAILURE,
    };
    let ipc = ipc();
    let app = tauri::Builder::default()
        .manage(desktop)
        .invoke_handler(ipc.invoke_handler())
        .setup(move |app| {
            ipc.mount_events(app);
            open_window(app.handle())?;
            Ok(())
        })
        .on_window_event(|window, event| {
            if let WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) = event {
                state::dropped(window.app_handle(), &window.state::<Desktop>(), paths);
            }
        })
        .build(tauri::generate_context!());
    let Ok(app) = app else { return ExitCode::FAILURE };
    app.run(|app, event| {
        if matches!(event, RunEvent::Exit) {
            let desktop = app.state::<Desktop>();
            desktop.clipboard.take_back(None);
            tauri::async_runtime::block_on(async {
                desktop.close_demo().await;
                if let Ok(purser) = desktop.profile().await {
                    purser.lock(purser_app::LockCause::Closing).await;
                }
            });
        }
    });
    ExitCode::SUCCESS
}

/// The one window. It may not navigate away and opens no others.
fn open_window(app: &tauri::AppHandle) -> tauri::Result<()> {
    let Some(config) = app.config().app.windows.first() else { return Ok(()) };
    WebviewWindowBuilder::from_config(app, config)?
        .on_navigation(|url| {
            matches!(url.scheme(), "tauri" | "isolation")
                || url.host_str().is_some_and(|host| host.ends_with(".localhost") || host == "localhost")
        })
        .on_new_window(|_, _| tauri::webview::NewWindowResponse::Deny)
        .build()?;
    Ok(())
}
