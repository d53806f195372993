//! Numbers that look drawn by chance and are the same every time.

/// The split-mix finaliser: a bijection, so that different numbers stay different.
pub(crate) const fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A split-mix sequence.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    pub(crate) const fn new(seed: u64) -> Random {
        Random { state: seed }
    }

    /// From 0 up to, not including, `limit`.
    pub(crate) fn below(&mut self, limit: i64) -> i64 {
        let drawn = mix(self.state);
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        remainder(drawn, limit)
    }

    pub(crate) fn between(&mut self, from: i64, to: i64) -> i64 {
        from + self.below(to - from + 1)
    }

    pub(crate) fn chance(&mut self, permille: i64) -> bool {
        self.below(1_000) < permille
    }
}

/// The remainder as a signed number; 0 where there is nothing to choose from.
pub(crate) fn remainder(number: u64, limit: i64) -> i64 {
    let limit = u64::try_from(limit).unwrap_or(0);
    number.checked_rem(limit).and_then(|rest| i64::try_from(rest).ok()).unwrap_or(0)
}

/// The element that a number chooses, round and round.
pub(crate) fn choose<T>(from: &[T], number: i64) -> Option<&T> {
    let length = i64::try_from(from.len()).ok()?;
    from.get(usize::try_from(number.checked_rem_euclid(length)?).ok()?)
}
