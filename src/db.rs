//! The database: connections, pools, and every difference between SQLite and PostgreSQL.
//!
//! Reads and writes use different pools. SQLite has one writer, whose transactions begin IMMEDIATE (a deferred one that
//! upgrades fails with "database is locked" without waiting), and a pool of read-only connections beside it; the WAL
//! lets them work at once.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, ExprTrait,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value,
    sea_query::{Alias, CommonTableExpression, Expr, Func, Query, SelectStatement, SimpleExpr, WithClause},
    sqlx::{
        self,
        sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous},
    },
};
use uuid::Uuid;

pub(crate) use self::fault::{is_gone, is_transient};
pub use self::statement_cache::single_key;
use self::{
    change_notifier::ChangeNotifier,
    change_versions::ChangeVersions,
    files::Opened,
    health::Health,
    reads::Reads,
    statement_cache::{Keys, StatementCache},
    transaction::Transaction,
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
mod lock;
pub mod migrate;
mod postgres;
pub mod read_set;
pub mod reads;
mod row;
pub mod rows;
mod sqlite;
pub mod statement_cache;
pub mod transaction;

// Versions before 3.51.3 can corrupt a WAL database that several connections write and checkpoint.
const _: () = assert!(libsqlite3_sys::SQLITE_VERSION_NUMBER >= 3_051_003);

/// How many connections write at once on PostgreSQL. Migrations and imports may take their time on them.
const WRITERS: u32 = 4;

/// How long a connection or a lock may be waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a statement of a read may take unless the settings say otherwise.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);

/// The pages that SQLite's writer keeps in memory, in KiB where it is negative, so that an import need not write pages twice.
/// Who reads gains nothing over the 2 MB that are the rule: what is not there the system has in memory.
const WRITER_CACHE_SIZE: &str = "-16384";

/// After how many steps of its virtual machine SQLite looks at the clock: a fraction of a millisecond.
const STEPS: i32 = 10_000;

/// A handle to the database; cloning it is cheap.
#[derive(Clone)]
pub struct Db {
    reads: Reads,
    writes: DatabaseConnection,
    /// The statements of relations.
    statement_cache: StatementCache,
    /// Notifies after each commit that changed something.
    change_notifier: ChangeNotifier,
    change_versions: ChangeVersions,
    /// The file of SQLite, as it was when it was opened.
    file: Option<Arc<Opened>>,
    health: Health,
}

/// Is called with each statement that a request's reads run. For tests and metrics.
pub type StatementObserver = Arc<dyn Fn(&Statement) + Send + Sync>;

impl Db {
    /// Opens the pools. A SQLite file that does not exist is created, empty.
    ///
    /// `url` is `sqlite:PATH` or `postgres://…`; `readers` bounds the pool for reads; on SQLite, whole rows that
    /// are read at once need none of it.
    pub async fn connect(url: &str, readers: u32, observer: Option<StatementObserver>) -> Result<Self> {
        Self::connect_with_timeout(url, readers, STATEMENT_TIMEOUT, observer).await
    }

    /// The same with another limit for the time that a statement of a read may take.
    pub async fn connect_with_timeout(
        url: &str,
        readers: u32,
        statement_timeout: Duration,
        observer: Option<StatementObserver>,
    ) -> Result<Self> {
        let (mut file, (statement_cache, change_notifier, change_versions, health)) = (None, Default::default());
        let (reads, writes) = if let Some(path) = sqlite_file(url)? {
            let (pool, writes) = sqlite_pools(url, &path, readers, statement_timeout)
                .await
                .map_err(|cause| absence::of_file(&path, &cause))?;
            file = Opened::new(&path).map(Arc::new);
            let readers = sqlite::Readers::new(path, readers, statement_timeout);
            (Reads::sqlite(pool, readers, observer), writes)
        } else {
            let url = &address::known(url)?;
            let writes = postgres_pool(url, WRITERS, None).await?;
            let pool = postgres_pool(url, readers, Some(statement_timeout)).await?;
            (Reads::postgres(pool, &writes, readers, statement_timeout, observer), writes)
        };
        Ok(Self { reads, writes, statement_cache, change_notifier, change_versions, file, health })
    }

    /// The connections for reads.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.reads
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

    /// `column` is one of these keys: one statement text and one bound value, however many keys there are.
    pub fn is_any(&self, column: impl ColumnTrait, keys: &[Uuid]) -> SimpleExpr {
        is_any(self.backend(), Expr::col(column.as_column_ref()), keys)
    }

    /// The same for statements that read much for each key.
    pub fn is_any_seen(&self, column: impl ColumnTrait, keys: &[Uuid]) -> SimpleExpr {
        is_any_seen(self.backend(), Expr::col(column.as_column_ref()), keys)
    }

    /// Begins a write transaction that never has to upgrade a lock.
    pub(crate) async fn begin_write(&self) -> Result<Transaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: (self.backend() == DbBackend::Sqlite).then_some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        Ok(Transaction::new(self.writes.begin_with_options(options).await?))
    }

    /// Notifies whoever follows the change log, here and in other processes, that it has new entries. Call it after the commit.
    pub(crate) fn notify_change(&self) {
        self.change_notifier.notify(&self.writes);
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

    /// Does the database answer those who write?
    pub async fn answers(&self) -> bool {
        self.writes.ping().await.is_ok()
    }

    /// Lets PostgreSQL count what its tables hold, so that it plans well; worth it after many writes at once. SQLite plans
    /// better without, see [`forget_statistics`].
    pub async fn analyze(&self) -> Result<()> {
        if self.backend() == DbBackend::Postgres {
            self.writes.execute_unprepared("ANALYZE").await?;
        }
        Ok(())
    }

    /// Waits for what runs and closes all connections.
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
    // The writer comes first: it turns the WAL on.
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

/// SQLite takes statistics of a small table as a reason to read it whole, and does not weigh that a subquery which hangs on
/// the outer row is then run once for each row of it: the speakers of a group took seconds. Without any it goes by the
/// indexes, which are made for what is asked. Somebody may have run ANALYZE; older versions did.
async fn forget_statistics(writes: &DatabaseConnection) -> Result<(), DbErr> {
    // To drop them makes every connection read the schema anew, and forget them, too.
    for table in ["sqlite_stat1", "sqlite_stat4"] {
        writes.execute_unprepared(&format!("DROP TABLE IF EXISTS {table}")).await?;
    }
    Ok(())
}

/// The file of a SQLite database.
fn sqlite_file(url: &str) -> Result<Option<PathBuf>> {
    if !url.starts_with("sqlite:") {
        return Ok(None);
    }
    let options: SqliteConnectOptions =
        url.parse().map_err(|_| address::unusable("has a part that SQLite does not know"))?;
    Ok(Some(options.get_filename().to_path_buf()))
}

/// With a time limit for statements, connections only read.
fn sqlite(url: &str, connections: u32, statement_timeout: Option<Duration>) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        // All of them at once: a connection that is opened for a statement would run it without a limit.
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

/// SQLite has no time limit for statements. From time to time it asks whether to go on; from this moment on it may, until
/// the time is over. Each read acquires a connection for itself, so that is the time of one statement.
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
                // A write whose task died must not hold its locks.
                ("idle_in_transaction_session_timeout", "60s"),
                // What a community keeps fits into memory; at 4, PostgreSQL would read whole tables rather than their indexes.
                ("random_page_cost", "1.1"),
                // A read takes milliseconds. Compiling one that the planner takes for dear takes seconds, and heeds no timeout.
                ("jit", "off"),
                ("timezone", "UTC"),
            ])
        });
    if let Some(timeout) = statement_timeout {
        options.statement_timeout(timeout);
    }
    options
}

/// `column` is one of these keys: one statement text and one bound value, however many keys there are.
pub fn is_any(backend: DbBackend, column: impl Into<SimpleExpr>, keys: &[Uuid]) -> SimpleExpr {
    if backend == DbBackend::Postgres {
        return equals_any(column, unseen("uuid[]", keys.bound(backend)));
    }
    is_any_seen(backend, column, keys)
}

/// The same, but PostgreSQL sees the keys when it plans: for statements that read so much for each of them that a plan for
/// just these pays.
pub fn is_any_seen(backend: DbBackend, column: impl Into<SimpleExpr>, keys: &[Uuid]) -> SimpleExpr {
    if backend == DbBackend::Postgres {
        return equals_any(column, Expr::val(keys.bound(backend)));
    }
    match single_key(backend, keys) {
        Some(key) => column.into().eq(*key),
        None => column.into().in_subquery(key_rows(backend, keys)),
    }
}

/// `column` is one of these texts: again one statement text and one bound value.
pub fn is_any_text(backend: DbBackend, column: impl Into<SimpleExpr>, texts: &[String]) -> SimpleExpr {
    let bound = texts.bound(backend);
    if backend == DbBackend::Postgres {
        return equals_any(column, unseen("text[]", bound));
    }
    match single_key(backend, texts) {
        Some(text) => column.into().eq(text.as_str()),
        None => column.into().in_subquery(json_rows("value", bound)),
    }
}

fn equals_any(column: impl Into<SimpleExpr>, keys: SimpleExpr) -> SimpleExpr {
    Expr::cust_with_exprs("$1 = ANY($2)", [column.into(), keys])
}

/// A value that PostgreSQL does not look at when it plans. For a statement that looks cheaper with the few keys of this
/// time than with just any, it would make a new plan each time, which takes longer than to run it. The cast makes an array
/// of what `ANY` would else take for a table.
fn unseen(array: &str, keys: Value) -> SimpleExpr {
    Expr::cust_with_values(format!("(SELECT $1)::{array}"), [keys])
}

/// A common table `parents(id)` of these keys, for statements that answer something for each of them.
pub fn parents(backend: DbBackend, keys: &[Uuid]) -> WithClause {
    let mut table = CommonTableExpression::new();
    table.table_name(Alias::new("parents")).column(Alias::new("id")).query(key_rows(backend, keys));
    WithClause::new().cte(table).to_owned()
}

/// The key of the row of [`parents`].
#[must_use]
pub fn parent_id() -> SimpleExpr {
    Expr::col((Alias::new("parents"), Alias::new("id")))
}

/// The key of the only row of [`parents`]. What equals it is found in the order of an index.
#[must_use]
pub fn only_parent_id() -> SimpleExpr {
    Expr::SubQuery(None, Box::new(Query::select().expr(parent_id()).from(Alias::new("parents")).to_owned().into()))
}

fn key_rows(backend: DbBackend, ids: &[Uuid]) -> SelectStatement {
    let keys = ids.bound(backend);
    if backend == DbBackend::Postgres {
        return Query::select().expr(Func::cust("unnest").arg(unseen("uuid[]", keys))).to_owned();
    }
    match single_key(backend, ids) {
        Some(id) => Query::select().expr(Expr::val(*id)).to_owned(),
        None => json_rows("unhex(value)", keys),
    }
}

/// SQLite has no arrays; a JSON array in one parameter is the next best.
fn json_rows(value: &'static str, json: Value) -> SelectStatement {
    Query::select()
        .expr(Expr::cust(value))
        .from_function(Func::cust("json_each").arg(Expr::val(json)), "keys")
        .to_owned()
}

/// A literal instant inside a statement, in the text in which the database stores it.
#[must_use]
pub fn instant_literal(backend: DbBackend, instant: &str) -> String {
    if backend == DbBackend::Postgres { format!("'{instant}'::timestamptz") } else { format!("'{instant}'") }
}

/// A literal date inside a statement.
#[must_use]
pub fn date_literal(backend: DbBackend, date: &str) -> String {
    if backend == DbBackend::Postgres { format!("'{date}'::date") } else { format!("'{date}'") }
}

/// The same value, but no invitation for SQLite to walk through an index in its order: to find the few rows of a parent it
/// would read the whole table, and run the subquery that says whose they are once for each row. It cannot weigh that, for
/// it has no statistics unless somebody runs ANALYZE.
#[must_use]
pub fn unindexed(backend: DbBackend, value: SimpleExpr) -> SimpleExpr {
    if backend == DbBackend::Sqlite { Expr::cust_with_exprs("+ ?", [value]) } else { value }
}

/// The same condition, with the hint for SQLite that many rows meet it. Without the hint, SQLite expects that any equality with
/// an index finds few rows. With it, SQLite begins with another condition if there is one, and else still uses the index.
#[must_use]
pub fn low_selectivity(backend: DbBackend, condition: SimpleExpr) -> SimpleExpr {
    if backend == DbBackend::Sqlite { Expr::cust_with_exprs("likelihood(?, 0.1)", [condition]) } else { condition }
}

/// Can both databases hold this text? PostgreSQL knows no NUL; a statement that carries one fails, for all who share it.
#[must_use]
pub fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}
