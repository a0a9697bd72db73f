//! How much a client may still ask for.

use async_graphql::{Context, Object};

use crate::graphql::{context::ContextExt, meter::Budget, scalar::DateTime};

/// What a client may still ask for. Each client has a bucket of points; a request takes points out by what it may
/// return, and the bucket fills again by the second. An empty bucket is the error `RATE_LIMITED`, which says when to
/// come back.
pub struct RateLimit(Budget);

/// What a client may still ask for. Each client has a bucket of points; a request takes points out by what it may
/// return, and the bucket fills again by the second. An empty bucket is the error `RATE_LIMITED`, which says when to
/// come back.
#[Object]
impl RateLimit {
    /// How many points a full bucket holds.
    async fn limit(&self) -> i32 {
        self.0.limit
    }

    /// How many points are left, this request taken off. What it turns out not to have cost comes back afterwards.
    async fn remaining(&self) -> i32 {
        self.0.remaining
    }

    /// How many points come back each second.
    async fn refill_per_second(&self) -> i32 {
        self.0.refill_per_second
    }

    /// When the bucket will be full again if you ask nothing more, UTC.
    async fn reset_at(&self) -> DateTime {
        DateTime(self.0.reset_at)
    }

    /// What this request may cost at most, in points.
    async fn cost(&self) -> i32 {
        self.0.cost
    }

    /// How many objects the answer to this request may hold at most; ten of them are a point.
    async fn node_count(&self) -> i32 {
        self.0.node_count
    }
}

/// The root field of the rate limit.
#[derive(Default)]
pub struct RateLimitQueries;

#[Object]
impl RateLimitQueries {
    /// How much you may still ask for; null if this server does not count.
    #[graphql(cache_control(no_cache, private))]
    async fn rate_limit(&self, ctx: &Context<'_>) -> Option<RateLimit> {
        ctx.request().budget().cloned().map(RateLimit)
    }
}
