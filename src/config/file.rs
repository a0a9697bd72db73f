//! Settings in a TOML file.

use std::path::PathBuf;

use super::{ConfigError, Settings};

impl Settings {
    /// Reads a settings file.
    pub fn from_file(path: PathBuf) -> Result<Self, ConfigError> {
        match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|cause| {
                let before = cause.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
                let line = before.lines().count().max(1) + usize::from(before.ends_with('\n'));
                ConfigError::Malformed { path, line, message: without_value(cause.message()) }
            }),
            Err(cause) => Err(ConfigError::Unreadable { path, cause }),
        }
    }
}

/// An error message of the parser without the value, which may be a password.
fn without_value(message: &str) -> String {
    let quotes = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant "];
    match message.rsplit_once(", expected ") {
        Some((found, expected)) if quotes.iter().any(|words| found.starts_with(words)) => {
            format!("the value is not what is expected here: {expected}")
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_text(text: &str) -> Result<Settings, ConfigError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Settings::from_file(file.path().to_owned())
    }

    #[test]
    fn a_broken_line_is_named_but_not_printed() {
        let error = from_text("\ndatabase_url = \"postgres://me:hunter2@db/x\nlisten = 1").unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_value_of_the_wrong_type_is_not_printed() {
        for key in ["listen", "request_timeout", "log_format", "demo", "connections.idle_timeout", "cors_origins"] {
            let error =
                from_text(&format!("\n{key} = \"postgres://me:hunter2, expected x@db\"")).unwrap_err().to_string();
            assert!(error.contains("line 2"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        let error = from_text("database_url = 17231723").unwrap_err().to_string();
        assert!(!error.contains("17231723"), "{error}");
    }

    #[test]
    fn unknown_keys_are_refused_with_their_place() {
        let error = from_text("listen = \"127.0.0.1:1\"\nlisten_adress = \"x\"\n").unwrap_err().to_string();
        assert!(error.contains("listen_adress"), "{error}");
        assert!(error.contains("line 2"), "{error}");
    }
}
