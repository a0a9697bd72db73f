//! The API. From the top: [`mod@schema`] joins the parts; `live` reports changes; `types` has one file for each noun: its
//! type, its queries, its inputs and its loader keys; `limits` checks documents against the limits; `relay` has what
//! all nouns share (nodes, lists, loaders) and names no noun. A file uses only what lies below it.
//!
//! Reads only; writes go to `domain`. Nothing here knows HTTP.

pub mod context;
pub mod limits;
pub mod live;
pub mod loader;
pub mod markdown;
pub mod meter;
pub mod relay;
pub mod scalar;
pub mod schema;
pub mod types;

pub use schema::{FolkmootSchema, definitions, schema, sdl};
