//! The audit log and backups for the window.

use jiff::civil::DateTime;
use purser_app::audit::AuditRow;
use purser_app::backup::rehearsal::Checked;
use purser_app::backup::{BackupState, PlacedBackup};
use purser_app::files::name_of;

use super::{count, door::role_view, number};
use crate::view::audit::{AuditFieldView, AuditRowView};
use crate::view::backups::{BackedUpView, BackupCheckedView, BackupCountView, BackupsView, PlaceView};

/// Tables whose rows a person knows something about, as the window calls them.
const COUNTED: [(&str, &str); 4] =
    [("txn", "transactions"), ("original", "files"), ("wallet", "wallets"), ("audit", "log")];

pub fn audit_row_view(row: AuditRow) -> AuditRowView {
    // Whose signatures count is keys and numbers: nothing to read.
    let fields = row.detail.as_object().filter(|_| row.action != "signers");
    let detail = fields.into_iter().flatten().map(|(field, value)| AuditFieldView {
        field: field.clone(),
        value: value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    });
    AuditRowView {
        seq: count(row.seq),
        time: row.time,
        detail: detail.collect(),
        actor: row.actor,
        role: row.role.map(role_view),
        action: row.action,
        target: row.target,
    }
}

pub fn backups_view(state: BackupState) -> BackupsView {
    let place = state.second_place;
    BackupsView {
        last_made: state.last_made,
        last_proven: state.last_proven,
        kept: u32::try_from(state.kept).unwrap_or(u32::MAX),
        second_place: place.map(|place| PlaceView { name: name_of(&place.folder), reachable: place.reachable }),
    }
}

pub fn backed_up_view(placed: &PlacedBackup) -> BackedUpView {
    BackedUpView {
        name: name_of(&placed.backup.path),
        sha256: placed.backup.sha256.clone(),
        copied: placed.copied.as_ref().map(Result::is_ok),
    }
}

pub fn checked_view(name: String, checked: &Checked) -> BackupCheckedView {
    let of = |table: &str, rows: &std::collections::BTreeMap<String, i64>| rows.get(table).copied().map_or(0, number);
    let counts = COUNTED.iter().map(|(table, what)| BackupCountView {
        what: (*what).to_owned(),
        backup: of(table, &checked.tables),
        now: of(table, &checked.now),
    });
    BackupCheckedView { name, made: made_instant(&checked.made), counts: counts.collect() }
}

/// A backup's own time as an instant.
pub fn made_instant(stamp: &str) -> Option<String> {
    let time = DateTime::strptime("%Y-%m-%dT%H%M%SZ", stamp).ok()?;
    Some(format!("{}Z", time.strftime("%Y-%m-%dT%H:%M:%S")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_in_a_backup_is_an_instant() {
        assert_eq!(made_instant("2026-11-25T150102Z").as_deref(), Some("2026-11-25T15:01:02Z"));
        assert_eq!(made_instant("yesterday"), None);
    }
}
