//! What changes: the change log as the API tells it, its live feed, and what ends cached responses.

pub mod cache_invalidator;
pub mod change;
pub mod feed;
