//! Configuration: every setting is a flag, an environment variable and a key of an optional TOML file, in this order of
//! precedence. Unknown keys are errors, and secrets show as `***` wherever they are printed.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use axum::http::{HeaderValue, uri::Authority};
use clap::{Args, ValueEnum};
use ipnet::IpNet;
use serde::Deserialize;

use crate::graphql::limits::Limits;
pub use connections::{ConnectionSettings, Connections};
pub use documents::Documents;
pub use fair_use::Rate;
pub use streams::{StreamSettings, Streams};

mod connections;
mod database;
mod documents;
mod fair_use;
mod streams;

const MIB: u64 = 1024 * 1024;

/// The longest time that a setting may name, in seconds.
const DAY: u64 = 24 * 60 * 60;

/// All settings as they are given; `None` where nobody said anything. See [`Config`] for what they come to.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The database: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME` [default: sqlite:folkmoot.db]
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true, value_name = "URL")]
    pub database_url: Option<Secret>,
    /// A file that holds the database URL, as secrets are handed to containers [default: none]
    #[arg(long, env = "DATABASE_URL_FILE", global = true, value_name = "FILE")]
    pub database_url_file: Option<PathBuf>,
    /// How many connections read at once; on SQLite, how many of those that take long [default: 4 on SQLite, 16 on
    /// PostgreSQL]
    #[arg(long, env = "FOLKMOOT_DATABASE_READERS", global = true, value_name = "N")]
    pub database_readers: Option<u32>,
    /// How many seconds a statement of a read may take [default: 5]
    #[arg(long, env = "FOLKMOOT_STATEMENT_TIMEOUT", global = true, value_name = "SECONDS")]
    pub statement_timeout: Option<u64>,
    /// For how many days deletions and merges are told to those who sync [default: 90]
    #[arg(long, env = "FOLKMOOT_CHANGE_RETENTION", global = true, value_name = "DAYS")]
    pub change_retention: Option<u32>,
    /// Where to listen [default: 127.0.0.1:8000]
    #[arg(long, env = "FOLKMOOT_LISTEN", global = true, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Serve a throwaway copy of the Kubernetes London demo data instead of the database
    #[arg(long, env = "FOLKMOOT_DEMO", global = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub demo: Option<bool>,
    /// Origins whose pages may read and open WebSockets, comma-separated; `*` is any [default: any may read, without
    /// credentials; WebSockets only from the server's own]
    #[arg(long, env = "FOLKMOOT_CORS_ORIGINS", global = true, value_delimiter = ',', value_name = "ORIGIN")]
    pub cors_origins: Option<Vec<String>>,
    /// The names by which clients may call the server, comma-separated; health checks may use any [default: any]
    #[arg(long, env = "FOLKMOOT_PUBLIC_HOSTS", global = true, value_delimiter = ',', value_name = "HOST")]
    pub public_hosts: Option<Vec<String>>,
    /// How many seconds a request may take [default: 10]
    #[arg(long, env = "FOLKMOOT_REQUEST_TIMEOUT", global = true, value_name = "SECONDS")]
    pub request_timeout: Option<u64>,
    /// The longest body of a request, in bytes [default: 262144]
    #[arg(long, env = "FOLKMOOT_BODY_LIMIT", global = true, value_name = "BYTES")]
    pub body_limit: Option<usize>,
    /// How many requests one batch may hold [default: 10]
    #[arg(long, env = "FOLKMOOT_BATCH_LIMIT", global = true, value_name = "N")]
    pub batch_limit: Option<usize>,
    /// How many requests run at once; further ones wait half a second, then get 503 [default: 64]
    #[arg(long, env = "FOLKMOOT_CONCURRENT_REQUESTS", global = true, value_name = "N")]
    pub concurrent_requests: Option<usize>,
    /// How many requests of one client run at once; its others wait for them, eight seconds at most [default: twice as
    /// many as the machine has processors; any number if `rate_limit` is 0]
    #[arg(long, env = "FOLKMOOT_CLIENT_REQUESTS", global = true, value_name = "N")]
    pub client_requests: Option<u32>,
    /// How many MiB of answers are kept for who asks the same again; 0 keeps none [default: 0]
    #[arg(long, env = "FOLKMOOT_ANSWER_CACHE_MIB", global = true, value_name = "MIB")]
    pub answer_cache_mib: Option<u32>,
    /// How many tokens a document may have [default: 5000]
    #[arg(long, env = "FOLKMOOT_TOKEN_LIMIT", global = true, value_name = "N")]
    pub token_limit: Option<usize>,
    /// How deep selections, and values of an argument, may nest [default: 20]
    #[arg(long, env = "FOLKMOOT_DEPTH_LIMIT", global = true, value_name = "N")]
    pub depth_limit: Option<usize>,
    /// How many aliases an operation may have [default: 30]
    #[arg(long, env = "FOLKMOOT_ALIAS_LIMIT", global = true, value_name = "N")]
    pub alias_limit: Option<usize>,
    /// How many root fields an operation may have [default: 20]
    #[arg(long, env = "FOLKMOOT_ROOT_FIELD_LIMIT", global = true, value_name = "N")]
    pub root_field_limit: Option<usize>,
    /// How many directives an operation may have [default: 50]
    #[arg(long, env = "FOLKMOOT_DIRECTIVE_LIMIT", global = true, value_name = "N")]
    pub directive_limit: Option<usize>,
    /// How many selections and values of arguments a document may come to, fragments written out [default: 10000]
    #[arg(long, env = "FOLKMOOT_SELECTION_LIMIT", global = true, value_name = "N")]
    pub selection_limit: Option<usize>,
    /// How many objects an answer may hold [default: 10000]
    #[arg(long, env = "FOLKMOOT_NODE_LIMIT", global = true, value_name = "N")]
    pub node_limit: Option<u64>,
    /// How many points a request may cost [default: 1000]
    #[arg(long, env = "FOLKMOOT_COST_LIMIT", global = true, value_name = "POINTS")]
    pub cost_limit: Option<u64>,
    /// How many bytes the texts of an answer may have that people wrote [default: 4194304]
    #[arg(long, env = "FOLKMOOT_ANSWER_LIMIT", global = true, value_name = "BYTES")]
    pub answer_limit: Option<u64>,
    /// How many points each client has; 0 does not count [default: 1000]
    #[arg(long, env = "FOLKMOOT_RATE_LIMIT", global = true, value_name = "POINTS")]
    pub rate_limit: Option<u64>,
    /// How many points come back each second [default: 20]
    #[arg(long, env = "FOLKMOOT_RATE_REFILL", global = true, value_name = "POINTS")]
    pub rate_refill: Option<u64>,
    /// Addresses or networks of proxies whose `X-Forwarded-For` is believed, comma-separated [default: none]
    #[arg(long, env = "FOLKMOOT_TRUSTED_PROXIES", global = true, value_delimiter = ',', value_name = "NETWORK")]
    pub trusted_proxies: Option<Vec<String>>,
    /// Whether the schema may be asked about itself [default: true]
    #[arg(long, env = "FOLKMOOT_INTROSPECTION", global = true, value_name = "BOOL")]
    pub introspection: Option<bool>,
    /// Whether errors name what looks like a wrong name [default: true]
    #[arg(long, env = "FOLKMOOT_SUGGESTIONS", global = true, value_name = "BOOL")]
    pub suggestions: Option<bool>,
    /// A manifest of documents that may be asked for by id, as graphql-codegen, Relay or Apollo write it
    #[arg(long, env = "FOLKMOOT_TRUSTED_DOCUMENTS", global = true, value_name = "FILE")]
    pub trusted_documents: Option<PathBuf>,
    /// Answer no other documents
    #[arg(long, env = "FOLKMOOT_ONLY_TRUSTED_DOCUMENTS", global = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub only_trusted_documents: Option<bool>,
    /// How many seconds requests have to finish when the server is told to stop [default: 30]
    #[arg(long, env = "FOLKMOOT_SHUTDOWN_GRACE", global = true, value_name = "SECONDS")]
    pub shutdown_grace: Option<u64>,
    /// What to log: `error`, `warn`, `info`, `debug`, `trace`, or a filter by module [default: info]
    #[arg(long, env = "FOLKMOOT_LOG", global = true, value_name = "FILTER")]
    pub log: Option<String>,
    /// How to log [default: text]
    #[arg(long, env = "FOLKMOOT_LOG_FORMAT", global = true)]
    pub log_format: Option<LogFormat>,
    /// Connections.
    #[command(flatten)]
    pub connections: ConnectionSettings,
    /// Streams of answers.
    #[command(flatten)]
    pub streams: StreamSettings,
}

/// A text that must not be printed.
#[derive(Clone, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Secret(String);

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// What the settings come to.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the data is.
    pub database: Database,
    /// How it is served.
    pub server: Server,
    /// How it is logged.
    pub log: Log,
}

/// Where the data is.
#[derive(Clone, Debug)]
pub struct Database {
    /// The address; may hold a password.
    pub url: Secret,
    /// How many connections read at once; on SQLite, how many of those that take long.
    pub readers: u32,
    /// How long a statement of a read may take.
    pub statement_timeout: Duration,
    /// For how many days deletions and merges are told.
    pub change_retention: u32,
}

/// How it is served.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Whether to serve the demo data.
    pub demo: bool,
    /// Whose pages may read and open WebSockets; empty means that all may read. `*` is any.
    pub cors_origins: Vec<HeaderValue>,
    /// The names of the server, in small letters and without port; empty means any.
    pub public_hosts: Vec<String>,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// How long its body may be, in bytes.
    pub body_limit: usize,
    /// How many requests one batch may hold.
    pub batch_limit: usize,
    /// How many requests run at once.
    pub concurrent_requests: usize,
    /// How many requests of one client run at once.
    pub client_requests: u32,
    /// How many bytes of answers are kept.
    pub answer_cache: u64,
    /// How much one request may ask for.
    pub limits: Limits,
    /// How much each client may ask for; `None` does not count.
    pub rate: Option<Rate>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether the schema may be asked about itself.
    pub introspection: bool,
    /// Whether errors name what looks like a wrong name.
    pub suggestions: bool,
    /// Which documents have a name.
    pub documents: Documents,
    /// How long requests have to finish at the end.
    pub shutdown_grace: Duration,
    /// How many connections there may be, and how slow.
    pub connections: Connections,
    /// WebSockets and event streams.
    pub streams: Streams,
}

/// How it is logged.
#[derive(Clone, Debug)]
pub struct Log {
    /// What.
    pub filter: String,
    /// How.
    pub format: LogFormat,
}

/// What is wrong with the configuration, and where.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {}: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("in the configuration file {}, line {line}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there. Not the line itself: it may hold a password.
        message: String,
    },
    /// A value makes no sense.
    #[error("{0}")]
    Senseless(String),
}

impl Settings {
    /// Reads the file of settings.
    pub fn from_file(path: PathBuf) -> Result<Self, ConfigError> {
        match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|cause| {
                let before = cause.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
                let line = before.lines().count().max(1) + usize::from(before.ends_with('\n'));
                ConfigError::Malformed { path, line, message: without_value(cause.message()) }
            }),
            Err(cause) => Err(ConfigError::Unreadable { path, cause }),
        }
    }

    /// These settings, and those of `weaker` where these say nothing.
    #[must_use]
    pub fn or(self, weaker: Self) -> Self {
        Self {
            database_url: self.database_url.or(weaker.database_url),
            database_url_file: self.database_url_file.or(weaker.database_url_file),
            database_readers: self.database_readers.or(weaker.database_readers),
            listen: self.listen.or(weaker.listen),
            demo: self.demo.or(weaker.demo),
            cors_origins: self.cors_origins.or(weaker.cors_origins),
            public_hosts: self.public_hosts.or(weaker.public_hosts),
            request_timeout: self.request_timeout.or(weaker.request_timeout),
            body_limit: self.body_limit.or(weaker.body_limit),
            batch_limit: self.batch_limit.or(weaker.batch_limit),
            concurrent_requests: self.concurrent_requests.or(weaker.concurrent_requests),
            client_requests: self.client_requests.or(weaker.client_requests),
            answer_cache_mib: self.answer_cache_mib.or(weaker.answer_cache_mib),
            token_limit: self.token_limit.or(weaker.token_limit),
            depth_limit: self.depth_limit.or(weaker.depth_limit),
            alias_limit: self.alias_limit.or(weaker.alias_limit),
            root_field_limit: self.root_field_limit.or(weaker.root_field_limit),
            directive_limit: self.directive_limit.or(weaker.directive_limit),
            selection_limit: self.selection_limit.or(weaker.selection_limit),
            node_limit: self.node_limit.or(weaker.node_limit),
            cost_limit: self.cost_limit.or(weaker.cost_limit),
            answer_limit: self.answer_limit.or(weaker.answer_limit),
            rate_limit: self.rate_limit.or(weaker.rate_limit),
            rate_refill: self.rate_refill.or(weaker.rate_refill),
            trusted_proxies: self.trusted_proxies.or(weaker.trusted_proxies),
            introspection: self.introspection.or(weaker.introspection),
            suggestions: self.suggestions.or(weaker.suggestions),
            trusted_documents: self.trusted_documents.or(weaker.trusted_documents),
            only_trusted_documents: self.only_trusted_documents.or(weaker.only_trusted_documents),
            shutdown_grace: self.shutdown_grace.or(weaker.shutdown_grace),
            log: self.log.or(weaker.log),
            log_format: self.log_format.or(weaker.log_format),
            statement_timeout: self.statement_timeout.or(weaker.statement_timeout),
            change_retention: self.change_retention.or(weaker.change_retention),
            connections: self.connections.or(weaker.connections),
            streams: self.streams.or(weaker.streams),
        }
    }
}

impl TryFrom<Settings> for Config {
    type Error = ConfigError;

    fn try_from(settings: Settings) -> Result<Self, ConfigError> {
        let url = database::url(&settings)?;
        let limits = fair_use::limits(&settings)?;
        let rate = fair_use::rate(&settings, limits.cost)?;
        let documents = documents::documents(&settings)?;
        let readers = if url.scheme() == "sqlite" { 4 } else { 16 };
        let readers = within("database_readers", settings.database_readers, readers, 1, 1_000)?;
        let default = crate::db::STATEMENT_TIMEOUT.as_secs();
        let statement_timeout = seconds("statement_timeout", settings.statement_timeout, default)?;
        let change_retention = within("change_retention", settings.change_retention, 90, 1, 36_500)?;
        let networks = settings.trusted_proxies.unwrap_or_default();
        let trusted_proxies = networks.iter().map(|text| network(text)).collect::<Result<_, _>>()?;
        let cors_origins =
            settings.cors_origins.unwrap_or_default().iter().map(|text| origin(text)).collect::<Result<_, _>>()?;
        let public_hosts = settings.public_hosts.unwrap_or_default();
        let public_hosts = public_hosts.iter().map(|text| host(text)).collect::<Result<_, _>>()?;
        // Where nobody counts, all may be one client, or it is known.
        let of_client = if rate.is_some() { twice_the_processors() } else { 100_000 };
        Ok(Self {
            database: Database { url, readers, statement_timeout, change_retention },
            server: Server {
                listen: settings.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8000))),
                demo: settings.demo.unwrap_or_default(),
                cors_origins,
                public_hosts,
                request_timeout: seconds("request_timeout", settings.request_timeout, 10)?,
                body_limit: within("body_limit", settings.body_limit, 256 * 1024, 1, 64 * 1024 * 1024)?,
                batch_limit: within("batch_limit", settings.batch_limit, 10, 1, 10_000)?,
                concurrent_requests: within("concurrent_requests", settings.concurrent_requests, 64, 1, 100_000)?,
                client_requests: within("client_requests", settings.client_requests, of_client, 1, 100_000)?,
                answer_cache: u64::from(within("answer_cache_mib", settings.answer_cache_mib, 0, 0, 1_048_576)?) * MIB,
                limits,
                rate,
                trusted_proxies,
                introspection: settings.introspection.unwrap_or(true),
                suggestions: settings.suggestions.unwrap_or(true),
                documents,
                shutdown_grace: within("shutdown_grace", settings.shutdown_grace, 30, 0, DAY)
                    .map(Duration::from_secs)?,
                connections: settings.connections.try_into()?,
                streams: settings.streams.try_into()?,
            },
            log: Log {
                filter: settings.log.unwrap_or_else(|| "info".into()),
                format: settings.log_format.unwrap_or_default(),
            },
        })
    }
}

/// What is wrong with a value of the file, without the value: it may be a password.
fn without_value(message: &str) -> String {
    let quotes = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant "];
    match message.rsplit_once(", expected ") {
        Some((found, expected)) if quotes.iter().any(|words| found.starts_with(words)) => {
            format!("the value is not what is expected here: {expected}")
        }
        _ => message.to_owned(),
    }
}

fn network(text: &str) -> Result<IpNet, ConfigError> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address.or_else(|_| text.parse()).map_err(|_| {
        ConfigError::Senseless(format!("`{text}` is no network; write for instance 10.0.0.0/8 or 192.0.2.1"))
    })
}

/// A number within bounds. What lies beyond them would overflow, or take all memory, long after the start.
fn within<N: PartialOrd + fmt::Display + Copy>(
    name: &str,
    given: Option<N>,
    default: N,
    least: N,
    most: N,
) -> Result<N, ConfigError> {
    match given.unwrap_or(default) {
        number if number < least => Err(ConfigError::Senseless(format!("{name} must be at least {least}"))),
        number if number > most => Err(ConfigError::Senseless(format!("{name} must be at most {most}"))),
        number => Ok(number),
    }
}

/// How many requests of a client keep the machine busy, and leave others a good part of it.
fn twice_the_processors() -> u32 {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u32::try_from(2 * processors).unwrap_or(u32::MAX)
}

/// A time that may not be nothing, nor more than a day.
fn seconds(name: &str, given: Option<u64>, default: u64) -> Result<Duration, ConfigError> {
    within(name, given, default, 1, DAY).map(Duration::from_secs)
}

fn host(text: &str) -> Result<String, ConfigError> {
    let authority = text.parse::<Authority>().ok().filter(|authority| authority.host() == text);
    let senseless = || format!("`{text}` is no name of a host; write for instance api.example.org, without a port");
    Ok(authority.ok_or_else(|| ConfigError::Senseless(senseless()))?.host().to_ascii_lowercase())
}

fn origin(text: &str) -> Result<HeaderValue, ConfigError> {
    if text == "*" {
        return Ok(HeaderValue::from_static("*"));
    }
    let senseless = || ConfigError::Senseless(format!("`{text}` is no origin; write for instance https://example.org"));
    let url = url::Url::parse(text).map_err(|_| senseless())?;
    let origin = url.origin().ascii_serialization();
    if origin == text { HeaderValue::from_str(text).map_err(|_| senseless()) } else { Err(senseless()) }
}

impl Secret {
    /// The text itself, for the one place that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn scheme(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scheme() {
            scheme @ ("sqlite" | "postgres" | "postgresql") => write!(f, "{scheme}:***"),
            _ => write!(f, "***"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_text(text: &str) -> Result<Settings, ConfigError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Settings::from_file(file.path().to_owned())
    }

    #[test]
    fn a_broken_line_is_named_but_not_printed() {
        let error = from_text("\ndatabase_url = \"postgres://me:hunter2@db/x\nlisten = 1").unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_value_of_the_wrong_type_is_not_printed() {
        for key in ["listen", "request_timeout", "log_format", "demo", "connections.idle_timeout", "cors_origins"] {
            let error =
                from_text(&format!("\n{key} = \"postgres://me:hunter2, expected x@db\"")).unwrap_err().to_string();
            assert!(error.contains("line 2"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        let error = from_text("database_url = 17231723").unwrap_err().to_string();
        assert!(!error.contains("17231723"), "{error}");
    }

    #[test]
    fn unknown_keys_are_refused_with_their_place() {
        let error = from_text("listen = \"127.0.0.1:1\"\nlisten_adress = \"x\"\n").unwrap_err().to_string();
        assert!(error.contains("listen_adress"), "{error}");
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn flags_win_over_the_file() {
        let flags = Settings { request_timeout: Some(3), ..Settings::default() };
        let file: Settings =
            toml::from_str("request_timeout = 5\nshutdown_grace = 7\n[connections]\nidle_timeout = 9").unwrap();
        let config = Config::try_from(flags.or(file)).unwrap();
        assert_eq!(config.server.request_timeout, Duration::from_secs(3));
        assert_eq!(config.server.shutdown_grace, Duration::from_secs(7));
        assert_eq!(config.server.connections.idle_timeout, Duration::from_secs(9));
    }

    #[test]
    fn a_password_is_never_printed() {
        let file: Settings = toml::from_str("database_url = \"postgres://me:hunter2@db/folkmoot\"").unwrap();
        let config = Config::try_from(file).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
        assert_eq!(config.database.url.reveal(), "postgres://me:hunter2@db/folkmoot");
    }

    #[test]
    fn senseless_values_are_refused() {
        for text in [
            "database_url = \"mysql://x\"",
            "database_readers = 0",
            "cors_origins = [\"example.org\"]",
            "public_hosts = [\"https://example.org\"]",
            "public_hosts = [\"example.org:443\"]",
            "connections.idle_timeout = 0",
            "request_timeout = 0",
            "batch_limit = 0",
        ] {
            let settings: Settings = toml::from_str(text).unwrap();
            assert!(Config::try_from(settings).is_err(), "{text}");
        }
    }
}
