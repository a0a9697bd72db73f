//! Reads on SQLite, on the calling thread. A lookup by index takes microseconds, which is less than to wake another
//! thread. So a statement runs on the calling thread first. If it is not done after a [`SLICE`], it starts again on a
//! blocking thread ([0014](../../docs/decisions/0014-sqlite-on-the-asking-thread.md)).

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig, types::Type};
use sea_orm::Statement;
use serde::de::DeserializeOwned;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::coop::consume_budget,
};

use super::{PATIENCE, columns::Columns, row};
use crate::error::{Error, Result};

mod cells;
mod value;

/// After so many steps of its virtual machine SQLite asks whether to go on. They take some ten microseconds.
const STEP: i32 = 1000;

/// After how many questions a statement must leave the calling thread. That is about a millisecond if the pages are in
/// memory.
const SLICE: u32 = 100;

/// How many bytes of the file the readers map into memory. A page is then read without a system call. The value stands
/// for the whole file, up to the limit that SQLite was built with (`.cargo/config.toml`). On 32 bits SQLite takes the
/// lower 31 bits, which are two gigabytes ([0019](../../docs/decisions/0019-sqlite-maps-its-file.md)).
pub const MAPPED: i64 = 0xff_ffff_0000;

/// How many prepared statements a connection keeps.
const PREPARED: usize = 256;

/// Connections that only read.
pub struct SqliteReaders {
    path: PathBuf,
    timeout: Duration,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Reader>>,
}

impl SqliteReaders {
    /// At most `at_leisure` statements run on blocking threads at once. Each connection is opened when it is first
    /// needed.
    pub fn new(path: PathBuf, at_leisure: u32, timeout: Duration) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(at_leisure as usize));
        Arc::new(Self { path, timeout, permits, idle: Mutex::default() })
    }

    /// All rows that this statement finds, which reads these columns.
    pub async fn rows<R: DeserializeOwned + Send + 'static>(
        self: &Arc<Self>,
        statement: Statement,
        columns: Columns,
    ) -> Result<Vec<R>> {
        if self.permits.is_closed() {
            return Err(Error::Unavailable);
        }
        // A short statement needs no permit: no more of them run at once than the runtime has threads.
        match self.read(&statement, columns, Limit::Times(SLICE)) {
            Err(error) if takes_long(&error) => self.rows_at_leisure(statement, columns).await,
            read => {
                let (rows, asked) = read?;
                // Many short statements together take long, too. A task that has used up its budget of tokio yields to
                // others.
                for _ in 0..asked {
                    consume_budget().await;
                }
                Ok(rows)
            }
        }
    }

    async fn rows_at_leisure<R: DeserializeOwned + Send + 'static>(
        self: &Arc<Self>,
        statement: Statement,
        columns: Columns,
    ) -> Result<Vec<R>> {
        let (permit, readers) = (self.permit().await?, self.clone());
        // It is dropped with this future, that is, when nobody waits for the rows any more.
        let asker = Arc::new(());
        let asked_by = Arc::downgrade(&asker);
        let work = move || {
            let limit = Limit::Moment { end: Instant::now() + readers.timeout, asked_by };
            let read = readers.read(&statement, columns, limit);
            drop(permit);
            read
        };
        let (rows, _) = tokio::task::spawn_blocking(work).await.map_err(Error::internal)??;
        Ok(rows)
    }

    /// How many rows this statement finds.
    pub async fn count(self: &Arc<Self>, sql: &'static str) -> Result<usize, String> {
        let readers = self.clone();
        let asker = Arc::new(());
        let asked_by = Arc::downgrade(&asker);
        let work = move || {
            let reader = readers.take()?;
            let counted = reader.count(sql, Limit::Moment { end: Instant::now() + readers.timeout, asked_by });
            readers.put_back(reader);
            counted
        };
        if self.permits.is_closed() {
            return Err("it is closed".to_owned());
        }
        let counted: rusqlite::Result<usize> =
            tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?;
        counted.map_err(|error| error.to_string())
    }

    /// The rows, and how often SQLite asked whether to go on.
    fn read<R: DeserializeOwned>(
        &self,
        statement: &Statement,
        columns: Columns,
        limit: Limit,
    ) -> rusqlite::Result<(Vec<R>, u32)> {
        let reader = self.take()?;
        let rows = reader.rows(statement, columns, limit);
        let asked = reader.alarm.asked();
        self.put_back(reader);
        Ok((rows?, asked))
    }

    fn take(&self) -> rusqlite::Result<Reader> {
        let idle = self.idle().pop();
        idle.map_or_else(|| Reader::open(&self.path), Ok)
    }

    fn put_back(&self, reader: Reader) {
        let mut idle = self.idle();
        if !self.permits.is_closed() {
            idle.push(reader);
        }
    }

    /// Refuses new reads and closes the idle connections. Connections in use are closed when their reads have ended.
    pub fn close(&self) {
        let mut idle = self.idle();
        self.permits.close();
        idle.clear();
    }

    /// The connections are usable even if another task panicked with the lock.
    fn idle(&self) -> MutexGuard<'_, Vec<Reader>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit> {
        let Ok(permit) = tokio::time::timeout(PATIENCE, self.permits.clone().acquire_owned()).await else {
            tracing::warn!("no database connection in time");
            return Err(Error::Unavailable);
        };
        permit.map_err(Error::internal)
    }
}

/// One connection.
struct Reader {
    connection: Connection,
    alarm: Arc<Alarm>,
}

/// How long a statement may go on.
enum Limit {
    /// SQLite may ask so many times. That is the same work on every machine.
    Times(u32),
    /// Until `end`, and only as long as somebody waits for the result.
    Moment { end: Instant, asked_by: Weak<()> },
}

/// Tells a statement when it has to end.
struct Alarm(Mutex<Limit>);

impl Alarm {
    fn set(&self, limit: Limit) {
        *self.limit() = limit;
    }

    /// How often the statement has asked so far. 0 if its limit is a moment.
    fn asked(&self) -> u32 {
        match *self.limit() {
            Limit::Times(left) => SLICE - left,
            Limit::Moment { .. } => 0,
        }
    }

    fn rings(&self) -> bool {
        match &mut *self.limit() {
            Limit::Times(left) => {
                *left = left.saturating_sub(1);
                *left == 0
            }
            Limit::Moment { end, asked_by } => Instant::now() > *end || asked_by.strong_count() == 0,
        }
    }

    /// The limit is usable even if another task panicked with the lock.
    fn limit(&self) -> MutexGuard<'_, Limit> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    fn open(path: &Path) -> rusqlite::Result<Self> {
        // The file is not opened read-only, because the first connection to a WAL creates its index.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.pragma_update(None, "query_only", "on")?;
        connection.pragma_update(None, "mmap_size", MAPPED)?;
        // Otherwise SQLite would plan a statement again for each bound value.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        let alarm = Arc::new(Alarm(Mutex::new(Limit::Times(SLICE))));
        let rings = alarm.clone();
        connection.progress_handler(STEP, Some(move || rings.rings()))?;
        Ok(Self { connection, alarm })
    }

    fn rows<R: DeserializeOwned>(
        &self,
        statement: &Statement,
        columns: Columns,
        limit: Limit,
    ) -> rusqlite::Result<Vec<R>> {
        self.set_limit(limit)?;
        let mut prepared = self.connection.prepare_cached(&statement.sql)?;
        let values = statement.values.iter().flat_map(|values| &values.0).map(value::Bound);
        let mut rows = prepared.query(rusqlite::params_from_iter(values))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(row::read(row, columns).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(error.column, Type::Null, Box::new(error))
            })?);
        }
        Ok(found)
    }

    fn count(&self, sql: &str, limit: Limit) -> rusqlite::Result<usize> {
        self.set_limit(limit)?;
        let mut prepared = self.connection.prepare_cached(sql)?;
        prepared.query_map([], |_| Ok(()))?.try_fold(0, |count, row| row.map(|()| count + 1))
    }

    fn set_limit(&self, limit: Limit) -> rusqlite::Result<()> {
        // On the calling thread, it does not wait for a lock either.
        self.connection.busy_timeout(if matches!(limit, Limit::Times(_)) { Duration::ZERO } else { PATIENCE })?;
        self.alarm.set(limit);
        Ok(())
    }
}

/// Does the statement need more time than it may have on the calling thread?
fn takes_long(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::OperationInterrupted | ErrorCode::DatabaseBusy))
}

impl From<rusqlite::Error> for Error {
    /// No text of a database error reaches a client, because it has SQL in it.
    fn from(cause: rusqlite::Error) -> Self {
        match cause.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => {
                tracing::warn!(%cause, "a statement took too long");
                Self::Timeout
            }
            Some(ErrorCode::DatabaseBusy) => {
                tracing::warn!(%cause, "the database is locked");
                Self::Unavailable
            }
            _ => Self::internal(cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Counted {
        count: i64,
        name: Option<String>,
    }

    /// Counts to this number, which SQLite does step by step.
    fn counting(to: i64) -> Statement {
        let sql =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT count(*), NULL FROM n";
        Statement::from_sql_and_values(DbBackend::Sqlite, sql, [to.into()])
    }

    fn readers(timeout: Duration) -> (tempfile::TempDir, Arc<SqliteReaders>) {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("test.db");
        Connection::open(&file).unwrap();
        (directory, SqliteReaders::new(file, 1, timeout))
    }

    #[test]
    fn a_reader_maps_its_file() {
        let (_directory, readers) = readers(PATIENCE);
        let reader = Reader::open(&readers.path).unwrap();
        let mapped: i64 = reader.connection.pragma_query_value(None, "mmap_size", |row| row.get(0)).unwrap();
        assert_eq!(mapped, MAPPED);
    }

    #[tokio::test]
    async fn what_takes_long_leaves_the_thread_to_others() {
        let (_directory, readers) = readers(Duration::from_mins(1));
        let long = tokio::spawn({
            let readers = readers.clone();
            async move { readers.rows::<Counted>(counting(2_000_000), Columns::ALL).await }
        });
        let mut polls = 0;
        while !long.is_finished() {
            polls += 1;
            tokio::task::yield_now().await;
        }
        assert_eq!(long.await.unwrap(), Ok(vec![Counted { count: 2_000_000, name: None }]));
        assert!(polls > 100, "the only thread of this test ran other work {polls} times");
        // The one connection is back.
        assert_eq!(
            readers.rows::<Counted>(counting(3), Columns::ALL).await,
            Ok(vec![Counted { count: 3, name: None }])
        );
    }

    #[tokio::test]
    async fn many_short_ones_leave_the_thread_to_others_too() {
        let (_directory, readers) = readers(Duration::from_mins(1));
        let many = tokio::spawn(async move {
            for _ in 0..100 {
                readers.rows::<Counted>(counting(2000), Columns::ALL).await.unwrap();
            }
        });
        let mut polls = 0;
        while !many.is_finished() {
            polls += 1;
            tokio::task::yield_now().await;
        }
        assert!(polls > 5, "the only thread of this test ran other work {polls} times");
    }

    #[tokio::test]
    async fn a_statement_ends_with_its_time() {
        let (_directory, readers) = readers(Duration::from_millis(20));
        assert_eq!(readers.rows::<Counted>(counting(1_000_000_000), Columns::ALL).await, Err(Error::Timeout));
        assert_eq!(
            readers.rows::<Counted>(counting(3), Columns::ALL).await,
            Ok(vec![Counted { count: 3, name: None }])
        );
    }

    #[tokio::test]
    async fn a_statement_ends_when_nobody_waits_for_it_any_more() {
        let (_directory, readers) = readers(Duration::from_mins(10));
        let endless = readers.rows::<Counted>(counting(1_000_000_000_000), Columns::ALL);
        assert!(tokio::time::timeout(Duration::from_millis(50), endless).await.is_err());
        // This one needs the only permit.
        let next = readers.rows::<Counted>(counting(2_000_000), Columns::ALL);
        let next = tokio::time::timeout(Duration::from_secs(30), next).await.expect("the permit is free");
        assert_eq!(next, Ok(vec![Counted { count: 2_000_000, name: None }]));
    }

    #[tokio::test]
    async fn a_column_of_another_type_is_an_error() {
        let (_directory, readers) = readers(Duration::from_secs(1));
        let text = Statement::from_string(DbBackend::Sqlite, "SELECT 'three', 3");
        assert_eq!(readers.rows::<Counted>(text, Columns::ALL).await, Err(Error::Internal));
    }
}
