//! How much one request, and how much each client, may ask for.

use super::{ConfigError, Settings, within};
use crate::graphql::limits::Limits;

/// No more points than the API's `Int` holds.
const MOST_POINTS: u64 = i32::MAX as u64;

/// How deep values may nest at most: what reads them calls itself at each level.
const DEEPEST: usize = 100;

/// How much each client may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many points a full bucket holds.
    pub points: u64,
    /// How many come back each second.
    pub refill: u64,
}

/// How much one request may ask for.
pub(super) fn limits(settings: &Settings) -> Result<Limits, ConfigError> {
    let default = Limits::default();
    Ok(Limits {
        tokens: settings.token_limit.unwrap_or(default.tokens),
        depth: within("depth_limit", settings.depth_limit, default.depth, 0, DEEPEST)?,
        aliases: settings.alias_limit.unwrap_or(default.aliases),
        root_fields: settings.root_field_limit.unwrap_or(default.root_fields),
        directives: settings.directive_limit.unwrap_or(default.directives),
        selections: settings.selection_limit.unwrap_or(default.selections),
        nodes: settings.node_limit.unwrap_or(default.nodes),
        cost: within("cost_limit", settings.cost_limit, default.cost, 0, MOST_POINTS)?,
        answer: settings.answer_limit.unwrap_or(default.answer),
    })
}

/// How much each client may ask for; `None` does not count.
pub(super) fn rate(settings: &Settings, cost_limit: u64) -> Result<Option<Rate>, ConfigError> {
    let points = within("rate_limit", settings.rate_limit, 1000, 0, MOST_POINTS)?;
    let refill = within("rate_refill", settings.rate_refill, 20, 0, MOST_POINTS)?;
    let rate = Rate { points, refill };
    if rate.points == 0 {
        return Ok(None);
    }
    if rate.refill == 0 || rate.points < cost_limit {
        let message =
            "rate_refill must be at least 1, and rate_limit at least cost_limit: else some requests could never run";
        return Err(ConfigError::Senseless(message.into()));
    }
    Ok(Some(rate))
}
