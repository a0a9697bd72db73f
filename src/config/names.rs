//! Items of lists: hosts, origins and networks.

use std::net::IpAddr;

use axum::http::{HeaderValue, uri::Authority};
use ipnet::IpNet;

use super::value::Item;

/// A host name, in lower case and without port.
impl Item for String {
    fn make(text: &str) -> Result<Self, String> {
        let authority = text.parse::<Authority>().ok().filter(|authority| authority.host() == text);
        let senseless = || format!("`{text}` is no name of a host; write for instance api.example.org, without a port");
        Ok(authority.ok_or_else(senseless)?.host().to_ascii_lowercase())
    }
}

/// An origin; `*` allows any.
impl Item for HeaderValue {
    fn make(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::from_static("*"));
        }
        let origin = url::Url::parse(text).ok().map(|url| url.origin().ascii_serialization());
        let origin = origin.filter(|origin| origin == text).and_then(|origin| Self::from_str(&origin).ok());
        origin.ok_or_else(|| format!("`{text}` is no origin; write for instance https://example.org"))
    }
}

/// A network, or a single address.
impl Item for IpNet {
    fn make(text: &str) -> Result<Self, String> {
        let address = text.parse::<IpAddr>().map(Self::from);
        address
            .or_else(|_| text.parse())
            .map_err(|_| format!("`{text}` is no network; write for instance 10.0.0.0/8 or 192.0.2.1"))
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Settings};

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "cors_origins = [\"example.org\"]",
            "public_hosts = [\"https://example.org\"]",
            "public_hosts = [\"example.org:443\"]",
            "trusted_proxies = [\"10.0.0.0/64\"]",
        ] {
            let settings: Settings = toml::from_str(text).unwrap();
            assert!(Config::try_from(settings).is_err(), "{text}");
        }
    }
}
