//! A PostgreSQL server for the tests: the one named by `FOLKMOOT_TEST_POSTGRES` (a URL whose role may create
//! databases), else a throwaway one that `postgres.sh` next to this file starts once a process and ends with it.
//!
//! Without PostgreSQL the tests run on SQLite alone, and say so; `FOLKMOOT_REQUIRE_POSTGRES` or `CI` make that a
//! failure.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sea_orm::sqlx::error::DatabaseError;
use sea_orm::{ConnectionTrait as _, DbErr, RuntimeErr};
use tokio::sync::Mutex;
use url::Url;

const NOT_FOUND: &str = "PostgreSQL NOT FOUND: install its server programs (Debian, Ubuntu: `apt-get install \
    postgresql`; Fedora: `dnf install postgresql-server`; macOS: `brew install postgresql`) or set \
    FOLKMOOT_TEST_POSTGRES to a server's URL";

/// A database of one test. It is not dropped: it ends with the server.
pub struct Database {
    pub url: String,
    pub name: String,
}

struct Server {
    admin: Url,
    /// `None` if the tests did not start the server.
    process: Option<Process>,
}

struct Process {
    /// The server stops when this closes, which the kernel does when the process ends.
    lifeline: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// A server of one test, which may stop it.
pub struct Own(Server);

impl Own {
    /// Starts it; `None` if this machine has no PostgreSQL.
    pub async fn start() -> Option<Self> {
        let server = Server::start().unwrap();
        assert!(server.is_some() || setting("FOLKMOOT_REQUIRE_POSTGRES").or(setting("CI")).is_none(), "{NOT_FOUND}");
        let server = server?;
        // The test kills the server, and what was committed must be there when it is back.
        server.execute("ALTER ROLE postgres SET synchronous_commit = on").await.unwrap();
        Some(Self(server))
    }

    /// The address of its one database.
    pub fn url(&self) -> String {
        self.0.admin.to_string()
    }

    /// Ends it at once, as if it were killed.
    pub fn stop(&mut self) {
        self.order("stop");
    }

    /// Starts it again where it was.
    pub fn restart(&mut self) {
        self.order("start");
    }

    fn order(&mut self, order: &str) {
        let process = self.0.process.as_mut().unwrap();
        writeln!(process.lifeline, "{order}").unwrap();
        let mut answer = String::new();
        process.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer.trim(), order);
    }
}

/// The outer error is repeated to every test; a panic in here would be shown to the first one only.
static SERVER: LazyLock<Result<Option<Server>, String>> = LazyLock::new(Server::find);

/// PostgreSQL copies a template only while nobody else is connected to it, so copies take turns.
static TURN: Mutex<()> = Mutex::const_new(());

impl Server {
    fn find() -> Result<Option<Self>, String> {
        if let Some(url) = setting("FOLKMOOT_TEST_POSTGRES") {
            let admin = Url::parse(&url).map_err(|err| format!("FOLKMOOT_TEST_POSTGRES is no URL: {err}"))?;
            return Ok(Some(Self { admin, process: None }));
        }
        let server = Self::start().map_err(|err| format!("postgres.sh: {err}"))?;
        if server.is_none() {
            if setting("FOLKMOOT_REQUIRE_POSTGRES").or(setting("CI")).is_some() {
                return Err(NOT_FOUND.to_owned());
            }
            // Not eprintln!, which the test harness captures and shows for failing tests only.
            let _ = writeln!(std::io::stderr(), "\n{NOT_FOUND}.\nPostgreSQL NOT FOUND: tests ran on SQLite only\n");
        }
        Ok(server)
    }

    fn start() -> Result<Option<Self>, Box<dyn std::error::Error>> {
        let mut command = Command::new("sh");
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/support/postgres.sh"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // A process group of its own: Ctrl-C and a runner's kill must reach the tests, but not the script that cleans
        // up after them.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);

        let mut child = command.spawn()?;
        let lifeline = child.stdin.take().ok_or("no input")?;
        let mut answers = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut port = String::new();
        answers.read_line(&mut port)?;
        if port.is_empty() {
            let status = child.wait()?;
            return if status.code() == Some(3) { Ok(None) } else { Err(status.to_string().into()) };
        }
        let admin = format!("postgres://postgres@127.0.0.1:{}/postgres", port.trim()).parse()?;
        Ok(Some(Self { admin, process: Some(Process { lifeline, answers }) }))
    }

    /// Runs one statement on a connection of its own: each test has a runtime, and connections die with theirs.
    async fn execute(&self, sql: &str) -> Result<(), DbErr> {
        let mut options = sea_orm::ConnectOptions::new(self.admin.as_str());
        options.max_connections(1).connect_timeout(Duration::from_secs(10)).sqlx_logging(false);
        let connection = sea_orm::Database::connect(options).await?;
        let outcome = connection.execute_unprepared(sql).await;
        connection.close().await?;
        outcome.map(drop)
    }
}

/// A new database, empty or a copy of `template`, to which nothing may be connected; `None` without PostgreSQL.
pub async fn fresh_database(template: Option<&str>) -> Option<Database> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    // Unique within this process, and among the processes that share a server.
    static RUN: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));

    let server = server()?;
    let name = format!("folkmoot_test_{:x}_{}", *RUN, COUNT.fetch_add(1, Ordering::Relaxed));
    let sql = match template {
        Some(template) => format!(r#"CREATE DATABASE "{name}" TEMPLATE "{template}""#),
        None => format!(r#"CREATE DATABASE "{name}""#),
    };
    let _turn = TURN.lock().await;
    let mut attempts = 0;
    while let Err(err) = server.execute(&sql).await {
        attempts += 1;
        assert!(attempts < 100 && is_in_use(&err), "{sql}: {err}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut url = server.admin.clone();
    url.set_path(&name);
    Some(Database { url: url.into(), name })
}

fn server() -> Option<&'static Server> {
    match &*SERVER {
        Ok(server) => server.as_ref(),
        Err(message) => panic!("{message}"),
    }
}

/// Whether something is connected to the template: a pool that is closing, or another process that copies it.
fn is_in_use(err: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(err)) | DbErr::Query(RuntimeErr::SqlxError(err))) = err else {
        return false;
    };
    err.as_database_error().and_then(DatabaseError::code).as_deref() == Some("55006")
}

fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
