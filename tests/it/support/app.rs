//! A real server on a fresh database, and short ways to ask it something.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use chrono::{DateTime, Utc};
use folkmoot::{
    clock::Clock,
    config,
    db::{Db, StatementObserver, migrate},
    domain::search,
    error::Error,
    http,
    interchange::demo::{self, Activity},
};
use sea_orm::Statement;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::OnceCell};

use super::postgres;

/// On which database a test runs. Every test has both as its cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// An empty database; a file of SQLite is deleted with its directory.
pub struct TestDatabase {
    pub url: String,
    _directory: Option<TempDir>,
}

impl TestDatabase {
    /// A database without any table; `None` if this machine has no PostgreSQL.
    pub async fn empty(backend: Backend) -> Option<Self> {
        match backend {
            Backend::Sqlite => Some(Self::file()),
            Backend::Postgres => {
                let database = postgres::fresh_database(None).await?;
                Some(Self { url: database.url, _directory: None })
            }
        }
    }

    /// A database with all tables and no row.
    pub async fn migrated(backend: Backend) -> Option<Self> {
        static TEMPLATE: OnceCell<Option<String>> = OnceCell::const_new();
        match backend {
            Backend::Sqlite => {
                let database = Self::file();
                migrate(&database.url).await;
                Some(database)
            }
            Backend::Postgres => {
                let template = TEMPLATE.get_or_init(|| async {
                    let template = postgres::fresh_database(None).await?;
                    migrate(&template.url).await;
                    Some(template.name)
                });
                let database = postgres::fresh_database(Some(template.await.as_deref()?)).await?;
                Some(Self { url: database.url, _directory: None })
            }
        }
    }

    fn file() -> Self {
        let directory = TempDir::new().unwrap();
        let url = format!("sqlite:{}", directory.path().join("test.db").display());
        Self { url, _directory: Some(directory) }
    }
}

async fn migrate(url: &str) {
    let db = Db::connect(url, 1, None).await.unwrap();
    search::bring_up_to_date::<Error>(&db).await.unwrap();
    db.close().await.unwrap();
}

/// The defaults without a rate limit: a test sends more requests than people do.
fn settings() -> config::Settings {
    config::Settings { rate_limit: Some(0), ..config::Settings::default() }
}

/// A server on a loopback port.
pub struct TestApp {
    pub db: Db,
    pub clock: Clock,
    pub database: TestDatabase,
    client: reqwest::Client,
    address: SocketAddr,
    statements: Arc<Mutex<Vec<Statement>>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
}

impl TestApp {
    /// A server without any data whose clock is the machine's; `None` if this machine has no PostgreSQL.
    pub async fn start(backend: Backend) -> Option<Self> {
        Self::start_with(backend, Clock::system(), settings()).await
    }

    /// A server with other settings than the defaults; those of the database and the address are the test's own.
    pub async fn start_with_settings(backend: Backend, change: impl FnOnce(&mut config::Settings)) -> Option<Self> {
        let mut settings = settings();
        change(&mut settings);
        Self::start_with(backend, Clock::system(), settings).await
    }

    /// A server that lets a test ask for everything at once.
    pub async fn start_without_limits(backend: Backend) -> Option<Self> {
        Self::start_with_settings(backend, |settings| {
            settings.token_limit = Some(10_000_000);
            settings.alias_limit = Some(1_000_000);
            settings.selection_limit = Some(10_000_000);
            settings.node_limit = Some(1_000_000_000);
            settings.cost_limit = Some(1_000_000_000);
            settings.rate_limit = Some(1_000_000_000);
        })
        .await
    }

    /// A server whose clock stands at this moment.
    pub async fn start_at(backend: Backend, now: &str) -> Option<Self> {
        let clock = Clock::fixed(now.parse::<DateTime<Utc>>().unwrap());
        Self::start_with(backend, clock, settings()).await
    }

    /// A server with the demo data, as it is on one day.
    pub async fn start_with_demo(backend: Backend) -> Option<Self> {
        let app = Self::start_at(backend, "2026-01-01T12:00:00Z").await?;
        app.load_demo().await;
        Some(app)
    }

    /// Brings in the demo data. Answers with what may happen in it from then on.
    pub async fn load_demo(&self) -> Activity {
        demo::load(&self.db, &self.clock, &self.url("")).await.unwrap()
    }

    /// A server with a response cache, whose clock stands at this moment until the test sets it.
    pub async fn start_with_response_cache(backend: Backend, now: &str) -> Option<Self> {
        let clock = Clock::fixed(now.parse::<DateTime<Utc>>().unwrap());
        let settings = config::Settings { response_cache_mib: Some(8), ..settings() };
        Self::start_with(backend, clock, settings).await
    }

    /// Another server on the database of this one, as a process of its own has it.
    pub async fn start_beside(&self, response_cache_mib: i64) -> Self {
        let database = TestDatabase { url: self.database.url.clone(), _directory: None };
        let settings = config::Settings { response_cache_mib: Some(response_cache_mib), ..settings() };
        Self::serve(database, self.clock.clone(), settings).await
    }

    /// A server on this empty database.
    pub async fn start_on(url: String) -> Self {
        migrate(&url).await;
        Self::serve(TestDatabase { url, _directory: None }, Clock::system(), settings()).await
    }

    async fn start_with(backend: Backend, clock: Clock, settings: config::Settings) -> Option<Self> {
        Some(Self::serve(TestDatabase::migrated(backend).await?, clock, settings).await)
    }

    async fn serve(database: TestDatabase, clock: Clock, settings: config::Settings) -> Self {
        let config = config::Config::try_from(settings).unwrap();
        let statements = Arc::new(Mutex::new(Vec::new()));
        let observer: StatementObserver = Arc::new({
            let statements = statements.clone();
            move |statement: &Statement| statements.lock().unwrap().push(statement.clone())
        });
        let timeout = config.statement_timeout;
        let db = Db::connect_with_timeout(&database.url, 4, timeout, Some(observer)).await.unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = http::App::new(db.clone(), clock.clone(), &config);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let shutdown = async {
            // Dropping the app stops the server, too.
            let _ = stopped.await;
        };
        tokio::spawn(async move { http::serve(listener, app, &config, shutdown).await });
        let client = reqwest::Client::new();
        Self { db, clock, database, client, address, statements, stop: Some(stop) }
    }

    /// Brings in a batch of records, as an importer would. It must go in whole.
    pub async fn load(&self, batch: Value) {
        let batch = serde_json::from_value(batch).expect("a batch of records");
        let mut session =
            folkmoot::interchange::session::Session::begin(&self.db, &self.clock, "test", false).await.unwrap();
        session.write("test", batch).await.unwrap();
        let report = session.finish().await.unwrap();
        assert!(report.skipped.is_empty(), "{report}");
    }

    /// Reverts this migration and all later ones and applies them again, as on a database that had rows before them.
    pub async fn migrate_anew(&self, from: &str) {
        let steps = migrate::status(&self.db).await.unwrap();
        let later = steps.iter().rev().take_while(|(step, _)| step != from).count();
        migrate::down(&self.db, u32::try_from(later + 1).unwrap()).await.unwrap();
        search::bring_up_to_date::<Error>(&self.db).await.unwrap();
    }

    /// Where it listens, for what HTTP clients do not do.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The HTTP client, for requests that are not plain queries.
    pub fn http(&self) -> &reqwest::Client {
        &self.client
    }

    /// The whole answer to a query, errors and all.
    pub async fn answer(&self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let response = self.client.post(self.url("/graphql")).json(&body).send().await.unwrap();
        serde_json::from_str(&response.text().await.unwrap()).unwrap()
    }

    /// The data of a query that must succeed.
    pub async fn query(&self, query: &str) -> Value {
        let mut answer = self.answer(query, json!({})).await;
        assert_eq!(answer.get("errors"), None, "{query}");
        answer["data"].take()
    }

    /// The code and the message of the one error of a query that must fail.
    pub async fn error(&self, query: &str) -> (String, String) {
        let answer = self.answer(query, json!({})).await;
        let errors = answer["errors"].as_array().unwrap_or_else(|| panic!("no error: {answer}"));
        assert_eq!(errors.len(), 1, "{answer}");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&errors[0]["extensions"]["code"]), text(&errors[0]["message"]))
    }

    /// The data of a query, and the statements that it took.
    pub async fn statements_of(&self, query: &str) -> (Value, Vec<String>) {
        let (data, statements) = self.observed(query).await;
        (data, statements.into_iter().map(|statement| statement.sql).collect())
    }

    /// The data of a query, and the statements that it took with their values.
    pub async fn observed(&self, query: &str) -> (Value, Vec<Statement>) {
        self.statements.lock().unwrap().clear();
        let data = self.query(query).await;
        (data, std::mem::take(&mut self.statements.lock().unwrap()))
    }

    /// The statements of all reads while this ran.
    pub async fn statements_while(&self, work: impl Future<Output = ()>) -> Vec<String> {
        self.observed_while(work).await.into_iter().map(|statement| statement.sql).collect()
    }

    /// The same with their values.
    pub async fn observed_while(&self, work: impl Future<Output = ()>) -> Vec<Statement> {
        self.statements.lock().unwrap().clear();
        work.await;
        std::mem::take(&mut *self.statements.lock().unwrap())
    }

    /// Tells the server to stop, as SIGTERM does.
    pub fn stop(&mut self) {
        self.stop.take();
    }
}
