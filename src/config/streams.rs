//! Streams of answers: WebSockets and server-sent events.

use std::time::Duration;

use clap::Args;
use serde::Deserialize;

use super::{ConfigError, seconds, within};

/// The settings of streams as they are given.
#[derive(Args, Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StreamSettings {
    /// How many operations may run at once on a WebSocket [default: 256]
    #[arg(long, env = "FOLKMOOT_WEBSOCKET_OPERATIONS", global = true, value_name = "N")]
    pub websocket_operations: Option<u32>,
    /// How many subscriptions one client may have at once, by whichever way [default: 100]
    #[arg(long, env = "FOLKMOOT_CLIENT_STREAMS", global = true, value_name = "N")]
    pub client_streams: Option<u32>,
    /// After how many seconds a WebSocket or an event stream ends, however well; some of them a tenth earlier
    /// [default: 3600]
    #[arg(long, env = "FOLKMOOT_LONGEST_LIFE", global = true, value_name = "SECONDS")]
    pub longest_life: Option<u64>,
    /// How many seconds a WebSocket may be open without `connection_init` [default: 10]
    #[arg(long, env = "FOLKMOOT_WEBSOCKET_INIT_TIMEOUT", global = true, value_name = "SECONDS")]
    pub websocket_init_timeout: Option<u64>,
    /// How often the server pings a WebSocket [default: 20]
    #[arg(long, env = "FOLKMOOT_WEBSOCKET_PING", global = true, value_name = "SECONDS")]
    pub websocket_ping: Option<u64>,
    /// After how many seconds without a sign of life a WebSocket is closed [default: 45]
    #[arg(long, env = "FOLKMOOT_WEBSOCKET_SILENCE", global = true, value_name = "SECONDS")]
    pub websocket_silence: Option<u64>,
    /// How often an idle event stream gets a comment that keeps it open [default: 15]
    #[arg(long, env = "FOLKMOOT_EVENT_STREAM_PING", global = true, value_name = "SECONDS")]
    pub event_stream_ping: Option<u64>,
}

/// What they come to.
#[derive(Clone, Debug)]
pub struct Streams {
    /// How many operations may run at once on a WebSocket.
    pub websocket_operations: u32,
    /// How many subscriptions one client may have at once.
    pub of_client: u32,
    /// After what time a stream ends; see [`Self::life`].
    pub longest_life: Duration,
    /// How long a WebSocket may be open without `connection_init`.
    pub websocket_init_timeout: Duration,
    /// How often the server pings a WebSocket.
    pub websocket_ping: Duration,
    /// How long a WebSocket may be silent, pongs included, before it is closed.
    pub websocket_silence: Duration,
    /// How often an idle event stream gets a comment.
    pub event_stream_ping: Duration,
}

impl Streams {
    /// How long one stream lives: up to a tenth less than the longest, by any number, so that those who began together, as
    /// after a restart, do not end together.
    #[must_use]
    pub fn life(&self, any: u128) -> Duration {
        let thousandths = u32::try_from(any % 100).unwrap_or_default();
        self.longest_life.saturating_sub(self.longest_life / 1000 * thousandths)
    }
}

impl StreamSettings {
    /// These settings, and those of `weaker` where these say nothing.
    pub(super) fn or(self, weaker: Self) -> Self {
        Self {
            websocket_operations: self.websocket_operations.or(weaker.websocket_operations),
            client_streams: self.client_streams.or(weaker.client_streams),
            longest_life: self.longest_life.or(weaker.longest_life),
            websocket_init_timeout: self.websocket_init_timeout.or(weaker.websocket_init_timeout),
            websocket_ping: self.websocket_ping.or(weaker.websocket_ping),
            websocket_silence: self.websocket_silence.or(weaker.websocket_silence),
            event_stream_ping: self.event_stream_ping.or(weaker.event_stream_ping),
        }
    }
}

impl TryFrom<StreamSettings> for Streams {
    type Error = ConfigError;

    fn try_from(settings: StreamSettings) -> Result<Self, ConfigError> {
        Ok(Self {
            websocket_operations: within("websocket_operations", settings.websocket_operations, 256, 1, 100_000)?,
            of_client: within("client_streams", settings.client_streams, 100, 1, 1_000_000)?,
            longest_life: seconds("longest_life", settings.longest_life, 3600)?,
            websocket_init_timeout: seconds("websocket_init_timeout", settings.websocket_init_timeout, 10)?,
            websocket_ping: seconds("websocket_ping", settings.websocket_ping, 20)?,
            websocket_silence: seconds("websocket_silence", settings.websocket_silence, 45)?,
            event_stream_ping: seconds("event_stream_ping", settings.event_stream_ping, 15)?,
        })
    }
}
