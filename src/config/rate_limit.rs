//! Limits for one request and for each client.

use super::{ConfigError, Settings};
use crate::graphql::limits::Limits;

/// The default of `client_requests` without a rate limit. Then all requests may come from one client, or every client
/// is trusted.
const ANY_NUMBER: i64 = 100_000;

/// The rate limit of each client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The capacity of a bucket.
    pub points: u64,
    /// How many points are refilled each second.
    pub refill: u64,
}

impl Limits {
    /// The limits in the settings. The settings are within their bounds, so no value is negative.
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

/// The rate limit of each client; `None` if there is none.
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

/// The default of `client_requests`: enough to use the machine well, and few enough to leave much of it to other
/// clients.
pub(super) fn requests_of_client(settings: &Settings) -> i64 {
    if settings.rate_limit() == 0 {
        return ANY_NUMBER;
    }
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    i64::try_from(2 * processors).unwrap_or(ANY_NUMBER).min(ANY_NUMBER)
}
