//! The command line, one file a sub-command.

pub mod import;
