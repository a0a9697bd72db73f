//! The tests: each speaks HTTP to a server of its own on a database of its own, and runs on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails says where")]

mod support;

mod absence;
mod alter;
mod caching;
mod change;
mod columns;
mod connection;
mod cost;
mod delivery;
mod demo;
mod docs;
mod empty_list;
mod errors;
mod event;
mod event_stream;
mod group;
mod half_written;
mod health;
mod home;
mod house;
mod import;
mod lanternport;
mod limit;
mod list;
mod message;
mod migration;
mod node;
mod odd_text;
mod outage;
mod person;
mod plan;
mod playground;
mod privacy;
mod queries;
mod rate_limit;
mod response_cache;
mod restore;
mod schema;
mod search;
mod search_format;
mod server;
mod setting;
mod similar;
mod specification;
mod sponsorship;
mod statement;
mod talk;
mod timeout;
mod topic;
mod unknown_name;
mod upstream;
mod venue;
mod websocket;
