//! How much a client may still ask for.

use async_graphql::{Context, Object, SimpleObject};

use super::{context::ContextExt, scalar::DateTime};

/// The points of a client. Requests cost points by what they ask for; the bucket fills again by the second.
#[derive(Clone, Debug, SimpleObject)]
pub struct RateLimit {
    /// How many points a full bucket holds.
    pub limit: i32,
    /// How many points are left, this request taken off. What it turns out not to have cost comes back afterwards.
    pub remaining: i32,
    /// How many points come back each second.
    pub refill_per_second: i32,
    /// When the bucket will be full again if nothing more is asked, UTC.
    pub reset_at: DateTime,
    /// What this request may cost, in points.
    pub cost: i32,
    /// How many objects the answer to this request may hold.
    pub node_count: i32,
}

/// The root field of the rate limit.
#[derive(Default)]
pub struct RateLimitQueries;

#[Object]
impl RateLimitQueries {
    /// How much you may still ask for; null if this server does not count.
    #[graphql(cache_control(no_cache, private))]
    async fn rate_limit(&self, ctx: &Context<'_>) -> Option<RateLimit> {
        ctx.request().rate_limit.clone()
    }
}
