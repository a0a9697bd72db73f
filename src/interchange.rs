//! Importers, one format a file. Each translates its input into [`record`]s; what all formats share is separate from
//! what is one format's own:
//!
//! - [`record`]: what every format is translated into,
//! - [`store`]: which records are known already, who is whom, and what is written,
//! - [`session`]: one run over many batches, for real or as a trial,
//! - [`report`] and [`progress`]: what people see of it.

pub mod demo;
pub mod progress;
pub mod record;
pub mod report;
pub mod rubyevents;
pub mod session;
pub mod store;
