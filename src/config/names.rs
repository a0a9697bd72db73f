//! Items of lists: hosts, origins and networks.

use std::net::IpAddr;

use axum::http::{HeaderValue, uri::Authority};
use ipnet::{IpNet, Ipv4Net};

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
        let network = address.or_else(|_| text.parse());
        network
            .map(canonical)
            .map_err(|_| format!("`{text}` is no network; write for instance 10.0.0.0/8 or 192.0.2.1"))
    }
}

/// A network of IPv4 that is written as one of IPv6, as its own kind: addresses are compared as theirs.
fn canonical(network: IpNet) -> IpNet {
    const MAPPED: u8 = 96;
    let IpNet::V6(six) = network else { return network };
    let (address, prefix) = (six.addr().to_ipv4_mapped(), six.prefix_len().checked_sub(MAPPED));
    let four = address.zip(prefix).and_then(|(address, prefix)| Ipv4Net::new(address, prefix).ok());
    four.map_or(network, IpNet::V4)
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

    #[test]
    fn a_network_is_of_the_kind_of_its_addresses() {
        let settings: Settings =
            toml::from_str("trusted_proxies = [\"::ffff:127.0.0.1\", \"::ffff:10.0.0.0/104\", \"2001:db8::/32\"]")
                .unwrap();
        let config = Config::try_from(settings).unwrap();
        let shown: Vec<_> = config.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32"]);
    }
}
