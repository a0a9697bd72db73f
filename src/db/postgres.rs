//! PostgreSQL, read on connections that are kept at hand. sqlx's pool asks the server after each use whether the connection is
//! still good, which takes as long as a small statement; so a connection goes back to the pool once a minute and not after
//! each statement ([0017](../../docs/decisions/0017-postgresql-keeps-connections-at-hand.md)).

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

/// How often the pool gets back what is idle. It alone sees to connections that are unused for long, old or broken.
const ROUND: Duration = Duration::from_mins(1);

/// For how long nobody tries to connect after somebody tried in vain. Each try takes all its patience.
const AWAY: Duration = Duration::from_secs(1);

/// The connections of a pool, for statements that read.
pub struct Readers {
    pool: PgPool,
    /// Connections on which one of the others can be told to end what it runs.
    others: PgPool,
    /// How long one is waited for that should answer.
    patience: Duration,
    turns: Arc<Semaphore>,
    at_hand: Mutex<Vec<Held>>,
    /// When somebody tried to connect in vain.
    missed: Mutex<Option<Instant>>,
}

/// A connection, and the number of the server's process behind it.
struct Held {
    connection: PoolConnection<Postgres>,
    process: i32,
    /// Since when it is there.
    since: DateTime<Utc>,
}

impl Readers {
    /// At most `most` statements run at once: as many as the pool has connections. None takes longer than `most_time`.
    pub fn new(pool: PgPool, others: PgPool, most: u32, most_time: Duration) -> Arc<Self> {
        let turns = Arc::new(Semaphore::new(most as usize));
        let patience = most_time + PATIENCE;
        let readers =
            Arc::new(Self { pool, others, patience, turns, at_hand: Mutex::default(), missed: Mutex::default() });
        tokio::spawn(go_round(Arc::downgrade(&readers)));
        readers
    }

    /// All rows that this statement finds.
    pub async fn rows(self: &Arc<Self>, statement: Statement) -> Result<Vec<PgRow>, DbErr> {
        let mut reader = self.reader().await?;
        match reader.fetch(&statement).await {
            // Whoever ended this connection has perhaps ended all. It was a read, so it can be tried again.
            Err(error) if super::is_gone(&error) => {
                tracing::debug!(%error, "a connection was gone before it answered");
                self.at_hand().clear();
                // In a box: seldom needed, and large.
                Box::pin(reader.replace()).await.map_err(|_| error)?;
                reader.fetch(&statement).await
            }
            rows => rows,
        }
    }

    /// A connection, at once if there is one at hand.
    async fn reader(self: &Arc<Self>) -> Result<Reader, DbErr> {
        if let Ok(turn) = self.turns.clone().try_acquire_owned()
            && let Some(held) = self.at_hand().pop()
        {
            return Ok(Reader::new(self, held, turn));
        }
        let reader = async {
            let turn = timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
            let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
            let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
            let at_hand = self.at_hand().pop();
            // Who has a turn finds one: there are as many turns as connections, and those that end hold theirs.
            let held = match at_hand {
                Some(held) => held,
                None => self.connect().await?,
            };
            Ok(Reader::new(self, held, turn))
        };
        // In a box: seldom needed, and large.
        Box::pin(reader).await
    }

    /// A connection that answers, in time. Nobody waits for one that others waited for in vain just now.
    async fn connect(&self) -> Result<Held, DbErr> {
        let timed_out = || DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
        if self.missed().is_some_and(|missed| missed.elapsed() < AWAY) {
            return Err(timed_out());
        }
        let connected = timeout(PATIENCE, self.acquire()).await.unwrap_or_else(|_| Err(timed_out()));
        *self.missed() = connected.is_err().then(Instant::now);
        connected
    }

    /// A connection of the pool that answers. Those that the pool holds may be gone.
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

    /// Ends what this connection runs, if it still does. Then it is at hand again.
    async fn end(self: Arc<Self>, mut held: Held, is_running: bool) {
        if is_running {
            // A server that began anew may have given the number to another.
            let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2";
            let cancel = sqlx::query(cancel).bind(held.process).bind(held.since);
            if !matches!(timeout(PATIENCE, cancel.execute(&self.others)).await, Ok(Ok(_))) {
                tracing::debug!("a statement that nobody waits for goes on until its time is over");
            }
        }
        // The first answer may be that of the statement, which was cancelled.
        let connection = &mut held.connection;
        let answers = async { connection.ping().await.is_ok() || connection.ping().await.is_ok() };
        // As long as a statement may take that was not cancelled. A network that swallows everything must not hold the turn.
        if timeout(self.patience, answers).await.unwrap_or(false) {
            self.keep(held);
        } else {
            held.connection.close_on_drop();
        }
    }

    fn keep(&self, held: Held) {
        let mut at_hand = self.at_hand();
        if !self.turns.is_closed() {
            at_hand.push(held);
        }
    }

    /// Lets nobody begin to read, and gives the connections back: those in use when what they read has ended.
    pub fn close(&self) {
        let mut at_hand = self.at_hand();
        self.turns.close();
        at_hand.clear();
    }

    /// A poisoned lock holds a moment like any other.
    fn missed(&self) -> MutexGuard<'_, Option<Instant>> {
        self.missed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A poisoned lock holds connections like any other.
    fn at_hand(&self) -> MutexGuard<'_, Vec<Held>> {
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives the pool what is idle, round after round, as long as there are readers.
async fn go_round(readers: Weak<Readers>) {
    loop {
        tokio::time::sleep(ROUND).await;
        let Some(readers) = readers.upgrade() else { return };
        readers.at_hand().clear();
    }
}

/// A connection in use.
struct Reader {
    readers: Arc<Readers>,
    /// There until it is dropped.
    lent: Option<(Held, OwnedSemaphorePermit)>,
    state: State,
}

/// What becomes of the statement of a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// It runs, unless it has not begun.
    Running,
    /// It failed.
    Failed,
    /// It has come to its end, and well.
    Done,
}

impl Reader {
    fn new(readers: &Arc<Readers>, held: Held, turn: OwnedSemaphorePermit) -> Self {
        Self { readers: readers.clone(), lent: Some((held, turn)), state: State::Running }
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

    /// Takes another connection in the place of one that is gone.
    async fn replace(&mut self) -> Result<(), DbErr> {
        let closed = DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);
        let (mut gone, turn) = self.lent.take().ok_or(closed)?;
        gone.connection.close_on_drop();
        drop(gone);
        self.lent = Some((self.readers.connect().await?, turn));
        Ok(())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some((held, turn)) = self.lent.take() else { return };
        if self.state == State::Done {
            return self.readers.keep(held);
        }
        // It failed, or nobody waits for it any more. Until what it began has ended, the turn is not free either.
        let end = self.readers.clone().end(held, self.state == State::Running);
        tokio::spawn(async move {
            end.await;
            drop(turn);
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
