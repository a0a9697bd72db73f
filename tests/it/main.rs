//! The tests: each speaks HTTP to a server of its own on a database of its own, and runs on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails says where")]

mod support;

mod house;
mod import;
mod migration;
mod search;
mod server;
