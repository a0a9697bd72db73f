//! Clients: the network address that the limits are counted for, and what each client holds on this server.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, request::Parts},
};
use lru::LruCache;

use super::{App, allowance::Allowance, bucket::Bucket};
use crate::config;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// How many clients are remembered. Beyond that, the one that was idle longest is forgotten, if it holds nothing.
const MOST_CLIENTS: usize = 100_000;

/// How many answers of the largest size a client may leave unread while none of its requests runs.
const ANSWERS: u32 = 4;

/// A client and what it holds. Cloning it is cheap.
#[derive(Clone)]
pub struct Client(Arc<Has>);

/// What a client holds on this server.
pub struct Has {
    /// Its connections.
    pub connections: Allowance,
    /// Its subscriptions.
    pub streams: Allowance,
    /// Its requests that run.
    pub permits: Allowance,
    /// Its answers that it has not read yet, in KiB.
    pub unread: Allowance,
    /// Its points; `None` if there is no rate limit.
    pub bucket: Option<Bucket>,
}

impl Deref for Client {
    type Target = Has;

    fn deref(&self) -> &Has {
        &self.0
    }
}

impl Client {
    /// The client that sent a request over this connection. `X-Forwarded-For` is read from its end, and only as far as
    /// trusted proxies wrote it.
    fn of(app: &App, connected: &Connected, headers: &HeaderMap) -> Self {
        let is_trusted = |address: &IpAddr| app.config.trusted_proxies.iter().any(|network| network.contains(address));
        let mut address = connected.peer.ip().to_canonical();
        if !is_trusted(&address) {
            return connected.client.clone();
        }
        let forwarded = headers.get_all(FORWARDED_FOR).iter().map(HeaderValue::as_bytes);
        let forwarded: Vec<&[u8]> = forwarded.flat_map(|value| value.split(|byte| *byte == b',')).collect();
        for hop in forwarded.iter().rev() {
            if !is_trusted(&address) {
                break;
            }
            let Some(before) = parse(hop) else { break };
            address = before;
        }
        app.clients.at(address)
    }

    /// Whether anything refers to the client, or it holds a part of an allowance.
    fn is_present(&self) -> bool {
        let Has { connections, streams, permits, unread, bucket: _ } = &**self;
        Arc::strong_count(&self.0) > 1 || ![connections, streams, permits, unread].iter().all(|one| one.is_whole())
    }

    fn has_all_points(&self) -> bool {
        self.bucket.as_ref().is_none_or(Bucket::is_full)
    }
}

impl FromRequestParts<App> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(match parts.extensions.get::<Connected>() {
            Some(connected) => Self::of(app, connected, &parts.headers),
            None => app.clients.at([0, 0, 0, 0].into()),
        })
    }
}

/// The other end of a connection. Each request of the connection carries it.
#[derive(Clone)]
pub struct Connected {
    /// Its address.
    pub peer: SocketAddr,
    /// The client at this address.
    pub client: Client,
    /// Why the connection is beyond a limit; `None` if it is within the limits.
    pub spare: Option<Spare>,
}

/// Why a connection is beyond a limit.
#[derive(Clone, Copy, Debug)]
pub enum Spare {
    /// The server has as many connections as it may.
    OfServer,
    /// The client has as many connections as it may.
    OfClient,
}

/// How much each client may hold at once.
#[derive(Clone, Copy, Debug)]
pub struct Allowed {
    /// Connections.
    pub connections: u32,
    /// Subscriptions.
    pub streams: u32,
    /// Running requests.
    pub permits: u32,
    /// Unread answers, in KiB.
    pub unread: u32,
    /// Points; `None` if there is no rate limit.
    pub rate: Option<config::Rate>,
}

impl Allowed {
    /// The limits in the settings.
    pub fn by(config: &config::Config) -> Self {
        Self {
            connections: config.connections.client_connections,
            streams: config.streams.client_streams,
            permits: config.client_requests,
            unread: unread(config.limits.answer, config.client_requests, config.concurrent_requests),
            rate: config.rate,
        }
    }
}

/// How many KiB of answers may wait for a client: the largest answers of all its running requests, and a few more.
pub fn unread(answer: u64, of_client: u32, of_all: usize) -> u32 {
    let at_work = (of_client as usize).min(of_all) as u64;
    // At least one each: an answer always takes some, even where it may hold no text of people.
    kib(answer).max(1).saturating_mul(at_work + u64::from(ANSWERS)).try_into().unwrap_or(u32::MAX)
}

/// How many KiB these bytes fill.
pub fn kib(bytes: u64) -> u64 {
    bytes.div_ceil(1024)
}

/// The clients that are remembered. Cloning it is cheap.
#[derive(Clone)]
pub struct Clients {
    allowed: Allowed,
    /// By when they were looked up last: at a new connection, or at a request through a proxy.
    known: Arc<Mutex<LruCache<IpAddr, Client>>>,
}

impl Clients {
    /// No clients yet.
    pub fn new(allowed: Allowed) -> Self {
        Self { allowed, known: Arc::new(Mutex::new(LruCache::unbounded())) }
    }

    /// The client at this address.
    pub fn at(&self, address: IpAddr) -> Client {
        let network = network(address.to_canonical());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = known.get(&network) {
            return client.clone();
        }
        forget(&mut known, MOST_CLIENTS);
        let client = self.create();
        known.put(network, client.clone());
        client
    }

    fn create(&self) -> Client {
        let Allowed { connections, streams, permits, unread, rate } = self.allowed;
        Client(Arc::new(Has {
            connections: Allowance::new(connections),
            streams: Allowance::new(streams),
            permits: Allowance::new(permits),
            unread: Allowance::new(unread),
            bucket: rate.map(Bucket::full),
        }))
    }
}

/// Forgets up to two clients that are absent and have all their points, from the one that was looked up longest ago. A client that
/// lacks points is forgotten only if there are too many: those behind it wait for that, too, so at most `most` are remembered.
fn forget(known: &mut LruCache<IpAddr, Client>, most: usize) {
    for _ in 0..2 {
        let Some((network, client)) = known.peek_lru() else { return };
        let network = *network;
        if client.is_present() {
            known.promote(&network);
        } else if known.len() >= most || client.has_all_points() {
            known.pop_lru();
        } else {
            return;
        }
    }
}

/// An address as proxies write it: bare, in brackets, or with a port. At an entry that is no address the search ends,
/// because a stranger may have written the entries before it.
fn parse(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    bare.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip())).map(|address| address.to_canonical())
}

/// The network of a client: for IPv6 the first 64 bits, since one customer usually has a whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::http::rate_limiter;

    /// Small limits.
    pub const ALLOWED: Allowed = Allowed {
        connections: 4,
        streams: 4,
        permits: 4,
        unread: 1024,
        rate: Some(config::Rate { points: 100, refill: 1 }),
    };

    /// A client with these limits.
    pub fn client(allowed: Allowed) -> Client {
        Clients::new(allowed).create()
    }

    fn address(n: u32) -> IpAddr {
        std::net::Ipv4Addr::from_bits(n).into()
    }

    impl Clients {
        fn count(&self) -> usize {
            self.known.lock().unwrap().len()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_network_is_a_client() {
        let clients = Clients::new(ALLOWED);
        let first = clients.at("2001:db8::1".parse().unwrap());
        let _all = [(); 4].map(|()| first.permits.enter().unwrap());
        assert!(clients.at("2001:db8::2".parse().unwrap()).permits.enter().is_none());
        assert!(clients.at("2001:db8:0:1::1".parse().unwrap()).permits.enter().is_some());
        assert!(clients.at(address(1)).permits.enter().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn idle_clients_are_forgotten_and_present_ones_are_not() {
        let clients = Clients::new(ALLOWED);
        let seat = clients.at(address(0)).streams.enter();
        let present = clients.at(address(1));
        drop(rate_limiter::reserve(&present, 1));
        for n in 2..10_000 {
            clients.at(address(n));
        }
        assert!(clients.count() < 10, "{}", clients.count());
        assert!(!clients.at(address(0)).streams.is_whole());
        assert!(Arc::ptr_eq(&clients.at(address(1)).0, &present.0));
        drop(seat);
    }

    #[tokio::test(start_paused = true)]
    async fn clients_that_lack_points_are_remembered_until_there_are_too_many() {
        let clients = Clients::new(ALLOWED);
        let ask = |n| drop(rate_limiter::reserve(&clients.at(address(n)), 50));
        (0..100).for_each(ask);
        assert_eq!(clients.count(), 100);
        forget(&mut clients.known.lock().unwrap(), 100);
        assert_eq!(clients.count(), 99, "the one that was quiet longest is not");
        tokio::time::advance(std::time::Duration::from_secs(50)).await;
        (100..200).for_each(ask);
        assert_eq!(clients.count(), 100, "those that have all their points again are gone");
    }
}
