//! Six-digit codes (RFC 6238 over RFC 4226): SHA-1, 30 seconds, one step of tolerance, each step once.
//!
//! The generator is `totp-rs`; the acceptance rule is ours, because the crate's own check gives the
//! LOWEST matching step: a code shared by two steps of the window would then be accepted twice.
//! SHA-1 because authenticator apps ignore anything else; its weakness does not touch HMAC.

use subtle::ConstantTimeEq as _;
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::secret::TotpSeed;

/// Seconds of one step.
pub const STEP_S: u64 = 30;
const CODE_DIGITS: usize = 6;
/// A last step further ahead than this cannot come from tolerance: the clock was wrong then.
const AHEAD_STEPS_MAX: u64 = 2;
const TYPED_BYTES_MAX: usize = 64;
const ISSUER: &str = "Purser";
const LABEL_CHARS_MAX: usize = 64;

/// Why a code was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TotpRefused {
    /// Not six digits: a slip of the hand. Nothing was compared.
    #[error("not a six-digit code")]
    Malformed,
    /// Wrong, out of the window, or used before; which of them is not said.
    #[error("wrong code")]
    Wrong,
    /// The last accepted code lies in the future, so the clock was ahead then or is behind now.
    /// A recovery code helps, after which the step is reset.
    #[error("the clock was wrong at the last login")]
    ClockWasWrong,
}

/// Checks a typed code at `now_s` (seconds since 1970 UTC) and gives the step it used up, which the
/// caller stores with [`crate::auth_state::AuthState::accept_totp_step`] before the session opens.
/// Only a step above `last_step` counts; the highest of the window is tried first.
///
/// # Errors
/// [`TotpRefused`].
pub fn verify(seed: &TotpSeed, typed: &str, now_s: u64, last_step: Option<u64>) -> Result<u64, TotpRefused> {
    let code = normalise(typed).ok_or(TotpRefused::Malformed)?;
    let now = now_s / STEP_S;
    if last_step.is_some_and(|last| last > now.saturating_add(AHEAD_STEPS_MAX)) {
        return Err(TotpRefused::ClockWasWrong);
    }
    let generator = generator(seed);
    let mut accepted = None;
    // All three are compared always, so that the time taken does not tell which one matched.
    for step in [now.saturating_add(1), now, now.saturating_sub(1)] {
        let matches: bool = derive_code(&generator, step).ct_eq(&*code).into();
        let fresh = last_step.is_none_or(|last| step > last);
        if matches && fresh && accepted.is_none() {
            accepted = Some(step);
        }
    }
    accepted.ok_or(TotpRefused::Wrong)
}

/// The `otpauth://` address for the QR code: issuer "Purser", account "business (user)".
///
/// # Errors
/// [`Error::Limit`]: the names leave nothing to show.
pub fn enrolment_uri(seed: &TotpSeed, business_name: &str, slot_name: &str) -> Result<Zeroizing<String>> {
    let account = format!("{} ({})", label(business_name), label(slot_name));
    // Exposed to be shown once as a QR code.
    Builder::new()
        .with_secret(seed.expose_bytes().to_vec())
        .with_issuer(Some(ISSUER))
        .with_account_name(account)
        .build()
        .and_then(|totp| totp.to_url())
        .map(Zeroizing::new)
        .map_err(|_| Error::Limit)
}

/// A colon would separate issuer and account.
fn label(name: &str) -> String {
    let shown = name.chars().filter(|character| !character.is_control());
    shown.map(|character| if character == ':' { ' ' } else { character }).take(LABEL_CHARS_MAX).collect()
}

/// Spaces and hyphens dropped, full-width digits made plain: six ASCII digits or nothing.
fn normalise(typed: &str) -> Option<Zeroizing<[u8; CODE_DIGITS]>> {
    if typed.len() > TYPED_BYTES_MAX {
        return None;
    }
    let mut code = Zeroizing::new([0u8; CODE_DIGITS]);
    let mut count = 0;
    for character in typed.chars() {
        if character.is_whitespace() || character == '-' {
            continue;
        }
        let plain = match character {
            '0'..='9' => character,
            '\u{ff10}'..='\u{ff19}' => char::from_u32(u32::from(character) - 0xff10 + 0x30)?,
            _ => return None,
        };
        *code.get_mut(count)? = u8::try_from(plain).ok()?;
        count += 1;
    }
    (count == CODE_DIGITS).then_some(code)
}

fn generator(seed: &TotpSeed) -> Totp {
    // Exposed to be copied into the generator, which wipes its copy. Cannot fail: the builder's defaults
    // are RFC 6238's (SHA-1, 6 digits, 30 s) and the seed has 160 bits.
    Builder::new().with_secret(seed.expose_bytes().to_vec()).build_noncompliant()
}

fn derive_code(generator: &Totp, step: u64) -> Zeroizing<[u8; CODE_DIGITS]> {
    let token = generator.generate(step.saturating_mul(STEP_S));
    let mut code = Zeroizing::new([b'0'; CODE_DIGITS]);
    let text = Zeroizing::new(token.to_string());
    if text.len() == CODE_DIGITS {
        code.copy_from_slice(text.as_bytes());
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seed() -> TotpSeed {
        TotpSeed::from_bytes(b"12345678901234567890")
    }

    fn code_at(seed: &TotpSeed, step: u64) -> String {
        String::from_utf8(derive_code(&generator(seed), step).to_vec()).unwrap()
    }

    /// R31: RFC 6238 appendix B. The vectors have eight digits; six of them are the last six.
    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (now_s, eight) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let full = Builder::new().with_secret(*seed().expose_bytes()).with_digits(8);
            assert_eq!(full.build().unwrap().generate(now_s).to_string(), eight);
            assert_eq!(code_at(&seed(), now_s / STEP_S), eight[2..]);
            assert_eq!(verify(&seed(), &eight[2..], now_s, None), Ok(now_s / STEP_S));
        }
    }

    /// R34: one step early or late passes, two do not.
    #[test]
    fn the_window_is_one_step_each_way() {
        let now = 1_000_000;
        for offset in 0..=4 {
            let step = now + offset - 2;
            let wanted = if (1..=3).contains(&offset) { Ok(step) } else { Err(TotpRefused::Wrong) };
            assert_eq!(verify(&seed(), &code_at(&seed(), step), now * STEP_S + 29, None), wanted);
        }
    }

    /// R32, R35: a step is used up, also by enrolment.
    #[test]
    fn a_code_passes_once() {
        let now = 1_000_000;
        let code = code_at(&seed(), now);
        let step = verify(&seed(), &code, now * STEP_S, None).unwrap();
        for later_s in [0, 1, 29, 30, 59] {
            assert_eq!(verify(&seed(), &code, now * STEP_S + later_s, Some(step)), Err(TotpRefused::Wrong));
        }
        let next = code_at(&seed(), now + 1);
        assert_eq!(verify(&seed(), &next, now * STEP_S + 30, Some(step)), Ok(now + 1));
    }

    /// R33: two neighbouring steps with the same code: it passes once, as the higher step.
    #[test]
    fn a_code_shared_by_two_steps_passes_once() {
        let generator = generator(&seed());
        let mut before = derive_code(&generator, 0);
        let shared = (1..4_000_000u64)
            .find(|&step| {
                let code = derive_code(&generator, step);
                let same = *code == *before;
                before = code;
                same
            })
            .expect("one pair in a million is expected");
        let code = code_at(&seed(), shared);
        let now_s = shared * STEP_S;
        assert_eq!(verify(&seed(), &code, now_s, None), Ok(shared));
        assert_eq!(verify(&seed(), &code, now_s, Some(shared)), Err(TotpRefused::Wrong));
        assert_eq!(verify(&seed(), &code, now_s - STEP_S, None), Ok(shared), "highest first");
    }

    /// R37: a login with the clock a year ahead is told apart, so that a recovery code can help.
    #[test]
    fn a_clock_that_was_wrong_is_said() {
        let now = 60_000_000;
        let year = 365 * 86_400 / STEP_S;
        let code = code_at(&seed(), now);
        assert_eq!(verify(&seed(), &code, now * STEP_S, Some(now + year)), Err(TotpRefused::ClockWasWrong));
        assert_eq!(verify(&seed(), &code, now * STEP_S, Some(now + 2)), Err(TotpRefused::Wrong));
        assert_eq!(verify(&seed(), &code, now * STEP_S, None), Ok(now), "after the reset");
    }

    /// R36
    #[test]
    fn spacing_and_full_width_digits_are_forgiven() {
        let plain = normalise("123456").unwrap();
        for typed in ["123 456", " 123-456 ", "１２３４５６", "12\u{3000}34\u{a0}56", "1 2 3 4 5 6\n"] {
            assert_eq!(normalise(typed).as_deref(), Some(&*plain), "{typed:?}");
        }
        for typed in ["", "12345", "1234567", "+12345", "12345a", "١٢٣٤٥٦", "123456\u{0}"] {
            assert_eq!(normalise(typed), None, "{typed:?}");
        }
    }

    proptest! {
        /// R36: arbitrary Unicode never panics, and only six digits are ever compared.
        #[test]
        fn arbitrary_text_is_refused(typed in "\\PC*", now_s: u64, last: Option<u64>) {
            prop_assume!(normalise(&typed).is_none());
            prop_assert_eq!(verify(&seed(), &typed, now_s, last), Err(TotpRefused::Malformed));
        }

        /// R33: no step at or below the last one is ever accepted.
        #[test]
        fn no_step_is_accepted_twice(
            bytes: [u8; 20], now in 1u64..1 << 40, typed in 0u64..4, last in 0u64..5,
        ) {
            let seed = TotpSeed::from_bytes(&bytes);
            let code = code_at(&seed, now + typed - 1);
            let last = now + last - 1;
            if let Ok(step) = verify(&seed, &code, now * STEP_S, Some(last)) {
                prop_assert!(step > last && step <= now + 1);
            }
        }
    }

    #[test]
    fn the_uri_names_issuer_business_and_user() {
        let uri = enrolment_uri(&seed(), "小店: A&B", "owner").unwrap();
        assert!(uri.starts_with("otpauth://totp/Purser:"), "{}", *uri);
        assert!(uri.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
        assert!(uri.contains("issuer=Purser"));
        let read = Totp::from_url(uri.as_str()).unwrap();
        assert_eq!(read.account_name(), "小店  A&B (owner)");
        assert_eq!((read.digits(), read.step()), (6, 30));
        assert!(enrolment_uri(&seed(), &"x".repeat(5_000), "\n").is_ok());
    }
}
