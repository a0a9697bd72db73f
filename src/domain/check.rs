//! What values of fields may be. Each rule answers the value in its usual form, or why it cannot be.

use std::net::Ipv4Addr;

use sea_orm::{ActiveValue, sea_query::Value};
use url::{Host, Url};

use crate::error::{Code, Error, Result};

/// The most characters of a line: a name, a title, a key. An index of PostgreSQL takes at most 2,700 bytes.
pub const LINE: usize = 500;
/// The longest address, in bytes.
pub const ADDRESS: usize = 2048;
/// The most bytes of a text with paragraphs.
pub const LONG: usize = 64 << 10;

/// How long a text may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// A single line.
    Line,
    /// An address of the web.
    Address,
    /// A text with paragraphs.
    Long,
    /// What is made of texts that have bounds of their own: folded names, and the records of sources.
    Made,
}

impl Bound {
    /// The bound of a column, by its name. It is the same in all tables, and for the fields of records. What is not
    /// listed here is a line.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name {
            "url" | "join_url" | "website" => Self::Address,
            "abstract"
            | "abstract_text"
            | "accessibility"
            | "bio"
            | "decision_note"
            | "description"
            | "message"
            | "note"
            | "notes"
            | "public_cancellation_reason" => Self::Long,
            "match_name" | "record" | "sort_name" | "sort_title" => Self::Made,
            _ => Self::Line,
        }
    }

    /// Why a text is too long. `None` if it is not.
    #[must_use]
    pub fn excess(self, text: &str) -> Option<String> {
        let (length, most, unit) = match self {
            Self::Line => (text.chars().count(), LINE, "characters"),
            Self::Address => (text.len(), ADDRESS, "bytes"),
            Self::Long => (text.len(), LONG, "bytes"),
            Self::Made => return None,
        };
        (length > most).then(|| format!("it has {length} {unit}; {most} are the most"))
    }
}

/// Refuses a text that is too long for its column, or has a character that PostgreSQL cannot store.
pub(super) fn text(table: &str, column: &str, value: &Value) -> Result<()> {
    let Value::String(Some(text)) = value else { return Ok(()) };
    let nul = || text.contains('\0').then(|| "it has the character NUL".to_owned());
    let why = Bound::of(column).excess(text).or_else(nul);
    why.map_or(Ok(()), |why| Err(Error::invalid(Code::BadValue, format!("{table}.{column}: {why}."))))
}

/// Applies a rule to a column that is set. The error names the field.
pub(super) fn settle<T: Clone + Into<Value>>(
    value: &mut ActiveValue<Option<T>>,
    field: &str,
    rule: impl FnOnce(&T) -> Result<T, &'static str>,
) -> Result<()>
where
    Option<T>: Into<Value>,
{
    if let ActiveValue::Set(Some(given)) = value {
        let usual = rule(given).map_err(|why| Error::invalid(Code::BadValue, format!("{field}: {why}.")))?;
        *value = ActiveValue::Set(Some(usual));
    }
    Ok(())
}

/// The address in the normal form of browsers. The error says why a page may not link to it.
pub fn web_address(text: &str) -> Result<String, &'static str> {
    let no_address = "no http or https address";
    let url = Url::parse(text).map_err(|_| no_address)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(no_address);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address names no user");
    }
    if !url.host().is_some_and(|host| is_public(&host)) {
        return Err("its host is none of the public web");
    }
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && !text.ends_with('/');
    let usual = String::from(url);
    // The normal form may be three times as long as the written form.
    if usual.len() > ADDRESS {
        return Err("it is too long with its letters percent-encoded");
    }
    // An empty path and `/` mean the same. The written form stays.
    Ok(if is_bare { usual.trim_end_matches('/').to_owned() } else { usual })
}

/// Whether everybody can reach the host. Names of one machine or network mean different hosts for different readers.
fn is_public(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            let is_local = |end: &str| name.strip_suffix(end).is_some_and(|rest| rest.ends_with('.'));
            name.contains('.') && !["localhost", "local", "internal", "home.arpa"].into_iter().any(is_local)
        }
        Host::Ipv4(address) => is_public_v4(*address),
        Host::Ipv6(address) => match address.to_ipv4_mapped() {
            Some(address) => is_public_v4(address),
            None => {
                !(address.is_loopback()
                    || address.is_unspecified()
                    || address.is_multicast()
                    || address.is_unique_local()
                    || address.is_unicast_link_local())
            }
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let is_shared = first == 100 && second & 0b1100_0000 == 64;
    !(first == 0
        || first >= 224
        || is_shared
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local())
}

/// A country in two capital letters.
pub fn country(text: &str) -> Result<String, &'static str> {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Ok(text.to_ascii_uppercase());
    }
    Err("no ISO 3166-1 code of two letters")
}

/// A number of people.
pub fn count(number: i32) -> Result<i32, &'static str> {
    if number >= 0 { Ok(number) } else { Err("a number of people is not negative") }
}

/// Degrees north and east.
pub fn coordinates(north: f64, east: f64) -> Result<(f64, f64), &'static str> {
    let is_on_earth = (-90.0..=90.0).contains(&north) && (-180.0..=180.0).contains(&east);
    if is_on_earth { Ok((north, east)) } else { Err("no place on Earth") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_a_bound_by_the_name_of_their_column() {
        let taken = |column: &str, content: String| text("talks", column, &content.into());
        for (column, letter, most) in [("title", "ä", LINE), ("website", "x", ADDRESS), ("abstract", "x", LONG)] {
            assert_eq!(taken(column, letter.repeat(most)), Ok(()), "{column}");
            let told = taken(column, letter.repeat(most + 1)).unwrap_err().to_string();
            assert!(told.starts_with(&format!("talks.{column}: it has {} ", most + 1)), "{told}");
        }
        assert!(taken("abstract", "a\0b".into()).unwrap_err().to_string().contains("NUL"));
        assert_eq!(text("talks", "position", &1.into()), Ok(()));
    }

    #[test]
    fn addresses_of_the_web_get_their_usual_form() {
        for (written, usual) in [
            ("https://Example.ORG", "https://example.org"),
            ("https://example.org/", "https://example.org/"),
            ("https:evil.example", "https://evil.example"),
            ("https:\\\\evil.example\\a", "https://evil.example/a"),
            ("http://example.org:80/a b?c=d#e", "http://example.org/a%20b?c=d#e"),
            ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
            ("https://0x08.8.8.8/", "https://8.8.8.8/"),
        ] {
            assert_eq!(web_address(written), Ok(usual.to_owned()), "{written}");
        }
    }

    #[test]
    fn what_a_page_may_not_link_to_is_none() {
        for text in [
            "javascript:alert(1)",
            "ftp://example.org/",
            "//example.org/",
            "example.org",
            "https://user:pw@example.org/",
            "https://user@example.org/",
            "http://localhost/",
            "http://intranet/",
            "http://printer.local/",
            "http://api.localhost./",
            "http://127.1/",
            "http://2130706433/",
            "http://10.0.0.1/",
            "http://192.168.0.1/",
            "http://169.254.169.254/latest",
            "http://100.64.0.1/",
            "http://[::1]:1/",
            "http://[::ffff:127.0.0.1]/",
            "http://[fd00::1]/",
            "http://[fe80::1]/",
            &format!("https://example.org/{}", "ä".repeat(ADDRESS / 3)),
        ] {
            assert!(web_address(text).is_err(), "{text}");
        }
    }
}
