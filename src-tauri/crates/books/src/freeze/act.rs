//! What is refused and what goes on while frozen: the whole table (R63).
//!
//! A freeze forbids what helps a thief and never what cures. The program maps each of its commands to one [`Act`]; a command
//! without one cannot be written, because the map is a `match` over all of them.

use serde::Serialize;

use crate::credential::words;

words! {
    /// Everything somebody can do with Purser, as far as a freeze looks at it.
    Act {
        // What must always work.
        Freeze => "freeze",
        Login => "login",
        Lock => "lock",
        ReadGuide => "read_guide",
        PullLever => "pull_lever",
        ConfirmLever => "confirm_lever",
        RecordIncident => "record_incident",
        AddEvidence => "add_evidence",
        BeginUnfreeze => "begin_unfreeze",
        CancelUnfreeze => "cancel_unfreeze",
        Unfreeze => "unfreeze",
        UndoLever => "undo_lever",
        // Reading and checking.
        ReadBooks => "read_books",
        PreviewImport => "preview_import",
        Verify => "verify",
        ReadAudit => "read_audit",
        NoteAudit => "note_audit",
        Backup => "backup",
        ChangeView => "change_view",
        // The cure.
        ImportFiles => "import_files",
        SyncReadOnly => "sync_read_only",
        ExportBooks => "export_books",
        WriteEvidencePack => "write_evidence_pack",
        RotateCredential => "rotate_credential",
        RevokeCredential => "revoke_credential",
        MarkCompromised => "mark_compromised",
        ChangePassword => "change_password",
        ReplaceSecondFactor => "replace_second_factor",
        ReplaceRecoveryCodes => "replace_recovery_codes",
        ReplaceKit => "replace_kit",
        RenewKeys => "renew_keys",
        RevokePerson => "revoke_person",
        RaiseSecurity => "raise_security",
        /// What a person writes down of a wallet, a device, a credential: it changes nothing at a provider.
        NoteStatus => "note_status",
        // What helps a thief.
        MoveMoney => "move_money",
        ChangePayee => "change_payee",
        StartSelling => "start_selling",
        WidenAccess => "widen_access",
        RevealCredential => "reveal_credential",
        AddCredential => "add_credential",
        ConnectWallet => "connect_wallet",
        InvitePerson => "invite_person",
        AcceptInvitation => "accept_invitation",
        ChangePersonRole => "change_person_role",
        EnrolComputer => "enrol_computer",
        ChangeLevers => "change_levers",
        LowerSecurity => "lower_security",
        UndoImport => "undo_import",
        DeleteData => "delete_data",
        Restore => "restore",
    }
}

words! {
    /// What a freeze says to an act.
    Rule {
        /// As ever, by whoever may.
        GoesOn => "goes_on",
        /// By the owner alone, with a fresh proof.
        OwnerWithStepUp => "owner_with_step_up",
        Refused => "refused",
    }
}

words! {
    /// Why an act is refused now.
    Refusal {
        Frozen => "frozen",
        /// Somebody may be watching this computer: no secret is shown, made or typed on it.
        ComputerNotTrusted => "computer_not_trusted",
    }
}

/// How this computer stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Standing {
    pub frozen: bool,
    /// An open incident says that somebody could be controlling this computer, or is not sure.
    pub not_trusted: bool,
}

/// The table while frozen. Each act stands in it, or this does not compile.
const fn while_frozen(act: Act) -> Rule {
    use Act as A;
    match act {
        A::Freeze | A::Login | A::Lock | A::ReadGuide | A::PullLever | A::ConfirmLever => Rule::GoesOn,
        A::RecordIncident | A::AddEvidence | A::CancelUnfreeze => Rule::GoesOn,
        A::ReadBooks | A::PreviewImport | A::Verify | A::ReadAudit | A::NoteAudit | A::Backup => Rule::GoesOn,
        A::ChangeView | A::MarkCompromised | A::NoteStatus => Rule::GoesOn,
        A::BeginUnfreeze | A::Unfreeze | A::UndoLever => Rule::OwnerWithStepUp,
        A::ImportFiles | A::SyncReadOnly | A::ExportBooks | A::WriteEvidencePack => Rule::OwnerWithStepUp,
        A::RotateCredential | A::RevokeCredential | A::RevokePerson => Rule::OwnerWithStepUp,
        A::ChangePassword | A::ReplaceSecondFactor | A::ReplaceRecoveryCodes | A::ReplaceKit => Rule::OwnerWithStepUp,
        A::RenewKeys | A::RaiseSecurity => Rule::OwnerWithStepUp,
        A::MoveMoney | A::ChangePayee | A::StartSelling | A::WidenAccess | A::RevealCredential => Rule::Refused,
        A::AddCredential | A::ConnectWallet | A::InvitePerson | A::AcceptInvitation => Rule::Refused,
        A::ChangePersonRole | A::EnrolComputer | A::ChangeLevers | A::LowerSecurity => Rule::Refused,
        // Both would remove what happened; a restore could also bring back a day before the freeze.
        A::UndoImport | A::DeleteData | A::Restore => Rule::Refused,
    }
}

/// Whether an act shows, makes or takes a secret by itself, apart from the proof of the person.
const fn handles_secret(act: Act) -> bool {
    use Act as A;
    matches!(
        act,
        A::RotateCredential
            | A::RevealCredential
            | A::AddCredential
            | A::ConnectWallet
            | A::ChangePassword
            | A::ReplaceSecondFactor
            | A::ReplaceRecoveryCodes
            | A::ReplaceKit
            | A::RenewKeys
            | A::AcceptInvitation
            | A::InvitePerson
            | A::EnrolComputer
            | A::Restore
    )
}

/// What is said to an act now. `Ok` still leaves it to the table of roles who may do it.
pub const fn rule(act: Act, standing: Standing) -> Result<Rule, Refusal> {
    let rule = if standing.frozen { while_frozen(act) } else { Rule::GoesOn };
    if matches!(rule, Rule::Refused) {
        return Err(Refusal::Frozen);
    }
    // A fresh proof is a password and a code typed on this computer.
    if standing.not_trusted && (handles_secret(act) || matches!(rule, Rule::OwnerWithStepUp)) {
        return Err(Refusal::ComputerNotTrusted);
    }
    Ok(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROZEN: Standing = Standing { frozen: true, not_trusted: false };

    fn acts(wanted: Result<Rule, Refusal>, standing: Standing) -> Vec<Act> {
        Act::ALL.iter().copied().filter(|act| rule(*act, standing) == wanted).collect()
    }

    /// R63: the whole table, so that a change of it is a change of this test.
    #[test]
    fn what_helps_a_thief_is_refused_and_the_cure_goes_on() {
        use Act as A;
        let refused = [
            A::MoveMoney,
            A::ChangePayee,
            A::StartSelling,
            A::WidenAccess,
            A::RevealCredential,
            A::AddCredential,
            A::ConnectWallet,
            A::InvitePerson,
            A::AcceptInvitation,
            A::ChangePersonRole,
            A::EnrolComputer,
            A::ChangeLevers,
            A::LowerSecurity,
            A::UndoImport,
            A::DeleteData,
            A::Restore,
        ];
        assert_eq!(acts(Err(Refusal::Frozen), FROZEN), refused);
        let cure = [
            A::BeginUnfreeze,
            A::Unfreeze,
            A::UndoLever,
            A::ImportFiles,
            A::SyncReadOnly,
            A::ExportBooks,
            A::WriteEvidencePack,
            A::RotateCredential,
            A::RevokeCredential,
            A::ChangePassword,
            A::ReplaceSecondFactor,
            A::ReplaceRecoveryCodes,
            A::ReplaceKit,
            A::RenewKeys,
            A::RevokePerson,
            A::RaiseSecurity,
        ];
        assert_eq!(acts(Ok(Rule::OwnerWithStepUp), FROZEN), cure);
        let go_on = acts(Ok(Rule::GoesOn), FROZEN);
        assert_eq!(go_on.len() + cure.len() + refused.len(), Act::ALL.len(), "nothing is left out");
        assert!(go_on.contains(&A::Freeze) && go_on.contains(&A::ReadBooks) && go_on.contains(&A::AddEvidence));
    }

    #[test]
    fn without_a_freeze_the_table_of_roles_decides_alone() {
        assert_eq!(acts(Ok(Rule::GoesOn), Standing::default()), Act::ALL);
    }

    /// On a computer somebody may be watching, no secret is shown, made or typed, frozen or not.
    #[test]
    fn a_watched_computer_gets_no_secret() {
        for frozen in [true, false] {
            let standing = Standing { frozen, not_trusted: true };
            for act in Act::ALL.iter().filter(|act| handles_secret(**act)) {
                assert!(rule(*act, standing).is_err(), "{act:?}");
            }
            for act in [Act::Freeze, Act::ReadGuide, Act::RecordIncident, Act::AddEvidence, Act::ConfirmLever] {
                assert_eq!(rule(act, standing), Ok(Rule::GoesOn), "{act:?}");
            }
        }
        let standing = Standing { frozen: true, not_trusted: true };
        assert_eq!(acts(Ok(Rule::OwnerWithStepUp), standing), [], "a proof would be typed here");
    }

    #[test]
    fn every_act_has_its_word() {
        assert!(Act::ALL.iter().all(|act| Act::from_word(act.word()) == Some(*act)));
    }
}
