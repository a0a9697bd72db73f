//! Folkmoot: a self-hosted GraphQL API for meetup data.
//!
//! Reads flow down: [`http`] takes a request, [`graphql`] answers it from `entity`. Writes go through one module,
//! [`domain::write`]. [`interchange`] brings histories in, [`cli`] starts it all. ARCHITECTURE.md describes the whole.

pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod domain;
pub mod error;
pub mod graphql;
pub mod http;
pub mod interchange;
