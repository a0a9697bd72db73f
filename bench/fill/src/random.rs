//! Random numbers that are the same in each run.

use uuid::{Builder, Uuid};

/// A seeded generator: `SplitMix64`.
pub struct Random(u64);

impl Random {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number from 0 to `end`, without `end`.
    #[expect(clippy::cast_possible_truncation, reason = "the rest is less than `end`")]
    pub fn below(&mut self, end: u32) -> u32 {
        (self.bits() % u64::from(end)) as u32
    }

    /// True in `share` of a hundred cases.
    pub fn percent(&mut self, share: u32) -> bool {
        self.below(100) < share
    }

    /// One of the items.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        items[self.below(count) as usize]
    }

    /// `count` different numbers below `end`, in no particular order.
    pub fn different(&mut self, count: usize, end: u32) -> Vec<u32> {
        let mut numbers = Vec::with_capacity(count);
        while numbers.len() < count {
            let number = self.below(end);
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        numbers
    }
}

/// The key of a row: a UUID v7 that is computed from its table and its number, and sorts by the number.
pub fn key(table: u32, number: u32) -> Uuid {
    // The first key is of 1 January 2024; each further number adds a millisecond.
    const FIRST: u64 = 1_704_067_200_000;
    let mut random = Random::new(u64::from(table) << 32 | u64::from(number));
    let mut bytes = [0; 10];
    for half in bytes.chunks_mut(8) {
        half.copy_from_slice(&random.bits().to_le_bytes()[..half.len()]);
    }
    Builder::from_unix_timestamp_millis(FIRST + u64::from(number), &bytes).into_uuid()
}
