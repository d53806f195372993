//! From arguments to an exit code.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use purser_app::Purser;
use purser_app::agent::{self, Request, UnlockRequest};
use purser_app::clock::SystemClock;
use purser_app::contract::{self, ImportRequest};
use purser_app::error::{Code, Error, Result};
use purser_app::import::{ImportOptions, JobControl, ZipPassword};
use purser_app::profile::Folder;
use purser_vault::KdfParams;
use serde_json::{Value, json};

use crate::arguments::{Arguments, Audit, Backup, Command, Import, Language, Unlock};
use crate::door::Voice;
use crate::messages::{error_text, exit_code};
use crate::{agent_process, demo, door, emergency, init, recover, render, security, terminal};

pub async fn run(arguments: Arguments) -> u8 {
    let language = Language::choose(arguments.lang);
    let json = arguments.json;
    match run_command(arguments, language).await {
        Ok(Done { value, text, code }) => {
            if json {
                terminal::print(&value.to_string());
            } else if !text.is_empty() {
                terminal::print(&text);
            }
            code
        }
        Err(error) => {
            terminal::say(&error_text(&error, language));
            exit_code(error.code)
        }
    }
}

/// An answer for programs and for people.
struct Done {
    value: Value,
    text: String,
    code: u8,
}

async fn run_command(arguments: Arguments, language: Language) -> Result<Done> {
    let Arguments { profile, demo, json, command, .. } = arguments;
    let folder = match profile {
        Some(folder) => std::path::absolute(folder)?,
        None => Folder::default_path()?,
    };
    match command {
        Command::Agent => {
            let code = agent_process::run(Folder::new(folder)).await;
            Ok(Done { value: Value::Null, text: String::new(), code })
        }
        Command::Restore { .. }
        | Command::Init(_)
        | Command::Unlock(_)
        | Command::Lock
        | Command::Recover(_)
        | Command::Rotate(_)
        | Command::Unfreeze(_)
        | Command::Slot(_)
            if demo =>
        {
            Err(Error::invalid("the demo needs no profile and no login"))
        }
        Command::Credentials { act: Some(_) } | Command::Security { act: Some(_) } if demo => {
            Err(Error::invalid("nothing that is written down in the demo stays"))
        }
        Command::Init(_)
        | Command::Recover(_)
        | Command::Rotate(_)
        | Command::Slot(_)
        | Command::Unfreeze(_)
        | Command::Credentials { act: Some(_) }
        | Command::Security { act: Some(_) } => {
            let (value, text) = run_door(&folder, command, Voice { json, language }).await?;
            Ok(Done { value, text, code: 0 })
        }
        Command::Freeze(_) | Command::Incident(_) | Command::Contacts(_) => {
            let (value, text) = emergency::run(&folder, command, demo, Voice { json, language }).await?;
            Ok(Done { value, text, code: 0 })
        }
        Command::Unlock(arguments) => unlock(&folder, arguments, json, language).await,
        Command::Lock => {
            let held = agent_process::lock(&folder).await?;
            let text = if held {
                language.pick("Locked.", "已锁定。")
            } else {
                language.pick("It was locked already.", "本来就已锁定。")
            };
            Ok(Done { value: json!({ "locked": true }), text: text.to_owned(), code: 0 })
        }
        Command::Restore { from, kit_file } => {
            let voice = Voice { json, language };
            let prompt = voice.pick("Key of the recovery kit", "恢复套件中的密钥");
            let kit = voice.secret(kit_file.as_deref(), prompt, "--kit-file")?;
            let purser = Purser::hold(Folder::new(&folder), Arc::new(SystemClock::new()), KdfParams::DEFAULT)?;
            let done = purser.restore(&std::path::absolute(from)?, &kit.0, &JobControl::default()).await?;
            let said =
                language.pick("Restored. Now log in anew: purser recover", "已恢复。请重新建立登录：purser recover");
            let kept = done.kept.as_ref().map(|kept| {
                format!("\n{}{}", language.pick("The profile of before is kept in ", "原有配置保留在 "), kept.display())
            });
            Ok(Done { value: json!(done), text: format!("{said}{}", kept.unwrap_or_default()), code: 0 })
        }
        Command::Sample { file, output } => {
            let bytes = purser_app::import::sample(&file).await?;
            let output = std::path::absolute(output)?;
            purser_app::files::save(&output, &bytes, "sample")?;
            let text = language.pick(
                "Written; letters and digits are replaced. Look at it before you pass it on: ",
                "已写入；字母与数字均已替换。转交他人前请先查看：",
            );
            let text = format!("{text}{}", output.display());
            Ok(Done { value: json!({ "path": output }), text, code: 0 })
        }
        command => {
            let dry_run = matches!(&command, Command::Import(import) if import.dry_run);
            let command = contract_command(command)?;
            let value = if demo { run_on_demo(command.clone()).await? } else { send(&folder, command.clone()).await? };
            Ok(done(&command, value, dry_run, language))
        }
    }
}

/// What is about the profile itself: its keys, its people, its security.
async fn run_door(folder: &Path, command: Command, voice: Voice) -> Result<(Value, String)> {
    match command {
        Command::Init(arguments) => {
            let value = init::run(folder, arguments, voice.json, voice.language).await?;
            let text = init_text(&value, voice.language);
            Ok((value, text))
        }
        Command::Recover(arguments) => {
            let value = recover::run(folder, arguments, voice).await?;
            let text = init_text(&value, voice.language);
            Ok((value, text))
        }
        Command::Rotate(rotate) => door::rotate(folder, rotate, voice).await,
        Command::Slot(slot) => door::slot(folder, slot, voice).await,
        Command::Unfreeze(unfreeze) => emergency::unfreeze(folder, unfreeze, voice).await,
        Command::Credentials { act: Some(act) } => security::credentials(folder, act, voice).await,
        Command::Security { act: Some(act) } => security::security(folder, act, voice).await,
        _ => Err(Code::Internal.into()),
    }
}

pub async fn run_on_demo(command: contract::Command) -> Result<Value> {
    let purser = demo::open().await?;
    let done = purser.run(command, &JobControl::default()).await;
    purser.lock(purser_app::LockCause::Closing).await;
    done
}

/// Asks the process that holds the session.
pub async fn send(folder: &Path, command: contract::Command) -> Result<Value> {
    let answer = agent::ask(folder, &Request::Run { command }, &|_| {}).await?;
    answer.ok_or_else(|| if Folder::new(folder).has_profile() { Code::Locked.into() } else { Code::NoProfile.into() })
}

async fn unlock(folder: &Path, arguments: Unlock, json: bool, language: Language) -> Result<Done> {
    if !Folder::new(folder).has_profile() {
        return Err(Code::NoProfile.into());
    }
    let session = Request::Run { command: contract::Command::Session };
    match agent::ask(folder, &session, &|_| {}).await {
        Ok(Some(_)) => return Err(Error::invalid(language.pick("already unlocked", "已经解锁"))),
        Ok(None) => {}
        Err(error) if error.code == Code::Locked => {}
        Err(error) => return Err(error),
    }
    let password = terminal::secret(
        arguments.password_file.as_deref(),
        language.pick("Password", "密码"),
        "--password-file",
        json,
    )?;
    let code = match arguments.code {
        Some(code) => Some(code),
        None if terminal::can_ask(json) => {
            Some(terminal::ask(language.pick("Six digits, or a recovery code", "六位验证码或恢复码"))?)
        }
        None => None,
    };
    let request = UnlockRequest { password, code, slot: arguments.slot, minutes: arguments.minutes };
    // A window that holds the profile is unlocked; otherwise a background process is started.
    let value = if agent::socket_path(folder).exists() && Folder::new(folder).hold().is_err() {
        agent::ask(folder, &Request::Unlock(request), &|_| {}).await?.ok_or(Code::ProfileInUse)?
    } else {
        agent_process::start(folder, &request)?
    };
    let text = match language {
        Language::English => format!(
            "Unlocked as {} until {} if nothing is done.",
            value["role"].as_str().unwrap_or_default(),
            value["until"].as_str().unwrap_or_default()
        ),
        Language::Chinese => format!(
            "已以 {} 身份解锁；若无操作，将于 {} 锁定。",
            value["role"].as_str().unwrap_or_default(),
            value["until"].as_str().unwrap_or_default()
        ),
    };
    Ok(Done { value, text, code: 0 })
}

fn contract_command(command: Command) -> Result<contract::Command> {
    Ok(match command {
        Command::Status => contract::Command::Status,
        Command::Verify => contract::Command::Verify,
        Command::Backup(Backup { output: Some(output), .. }) => {
            contract::Command::Backup { output: std::path::absolute(output)? }
        }
        Command::Backup(Backup { check: Some(from), .. }) => {
            contract::Command::BackupCheck { from: std::path::absolute(from)? }
        }
        Command::Backup(Backup { place, .. }) => {
            let folder = place.filter(|place| place.as_os_str() != "none");
            contract::Command::BackupPlace { folder: folder.map(std::path::absolute).transpose()? }
        }
        Command::Audit(Audit::List { limit, before, action }) => contract::Command::AuditList { before, action, limit },
        Command::Audit(Audit::Verify { anchor }) => {
            contract::Command::AuditVerify { anchor: anchor.map(std::path::absolute).transpose()? }
        }
        Command::Audit(Audit::Export { output }) => {
            contract::Command::AuditExport { output: std::path::absolute(output)? }
        }
        Command::History(history) => contract::Command::History(history.into()),
        Command::Payouts { wallet } => contract::Command::Payouts { wallet },
        Command::Fees { by } => contract::Command::Fees { by },
        Command::Import(Import { undo: Some(id), .. }) => contract::Command::UndoImport { id },
        Command::Import(import) => contract::Command::Import(import_request(import)?),
        Command::Statement(statement) => {
            let mut arguments: contract::StatementArguments = statement.into();
            arguments.output = std::path::absolute(arguments.output)?;
            contract::Command::Statement(arguments)
        }
        Command::Credentials { .. } => contract::Command::Security(contract::SecurityCommand::Credentials),
        Command::Security { .. } => contract::Command::Security(contract::SecurityCommand::Doors),
        Command::Restore { .. }
        | Command::Init(_)
        | Command::Unlock(_)
        | Command::Lock
        | Command::Recover(_)
        | Command::Agent
        | Command::Rotate(_)
        | Command::Slot(_)
        | Command::Freeze(_)
        | Command::Unfreeze(_)
        | Command::Incident(_)
        | Command::Contacts(_)
        | Command::Sample { .. } => return Err(Code::Internal.into()),
    })
}

fn import_request(import: Import) -> Result<ImportRequest> {
    let files = import.files.iter().map(std::path::absolute).collect::<std::io::Result<Vec<PathBuf>>>()?;
    let zip_password =
        import.zip_password_file.as_deref().map(terminal::read_secret_file).transpose()?.map(ZipPassword);
    let options = ImportOptions {
        provider: import.provider,
        wallet: import.wallet,
        date_order: import.date_order,
        currency: import.currency,
        zone: import.zone,
        columns: import.columns.into_iter().collect(),
        accept_guess: import.accept_guess,
        fee_sign: import.fee_sign,
        ..ImportOptions::default()
    };
    Ok(ImportRequest { files, options, zip_password, dry_run: import.dry_run })
}

fn done(command: &contract::Command, value: Value, dry_run: bool, language: Language) -> Done {
    let (text, code) = match command {
        contract::Command::Status => (render::status(&value, language), 0),
        contract::Command::History(_) => (render::history(&value, language), 0),
        contract::Command::Payouts { .. } => (render::payouts(&value, language), 0),
        contract::Command::Fees { by } => (render::fees(&value, *by, language), 0),
        contract::Command::Import(_) => {
            let refused =
                value.as_array().is_some_and(|receipts| receipts.iter().any(|receipt| receipt["refused"].is_object()));
            (render::receipts(&value, dry_run, language), if refused { 2 } else { 0 })
        }
        contract::Command::UndoImport { .. } => {
            let text = language.pick("Taken back; transactions removed: ", "已撤销，删除流水笔数：");
            (format!("{text}{}", value["removed"]), 0)
        }
        contract::Command::Statement(_) => (render::statement(&value, language), 0),
        contract::Command::Backup { .. }
        | contract::Command::BackupCheck { .. }
        | contract::Command::BackupPlace { .. } => (render::backup::told(&value, language), 0),
        contract::Command::AuditList { .. } => (render::audit::rows(&value, language), 0),
        contract::Command::AuditVerify { .. } => {
            (render::audit::verified(&value, language), u8::from(value["ok"].as_bool() != Some(true)))
        }
        contract::Command::AuditExport { .. } => {
            let text = language.pick("Written, with a checkpoint at its end; rows: ", "已写入，末尾为检查点；行数：");
            (format!("{text}{}", value["entries"]), 0)
        }
        contract::Command::Verify => (render::verify(&value, language), u8::from(value["ok"].as_bool() != Some(true))),
        contract::Command::Security(contract::SecurityCommand::Credentials) => {
            (render::security::credentials(&value, language), 0)
        }
        contract::Command::Security(contract::SecurityCommand::Doors) => (render::security::doors(&value, language), 0),
        contract::Command::Security(_)
        | contract::Command::Emergency(_)
        | contract::Command::Contacts(_)
        | contract::Command::Door(_)
        | contract::Command::Lock
        | contract::Command::Session => (String::new(), 0),
    };
    Done { value, text, code }
}

fn init_text(value: &Value, language: Language) -> String {
    let codes: Vec<&str> = value["recovery_codes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    format!(
        "{}\n\n{}\n{}\n\n{}\n  {}\n\n{}",
        value["kit"].as_str().unwrap_or_default(),
        language.pick(
            "Print or save the recovery kit above. It is shown this once; without it and the password nobody can open the data.",
            "请打印或保存以上恢复套件。仅显示这一次；若它与密码都丢失，任何人都无法打开数据。",
        ),
        language.pick("Recovery codes, each good once in place of the six digits:", "恢复码，每个可代替验证码使用一次："),
        language.pick("", ""),
        codes.join("\n  "),
        language.pick("Next: purser unlock", "下一步：purser unlock"),
    )
}
