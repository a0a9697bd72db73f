//! Checks the address of a database before the drivers see it. Their messages about an unusable address repeat the
//! address with its password.

use url::Url;

use crate::error::{Code, Error, Result};

/// The parameters that a PostgreSQL address may have after its `?`.
const PARAMETERS: [&str; 17] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
];

/// Checks that this can be the address of a database. The error says why not, and repeats nothing of the address.
pub fn check(address: &str) -> Result<(), String> {
    match address.split_once(':') {
        Some(("sqlite", _)) => Ok(()),
        Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
            Url::parse(address).map(drop).map_err(|error| format!("cannot be read: {error}"))
        }
        _ => Err("must begin with sqlite: or postgres://".into()),
    }
}

/// A PostgreSQL address without parameters that its driver does not know. The driver would log their values.
pub(super) fn known(address: &str) -> Result<String> {
    check(address).map_err(|why| unusable(&why))?;
    let Ok(mut url) = Url::parse(address) else { return Ok(address.to_owned()) };
    let (known, unknown): (Vec<_>, Vec<_>) = url.query_pairs().into_owned().partition(|(name, _)| is_parameter(name));
    if unknown.is_empty() {
        return Ok(address.to_owned());
    }
    for (name, _) in &unknown {
        // If a password is not percent-encoded, a part of it may be taken for a parameter and be here.
        let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        let parameter = if is_word { name.as_str() } else { "…" };
        tracing::warn!(parameter, "a parameter of the database URL is unknown here, and left out");
    }
    url.set_query(None);
    if !known.is_empty() {
        url.query_pairs_mut().extend_pairs(known);
    }
    Ok(url.into())
}

/// The error of an unusable address. It repeats nothing of the address.
pub(super) fn unusable(why: &str) -> Error {
    Error::invalid(Code::DatabaseUnreachable, format!("the database URL {why}. Mend it."))
}

fn is_parameter(name: &str) -> bool {
    PARAMETERS.contains(&name) || name.starts_with("options[")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_parameters_are_left_out() {
        let known_only = |address: &str| known(address).unwrap();
        assert_eq!(
            known_only("postgres://me:a%40b@db/x?sslmode=require&channel_binding=require&options[a]=b"),
            "postgres://me:a%40b@db/x?sslmode=require&options%5Ba%5D=b",
        );
        assert_eq!(known_only("postgres://db/x?token=hunter2"), "postgres://db/x");
        assert_eq!(known_only("postgres://db/x?host=/run/pg"), "postgres://db/x?host=/run/pg");
    }

    #[test]
    fn no_error_repeats_the_address() {
        let error = known("postgres://me:hunter2@db:99999/x").unwrap_err().to_string();
        assert!(error.contains("port") && !error.contains("hunter2"), "{error}");
    }
}
