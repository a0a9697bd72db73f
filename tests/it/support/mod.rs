//! What the tests stand on.

pub mod app;
pub mod builders;
pub mod explain;
pub mod introspection;
pub mod page;
pub mod postgres;
pub mod process;
pub mod rows;

pub use app::{Backend, TestApp};
