//! The lock under which one process changes the schema. When its holder ends, even by a crash, the lock is free.
//!
//! On SQLite it is the system's lock of a file beside the database. On PostgreSQL it is an advisory lock of a session
//! that does nothing else.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use sea_orm::{
    DatabaseConnection, DbBackend, DbErr, RuntimeErr,
    sqlx::{self, Connection, PgConnection},
};

use super::Db;

/// The pause between two tries to get the lock.
const RETRY: Duration = Duration::from_millis(50);
/// After so many tries, the log says who has the lock.
const PATIENCE: u32 = 10;
/// The name of the lock among those of a PostgreSQL database: "folkmoot" in ASCII.
const KEY: i64 = 0x666f_6c6b_6d6f_6f74;

/// The lock, until it is dropped.
pub struct Lock {
    _held: Held,
}

enum Held {
    File {
        _file: File,
    },
    Session {
        _session: PgConnection,
    },
    /// No lock is needed: no other process has a database in memory.
    Nothing,
}

impl Lock {
    /// Waits for the lock.
    pub async fn take(db: &Db) -> Result<Self, DbErr> {
        let held = match (db.backend(), beside(db.writes())) {
            (DbBackend::Postgres, _) => session(db.writes()).await?,
            (_, Some(path)) => file(&path).await.map_err(|error| failed(&path, &error))?,
            _ => Held::Nothing,
        };
        Ok(Self { _held: held })
    }
}

/// Lets only one process at a time create a file of SQLite. SQLite does not wait while another process turns the WAL
/// on. `None` if the file exists, or the database is in memory.
pub async fn while_made(database: &Path) -> Option<Lock> {
    let is_made = std::fs::metadata(database).map_or(true, |file| file.len() > 0);
    // If the directory is not writable, SQLite reports a better error.
    if is_made { None } else { file(&named(database)).await.ok().map(|held| Lock { _held: held }) }
}

async fn file(path: &Path) -> io::Result<Held> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    let mut waiting = Waiting::default();
    loop {
        match file.try_lock() {
            Ok(()) => {
                sign(&file);
                return Ok(Held::File { _file: file });
            }
            Err(TryLockError::WouldBlock) => waiting.pause(async || holder_of_file(path)).await,
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

async fn session(writes: &DatabaseConnection) -> Result<Held, DbErr> {
    let told = |error: sqlx::Error| DbErr::Conn(RuntimeErr::SqlxError(error.into()));
    // A connection of its own, because the pool closes old connections.
    let options = writes.get_postgres_connection_pool().connect_options();
    let mut session = PgConnection::connect_with(&options).await.map_err(told)?;
    let mut waiting = Waiting::default();
    loop {
        let attempt = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(KEY);
        if attempt.fetch_one(&mut session).await.map_err(told)? {
            return Ok(Held::Session { _session: session });
        }
        waiting.pause(async || holder_of_session(&mut session).await).await;
    }
}

/// Writes into the lock's file who holds the lock. If that fails, others do not know the holder.
fn sign(mut file: &File) {
    let _ = file.set_len(0).and_then(|()| writeln!(file, "process {}", std::process::id()));
}

fn holder_of_file(path: &Path) -> String {
    let signed = std::fs::read_to_string(path).unwrap_or_default();
    format!("{} ({})", if signed.is_empty() { "another process" } else { signed.trim() }, path.display())
}

async fn holder_of_session(session: &mut PgConnection) -> String {
    let sql = "SELECT concat('session ', pid, ' of PostgreSQL', ' from ' || client_addr::text, ' since ' || backend_start::text)
        FROM pg_locks JOIN pg_stat_activity USING (pid) JOIN pg_database AS d ON d.oid = database
        WHERE locktype = 'advisory' AND granted AND d.datname = current_database() AND (classid::bigint << 32 | objid::bigint) = $1";
    let holder = sqlx::query_scalar(sql).bind(KEY).fetch_optional(session).await;
    holder.ok().flatten().unwrap_or_else(|| "another process".to_owned())
}

/// What happens while another process has the lock.
#[derive(Default)]
struct Waiting {
    looks: u32,
}

impl Waiting {
    async fn pause(&mut self, holder: impl AsyncFnOnce() -> String) {
        self.looks += 1;
        if self.looks == PATIENCE {
            let holder = holder().await;
            tracing::warn!(holder, "waiting for another process, which brings the database up to date");
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// The file that is locked for a file of SQLite.
fn beside(writes: &DatabaseConnection) -> Option<PathBuf> {
    if writes.get_database_backend() != DbBackend::Sqlite {
        return None;
    }
    let options = writes.get_sqlite_connection_pool().connect_options();
    let database = options.get_filename();
    database.is_file().then(|| named(database))
}

fn named(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

fn failed(path: &Path, error: &io::Error) -> DbErr {
    DbErr::Custom(format!("cannot lock {}: {error}", path.display()))
}
