//! Every setting, in one row each. To add a setting, add its row here, and read it from [`Config`].

use std::{ffi::OsStr, net::SocketAddr, ops::RangeInclusive, path::PathBuf, time::Duration};

use axum::http::HeaderValue;
use ipnet::IpNet;
use serde::Deserialize;

use super::{
    ConfigError, Documents, LogFormat, Rate, Secret, Setting, Taker,
    connections::share,
    database::readers,
    declaration::settings,
    documents::documents,
    rate_limit::{rate, requests_of_client},
    value::{self, Given, Value},
};
use crate::{db::STATEMENT_TIMEOUT, graphql::limits::Limits};

/// Times are at most a day, in seconds.
const TIME: RangeInclusive<i64> = 1..=86_400;

/// The longest path, address or filter, in bytes. No system has longer paths.
const TEXT: RangeInclusive<i64> = 0..=4000;

/// The most names, addresses or origins in a list. The whole list is searched for each request or connection.
const LIST: RangeInclusive<i64> = 0..=1000;

/// The most points: the largest value of the API's `Int`.
const MOST_POINTS: i64 = i32::MAX as i64;

/// For settings without bounds.
const ANY: RangeInclusive<i64> = 0..=0;

settings! {
    /// All settings as they are given; `None` where a setting is not given. [`Config`] has the resulting values.
    Settings,
    /// The resulting values of all settings.
    Config, in "";

    "Database", Every {
        /// The database: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`
        database_url: Secret = "sqlite:folkmoot.db", TEXT, "URL";
        /// A file that holds the database URL, as secrets are handed to containers
        database_url_file: PathBuf = "", TEXT, "FILE";
    }

    "Database", ServeAndImport {
        /// How many connections read at once; on SQLite, how many reads that take longer than a millisecond
        database_readers: u32 => readers "4 on SQLite, 16 on PostgreSQL", 1..=1000, "N";
        /// How many seconds a statement of a read may take
        statement_timeout: Duration = STATEMENT_TIMEOUT.as_secs().cast_signed(), TIME, "SECONDS";
    }

    "Database", Serve {
        /// For how many days deletions and merges are told to those who sync
        change_retention: u32 = 90, 1..=36_500, "DAYS";
        /// Serve a throwaway database of demo data: the history of Kubernetes London, and Lanternport, an invented meetup with
        /// evenings to come
        demo: bool = false, ANY, "";
        /// How many seconds pass between two small changes of the demo data, such as a sign-up; 0: none happens
        demo_interval: Duration = 30, 0..=86_400, "SECONDS";
    }

    "Log", Every {
        /// What to log: `error`, `warn`, `info`, `debug`, `trace`, or a filter by module
        log: String = "info", TEXT, "FILTER";
        /// How to log: `text` for people, `json` for machines
        log_format: LogFormat = LogFormat::Text, ANY, "FORMAT";
    }

    "Listening", Serve {
        /// Where to listen
        listen: SocketAddr = ([127, 0, 0, 1], 8000), ANY, "ADDRESS";
        /// The names by which clients may call the server, comma-separated; without any, every name will do. Requests for other
        /// names are 421, but for health checks
        public_hosts: Vec<String> = [], LIST, "HOST,…";
        /// Origins whose pages may read and open WebSockets, comma-separated; `*` is any. Without any, all may read, without
        /// credentials, and only the server's own opens WebSockets
        cors_origins: Vec<HeaderValue> = [], LIST, "ORIGIN,…";
        /// How many seconds requests have to finish when the server is told to stop
        shutdown_grace: Duration = 30, 0..=86_400, "SECONDS";
    }

    "Requests", Serve {
        /// How many seconds a request may take
        request_timeout: Duration = 10, TIME, "SECONDS";
        /// The longest body of a request, in bytes
        body_limit: usize = 262_144, 1..=67_108_864, "BYTES";
        /// How many requests one batch may hold
        batch_limit: usize = 10, 1..=10_000, "N";
        /// How many requests run at once; further ones wait half a second, then get 503
        concurrent_requests: usize = 64, 1..=100_000, "N";
        /// How many MiB of answers are kept for who asks the same again; 0 keeps none
        response_cache_mib: u64 = 0, 0..=1_048_576, "MIB";
        /// Whether the schema may be asked about itself
        introspection: bool = true, ANY, "BOOL";
        /// Whether errors name what looks like a wrong name
        suggestions: bool = true, ANY, "BOOL";
    }

    "Limits of documents", Serve {
        /// How many tokens a document may have
        token_limit: usize = 5000, 10..=10_000_000, "N";
        /// How deep selections, and values of an argument, may nest
        // The code that reads them is recursive.
        depth_limit: usize = 20, 1..=100, "N";
        /// How many aliases an operation may have
        alias_limit: usize = 30, 0..=1_000_000, "N";
        /// How many root fields an operation may have
        root_field_limit: usize = 20, 1..=1_000_000, "N";
        /// How many directives an operation may have
        directive_limit: usize = 50, 0..=1_000_000, "N";
        /// How many selections and values of arguments a document may come to, fragments written out
        selection_limit: usize = 10_000, 1..=10_000_000, "N";
        /// How many objects an answer may hold
        node_limit: u64 = 10_000, 1..=1_000_000_000, "N";
        /// How many points a request may cost
        cost_limit: u64 = 1000, 1..=MOST_POINTS, "POINTS";
        /// How many bytes the texts of an answer may have that people wrote
        answer_limit: u64 = 4_194_304, 0..=1_073_741_824, "BYTES";
    }

    "Rate limit of clients", Serve {
        /// How many points each client has; 0 does not count
        rate_limit: u64 = 1000, 0..=MOST_POINTS, "POINTS";
        /// How many points come back each second
        rate_refill: u64 = 20, 1..=MOST_POINTS, "POINTS";
        /// How many requests of one client run at once; its others wait for them, eight seconds at most
        client_requests: u32 => requests_of_client "2 for each processor; 100000 if `rate_limit` is 0", 1..=100_000, "N";
        /// Addresses or networks of proxies whose `X-Forwarded-For` is believed, comma-separated
        trusted_proxies: Vec<IpNet> = [], LIST, "NETWORK,…";
    }

    "Trusted documents", Serve {
        /// A manifest of documents that may be asked for by id, as graphql-codegen, Relay or Apollo write it
        trusted_documents: PathBuf = "", TEXT, "FILE";
        /// Answer no other documents
        only_trusted_documents: bool = false, ANY, "";
    }

    tables {
        /// Connections.
        connections: ConnectionSettings, Connections;
        /// Streams of answers.
        streams: StreamSettings, Streams;
    }

    made {
        /// How much one request may ask for.
        limits: Limits => |settings| Ok(Limits::of(settings));
        /// The rate limit of each client; `None` if there is none.
        rate: Option<Rate> => rate;
        /// The documents that have an id.
        documents: Documents => documents;
    }
}

settings! {
    /// The settings of connections as they are given.
    ConnectionSettings,
    /// How many connections there may be, how long each step of one may take, and how much a client may send.
    Connections, in "connections";

    "Connections", Serve {
        /// How many connections may be open at once
        max_connections: u32 = 10_000, 1..=1_000_000, "N";
        /// How many of them one client may have; proxies of `trusted_proxies` have no such limit
        client_connections: u32 => share "a quarter of `max_connections`, at least 64, but never the last quarter", 1..=1_000_000, "N";
        /// How many seconds the head of a request may take to arrive
        header_timeout: Duration = 10, TIME, "SECONDS";
        /// How many seconds the whole body of a request may take to arrive
        body_timeout: Duration = 10, TIME, "SECONDS";
        /// How many seconds a connection may wait for its next request
        idle_timeout: Duration = 60, TIME, "SECONDS";
        /// How many seconds a client may leave its answer unread
        write_timeout: Duration = 30, TIME, "SECONDS";
        /// How many bytes a second a client must read at least of an answer that waits for it; 0 wants nothing
        least_reading: u32 = 1024, 0..=1_073_741_824, "BYTES";
        /// How many bytes the URL of a request may have
        max_url_bytes: u32 = 16_384, 64..=1_048_576, "BYTES";
        /// How many bytes the headers of a request may have
        max_header_bytes: u32 = 16_384, 512..=1_048_576, "BYTES";
        /// How many headers a request may have
        max_headers: u32 = 64, 8..=100, "N";
    }
}

settings! {
    /// The settings of streams as they are given.
    StreamSettings,
    /// Streams of answers: WebSockets and server-sent events.
    Streams, in "streams";

    "Streams", Serve {
        /// How many operations may run at once on a WebSocket
        websocket_operations: u32 = 256, 1..=100_000, "N";
        /// How many subscriptions one client may have at once, by whichever way
        client_streams: u32 = 100, 1..=1_000_000, "N";
        /// After how many seconds a WebSocket or an event stream ends, however well; some of them a tenth earlier
        longest_life: Duration = 3600, TIME, "SECONDS";
        /// How many seconds a WebSocket may be open without `connection_init`
        websocket_init_timeout: Duration = 10, TIME, "SECONDS";
        /// How often the server pings a WebSocket
        websocket_ping: Duration = 20, TIME, "SECONDS";
        /// After how many seconds without a sign of life a WebSocket is closed
        websocket_silence: Duration = 45, TIME, "SECONDS";
        /// How often an idle event stream gets a comment that keeps it open
        event_stream_ping: Duration = 15, TIME, "SECONDS";
    }
}
