//! Importers, one format a file. Each translates its input into [`record`]s; what all formats share (finding known
//! nodes again, matching people, reporting) is separate from what is one format's own.

pub mod demo;
pub mod record;
