//! The API, one noun a file: type, queries, inputs and loader keys.

pub mod context;
pub mod id;
pub mod loader;
pub mod scalar;
