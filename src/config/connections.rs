//! Connections: how many there may be, how long each step of one may take, and how much a client may send.

use std::time::Duration;

use clap::Args;
use serde::Deserialize;

use super::{ConfigError, seconds, within};

/// How long a URL, or all headers, may be at most: each connection may hold as much.
const MOST_BYTES: u32 = 1024 * 1024;

/// The settings of connections as they are given.
#[derive(Args, Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConnectionSettings {
    /// How many connections may be open at once [default: 10000]
    #[arg(long, env = "FOLKMOOT_MAX_CONNECTIONS", global = true, value_name = "N")]
    pub max_connections: Option<u32>,
    /// How many of them one client may have; proxies of `trusted_proxies` have no such limit [default: a quarter of
    /// `max_connections`, at least 64, but never the last quarter]
    #[arg(long, env = "FOLKMOOT_CLIENT_CONNECTIONS", global = true, value_name = "N")]
    pub client_connections: Option<u32>,
    /// How many seconds the head of a request may take to arrive [default: 10]
    #[arg(long, env = "FOLKMOOT_HEADER_TIMEOUT", global = true, value_name = "SECONDS")]
    pub header_timeout: Option<u64>,
    /// How many seconds the body of a request may take to arrive [default: 10]
    #[arg(long, env = "FOLKMOOT_BODY_TIMEOUT", global = true, value_name = "SECONDS")]
    pub body_timeout: Option<u64>,
    /// How many seconds a connection may wait for its next request [default: 60]
    #[arg(long, env = "FOLKMOOT_IDLE_TIMEOUT", global = true, value_name = "SECONDS")]
    pub idle_timeout: Option<u64>,
    /// How many seconds a client may leave its answer unread [default: 30]
    #[arg(long, env = "FOLKMOOT_WRITE_TIMEOUT", global = true, value_name = "SECONDS")]
    pub write_timeout: Option<u64>,
    /// How many bytes a second a client must read at least of an answer that waits for it; 0 wants nothing [default: 1024]
    #[arg(long, env = "FOLKMOOT_LEAST_READING", global = true, value_name = "BYTES")]
    pub least_reading: Option<u32>,
    /// How many bytes the URL of a request may have [default: 16384]
    #[arg(long, env = "FOLKMOOT_MAX_URL_BYTES", global = true, value_name = "BYTES")]
    pub max_url_bytes: Option<u32>,
    /// How many bytes the headers of a request may have [default: 16384]
    #[arg(long, env = "FOLKMOOT_MAX_HEADER_BYTES", global = true, value_name = "BYTES")]
    pub max_header_bytes: Option<u32>,
    /// How many headers a request may have, 100 at most [default: 64]
    #[arg(long, env = "FOLKMOOT_MAX_HEADERS", global = true, value_name = "N")]
    pub max_headers: Option<u32>,
}

/// What they come to.
#[derive(Clone, Debug)]
pub struct Connections {
    /// How many may be open at once.
    pub most: u32,
    /// How many of them one client may have.
    pub of_client: u32,
    /// How long the head of a request may take to arrive.
    pub header_timeout: Duration,
    /// How long the whole body of a request may take to arrive.
    pub body_timeout: Duration,
    /// How long a connection may wait for its next request.
    pub idle_timeout: Duration,
    /// How long a write may make no progress, because the client does not read.
    pub write_timeout: Duration,
    /// How many bytes a second a client must read while an answer waits for it.
    pub least_reading: u32,
    /// The longest URL.
    pub url_bytes: u32,
    /// All names and values of a request's headers together.
    pub header_bytes: u32,
    /// How many headers a request may have.
    pub headers: u32,
}

impl Connections {
    /// Takes fewer than was wanted.
    pub fn lower(&mut self, most: u32) {
        if most < self.most {
            (self.most, self.of_client) = (most, self.of_client.min(share(most)));
        }
    }
}

/// How many of the connections one client may have: a quarter, at least 64, but never the last quarter.
fn share(most: u32) -> u32 {
    let quarter = most / 4;
    quarter.max(64).min(most - quarter)
}

impl ConnectionSettings {
    /// These settings, and those of `weaker` where these say nothing.
    pub(super) fn or(self, weaker: Self) -> Self {
        Self {
            max_connections: self.max_connections.or(weaker.max_connections),
            client_connections: self.client_connections.or(weaker.client_connections),
            header_timeout: self.header_timeout.or(weaker.header_timeout),
            body_timeout: self.body_timeout.or(weaker.body_timeout),
            idle_timeout: self.idle_timeout.or(weaker.idle_timeout),
            write_timeout: self.write_timeout.or(weaker.write_timeout),
            least_reading: self.least_reading.or(weaker.least_reading),
            max_url_bytes: self.max_url_bytes.or(weaker.max_url_bytes),
            max_header_bytes: self.max_header_bytes.or(weaker.max_header_bytes),
            max_headers: self.max_headers.or(weaker.max_headers),
        }
    }
}

impl TryFrom<ConnectionSettings> for Connections {
    type Error = ConfigError;

    fn try_from(settings: ConnectionSettings) -> Result<Self, ConfigError> {
        let most = within("max_connections", settings.max_connections, 10_000, 1, 1_000_000)?;
        let of_client = share(most);
        Ok(Self {
            most,
            of_client: within("client_connections", settings.client_connections, of_client, 1, 1_000_000)?,
            header_timeout: seconds("header_timeout", settings.header_timeout, 10)?,
            body_timeout: seconds("body_timeout", settings.body_timeout, 10)?,
            idle_timeout: seconds("idle_timeout", settings.idle_timeout, 60)?,
            write_timeout: seconds("write_timeout", settings.write_timeout, 30)?,
            least_reading: settings.least_reading.unwrap_or(1024),
            url_bytes: within("max_url_bytes", settings.max_url_bytes, 16 * 1024, 1, MOST_BYTES)?,
            header_bytes: within("max_header_bytes", settings.max_header_bytes, 16 * 1024, 1, MOST_BYTES)?,
            headers: within("max_headers", settings.max_headers, 64, 1, 100)?,
        })
    }
}
