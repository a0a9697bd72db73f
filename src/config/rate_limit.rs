//! How much one request, and how much each client, may ask for.

use super::{ConfigError, Settings};
use crate::graphql::limits::Limits;

/// How many requests of a client run at once where nobody counts: all may be one client, or it is known.
const ANY_NUMBER: i64 = 100_000;

/// How much each client may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many points a full bucket holds.
    pub points: u64,
    /// How many come back each second.
    pub refill: u64,
}

impl Limits {
    /// What the settings say. They are within their bounds, so none is negative.
    pub(super) fn of(settings: &Settings) -> Self {
        let whole = |number: i64| usize::try_from(number).unwrap_or_default();
        Self {
            tokens: whole(settings.token_limit()),
            depth: whole(settings.depth_limit()),
            aliases: whole(settings.alias_limit()),
            root_fields: whole(settings.root_field_limit()),
            directives: whole(settings.directive_limit()),
            selections: whole(settings.selection_limit()),
            nodes: settings.node_limit().unsigned_abs(),
            cost: settings.cost_limit().unsigned_abs(),
            answer: settings.answer_limit().unsigned_abs(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::of(&Settings::default())
    }
}

/// How much each client may ask for; `None` does not count.
pub(super) fn rate(settings: &Settings) -> Result<Option<Rate>, ConfigError> {
    let rate = Rate { points: settings.rate_limit().unsigned_abs(), refill: settings.rate_refill().unsigned_abs() };
    if rate.points == 0 {
        return Ok(None);
    }
    if settings.rate_limit() < settings.cost_limit() {
        let message = "rate_limit must be 0, or at least cost_limit: else some requests could never run";
        return Err(ConfigError::Senseless(message.into()));
    }
    Ok(Some(rate))
}

/// How many requests of a client keep the machine busy, and leave others a good part of it.
pub(super) fn requests_of_client(settings: &Settings) -> i64 {
    if settings.rate_limit() == 0 {
        return ANY_NUMBER;
    }
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    i64::try_from(2 * processors).unwrap_or(ANY_NUMBER).min(ANY_NUMBER)
}
