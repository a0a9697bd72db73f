//! Importers, one file for each format. Each of them translates its input into [`record`]s. The other modules are the
//! same for all formats:
//!
//! - [`record`]: the records into which every format is translated,
//! - [`source`]: which source they are of,
//! - [`store`]: finds out which records are known already, and writes the others,
//! - [`session`]: one run over many batches, real or as a dry run,
//! - `writer`: writes while the next records are read,
//! - [`prune`]: what a source no longer names,
//! - [`report`] and [`progress`]: what people see of a run.

pub mod demo;
pub mod progress;
pub mod prune;
pub mod record;
pub mod report;
pub mod rubyevents;
pub mod session;
pub mod source;
pub mod store;
mod writer;
