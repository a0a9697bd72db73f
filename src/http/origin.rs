//! The address by which a client reached this server.

use std::net::SocketAddr;

use axum::http::{HeaderMap, header};

use super::{App, media::values};

/// The address for clients that do not say how they reached the server.
pub const DEFAULT: &str = "http://127.0.0.1:8000";

/// The address by which the client reached this server. It is safe in HTML, shells and source code.
pub fn origin(app: &App, peer: SocketAddr, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).filter(|host| is_host(host));
    let is_trusted = app.config.trusted_proxies.iter().any(|network| network.contains(&peer.ip().to_canonical()));
    let is_https =
        is_trusted && values(headers, header::HeaderName::from_static("x-forwarded-proto")).last() == Some("https");
    match host {
        Some(host) if is_https => format!("https://{host}"),
        Some(host) => format!("http://{host}"),
        None => DEFAULT.to_owned(),
    }
}

/// Whether it is a host name or an address, perhaps with a port, without any special character of a shell, HTML or a
/// language.
fn is_host(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
        && url::Url::parse(&format!("http://{host}")).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_are_hosts() {
        for host in ["localhost", "127.0.0.1:8000", "[::1]:8000", "meetups.example.org", "xn--bcher-kva.example:80"] {
            assert!(is_host(host), "{host}");
        }
        for host in
            ["", ":", "a:b", "a:99999", "a/b", "a@b", "a'b", "$(id)", "<script>", "a b", "[", "a\"b", "é.example"]
        {
            assert!(!is_host(host), "{host}");
        }
    }
}
