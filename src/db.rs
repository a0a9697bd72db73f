//! The database: connections, pools, and every difference between SQLite and PostgreSQL.
//!
//! Reads and writes use different pools. SQLite has one writer and a pool of read-only connections. The WAL lets them
//! work at once. The writer's transactions begin IMMEDIATE, because a deferred transaction that becomes a writer later
//! fails with "database is locked" without waiting.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
    sqlx::{
        self,
        sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous},
    },
};

pub(crate) use self::fault::{is_gone, is_transient};
use self::{
    change_notifier::ChangeNotifier, change_versions::ChangeVersions, files::Opened, health::Health, reads::Reads,
    statement_cache::StatementCache, statistics::Growth, transaction::Transaction,
};
use crate::error::Result;

mod absence;
pub mod address;
pub mod change_notifier;
pub mod change_versions;
pub mod columns;
mod fault;
mod files;
mod health;
pub mod hints;
pub mod insert;
pub mod keys;
mod lock;
pub mod migrate;
pub mod placeholder;
mod postgres;
pub mod read_set;
pub mod reads;
pub mod retry;
mod row;
pub mod rows;
mod sqlite;
pub mod statement_cache;
mod statistics;
pub mod transaction;
pub mod value;

// Versions before 3.51.3 can corrupt a WAL database that several connections write and checkpoint.
const _: () = assert!(libsqlite3_sys::SQLITE_VERSION_NUMBER >= 3_051_003);

/// How many connections write at once on PostgreSQL. Their statements have no time limit, because migrations and
/// imports are slow.
const WRITERS: u32 = 4;

/// The longest wait for a connection or a lock.
const PATIENCE: Duration = Duration::from_secs(5);

/// The time limit of a read statement, unless the settings have another one.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);

/// The page cache of SQLite's writer. A negative number is a size in KiB. With 8 MiB, an import need not write pages
/// twice. Readers keep SQLite's default of 2 MB and gain nothing from more: the other pages are in the system's file
/// cache.
const WRITER_CACHE_SIZE: &str = "-8192";

/// After so many steps of its virtual machine SQLite looks at the clock. They take a fraction of a millisecond.
const STEPS: i32 = 10_000;

/// A handle to the database; cloning it is cheap.
#[derive(Clone)]
pub struct Db {
    reads: Reads,
    writes: DatabaseConnection,
    /// The statements that are built once.
    statement_cache: StatementCache,
    /// Notifies after each commit that changed something.
    change_notifier: ChangeNotifier,
    change_versions: ChangeVersions,
    growth: Growth,
    /// SQLite's file, and its identity when it was opened.
    file: Option<Arc<Opened>>,
    health: Health,
}

/// A function that is called with each read statement. For tests and metrics.
pub type StatementObserver = Arc<dyn Fn(&Statement) + Send + Sync>;

impl Db {
    /// Opens the pools. A SQLite file that does not exist is created, empty.
    ///
    /// `url` is `sqlite:PATH` or `postgres://…`. `readers` is the size of the pool for reads. On SQLite, short reads of
    /// whole rows do not use that pool.
    pub async fn connect(url: &str, readers: u32, observer: Option<StatementObserver>) -> Result<Self> {
        Self::connect_with_timeout(url, readers, STATEMENT_TIMEOUT, observer).await
    }

    /// The same with another time limit for read statements.
    pub async fn connect_with_timeout(
        url: &str,
        readers: u32,
        statement_timeout: Duration,
        observer: Option<StatementObserver>,
    ) -> Result<Self> {
        let (mut file, (statement_cache, change_notifier, change_versions, growth, health)) =
            (None, Default::default());
        let (reads, writes) = if let Some(path) = sqlite_file(url)? {
            let (pool, writes) = sqlite_pools(url, &path, readers, statement_timeout)
                .await
                .map_err(|cause| absence::of_file(&path, &cause))?;
            file = Opened::new(&path).map(Arc::new);
            let readers = sqlite::SqliteReaders::new(path, readers, statement_timeout);
            (Reads::sqlite(pool, readers, observer), writes)
        } else {
            let url = &address::known(url)?;
            let writes = postgres_pool(url, WRITERS, None).await?;
            let pool = postgres_pool(url, readers, Some(statement_timeout)).await?;
            (Reads::postgres(pool, &writes, readers, statement_timeout, observer), writes)
        };
        Ok(Self { reads, writes, statement_cache, change_notifier, change_versions, growth, file, health })
    }

    /// The connections for reads.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// What is committed, for those who write and look first. They read by the connections for writes, without a
    /// transaction: those have no time limit, and on SQLite their cache has what was written last.
    #[must_use]
    pub fn reading(&self) -> transaction::Reading<'_> {
        transaction::Reading::Committed(&self.writes)
    }

    /// The connections for writes. Only `domain::write` and migrations use them.
    pub(crate) fn writes(&self) -> &DatabaseConnection {
        &self.writes
    }

    /// Which of the two databases this is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.reads.get_database_backend()
    }

    /// Begins a write transaction. On SQLite it has the write lock from the beginning.
    pub(crate) async fn begin_write(&self) -> Result<Transaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: (self.backend() == DbBackend::Sqlite).then_some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let transaction = self.writes.begin_with_options(options).await?;
        if self.backend() == DbBackend::Sqlite {
            // Rows may refer to rows of their own table that a later statement inserts.
            transaction.execute_unprepared("PRAGMA defer_foreign_keys = ON").await?;
        }
        Ok(Transaction::new(transaction))
    }

    /// Notifies whoever follows the change log, here and in other processes, that it has new entries. Call it after the
    /// commit.
    pub(crate) fn notify_change(&self) {
        self.change_notifier.notify(&self.writes);
    }

    /// Notes that an import wrote so many nodes. Call it after the commit. PostgreSQL then plans for the size that its
    /// tables have now.
    pub(crate) fn note_growth(&self, nodes: usize) {
        self.growth.add(nodes, &self.writes);
    }

    /// Notifies of new entries in the change log. Entries of other processes need PostgreSQL and a
    /// [`change_notifier::Listener`] that lives.
    #[must_use]
    pub fn change_notifier(&self) -> &ChangeNotifier {
        &self.change_notifier
    }

    /// At which version each kind of node last changed, as far as this process knows.
    #[must_use]
    pub fn change_versions(&self) -> &ChangeVersions {
        &self.change_versions
    }

    /// Does a connection for writes get an answer?
    pub async fn answers(&self) -> bool {
        self.writes.ping().await.is_ok()
    }

    /// Lets PostgreSQL renew the statistics of its tables, so that it plans well. Call it after many writes. SQLite
    /// plans better without statistics, see [`forget_statistics`].
    pub async fn analyze(&self) -> Result<()> {
        if self.backend() == DbBackend::Postgres {
            self.writes.execute_unprepared("ANALYZE").await?;
        }
        Ok(())
    }

    /// Waits for the running statements and closes all connections.
    pub async fn close(self) -> Result<()> {
        self.reads.close().await?;
        Ok(self.writes.close().await?)
    }
}

/// The pool for reads, and the one for writes.
async fn sqlite_pools(
    url: &str,
    path: &Path,
    readers: u32,
    statement_timeout: Duration,
) -> Result<(DatabaseConnection, DatabaseConnection), DbErr> {
    files::keep_private(path);
    let making = lock::while_made(path).await;
    // The writer comes first, because it turns the WAL on.
    let writes = Database::connect(sqlite(url, 1, None)).await?;
    drop(making);
    forget_statistics(&writes).await?;
    let pool = Database::connect(sqlite(url, readers, Some(statement_timeout))).await?;
    Ok((pool, writes))
}

async fn postgres_pool(url: &str, connections: u32, timeout: Option<Duration>) -> Result<DatabaseConnection> {
    match Database::connect(postgres(url, connections, timeout)).await {
        Ok(pool) => Ok(pool),
        Err(cause) => Err(absence::of_server(url, &cause).await),
    }
}

/// Deletes SQLite's statistics. With statistics, SQLite reads a small table as a whole, even where a subquery then runs
/// once for each row of it: the speakers of a group took seconds. Without them it uses the indexes, which fit the
/// queries. There are statistics if somebody ran ANALYZE, as older versions of this program did.
async fn forget_statistics(writes: &DatabaseConnection) -> Result<(), DbErr> {
    // After the DROP, every connection reads the schema again and forgets its statistics.
    for table in ["sqlite_stat1", "sqlite_stat4"] {
        writes.execute_unprepared(&format!("DROP TABLE IF EXISTS {table}")).await?;
    }
    Ok(())
}

/// The path of a SQLite database.
fn sqlite_file(url: &str) -> Result<Option<PathBuf>> {
    if !url.starts_with("sqlite:") {
        return Ok(None);
    }
    let options: SqliteConnectOptions =
        url.parse().map_err(|_| address::unusable("has a part that SQLite does not know"))?;
    Ok(Some(options.get_filename().to_path_buf()))
}

/// Options of SQLite's connections. With a time limit for statements, the connections are read-only.
fn sqlite(url: &str, connections: u32, statement_timeout: Option<Duration>) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        // All connections are opened now. A connection that is opened for a statement runs that statement without a
        // limit.
        .min_connections(connections)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            let sqlite = sqlite
                .busy_timeout(PATIENCE)
                .foreign_keys(true)
                .synchronous(SqliteSynchronous::Normal)
                .statement_cache_capacity(256);
            if statement_timeout.is_some() {
                sqlite.pragma("query_only", "on").pragma("mmap_size", sqlite::MAPPED.to_string())
            } else {
                sqlite
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .pragma("cache_size", WRITER_CACHE_SIZE)
            }
        });
    if let Some(timeout) = statement_timeout {
        options.map_sqlx_sqlite_before_acquire(move |connection, _| Box::pin(set_alarm(connection, timeout)));
    }
    options
}

/// Sets the time limit of a statement, which begins now. SQLite has no such limit, but it calls a function from time to
/// time, and the function can end the statement. Each read acquires a connection for itself, so this is the limit of
/// one statement.
async fn set_alarm(connection: &mut SqliteConnection, timeout: Duration) -> Result<bool, sqlx::Error> {
    let begin = Instant::now();
    connection.lock_handle().await?.set_progress_handler(STEPS, move || begin.elapsed() < timeout);
    Ok(true)
}

fn postgres(url: &str, connections: u32, statement_timeout: Option<Duration>) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(PATIENCE)
        .max_lifetime(Duration::from_mins(5))
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(|postgres| {
            postgres.statement_cache_capacity(256).options([
                // Ends a write transaction whose task is gone, so that its locks are released.
                ("idle_in_transaction_session_timeout", "60s"),
                // The data of a community fits into memory. With the default of 4, PostgreSQL would read whole tables
                // and not their indexes.
                ("random_page_cost", "1.1"),
                // A read takes milliseconds. To compile one whose cost the planner overestimates takes seconds, and the
                // statement timeout does not end it.
                ("jit", "off"),
                ("timezone", "UTC"),
            ])
        });
    if let Some(timeout) = statement_timeout {
        options.statement_timeout(timeout);
    }
    options
}
