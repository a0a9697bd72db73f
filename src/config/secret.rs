//! Secret texts, which must not be printed.

use std::fmt;

use serde::Deserialize;

/// A secret text, which must not be printed.
#[derive(Clone, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for the one caller that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub(super) fn scheme(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scheme() {
            // The path of a file is no secret, and people look for the file.
            "sqlite" => write!(f, "{}", self.0),
            scheme @ ("postgres" | "postgresql") => write!(f, "{scheme}:***"),
            _ => write!(f, "***"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Secret, Settings};

    #[test]
    fn the_path_of_a_file_is_printed() {
        assert_eq!(format!("{:?}", Secret::from("sqlite:/tmp/folkmoot.db")), "sqlite:/tmp/folkmoot.db");
        assert_eq!(format!("{:?}", Secret::from("file-with-a-password")), "***");
    }

    #[test]
    fn a_password_is_never_printed() {
        let file: Settings = toml::from_str("database_url = \"postgres://me:hunter2@db/folkmoot\"").unwrap();
        let config = Config::try_from(file).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
        assert_eq!(config.database_url.reveal(), "postgres://me:hunter2@db/folkmoot");
    }
}
