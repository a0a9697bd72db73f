//! The longest life of a stream.

use std::time::Duration;

use super::Streams;

impl Streams {
    /// How long one stream lives: up to a tenth less than the longest life, chosen by `any`, so that streams that began
    /// at the same time, as after a restart, do not all end at the same time.
    #[must_use]
    pub fn life(&self, any: u128) -> Duration {
        let thousandths = u32::try_from(any % 100).unwrap_or_default();
        self.longest_life.saturating_sub(self.longest_life / 1000 * thousandths)
    }
}
