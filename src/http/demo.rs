//! The pictures of the demo data, at `/demo/…`. They are there with `--demo` alone.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use async_graphql::CacheControl;
use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{App, validators};

/// A picture that is opened as a page loads nothing and runs nothing.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'";

/// The path of each picture below `/demo/`, and its text.
macro_rules! pictures {
    ($($name:literal)*) => { &[$(($name, include_str!(concat!("demo/", $name)))),*] };
}

const PICTURES: &[(&str, &str)] = pictures! {
    "organizations/bellbuoy.svg"
    "organizations/gull-and-ledger.svg"
    "organizations/kestrel-quay-library.svg"
    "organizations/ropewalk-labs.svg"
    "organizations/tidewright.svg"
    "people/anneke-de-wolff.svg"
    "people/arjen-hoekstra-diallo.svg"
    "people/ayse-karaduman.svg"
    "people/dragan-petrovic.svg"
    "people/eero-lahtinen.svg"
    "people/fatima-zahra-el-idrissi.svg"
    "people/giulia-bellandi.svg"
    "people/ha-bui.svg"
    "people/hiroshi-tanabe.svg"
    "people/ines-quiroga.svg"
    "people/jonas-thordarson.svg"
    "people/kofi-boateng-smit.svg"
    "people/kwame-asante-mills.svg"
    "people/leilani-kahale.svg"
    "people/luz-barrientos.svg"
    "people/marit-veenstra.svg"
    "people/mei-ling-chou.svg"
    "people/ngozi-adeyemi-okafor.svg"
    "people/noa-ben-ami.svg"
    "people/oleksandr-marchenko.svg"
    "people/priya-raghunathan.svg"
    "people/ravi-deshmukh.svg"
    "people/samir-haddad-lindqvist.svg"
    "people/sian-prydderch.svg"
    "people/soren-ostergaard-holm.svg"
    "people/teuila-faleafa.svg"
    "people/wanjiru-kamau.svg"
    "people/xochitl-ramirez.svg"
    "people/zofia-nowakowska.svg"
};

/// The route `/demo/{*name}`.
pub fn router() -> Router<App> {
    Router::new().route("/demo/{*name}", get(picture))
}

/// The address of a server that listens there, for browsers on the same machine.
#[must_use]
pub fn address(listening: SocketAddr) -> String {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, listening.port()))
}

/// The path of a picture of the demo, if this is the address of one. Pages of the server use the path: their policy
/// allows pictures of their own origin alone, and people may have reached the server by another name.
#[must_use]
pub fn path(url: &str) -> Option<&str> {
    let path = &url[url.find("/demo/")?..];
    let name = path.strip_prefix("/demo/")?;
    PICTURES.iter().any(|(known, _)| *known == name).then_some(path)
}

async fn picture(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some((_, svg)) = PICTURES.iter().find(|(known, _)| *known == name) else {
        return (StatusCode::NOT_FOUND, "No such picture in the demo.\n").into_response();
    };
    let head = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    let answer = (head, *svg).into_response();
    validators::unchanging(validators::cached(&headers, Some(CacheControl::default()), answer).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_one_that_a_browser_can_open() {
        for (listening, expected) in [
            ("127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:8000", "http://[::1]:8000"),
            ("192.0.2.1:8000", "http://192.0.2.1:8000"),
        ] {
            assert_eq!(address(listening.parse().unwrap()), expected);
        }
    }

    #[test]
    fn only_pictures_of_the_demo_have_a_path_here() {
        let known = "http://127.0.0.1:8000/demo/people/marit-veenstra.svg";
        assert_eq!(path(known), Some("/demo/people/marit-veenstra.svg"));
        for other in ["https://example.org/a.svg", "http://127.0.0.1/demo/", "http://127.0.0.1/demo/people/x.svg"] {
            assert_eq!(path(other), None, "{other}");
        }
    }
}
