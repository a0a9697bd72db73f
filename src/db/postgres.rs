//! Reads on PostgreSQL, on connections that are kept between statements. When a connection goes back to sqlx's pool,
//! the pool asks the server whether it is still good. That takes as long as a small statement. So connections go back
//! to the pool once a minute, and not after each statement
//! ([0017](../../docs/decisions/0017-postgresql-keeps-connections-at-hand.md)).

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use chrono::{DateTime, Utc};
use sea_orm::{
    DbErr, RuntimeErr, Statement,
    error::ConnAcquireErr,
    sea_query::Values,
    sqlx::{self, AssertSqlSafe, Connection, PgPool, Postgres, pool::PoolConnection, postgres::PgRow},
};
use sea_query_sqlx::SqlxValues;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

use super::PATIENCE;

mod cells;

/// How often idle connections go back to the pool. Only the pool closes connections that are old, broken or unused for
/// long.
const ROUND: Duration = Duration::from_mins(1);

/// The pause after a failed try to connect. Each try may take [`PATIENCE`].
const AWAY: Duration = Duration::from_secs(1);

/// The connections of a pool, for statements that read.
pub struct PostgresReaders {
    pool: PgPool,
    /// Another pool, whose connections can cancel a statement of this one.
    others: PgPool,
    /// How long to wait for the answer of a connection after a cancelled statement.
    patience: Duration,
    permits: Arc<Semaphore>,
    at_hand: Mutex<Vec<Held>>,
    /// When the last try to connect failed, if it did.
    missed: Mutex<Option<Instant>>,
}

/// A connection, and the number of the server's process behind it.
struct Held {
    connection: PoolConnection<Postgres>,
    process: i32,
    /// When that process started.
    since: DateTime<Utc>,
}

impl PostgresReaders {
    /// At most `most` statements run at once: as many as the pool has connections. None takes longer than `most_time`.
    pub fn new(pool: PgPool, others: PgPool, most: u32, most_time: Duration) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(most as usize));
        let patience = most_time + PATIENCE;
        let readers =
            Arc::new(Self { pool, others, patience, permits, at_hand: Mutex::default(), missed: Mutex::default() });
        tokio::spawn(go_round(Arc::downgrade(&readers)));
        readers
    }

    /// All rows that this statement finds.
    pub async fn rows(self: &Arc<Self>, statement: Statement) -> Result<Vec<PgRow>, DbErr> {
        let mut reader = self.reader().await?;
        match reader.fetch(&statement).await {
            // The server may have ended the other connections, too. The statement only reads, so it can be run again.
            Err(error) if super::is_gone(&error) => {
                tracing::debug!(%error, "a connection was gone before it answered");
                self.at_hand().clear();
                // In a box, because this future is large and rarely needed.
                Box::pin(reader.replace()).await.map_err(|_| error)?;
                reader.fetch(&statement).await
            }
            rows => rows,
        }
    }

    /// A connection, at once if there is one at hand.
    async fn reader(self: &Arc<Self>) -> Result<Reader, DbErr> {
        if let Ok(permit) = self.permits.clone().try_acquire_owned()
            && let Some(held) = self.at_hand().pop()
        {
            return Ok(Reader::new(self, held, permit));
        }
        let reader = async {
            let permit = timeout(PATIENCE, self.permits.clone().acquire_owned()).await;
            let permit = permit.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
            let permit = permit.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
            let at_hand = self.at_hand().pop();
            // Whoever has a permit finds a connection: there are as many permits as connections, and a connection that ends
            // keeps its permit until then.
            let held = match at_hand {
                Some(held) => held,
                None => self.connect().await?,
            };
            Ok(Reader::new(self, held, permit))
        };
        // In a box, because this future is large and rarely needed.
        Box::pin(reader).await
    }

    /// A connection that answers in time. Shortly after a failed try, this fails at once.
    async fn connect(&self) -> Result<Held, DbErr> {
        let timed_out = || DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
        if self.missed().is_some_and(|missed| missed.elapsed() < AWAY) {
            return Err(timed_out());
        }
        let connected = timeout(PATIENCE, self.acquire()).await.unwrap_or_else(|_| Err(timed_out()));
        *self.missed() = connected.is_err().then(Instant::now);
        connected
    }

    /// A connection of the pool that answers. The pool may have broken ones.
    async fn acquire(&self) -> Result<Held, DbErr> {
        let mut last = DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);
        for _ in 0..=self.pool.options().get_max_connections() {
            let mut connection = self.pool.acquire().await.map_err(not_acquired)?;
            let who = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()";
            match sqlx::query_as(who).fetch_one(&mut *connection).await {
                Ok((process, since)) => return Ok(Held { connection, process, since }),
                Err(error) => last = DbErr::Conn(cause(error)),
            }
            connection.close_on_drop();
        }
        Err(last)
    }

    /// Cancels the statement of this connection if it still runs. Then the connection is at hand again.
    async fn end(self: Arc<Self>, mut held: Held, is_running: bool) {
        if is_running {
            // After a restart of the server, another process may have the number.
            let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2";
            let cancel = sqlx::query(cancel).bind(held.process).bind(held.since);
            if !matches!(timeout(PATIENCE, cancel.execute(&self.others)).await, Ok(Ok(_))) {
                tracing::debug!("a statement that nobody waits for goes on until its time is over");
            }
        }
        // The first answer may be the error of the cancelled statement.
        let connection = &mut held.connection;
        let answers = async { connection.ping().await.is_ok() || connection.ping().await.is_ok() };
        // The limit is the longest time of a statement, in case it was not cancelled. Without a limit, a network that
        // loses all packets would keep the permit for ever.
        if timeout(self.patience, answers).await.unwrap_or(false) {
            self.keep(held);
        } else {
            held.connection.close_on_drop();
        }
    }

    fn keep(&self, held: Held) {
        let mut at_hand = self.at_hand();
        if !self.permits.is_closed() {
            at_hand.push(held);
        }
    }

    /// Refuses new reads and gives the idle connections back to the pool. Connections in use follow when their reads
    /// have ended.
    pub fn close(&self) {
        let mut at_hand = self.at_hand();
        self.permits.close();
        at_hand.clear();
    }

    /// The moment is usable even if another task panicked with the lock.
    fn missed(&self) -> MutexGuard<'_, Option<Instant>> {
        self.missed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connections are usable even if another task panicked with the lock.
    fn at_hand(&self) -> MutexGuard<'_, Vec<Held>> {
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives idle connections back to the pool every [`ROUND`], as long as there are readers.
async fn go_round(readers: Weak<PostgresReaders>) {
    loop {
        tokio::time::sleep(ROUND).await;
        let Some(readers) = readers.upgrade() else { return };
        readers.at_hand().clear();
    }
}

/// A connection in use.
struct Reader {
    readers: Arc<PostgresReaders>,
    /// The connection and its permit. `None` only after the drop.
    lent: Option<(Held, OwnedSemaphorePermit)>,
    state: State,
}

/// The state of a connection's statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// It runs, or has not begun.
    Running,
    /// It failed.
    Failed,
    /// It succeeded.
    Done,
}

impl Reader {
    fn new(readers: &Arc<PostgresReaders>, held: Held, permit: OwnedSemaphorePermit) -> Self {
        Self { readers: readers.clone(), lent: Some((held, permit)), state: State::Running }
    }

    async fn fetch(&mut self, statement: &Statement) -> Result<Vec<PgRow>, DbErr> {
        let closed = DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);
        let (held, _) = self.lent.as_mut().ok_or(closed)?;
        self.state = State::Running;
        let values = SqlxValues(statement.values.clone().unwrap_or(Values(Vec::new())));
        let query = sqlx::query_with(AssertSqlSafe(statement.sql.clone()), values);
        let rows = query.fetch_all(&mut *held.connection).await;
        self.state = if rows.is_ok() { State::Done } else { State::Failed };
        rows.map_err(|error| DbErr::Query(cause(error)))
    }

    /// Replaces a connection that is gone.
    async fn replace(&mut self) -> Result<(), DbErr> {
        let closed = DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);
        let (mut gone, permit) = self.lent.take().ok_or(closed)?;
        gone.connection.close_on_drop();
        drop(gone);
        self.lent = Some((self.readers.connect().await?, permit));
        Ok(())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some((held, permit)) = self.lent.take() else { return };
        if self.state == State::Done {
            return self.readers.keep(held);
        }
        // The statement failed, or nobody waits for it any more. The permit is free when the statement has ended.
        let end = self.readers.clone().end(held, self.state == State::Running);
        tokio::spawn(async move {
            end.await;
            drop(permit);
        });
    }
}

fn not_acquired(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Conn(cause(error)),
    }
}

fn cause(error: sqlx::Error) -> RuntimeErr {
    RuntimeErr::SqlxError(error.into())
}
