//! Who may do what: the table of SECURITY-DESIGN section 4, asked by every command.

use purser_vault::keyfile::SlotKind;
use serde::{Deserialize, Serialize};

/// Everything that needs the open books. A command names one, or it cannot reach the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    ReadBooks,
    Import,
    UndoImport,
    EditWallet,
    Export,
    Verify,
    ChangeFactors,
    ChangeSettings,
    ProveKit,
}

impl Action {
    pub const ALL: &'static [Action] = &[
        Action::ReadBooks,
        Action::Import,
        Action::UndoImport,
        Action::EditWallet,
        Action::Export,
        Action::Verify,
        Action::ChangeFactors,
        Action::ChangeSettings,
        Action::ProveKit,
    ];
}

/// Whether a slot of this kind may do this with an open session. A recovery slot has no session.
#[must_use]
pub const fn may(kind: SlotKind, action: Action) -> bool {
    match kind {
        SlotKind::Owner => true,
        SlotKind::Accountant => {
            matches!(
                action,
                Action::ReadBooks
                    | Action::Import
                    | Action::UndoImport
                    | Action::Export
                    | Action::Verify
                    | Action::ChangeFactors
            )
        }
        SlotKind::Responder => matches!(action, Action::ChangeFactors),
        SlotKind::Recovery => false,
    }
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
            Action::ChangeFactors,
        ];
        assert_eq!(allowed(SlotKind::Accountant), accountant);
        assert_eq!(allowed(SlotKind::Responder), [Action::ChangeFactors]);
        assert_eq!(allowed(SlotKind::Recovery), []);
    }
}
