//! Changes: the change log in the API, its live feed, and the invalidation of cached responses.

pub mod cache_invalidator;
pub mod change;
pub mod feed;
