//! The API. From the top: [`schema`] puts it together; `live` tells what changes; `types` has one noun a file: its type, its
//! queries, its inputs and its loader keys; `limits` holds documents to their bounds; `relay` is what all nouns share and knows
//! none of them: nodes, lists, loaders. A file knows only what lies below.
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
