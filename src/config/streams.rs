//! How long streams of answers live.

use std::time::Duration;

use super::Streams;

impl Streams {
    /// How long one stream lives: up to a tenth less than the longest, by any number, so that those who began together, as
    /// after a restart, do not end together.
    #[must_use]
    pub fn life(&self, any: u128) -> Duration {
        let thousandths = u32::try_from(any % 100).unwrap_or_default();
        self.longest_life.saturating_sub(self.longest_life / 1000 * thousandths)
    }
}
