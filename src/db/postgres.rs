//! PostgreSQL, read on connections that are kept at hand. sqlx's pool asks the server after each use whether the connection is
//! still good, which takes as long as a small statement; so a connection goes back to the pool once a minute and not after
//! each statement ([0017](../../docs/decisions/0017-postgresql-keeps-connections-at-hand.md)).

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use sea_orm::{
    DbErr, RuntimeErr, Statement,
    error::ConnAcquireErr,
    sea_query::Values,
    sqlx::{self, AssertSqlSafe, Connection, PgPool, Postgres, pool::PoolConnection, postgres::PgRow},
};
use sea_query_sqlx::SqlxValues;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::PATIENCE;

mod cells;

/// How often the pool gets back what is idle. It alone sees to connections that are unused for long, old or broken.
const ROUND: Duration = Duration::from_mins(1);

/// The connections of a pool, for statements that read.
pub struct Readers {
    pool: PgPool,
    turns: Arc<Semaphore>,
    at_hand: Mutex<Vec<PoolConnection<Postgres>>>,
}

impl Readers {
    /// At most `most` statements run at once: as many as the pool has connections.
    pub fn new(pool: PgPool, most: u32) -> Arc<Self> {
        let turns = Arc::new(Semaphore::new(most as usize));
        let readers = Arc::new(Self { pool, turns, at_hand: Mutex::default() });
        tokio::spawn(go_round(Arc::downgrade(&readers)));
        readers
    }

    /// All rows that this statement finds.
    pub async fn rows(self: &Arc<Self>, statement: Statement) -> Result<Vec<PgRow>, DbErr> {
        let mut reader = self.reader().await?;
        let rows = match fetch(&mut reader, &statement).await {
            // Whoever ended this connection has perhaps ended all. It was a read, so it can be tried again.
            Err(error) if super::is_gone(&error) => {
                tracing::debug!(%error, "a connection was gone before it answered");
                self.at_hand().clear();
                // In a box: seldom needed, and large.
                timeout(PATIENCE, Box::pin(reader.replace())).await.unwrap_or(Err(error))?;
                fetch(&mut reader, &statement).await?
            }
            rows => rows?,
        };
        reader.is_done = true;
        Ok(rows)
    }

    /// A connection, at once if there is one at hand.
    async fn reader(self: &Arc<Self>) -> Result<Reader, DbErr> {
        if let Ok(turn) = self.turns.clone().try_acquire_owned()
            && let Some(connection) = self.at_hand().pop()
        {
            return Ok(Reader::new(self, connection, turn));
        }
        let reader = async {
            let closed = |_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);
            let turn = self.turns.clone().acquire_owned().await.map_err(closed)?;
            let at_hand = self.at_hand().pop();
            // Who has a turn finds one: there are as many turns as connections, and those that end hold theirs.
            let connection = match at_hand {
                Some(connection) => connection,
                None => self.pool.acquire().await.map_err(not_acquired)?,
            };
            Ok(Reader::new(self, connection, turn))
        };
        // In a box: seldom needed, and large.
        timeout(PATIENCE, Box::pin(reader)).await.unwrap_or(Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)))
    }

    fn keep(&self, connection: PoolConnection<Postgres>) {
        let mut at_hand = self.at_hand();
        if !self.turns.is_closed() {
            at_hand.push(connection);
        }
    }

    /// Lets nobody begin to read, and gives the connections back: those in use when what they read has ended.
    pub fn close(&self) {
        let mut at_hand = self.at_hand();
        self.turns.close();
        at_hand.clear();
    }

    /// A poisoned lock holds connections like any other.
    fn at_hand(&self) -> MutexGuard<'_, Vec<PoolConnection<Postgres>>> {
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn fetch(reader: &mut Reader, statement: &Statement) -> Result<Vec<PgRow>, DbErr> {
    let values = SqlxValues(statement.values.clone().unwrap_or(Values(Vec::new())));
    let query = sqlx::query_with(AssertSqlSafe(statement.sql.clone()), values);
    query.fetch_all(reader.connection()?).await.map_err(|error| DbErr::Query(cause(error)))
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
    lent: Option<(PoolConnection<Postgres>, OwnedSemaphorePermit)>,
    /// Whether its statement has come to its end, and well.
    is_done: bool,
}

impl Reader {
    fn new(readers: &Arc<Readers>, connection: PoolConnection<Postgres>, turn: OwnedSemaphorePermit) -> Self {
        Self { readers: readers.clone(), lent: Some((connection, turn)), is_done: false }
    }

    /// Takes another connection in the place of one that is gone. Those that the pool holds may be gone, too.
    async fn replace(&mut self) -> Result<(), DbErr> {
        let closed = || DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);
        let (mut gone, turn) = self.lent.take().ok_or_else(closed)?;
        gone.close_on_drop();
        drop(gone);
        for _ in 0..=self.readers.pool.options().get_max_connections() {
            let mut connection = self.readers.pool.acquire().await.map_err(not_acquired)?;
            if connection.ping().await.is_ok() {
                self.lent = Some((connection, turn));
                return Ok(());
            }
            connection.close_on_drop();
        }
        Err(closed())
    }

    fn connection(&mut self) -> Result<&mut sqlx::PgConnection, DbErr> {
        let closed = DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);
        self.lent.as_mut().map(|(connection, _)| &mut **connection).ok_or(closed)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some((mut connection, turn)) = self.lent.take() else { return };
        if self.is_done {
            return self.readers.keep(connection);
        }
        // It failed, or nobody waits for it any more. Until what it began has ended, the turn is not free either.
        let readers = self.readers.clone();
        tokio::spawn(async move {
            if connection.ping().await.is_ok() {
                readers.keep(connection);
            }
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
