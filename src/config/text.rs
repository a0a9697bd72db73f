//! Settings as texts: from flags and from environment variables.

use std::ffi::{OsStr, OsString};

use super::{ConfigError, Setting, Settings};

impl Settings {
    /// Reads the settings that are given as flags.
    pub fn from_flags<'a>(given: impl IntoIterator<Item = (&'a Setting, OsString)>) -> Result<Self, ConfigError> {
        let mut settings = Self::default();
        for (setting, text) in given {
            settings.take(setting, &text, &format!("--{}", setting.flag()))?;
        }
        Ok(settings)
    }

    /// Reads the environment variable of each setting.
    pub fn from_environment(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let mut settings = Self::default();
        for setting in Setting::all() {
            let name = setting.variable();
            if let Some(text) = variable(&name) {
                settings.take(setting, &text, &name)?;
            }
        }
        Ok(settings)
    }

    /// Reads one setting. The error does not repeat the text, which may be a password.
    fn take(&mut self, setting: &Setting, text: &OsStr, named: &str) -> Result<(), ConfigError> {
        self.read(setting, text).map_err(|wanted| ConfigError::Senseless(format!("{named} must be {wanted}")))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::Config;

    fn from_variables(variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        Settings::from_environment(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, text)| OsString::from(text))
        })
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let flag = Setting::all().find(|setting| setting.name == "request_timeout").unwrap();
        let flags = Settings::from_flags([(flag, "3".into())]).unwrap();
        let variables =
            [("FOLKMOOT_REQUEST_TIMEOUT", "4"), ("FOLKMOOT_STATEMENT_TIMEOUT", "6"), ("FOLKMOOT_WRITE_TIMEOUT", "8")];
        let file: Settings = toml::from_str(
            "request_timeout = 5\nstatement_timeout = 5\nshutdown_grace = 7\n[connections]\nidle_timeout = 9",
        )
        .unwrap();
        let config = Config::try_from(flags.or(from_variables(&variables).unwrap()).or(file)).unwrap();
        assert_eq!(config.request_timeout, Duration::from_secs(3));
        assert_eq!(config.statement_timeout, Duration::from_secs(6));
        assert_eq!(config.shutdown_grace, Duration::from_secs(7));
        assert_eq!(config.connections.write_timeout, Duration::from_secs(8));
        assert_eq!(config.connections.idle_timeout, Duration::from_secs(9));
    }

    #[test]
    fn a_value_that_cannot_be_read_is_told_without_it() {
        for (name, wanted) in [
            ("FOLKMOOT_LISTEN", "an address and a port"),
            ("FOLKMOOT_REQUEST_TIMEOUT", "a whole number"),
            ("FOLKMOOT_DEMO", "true or false"),
            ("FOLKMOOT_LOG_FORMAT", "text or json"),
        ] {
            let error = from_variables(&[(name, "hunter2")]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{name} must be {wanted}")) && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_list_has_commas_between() {
        let settings = from_variables(&[("FOLKMOOT_PUBLIC_HOSTS", "a.example,B.example")]).unwrap();
        assert_eq!(Config::try_from(settings).unwrap().public_hosts, ["a.example", "b.example"]);
    }
}
