//! What narrows a person's slot: an end, chosen wallets, and an invitation that was not taken up yet.
//!
//! An invited slot is wrapped with a one-time code in the place of a password. Taking it up wraps the same secret with
//! the person's own password, which counts up the wrap: from then on the invitation is spent, without the owner having to
//! sign anything again.

use core::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::KeyFile;
use super::slot::Slot;
use crate::auth_state::Moment;
use crate::bytes::{base64_array, make_random};
use crate::error::{Error, Result};
use crate::recovery::{letter, value_of};
use crate::secret::Passphrase;

/// Most wallets a slot can be narrowed to.
const WALLETS_MAX: usize = 64;
/// Seven groups of four: 140 random bits.
const SYMBOLS: usize = 28;
const GROUP: usize = 4;
/// Longest text looked at: a code with generous spacing.
const TYPED_BYTES_MAX: usize = 256;

/// What narrows a role, signed by the owner. The default narrows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The slot ends then, milliseconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<u64>,
    /// The only wallets this person sees, by their number in the books; `None` = all. Kept by the program, not by a key:
    /// who holds the key of the books can read all of them with other software.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallets: Option<Vec<i64>>,
    /// Until when the slot can be taken up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invitation>,
}

impl Limits {
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn fit(&self) -> bool {
        self.wallets.as_ref().is_none_or(|wallets| {
            let rising = wallets.windows(2).all(|pair| pair[0] < pair[1]);
            !wallets.is_empty() && wallets.len() <= WALLETS_MAX && rising
        })
    }
}

/// The time in which an invited slot can be taken up, on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    made_ms: u64,
    until_ms: u64,
    #[serde(with = "base64_array")]
    boot_id: [u8; 16],
    boot_until_ms: u64,
}

impl Invitation {
    /// An invitation that begins now.
    #[must_use]
    pub const fn starting(now: &Moment, lasts_ms: u64) -> Self {
        Self {
            made_ms: now.wall_ms,
            until_ms: now.wall_ms.saturating_add(lasts_ms),
            boot_id: now.boot_id,
            boot_until_ms: now.boot_ms.saturating_add(lasts_ms),
        }
    }

    /// Whether it can still be taken up. While the computer stays up its boot-time clock decides.
    #[must_use]
    pub fn is_good(&self, now: &Moment) -> bool {
        if self.boot_id == now.boot_id {
            now.boot_ms < self.boot_until_ms
        } else {
            (self.made_ms..self.until_ms).contains(&now.wall_ms)
        }
    }
}

/// The one-time code of an invitation, to be shown once or as typed.
pub struct InvitationCode(Zeroizing<[u8; SYMBOLS]>);

impl fmt::Debug for InvitationCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("InvitationCode(***)")
    }
}

impl InvitationCode {
    pub(super) fn make() -> Result<Self> {
        let mut symbols = make_random::<SYMBOLS>()?;
        symbols.iter_mut().for_each(|symbol| *symbol &= 31);
        Ok(Self(symbols))
    }

    /// Reads a typed code. Case, spaces and hyphens do not matter; O is read as 0, I and L as 1.
    ///
    /// # Errors
    /// [`Error::Damaged`]: not a code at all; no attempt need be counted.
    pub fn parse(typed: &str) -> Result<Self> {
        if typed.len() > TYPED_BYTES_MAX {
            return Err(Error::Damaged);
        }
        let mut symbols = Zeroizing::new([0u8; SYMBOLS]);
        let mut count = 0;
        for character in typed.chars().filter(|character| !character.is_whitespace() && *character != '-') {
            *symbols.get_mut(count).ok_or(Error::Damaged)? = value_of(character)?;
            count += 1;
        }
        if count == SYMBOLS { Ok(Self(symbols)) } else { Err(Error::Damaged) }
    }

    /// `7K2M-9QXA-...`, for showing once.
    #[must_use]
    pub fn expose_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(SYMBOLS + SYMBOLS / GROUP));
        for (at, &symbol) in self.0.iter().enumerate() {
            if at > 0 && at % GROUP == 0 {
                text.push('-');
            }
            text.push(letter(symbol));
        }
        text
    }

    /// What opens the invited slot in the place of a password.
    ///
    /// # Errors
    /// None in practice: the text is short.
    pub fn as_passphrase(&self) -> Result<Passphrase> {
        Passphrase::from_typed(&self.expose_text())
    }
}

impl KeyFile {
    /// Whether this slot was offered to somebody who has not taken it up.
    #[must_use]
    pub fn is_invited(&self, slot: &Slot) -> bool {
        slot.limits.invitation.is_some() && self.wrap(slot.id).is_ok_and(|wrap| wrap.n == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn moment(wall_ms: u64, boot_ms: u64, boot: u8) -> Moment {
        Moment { wall_ms, boot_ms, boot_id: [boot; 16] }
    }

    #[test]
    fn an_invitation_ends_whatever_is_done_to_the_clock() {
        let invitation = Invitation::starting(&moment(1_000_000, 500, 1), 600_000);
        for (now, good) in [
            (moment(1_000_000, 500, 1), true),
            (moment(1_599_999, 600_499, 1), true),
            (moment(1_600_000, 600_500, 1), false),
            // The wall clock set back or forward within one boot changes nothing.
            (moment(0, 600_500, 1), false),
            (moment(9_000_000, 1_000, 1), true),
            // Another boot: only between its beginning and its end.
            (moment(1_599_999, 5, 2), true),
            (moment(1_600_000, 5, 2), false),
            (moment(999_999, 5, 2), false),
        ] {
            assert_eq!(invitation.is_good(&now), good, "{now:?}");
        }
    }

    #[test]
    fn a_code_is_read_back_however_it_is_typed() {
        let code = InvitationCode::make().unwrap();
        let text = code.expose_text();
        assert_eq!((text.len(), text.matches('-').count()), (34, 6));
        for typed in [text.to_lowercase(), text.replace('-', " "), format!(" {}\n", text.replace('-', ""))] {
            assert_eq!(InvitationCode::parse(&typed).unwrap().expose_text(), text);
        }
        assert!(InvitationCode::parse(&text[1..]).is_err());
        assert!(InvitationCode::parse(&format!("{}0", &*text)).is_err());
        assert_ne!(InvitationCode::make().unwrap().expose_text(), text);
        // R10
        assert_eq!(format!("{code:?}"), "InvitationCode(***)");
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_no_code(typed in "\\PC{0,40}") {
            if let Ok(code) = InvitationCode::parse(&typed) {
                prop_assert!(InvitationCode::parse(&code.expose_text()).is_ok());
            }
        }
    }

    #[test]
    fn chosen_wallets_are_a_rising_list() {
        let of = |wallets: &[i64]| Limits { wallets: Some(wallets.to_vec()), ..Limits::default() }.fit();
        assert!(of(&[1]) && of(&[1, 2, 9]));
        assert!(!of(&[]) && !of(&[2, 1]) && !of(&[1, 1]) && !of(&(0..65).collect::<Vec<_>>()));
    }
}
