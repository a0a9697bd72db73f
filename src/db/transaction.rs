//! A write transaction that knows whether it is still open. SQLite rolls a whole transaction back by itself when the
//! disk is full, on an I/O error, and sometimes when memory or a lock is missing. Later statements would then run
//! without a transaction, and their changes would stay.

use std::sync::atomic::{AtomicBool, Ordering};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    prelude::async_trait::async_trait,
};

use super::fault::code_of;

/// SQLite's code for a statement that is not possible, for instance a BEGIN in a transaction.
const SQLITE_ERROR: &str = "1";

/// An open transaction. When a statement fails, it checks whether the transaction is still open. If not, it runs no
/// more statements.
pub struct Transaction {
    inner: DatabaseTransaction,
    /// The database rolled everything back.
    is_over: AtomicBool,
    /// A statement failed, and its part was not rolled back yet.
    has_failed: AtomicBool,
}

impl Transaction {
    pub(super) fn new(inner: DatabaseTransaction) -> Self {
        Self { inner, is_over: AtomicBool::new(false), has_failed: AtomicBool::new(false) }
    }

    /// Did the database roll everything back by itself?
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Begins a part that can be rolled back alone (a savepoint). There is one part at a time.
    pub async fn begin_part(&self) -> Result<(), DbErr> {
        self.execute_unprepared("SAVEPOINT part").await.map(drop)
    }

    /// Keeps the part.
    pub async fn keep_part(&self) -> Result<(), DbErr> {
        self.must_be_whole()?;
        self.execute_unprepared("RELEASE SAVEPOINT part").await.map(drop)
    }

    /// Rolls the part back.
    pub async fn take_back_part(&self) -> Result<(), DbErr> {
        self.execute_unprepared("ROLLBACK TO SAVEPOINT part").await?;
        self.execute_unprepared("RELEASE SAVEPOINT part").await?;
        self.has_failed.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// The same transaction for those who only read.
    #[must_use]
    pub fn reading(&self) -> Reading<'_> {
        Reading::Transaction(self)
    }

    /// Commits. If a statement failed, this is an error: PostgreSQL would roll back and report success.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.must_be_whole()?;
        if self.inner.get_database_backend() != DbBackend::Sqlite {
            return self.inner.commit().await;
        }
        let committed = self.inner.execute_unprepared("COMMIT").await;
        // After a COMMIT that fails, the transaction may be open or rolled back. sqlx expects an open one. Without one
        // it would not notice the end, and would take the next transaction for a part of this one. So one is opened, to
        // be rolled back.
        self.begin_if_none().await;
        self.inner.rollback().await?;
        committed.map(drop)
    }

    /// Rolls everything back.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }

    fn must_stand(&self) -> Result<(), DbErr> {
        let told = "the database took the transaction back after an error; nothing more of it runs";
        if self.is_over() { Err(DbErr::Custom(told.to_owned())) } else { Ok(()) }
    }

    fn must_be_whole(&self) -> Result<(), DbErr> {
        self.must_stand()?;
        let told = "a statement of the transaction failed; none of it is kept";
        if self.has_failed.load(Ordering::Relaxed) { Err(DbErr::Custom(told.to_owned())) } else { Ok(()) }
    }

    async fn noted<T>(&self, done: Result<T, DbErr>) -> Result<T, DbErr> {
        if done.is_err() {
            self.has_failed.store(true, Ordering::Relaxed);
            if self.inner.get_database_backend() == DbBackend::Sqlite && self.begin_if_none().await {
                self.is_over.store(true, Ordering::Relaxed);
            }
        }
        done
    }

    /// Begins a transaction if none is open, and answers whether none was. SQLite refuses a BEGIN in a transaction.
    /// After this, one is open in any case, so statements that might still run are rolled back with it.
    async fn begin_if_none(&self) -> bool {
        match self.inner.execute_unprepared("BEGIN").await {
            Err(error) => code_of(&error).as_deref() != Some(SQLITE_ERROR),
            Ok(_) => true,
        }
    }
}

#[async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.must_stand()?;
        self.noted(self.inner.execute_raw(statement).await).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.must_stand()?;
        self.noted(self.inner.execute_unprepared(sql).await).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.must_stand()?;
        self.noted(self.inner.query_one_raw(statement).await).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.must_stand()?;
        self.noted(self.inner.query_all_raw(statement).await).await
    }
}

/// A connection for those who only read: a transaction that others write in, or the connections for writes without a
/// transaction. It refuses to run statements that return no rows.
#[derive(Clone, Copy)]
pub enum Reading<'db> {
    /// What the transaction sees.
    Transaction(&'db Transaction),
    /// What is committed.
    Committed(&'db DatabaseConnection),
}

impl Reading<'_> {
    fn refuse<T>() -> Result<T, DbErr> {
        Err(DbErr::Custom("this connection is for reading: rows are written by `domain`".to_owned()))
    }
}

#[async_trait]
impl ConnectionTrait for Reading<'_> {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Transaction(transaction) => transaction.get_database_backend(),
            Self::Committed(writes) => writes.get_database_backend(),
        }
    }

    async fn execute_raw(&self, _statement: Statement) -> Result<ExecResult, DbErr> {
        Self::refuse()
    }

    async fn execute_unprepared(&self, _sql: &str) -> Result<ExecResult, DbErr> {
        Self::refuse()
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Transaction(transaction) => transaction.query_one_raw(statement).await,
            Self::Committed(writes) => writes.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Transaction(transaction) => transaction.query_all_raw(statement).await,
            Self::Committed(writes) => writes.query_all_raw(statement).await,
        }
    }
}
