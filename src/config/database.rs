//! The address of the database. It may contain a password, so no error message repeats any part of it.

use std::path::Path;

use super::{ConfigError, Secret, Settings};
use crate::db::address;

/// The address of the database, from its setting or from the file that contains it.
pub(super) fn url(settings: &Settings) -> Result<Secret, ConfigError> {
    let file = settings.database_url_file();
    let url = if file.as_os_str().is_empty() {
        settings.database_url()
    } else if settings.database_url.is_some() {
        let message = "database_url and database_url_file are both given: which one is meant?";
        return Err(ConfigError::Senseless(message.into()));
    } else {
        from_file(&file)?
    };
    address::check(url.reveal())
        .map_err(|why| ConfigError::Senseless(format!("the database URL (database_url) {why}")))?;
    Ok(url)
}

/// The default of `database_readers`.
pub(super) fn readers(settings: &Settings) -> i64 {
    if settings.database_url().scheme() == "sqlite" { 4 } else { 16 }
}

/// The one line of a secret file, as container platforms provide them.
fn from_file(path: &Path) -> Result<Secret, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })?;
    Ok(Secret::from(text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn config(settings: Settings) -> Result<Config, String> {
        Config::try_from(settings).map_err(|error| error.to_string())
    }

    #[test]
    fn an_address_that_cannot_be_read_is_told_without_it() {
        for url in [
            "postgres://me:hunter2@127.0.0.1:99999/x",
            "postgres://me:hun#ter2@db/x",
            "postgres://me:hunter2@",
            "postgres:me:hunter2@db/x",
            "me:hunter2@db/x",
            "hunter2",
            "mysql://me:hunter2@db/x",
            "",
        ] {
            let settings = Settings { database_url: Some(Secret::from(url)), ..Settings::default() };
            assert!(!format!("{settings:?}").contains("hunter2"), "{settings:?}");
            let error = config(settings).expect_err(url);
            assert!(error.contains("database_url") && !error.contains("hun"), "{url}: {error}");
        }
    }

    #[test]
    fn a_file_may_hold_the_address() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "postgres://me:hunter2@db/x\n").unwrap();
        let from_file = Settings { database_url_file: Some(file.path().to_owned()), ..Settings::default() };
        assert_eq!(config(from_file.clone()).unwrap().database_url.reveal(), "postgres://me:hunter2@db/x");

        let both = Settings { database_url: Some(Secret::from("sqlite:x.db")), ..from_file };
        assert!(config(both).unwrap_err().contains("database_url_file"));
        let missing = Settings { database_url_file: Some("/nowhere/at/all".into()), ..Settings::default() };
        assert!(config(missing).unwrap_err().contains("/nowhere/at/all"));
    }
}
