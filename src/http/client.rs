//! Who asks: the address that a fair share is counted for.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, HeaderValue, request::Parts},
};

use super::App;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    /// Its address; of IPv6 the network of 64 bits, which one customer has whole.
    pub network: IpAddr,
}

impl Client {
    /// The client behind a connection. What `X-Forwarded-For` says counts only as far as trusted proxies have written it.
    pub fn of(app: &App, peer: SocketAddr, headers: &HeaderMap) -> Self {
        let is_trusted = |address: &IpAddr| app.config.trusted_proxies.iter().any(|network| network.contains(address));
        let forwarded = headers.get_all(FORWARDED_FOR).iter().map(HeaderValue::as_bytes);
        let forwarded: Vec<&[u8]> = forwarded.flat_map(|value| value.split(|byte| *byte == b',')).collect();
        let mut address = peer.ip().to_canonical();
        for hop in forwarded.iter().rev() {
            if !is_trusted(&address) {
                break;
            }
            let Some(before) = parse(hop) else { break };
            address = before;
        }
        Self::at(address)
    }

    /// The client at this address.
    pub fn at(address: IpAddr) -> Self {
        Self { network: network(address.to_canonical()) }
    }
}

impl FromRequestParts<App> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(unknown, |info| info.0);
        Ok(Self::of(app, peer, &parts.headers))
    }
}

/// An address as proxies write it: bare, in brackets, or with a port. What is none ends the walk, and nothing else of its
/// line: what stands before it a stranger wrote.
fn parse(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    bare.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip())).map(|address| address.to_canonical())
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        address @ IpAddr::V4(_) => address,
    }
}
