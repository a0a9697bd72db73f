//! A write transaction that knows whether it still stands. SQLite takes a whole transaction back by itself when the disk is
//! full, on an error of input or output, and sometimes for want of memory or of a lock. What came after that would run on
//! its own and stay.

use std::sync::atomic::{AtomicBool, Ordering};

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    prelude::async_trait::async_trait,
};

use super::fault::code_of;

/// SQLite's code for what cannot be done, for instance a BEGIN within a transaction.
const SQLITE_ERROR: &str = "1";

/// An open transaction. After a statement that failed it asks whether it still stands, and if not, it runs nothing more.
pub struct Transaction {
    inner: DatabaseTransaction,
    /// The database took everything back.
    is_over: AtomicBool,
    /// A statement failed, and nothing was taken back for it yet.
    has_failed: AtomicBool,
}

impl Transaction {
    pub(super) fn new(inner: DatabaseTransaction) -> Self {
        Self { inner, is_over: AtomicBool::new(false), has_failed: AtomicBool::new(false) }
    }

    /// Did the database take everything back by itself?
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Begins a part that can be taken back alone. There is one at a time.
    pub async fn begin_part(&self) -> Result<(), DbErr> {
        self.execute_unprepared("SAVEPOINT part").await.map(drop)
    }

    /// Keeps the part.
    pub async fn keep_part(&self) -> Result<(), DbErr> {
        self.must_be_whole()?;
        self.execute_unprepared("RELEASE SAVEPOINT part").await.map(drop)
    }

    /// Takes the part back.
    pub async fn take_back_part(&self) -> Result<(), DbErr> {
        self.execute_unprepared("ROLLBACK TO SAVEPOINT part").await?;
        self.execute_unprepared("RELEASE SAVEPOINT part").await?;
        self.has_failed.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Commits it. One of which a statement failed is taken back instead: PostgreSQL would do so and report success.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.must_be_whole()?;
        if self.inner.get_database_backend() != DbBackend::Sqlite {
            return self.inner.commit().await;
        }
        let committed = self.inner.execute_unprepared("COMMIT").await;
        // A COMMIT that fails leaves the transaction or takes it back, and sqlx counts on one: what it does not find, it would
        // keep waiting to end, and call the next one a part of it.
        self.begin_if_none().await;
        self.inner.rollback().await?;
        committed.map(drop)
    }

    /// Takes everything back.
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

    /// SQLite refuses a BEGIN within a transaction. So this tells whether one stands, and afterwards one does: whatever
    /// might still run is taken back with it.
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
