//! Rows of a file that break the same rule: the first one in words, the others by their lines.

use std::fmt::Write;

use super::{Warning, WarningCode};

/// Lines that are named besides the first.
const NAMED: usize = 8;

#[derive(Debug, Default)]
pub(super) struct Faults {
    first: Option<String>,
    others: Vec<u32>,
    more: u64,
}

impl Faults {
    /// Notes a row; what is wrong with it is asked only of the first.
    pub(super) fn note(&mut self, line: u32, message: impl FnOnce() -> String) {
        match &self.first {
            None => self.first = Some(format!("line {line}: {}", message())),
            Some(_) if self.others.len() < NAMED => self.others.push(line),
            Some(_) => self.more += 1,
        }
    }

    /// The warning, if there was a fault.
    pub(super) fn warning(&mut self, code: WarningCode) -> Option<Warning> {
        let Faults { first, others, more } = std::mem::take(self);
        let mut message = first?;
        for (at, line) in others.into_iter().enumerate() {
            let before = if at == 0 { "; also in line " } else { ", " };
            let _ = write!(message, "{before}{line}");
        }
        if more > 0 {
            let _ = write!(message, " and {more} more");
        }
        Some(Warning { code, message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_and_the_others_are_named() {
        let mut faults = Faults::default();
        assert_eq!(faults.warning(WarningCode::NetMismatch), None);
        for line in 2..14 {
            faults.note(line, || format!("off by {line}"));
        }
        let message = faults.warning(WarningCode::NetMismatch).map(|warning| warning.message);
        assert_eq!(message.as_deref(), Some("line 2: off by 2; also in line 3, 4, 5, 6, 7, 8, 9, 10 and 3 more"));
    }
}
