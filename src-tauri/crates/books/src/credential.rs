//! Credentials as a business keeps track of them: what each could be misused for, when it is due, and how it is replaced.
//!
//! No secret is here, only what is said about one. Replacing is a checklist that can be left and taken up again at any step;
//! the order of the steps decides that there is always one that works, unless the person chose to revoke first.

use jiff::civil::Date;
use serde::Serialize;

/// A closed list of words with their spelling in the store, on the command line and over IPC.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident => $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }

            /// The inverse of `word`.
            #[must_use]
            pub fn from_word(word: &str) -> Option<$name> {
                Self::ALL.iter().copied().find(|value| value.word() == word)
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What kind of thing it is.
    CredentialKind {
        /// A person's login at a provider.
        DashboardLogin => "dashboard_login",
        ApiKey => "api_key",
        Certificate => "certificate",
        WebhookSecret => "webhook_secret",
        /// The mailbox through which passwords are reset.
        EmailAccount => "email_account",
        Other => "other",
    }
}

words! {
    /// The worst a thief could do with it, from little to everything.
    Misuse {
        Nothing => "nothing",
        Reads => "reads",
        LosesSales => "loses_sales",
        Refunds => "refunds",
        PaysOut => "pays_out",
        TakesOver => "takes_over",
        /// Not thought about yet: treated as the worst.
        Unknown => "unknown",
    }
}

words! {
    /// Whether it works.
    CredentialState {
        /// Made, not yet seen to work.
        Pending => "pending",
        Active => "active",
        /// The provider no longer takes it.
        Revoked => "revoked",
        /// Revoked, and every copy is gone.
        Destroyed => "destroyed",
    }
}

impl CredentialKind {
    /// Whether a replacement takes the place of the old one at once, as a new password does; otherwise both exist for a while.
    #[must_use]
    pub const fn is_changed_in_place(self) -> bool {
        matches!(self, CredentialKind::DashboardLogin | CredentialKind::EmailAccount)
    }
}

/// Days before an expiry at which it is pointed out, each louder than the one before.
pub const EXPIRY_DAYS: [i32; 3] = [30, 14, 7];

/// What is known about the age of a credential.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ages {
    pub made: Option<Date>,
    pub rotated: Option<Date>,
    pub expires: Option<Date>,
    /// Somebody else may know it since. No longer said once it was replaced.
    pub compromised: Option<Date>,
}

/// A reminder. It blocks nothing. The first of this list is the most urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Reminder {
    Compromised,
    Expired {
        days: i32,
    },
    Expires {
        days: i32,
    },
    Old {
        days: i32,
    },
    /// Nobody wrote down when it was made.
    AgeUnknown,
}

impl Ages {
    /// Days since it was last replaced.
    #[must_use]
    pub fn age_days(&self, today: Date) -> Option<i32> {
        Some(days(self.rotated.max(self.made)?, today))
    }

    /// What is to be pointed out on a day. `remind_days` = age at which it is called old, 0 = never for age alone.
    #[must_use]
    pub fn reminder(&self, today: Date, remind_days: u16) -> Option<Reminder> {
        if self.compromised.is_some() {
            return Some(Reminder::Compromised);
        }
        if let Some(expires) = self.expires {
            let left = days(today, expires);
            if left < 0 {
                return Some(Reminder::Expired { days: -left });
            }
            if left <= EXPIRY_DAYS[0] {
                return Some(Reminder::Expires { days: left });
            }
        }
        match self.age_days(today) {
            _ if remind_days == 0 => None,
            None => Some(Reminder::AgeUnknown),
            Some(age) if age >= i32::from(remind_days) => Some(Reminder::Old { days: age }),
            Some(_) => None,
        }
    }
}

fn days(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

words! {
    /// One step of replacing a credential.
    Step {
        /// A new one was made (or a new password was chosen).
        Make => "make",
        /// It is where it is used.
        Put => "put",
        /// It was seen to work by doing something harmless with it.
        Verify => "verify",
        /// The provider no longer takes the old one (for a login: other sessions are ended).
        Revoke => "revoke",
        /// Every copy of the old one is gone.
        Destroy => "destroy",
    }
}

words! {
    /// In which order.
    Order {
        /// Always one that works.
        NewFirst => "new_first",
        /// When a thief has it: nothing works until the new one does.
        RevokeFirst => "revoke_first",
    }
}

impl Order {
    #[must_use]
    pub const fn steps(self) -> &'static [Step] {
        match self {
            Order::NewFirst => &[Step::Make, Step::Put, Step::Verify, Step::Revoke, Step::Destroy],
            Order::RevokeFirst => &[Step::Revoke, Step::Make, Step::Put, Step::Verify, Step::Destroy],
        }
    }
}

/// A replacement under way: which steps are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rotation {
    pub order: Order,
    /// So many steps of its order.
    pub done: usize,
}

/// What a step changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct States {
    pub old: CredentialState,
    /// `None` before it is made.
    pub new: Option<CredentialState>,
}

impl Rotation {
    #[must_use]
    pub const fn begin(order: Order) -> Rotation {
        Rotation { order, done: 0 }
    }

    /// The step to be done next; `None` = finished.
    #[must_use]
    pub fn next(&self) -> Option<Step> {
        self.order.steps().get(self.done).copied()
    }

    /// The rotation with its next step done. Steps cannot be left out or taken in another order.
    #[must_use]
    pub fn advance(self, step: Step) -> Option<Rotation> {
        (self.next() == Some(step)).then_some(Rotation { done: self.done + 1, ..self })
    }

    fn is_done(&self, step: Step) -> bool {
        self.order.steps().iter().take(self.done).any(|done| *done == step)
    }

    /// Where both credentials stand.
    #[must_use]
    pub fn states(&self) -> States {
        let old = match (self.is_done(Step::Revoke), self.is_done(Step::Destroy)) {
            (_, true) => CredentialState::Destroyed,
            (true, false) => CredentialState::Revoked,
            (false, false) => CredentialState::Active,
        };
        let new = match (self.is_done(Step::Make), self.is_done(Step::Verify)) {
            (_, true) => Some(CredentialState::Active),
            (true, false) => Some(CredentialState::Pending),
            (false, false) => None,
        };
        States { old, new }
    }

    /// Whether the new one is in force and the old one is not.
    #[must_use]
    pub fn is_replaced(&self) -> bool {
        let States { old, new } = self.states();
        old != CredentialState::Active && new == Some(CredentialState::Active)
    }

    /// Whether it can be given up without leaving nothing that works: the old one was not revoked.
    #[must_use]
    pub fn may_be_abandoned(&self) -> bool {
        self.states().old == CredentialState::Active
    }

    /// Whether one of both works for certain.
    #[must_use]
    pub fn works(&self) -> bool {
        let States { old, new } = self.states();
        old == CredentialState::Active || new == Some(CredentialState::Active)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const TODAY: Date = date(2026, 11, 25);

    fn made(days_ago: i32) -> Ages {
        Ages { made: Some(TODAY.saturating_sub(jiff::Span::new().days(days_ago))), ..Ages::default() }
    }

    /// R58: at 180 days, adjustable, stoppable.
    #[test]
    fn age_is_pointed_out_when_the_person_wants_it() {
        assert_eq!(made(179).reminder(TODAY, 180), None);
        assert_eq!(made(180).reminder(TODAY, 180), Some(Reminder::Old { days: 180 }));
        assert_eq!(made(180).reminder(TODAY, 365), None);
        assert_eq!(made(30).reminder(TODAY, 30), Some(Reminder::Old { days: 30 }));
        assert_eq!(made(10_000).reminder(TODAY, 0), None);
        assert_eq!(Ages::default().reminder(TODAY, 180), Some(Reminder::AgeUnknown));
        assert_eq!(Ages::default().reminder(TODAY, 0), None);
        let rotated = Ages { rotated: Some(date(2026, 11, 1)), ..made(400) };
        assert_eq!((rotated.reminder(TODAY, 180), rotated.age_days(TODAY)), (None, Some(24)));
    }

    /// R58: an expiry at 30, 14 and 7 days, and after it, whatever is said about age.
    #[test]
    fn an_expiry_is_pointed_out_in_time() {
        let expires = |date| Ages { expires: Some(date), ..made(1) }.reminder(TODAY, 0);
        assert_eq!(expires(date(2026, 12, 26)), None, "31 days");
        assert_eq!(expires(date(2026, 12, 25)), Some(Reminder::Expires { days: 30 }));
        assert_eq!(expires(TODAY), Some(Reminder::Expires { days: 0 }));
        assert_eq!(expires(date(2026, 11, 24)), Some(Reminder::Expired { days: 1 }));
    }

    /// The day is no reason for silence: it may have been replaced in the morning and seen by somebody in the evening.
    #[test]
    fn a_compromise_is_pointed_out_at_once_whatever_else_is_known() {
        let since = Ages { compromised: Some(TODAY), ..made(1) };
        assert_eq!(since.reminder(TODAY, 0), Some(Reminder::Compromised));
        let rotated = Ages { rotated: Some(TODAY), expires: Some(date(2020, 1, 1)), ..since };
        assert_eq!(rotated.reminder(TODAY, 0), Some(Reminder::Compromised));
        assert!(Reminder::Compromised < Reminder::Expired { days: 1 });
        assert!(Reminder::Expires { days: 3 } < Reminder::Old { days: 999 });
    }

    /// R56, the part without a provider: left at any step there is one that works, unless revoking first was chosen.
    #[test]
    fn there_is_always_one_that_works() {
        for order in Order::ALL {
            let mut rotation = Rotation::begin(*order);
            let mut seen = vec![rotation.works()];
            while let Some(step) = rotation.next() {
                assert!(!rotation.may_be_abandoned() || rotation.works(), "given up, the old one works on");
                assert!(!rotation.is_replaced() || rotation.works());
                for other in Step::ALL.iter().filter(|other| **other != step) {
                    assert_eq!(rotation.advance(*other), None, "{other:?} before {step:?}");
                }
                rotation = rotation.advance(step).unwrap();
                seen.push(rotation.works());
            }
            assert_eq!(seen.iter().all(|works| *works), *order == Order::NewFirst);
            let end = States { old: CredentialState::Destroyed, new: Some(CredentialState::Active) };
            assert_eq!(rotation.states(), end);
            assert!(rotation.is_replaced() && !rotation.may_be_abandoned());
        }
    }

    #[test]
    fn every_word_is_read_back() {
        assert!(CredentialKind::ALL.iter().all(|kind| CredentialKind::from_word(kind.word()) == Some(*kind)));
        assert!(Misuse::ALL.iter().all(|misuse| Misuse::from_word(misuse.word()) == Some(*misuse)));
        assert!(Step::ALL.iter().all(|step| Step::from_word(step.word()) == Some(*step)));
        assert_eq!(Misuse::from_word("Reads"), None);
        assert_eq!(serde_json::to_string(&CredentialKind::ApiKey).unwrap(), "\"api_key\"");
    }

    proptest! {
        #[test]
        fn a_younger_credential_never_reminds_sooner(age in 0i32..4000, younger in 0i32..4000, days: u16) {
            prop_assume!(younger <= age);
            let (old, young) = (made(age).reminder(TODAY, days), made(younger).reminder(TODAY, days));
            prop_assert!(young.is_none() || old.is_some());
        }
    }
}
