//! Configuration: every setting is a flag, an environment variable and a key of an optional TOML file, in this order of
//! precedence. Unknown keys are errors, and secrets show as `***` wherever they are printed.
//!
//! A setting is one row of [`mod@table`]. Everything else is generated from the row: its field in [`Settings`] (the
//! value as it is given) and in [`Config`] (the value as it is used), its names, its help, its bounds, and its row in
//! `docs/settings.md`.

use std::path::PathBuf;

pub use declaration::{Setting, Taker};
pub use documents::Documents;
pub use log::LogFormat;
pub use rate_limit::Rate;
pub use secret::Secret;
pub use table::{Config, ConnectionSettings, Connections, Settings, StreamSettings, Streams};
pub use value::Kind;

mod connections;
mod database;
mod declaration;
mod documents;
mod file;
mod log;
mod names;
mod rate_limit;
mod secret;
mod streams;
mod table;
mod text;
mod value;

/// What is wrong with the configuration, and where.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {}: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("in the configuration file {}, line {line}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there. It does not quote the line, which may contain a password.
        message: String,
    },
    /// A value is invalid.
    #[error("{0}")]
    Senseless(String),
}

impl TryFrom<Settings> for Config {
    type Error = ConfigError;

    fn try_from(mut settings: Settings) -> Result<Self, ConfigError> {
        settings.check()?;
        // The file is read once: it may be a pipe.
        settings.database_url = Some(database::url(&settings)?);
        settings.check()?;
        Self::of(&settings)
    }
}
