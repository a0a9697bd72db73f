//! What the tests stand on.

pub mod app;
pub mod postgres;

pub use app::{Backend, TestApp};
