//! The servers, databases and records that tests use.

pub mod app;
pub mod builders;
pub mod dump;
pub mod explain;
pub mod history;
pub mod introspection;
pub mod page;
pub mod postgres;
pub mod process;
pub mod rows;

pub use app::{Backend, TestApp};
