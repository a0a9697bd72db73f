//! How much a client may still ask for.

use async_graphql::{Context, Object, SimpleObject};

use super::{context::ContextExt, scalar::DateTime};

/// What a client may still ask for. Each client has a bucket of points; a request takes points out by what it may
/// return, and the bucket fills again by the second. An empty bucket is the error `RATE_LIMITED`, which says when to
/// come back.
#[derive(Clone, Debug, SimpleObject)]
pub struct RateLimit {
    /// How many points a full bucket holds.
    pub limit: i32,
    /// How many points are left, this request taken off. What it turns out not to have cost comes back afterwards.
    pub remaining: i32,
    /// How many points come back each second.
    pub refill_per_second: i32,
    /// When the bucket will be full again if you ask nothing more, UTC.
    pub reset_at: DateTime,
    /// What this request may cost at most, in points.
    pub cost: i32,
    /// How many objects the answer to this request may hold at most; ten of them are a point.
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
        ctx.request().rate_limit().cloned()
    }
}
