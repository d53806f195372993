//! Who may do what: the table of roles, asked by every command.

use purser_books::freeze;
use purser_vault::keyfile::SlotKind;
use serde::{Deserialize, Serialize};

/// Everything that needs an open session. A command names one, or it cannot reach the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    ReadBooks,
    Import,
    UndoImport,
    EditWallet,
    Export,
    Verify,
    ChangePassword,
    ChangeFactors,
    ChangeSettings,
    ProveKit,
    RenewKeys,
    ManagePeople,
    /// What could be attacked: credentials, protection of wallets, devices, open doors.
    ReadSecurity,
    ManageSecurity,
    /// The secret of a credential itself.
    RevealSecret,
    /// The audit log; who is not the owner sees their own rows.
    ReadAudit,
    ExportAudit,
    BackUp,
    /// Looking at a statement file without keeping it.
    PreviewImport,
    AddCredential,
    ReadIncident,
    RecordIncident,
    WriteEvidencePack,
    Unfreeze,
    CancelUnfreeze,
}

impl Action {
    pub const ALL: &'static [Action] = &[
        Action::ReadBooks,
        Action::Import,
        Action::UndoImport,
        Action::EditWallet,
        Action::Export,
        Action::Verify,
        Action::ChangePassword,
        Action::ChangeFactors,
        Action::ChangeSettings,
        Action::ProveKit,
        Action::RenewKeys,
        Action::ManagePeople,
        Action::ReadSecurity,
        Action::ManageSecurity,
        Action::RevealSecret,
        Action::ReadAudit,
        Action::ExportAudit,
        Action::BackUp,
        Action::PreviewImport,
        Action::AddCredential,
        Action::ReadIncident,
        Action::RecordIncident,
        Action::WriteEvidencePack,
        Action::Unfreeze,
        Action::CancelUnfreeze,
    ];

    /// The word of the log.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Action::ReadBooks => "read_books",
            Action::Import => "import",
            Action::UndoImport => "undo_import",
            Action::EditWallet => "edit_wallet",
            Action::Export => "export",
            Action::Verify => "verify",
            Action::ChangePassword => "change_password",
            Action::ChangeFactors => "change_factors",
            Action::ChangeSettings => "change_settings",
            Action::ProveKit => "prove_kit",
            Action::RenewKeys => "renew_keys",
            Action::ManagePeople => "manage_people",
            Action::ReadSecurity => "read_security",
            Action::ManageSecurity => "manage_security",
            Action::RevealSecret => "reveal_secret",
            Action::ReadAudit => "read_audit",
            Action::ExportAudit => "export_audit",
            Action::BackUp => "back_up",
            Action::PreviewImport => "preview_import",
            Action::AddCredential => "add_credential",
            Action::ReadIncident => "read_incident",
            Action::RecordIncident => "record_incident",
            Action::WriteEvidencePack => "write_evidence_pack",
            Action::Unfreeze => "unfreeze",
            Action::CancelUnfreeze => "cancel_unfreeze",
        }
    }

    /// What a freeze takes it for. Where the dangerous half of an action has a proof of its own, this is the other half
    /// ([`crate::step_up::Act::while_frozen`] is the first). Every action stands here, or this does not compile (R63).
    #[must_use]
    pub const fn while_frozen(self) -> freeze::Act {
        use freeze::Act as F;
        match self {
            Action::ReadBooks | Action::ReadSecurity | Action::ManagePeople | Action::ReadIncident => F::ReadBooks,
            Action::Import => F::ImportFiles,
            Action::PreviewImport => F::PreviewImport,
            Action::UndoImport => F::UndoImport,
            Action::EditWallet | Action::ManageSecurity => F::NoteStatus,
            Action::Export | Action::ExportAudit => F::ExportBooks,
            Action::Verify | Action::ProveKit => F::Verify,
            Action::ChangePassword | Action::ChangeFactors | Action::RenewKeys => F::MarkCompromised,
            Action::ChangeSettings => F::RaiseSecurity,
            Action::AddCredential => F::AddCredential,
            Action::RevealSecret => F::RevealCredential,
            Action::ReadAudit => F::ReadAudit,
            Action::BackUp => F::Backup,
            Action::RecordIncident => F::RecordIncident,
            Action::WriteEvidencePack => F::WriteEvidencePack,
            Action::Unfreeze => F::Unfreeze,
            Action::CancelUnfreeze => F::CancelUnfreeze,
        }
    }

    /// The table. Every action stands in it, or this does not compile.
    const fn roles(self) -> &'static [SlotKind] {
        use SlotKind::{Accountant, Owner, Responder};
        match self {
            Action::ReadBooks
            | Action::Import
            | Action::UndoImport
            | Action::Export
            | Action::Verify
            | Action::PreviewImport
            | Action::ReadAudit
            | Action::ReadIncident
            | Action::RecordIncident => &[Owner, Accountant],
            Action::ChangePassword | Action::ChangeFactors => &[Owner, Accountant, Responder],
            Action::EditWallet
            | Action::ChangeSettings
            | Action::ProveKit
            | Action::RenewKeys
            | Action::ManagePeople
            | Action::ReadSecurity
            | Action::ManageSecurity
            | Action::RevealSecret
            | Action::ExportAudit
            | Action::BackUp
            | Action::AddCredential
            | Action::WriteEvidencePack
            | Action::Unfreeze
            | Action::CancelUnfreeze => &[Owner],
        }
    }
}

/// Whether a slot of this kind may do this with an open session. A recovery slot has no session.
#[must_use]
pub fn may(kind: SlotKind, action: Action) -> bool {
    action.roles().contains(&kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R51: the whole table, so that a change of it is a change of this test.
    #[test]
    fn the_role_table_is_as_designed() {
        let allowed = |kind| Action::ALL.iter().copied().filter(|action| may(kind, *action)).collect::<Vec<_>>();
        assert_eq!(allowed(SlotKind::Owner), Action::ALL);
        let accountant = [
            Action::ReadBooks,
            Action::Import,
            Action::UndoImport,
            Action::Export,
            Action::Verify,
            Action::ChangePassword,
            Action::ChangeFactors,
            Action::ReadAudit,
            Action::PreviewImport,
            Action::ReadIncident,
            Action::RecordIncident,
        ];
        assert_eq!(allowed(SlotKind::Accountant), accountant);
        assert_eq!(allowed(SlotKind::Responder), [Action::ChangePassword, Action::ChangeFactors]);
        assert_eq!(allowed(SlotKind::Recovery), []);
    }
}
