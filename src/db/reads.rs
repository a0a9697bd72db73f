//! The connections for reads. Each database has its own kind.

use std::{sync::Arc, time::Duration};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    prelude::async_trait::async_trait, sqlx::postgres::PgConnectOptions,
};

use super::{
    StatementObserver,
    columns::Columns,
    health::{Ill, SILENT, UNREADABLE},
    is_gone, postgres, read_set, row,
    rows::Row,
    sqlite,
};
use crate::error::{Error, Result};

/// The connections for reads: those of SeaORM, and those that read rows by the order of their columns. Cloning it is
/// cheap.
#[derive(Clone)]
pub struct Reads {
    pool: DatabaseConnection,
    readers: Readers,
    observer: Option<StatementObserver>,
}

#[derive(Clone)]
enum Readers {
    /// They read rows by the order of their columns. The pool runs all other statements.
    Sqlite(Arc<sqlite::SqliteReaders>),
    /// They run all statements, on connections of the pool.
    Postgres(Arc<postgres::PostgresReaders>),
}

impl Reads {
    /// With this pool, and these readers of its file.
    pub(super) fn sqlite(
        mut pool: DatabaseConnection,
        readers: Arc<sqlite::SqliteReaders>,
        observer: Option<StatementObserver>,
    ) -> Self {
        let noted = observer.clone();
        pool.set_metric_callback(move |info| note(info.statement, noted.as_ref()));
        Self { pool, readers: Readers::Sqlite(readers), observer }
    }

    /// With this pool of at most `most` connections. Connections of `others` cancel their statements.
    pub(super) fn postgres(
        pool: DatabaseConnection,
        others: &DatabaseConnection,
        most: u32,
        statement_timeout: Duration,
        observer: Option<StatementObserver>,
    ) -> Self {
        let [own, others] = [&pool, others].map(|pool| pool.get_postgres_connection_pool().clone());
        let readers = postgres::PostgresReaders::new(own, others, most, statement_timeout);
        Self { pool, readers: Readers::Postgres(readers), observer }
    }

    /// All rows that this statement finds, which reads these columns.
    pub(super) async fn rows<R: Row>(&self, statement: Statement, columns: Columns) -> Result<Vec<R>> {
        note(&statement, self.observer.as_ref());
        match &self.readers {
            Readers::Sqlite(readers) => readers.rows(statement, columns).await,
            Readers::Postgres(readers) => {
                // In a box, because this future is large. Without the box, every future that awaits it would be as
                // large, on SQLite too.
                let rows = Box::pin(readers.rows(statement)).await?;
                rows.iter().map(|row| row::read(row, columns)).collect::<Result<_, _>>().map_err(Error::internal)
            }
        }
    }

    /// How many rows this statement finds. Errors are not logged here.
    pub(super) async fn count(&self, sql: &'static str) -> Result<usize, Ill> {
        match &self.readers {
            Readers::Sqlite(readers) => readers.count(sql).await.map_err(|cause| Ill::new(UNREADABLE, cause)),
            Readers::Postgres(readers) => {
                let rows = readers.rows(Statement::from_string(DbBackend::Postgres, sql)).await;
                rows.map(|rows| rows.len()).map_err(|cause| {
                    let is_away = matches!(cause, DbErr::ConnectionAcquire(_)) || is_gone(&cause);
                    Ill::new(if is_away { SILENT } else { UNREADABLE }, cause.to_string())
                })
            }
        }
    }

    /// The options of its connections, if the database is PostgreSQL.
    pub(super) fn postgres_options(&self) -> Option<Arc<PgConnectOptions>> {
        matches!(self.readers, Readers::Postgres(_)).then(|| self.pool.get_postgres_connection_pool().connect_options())
    }

    /// Waits for the running statements and closes all connections.
    pub(super) async fn close(self) -> Result<(), DbErr> {
        match &self.readers {
            Readers::Sqlite(readers) => readers.close(),
            Readers::Postgres(readers) => readers.close(),
        }
        self.pool.close().await
    }
}

fn only_reads() -> DbErr {
    DbErr::Custom("these connections only read".to_owned())
}

/// Notes a read statement. Every one passes here, on the task that reads.
fn note(statement: &Statement, observer: Option<&StatementObserver>) {
    read_set::note_statement(&statement.sql);
    if let Some(observer) = observer {
        observer(statement);
    }
}

#[async_trait]
impl ConnectionTrait for Reads {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, _: Statement) -> Result<ExecResult, DbErr> {
        Err(only_reads())
    }

    async fn execute_unprepared(&self, _: &str) -> Result<ExecResult, DbErr> {
        Err(only_reads())
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.readers {
            Readers::Sqlite(_) => self.pool.query_all_raw(statement).await,
            Readers::Postgres(readers) => {
                note(&statement, self.observer.as_ref());
                Ok(readers.rows(statement).await?.into_iter().map(Into::into).collect())
            }
        }
    }
}
