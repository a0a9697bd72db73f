//! What all nouns share: identity, lists, small lists below a node, and the loaders that read them (Relay). It names no noun.

pub mod children;
pub mod connection;
pub mod id;
pub mod names;
pub mod node;
