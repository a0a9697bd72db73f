//! PostgreSQL, read on connections that are kept at hand. sqlx's pool asks the server after each use whether the connection is
//! still good, which takes as long as a small statement; so a connection goes back to the pool from time to time and not after
//! each statement ([0017](../../docs/decisions/0017-postgresql-keeps-connections-at-hand.md)).

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sea_orm::{
    DbErr, RuntimeErr, Statement,
    error::ConnAcquireErr,
    sea_query::Values,
    sqlx::{self, AssertSqlSafe, PgPool, Postgres, pool::PoolConnection, postgres::PgRow},
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::PATIENCE;

mod cells;

/// How long a connection is kept from the pool, which alone sees to those that are idle, old or broken.
const AT_HAND: Duration = Duration::from_secs(1);

/// Connections that only read.
pub struct Readers {
    pool: PgPool,
    turns: Semaphore,
    at_hand: Mutex<Vec<Reader>>,
}

/// One connection. Dropped, it goes back to the pool.
struct Reader {
    connection: PoolConnection<Postgres>,
    since: Instant,
}

impl Readers {
    /// At most `most` statements run at once: as many as the pool has connections.
    pub fn new(pool: PgPool, most: u32) -> Self {
        Self { pool, turns: Semaphore::new(most as usize), at_hand: Mutex::default() }
    }

    /// All rows that this statement finds.
    pub async fn rows(&self, statement: Statement) -> Result<Vec<PgRow>, DbErr> {
        let _turn = self.turn().await?;
        let mut reader = self.reader().await?;
        let values = SqlxValues(statement.values.unwrap_or(Values(Vec::new())));
        let query = sqlx::query_with(AssertSqlSafe(statement.sql), values);
        // Where it fails, or nobody waits for it any more, the pool sees what became of the connection.
        let rows = query.fetch_all(&mut *reader.connection).await.map_err(|error| DbErr::Query(of(error)))?;
        self.keep(reader);
        Ok(rows)
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>, DbErr> {
        if let Ok(turn) = self.turns.try_acquire() {
            return Ok(turn);
        }
        let turn = tokio::time::timeout(PATIENCE, self.turns.acquire()).await;
        let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))
    }

    async fn reader(&self) -> Result<Reader, DbErr> {
        let at_hand = self.at_hand().pop();
        if let Some(reader) = at_hand.filter(Reader::is_fresh) {
            return Ok(reader);
        }
        let connection = self.pool.acquire().await.map_err(|error| match error {
            sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
            sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
            error => DbErr::Conn(of(error)),
        })?;
        Ok(Reader { connection, since: Instant::now() })
    }

    fn keep(&self, reader: Reader) {
        let mut at_hand = self.at_hand();
        if !self.turns.is_closed() {
            at_hand.push(reader);
            at_hand.retain(Reader::is_fresh);
        }
    }

    /// Gives the pool what nobody uses.
    pub fn give_back(&self) {
        self.at_hand().clear();
    }

    /// Lets nobody begin to read, and gives the connections back: those in use when what they read has ended.
    pub fn close(&self) {
        self.turns.close();
        self.give_back();
    }

    /// A poisoned lock holds connections like any other.
    fn at_hand(&self) -> MutexGuard<'_, Vec<Reader>> {
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    fn is_fresh(&self) -> bool {
        self.since.elapsed() < AT_HAND
    }
}

fn of(error: sqlx::Error) -> RuntimeErr {
    RuntimeErr::SqlxError(error.into())
}
