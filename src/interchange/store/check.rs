//! Checks values from outside. A bad optional value is left out, and the report says so.

use std::net::Ipv4Addr;

use chrono::NaiveDate;
use entity::date_precision::DatePrecision;
use url::{Host, Url};

use super::{Place, Run, texts::ADDRESS};
use crate::domain::partial_date::PartialDate;

/// The trimmed text. `None` for an empty text.
pub(super) fn text(value: Option<&str>) -> Option<String> {
    let value = value?.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// The address in the normal form of browsers. The error says why a page may not link to it.
pub(super) fn web_address(text: &str) -> Result<String, &'static str> {
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

impl Run<'_> {
    fn leave_out(&mut self, at: &Place<'_>, value: &str, why: &str) {
        let text = format!("{} “{value}” is left out: {why}", at.field);
        self.note(at.node_type, at.key, &text);
    }

    /// An address of the public web, in its normal form.
    pub(super) fn url(&mut self, at: &Place<'_>, value: Option<&str>) -> Option<String> {
        let value = text(value)?;
        match web_address(&value) {
            Ok(url) => Some(url),
            // The part before the @ may have a password.
            Err(why) => {
                let shown = if value.contains('@') { "…@…" } else { &value };
                self.leave_out(at, shown, why);
                None
            }
        }
    }

    /// Two capital letters.
    pub(super) fn country(&mut self, at: &Place<'_>, value: Option<&str>) -> Option<String> {
        let value = text(value)?;
        if value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Some(value.to_ascii_uppercase());
        }
        self.leave_out(at, &value, "no ISO 3166-1 code of two letters");
        None
    }

    /// A number of people, not negative.
    pub(super) fn count(&mut self, at: &Place<'_>, value: Option<i32>) -> Option<i32> {
        let value = value?;
        if value >= 0 {
            return Some(value);
        }
        self.leave_out(at, &value.to_string(), "a number of people is not negative");
        None
    }

    /// Both coordinates, or neither.
    pub(super) fn coordinates(
        &mut self,
        at: &Place<'_>,
        latitude: Option<f64>,
        longitude: Option<f64>,
    ) -> (Option<f64>, Option<f64>) {
        let (Some(north), Some(east)) = (latitude, longitude) else { return (None, None) };
        if (-90.0..=90.0).contains(&north) && (-180.0..=180.0).contains(&east) {
            return (latitude, longitude);
        }
        self.leave_out(at, &format!("{north}, {east}"), "no place on Earth");
        (None, None)
    }

    /// The two columns of a partial date.
    pub(super) fn partial_date(
        &mut self,
        at: &Place<'_>,
        value: Option<&str>,
    ) -> (Option<NaiveDate>, Option<DatePrecision>) {
        let Some(value) = text(value) else { return (None, None) };
        if let Some(date) = PartialDate::parse(&value) {
            return (Some(date.first_day), Some(date.precision));
        }
        self.leave_out(at, &value, "no YYYY, YYYY-MM or YYYY-MM-DD");
        (None, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
