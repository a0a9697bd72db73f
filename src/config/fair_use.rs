//! How much one request, and how much each client, may ask for.

use super::{ConfigError, Settings};
use crate::graphql::limits::Limits;

/// How much each client may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many points a full bucket holds.
    pub points: u64,
    /// How many come back each second.
    pub refill: u64,
}

/// How much one request may ask for.
pub(super) fn limits(settings: &Settings) -> Limits {
    let default = Limits::default();
    Limits {
        tokens: settings.token_limit.unwrap_or(default.tokens),
        depth: settings.depth_limit.unwrap_or(default.depth),
        aliases: settings.alias_limit.unwrap_or(default.aliases),
        root_fields: settings.root_field_limit.unwrap_or(default.root_fields),
        directives: settings.directive_limit.unwrap_or(default.directives),
        selections: settings.selection_limit.unwrap_or(default.selections),
        nodes: settings.node_limit.unwrap_or(default.nodes),
        cost: settings.cost_limit.unwrap_or(default.cost),
        answer: settings.answer_limit.unwrap_or(default.answer),
    }
}

/// How much each client may ask for; `None` does not count.
pub(super) fn rate(settings: &Settings, cost_limit: u64) -> Result<Option<Rate>, ConfigError> {
    let rate = Rate { points: settings.rate_limit.unwrap_or(1000), refill: settings.rate_refill.unwrap_or(20) };
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
