//! A small deterministic source of choices, so that a failing document can be built again from its seed.

/// Splitmix64. The same seed gives the same choices on every machine and in every build.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// A source that starts from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to `end`, without it; 0 where `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.bits() % end }
    }

    /// A number from `first` to `last`, both included.
    pub fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`.
    ///
    /// # Panics
    /// When there is none.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_choices_every_time() {
        let first: Vec<u64> = (0..4).scan(Rng::new(7), |rng, _| Some(rng.below(1000))).collect();
        let again: Vec<u64> = (0..4).scan(Rng::new(7), |rng, _| Some(rng.below(1000))).collect();
        assert_eq!(first, again);
        assert_eq!(Rng::new(0).bits(), 0xe220_a839_7b1d_cdaf);
    }
}
