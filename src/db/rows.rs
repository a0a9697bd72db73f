//! Reading whole rows of tables, which is nearly all that requests do: on PostgreSQL through SeaORM's connection, on SQLite
//! on the thread that asks (`db/sqlite.rs`). The statements are the same.

use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryResult, QueryTrait, Select, SelectTwoRequired,
    Statement, StatementBuilder, sea_query::SelectStatement,
};
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

use super::Db;
use crate::error::Result;

/// What a row of an answer becomes: by the names of the columns on PostgreSQL, by their order on SQLite. So its fields stand
/// in the order in which the statement selects them.
pub trait Row: FromQueryResult + DeserializeOwned + Send + 'static {}

impl<R: FromQueryResult + DeserializeOwned + Send + 'static> Row for R {}

/// A select of whole rows.
pub trait Selected: QueryTrait<QueryStatement = SelectStatement> + Send {
    /// What each of its rows becomes.
    type Row: Row;

    /// All rows that it finds.
    fn rows(self, db: &Db) -> impl Future<Output = Result<Vec<Self::Row>>> + Send
    where
        Self: Sized,
    {
        let select = self.into_query();
        async move { db.rows(&select).await }
    }
}

impl<E: EntityTrait<Model: Row>> Selected for Select<E> {
    type Row = E::Model;
}

impl<E: EntityTrait<Model: Row>, F: EntityTrait<Model: Row>> Selected for SelectTwoRequired<E, F> {
    type Row = Joined<E::Model, F::Model>;
}

/// A row and one of another table that is joined to it.
#[derive(Debug, Deserialize)]
pub struct Joined<A, B>(pub A, pub B);

impl<A: FromQueryResult, B: FromQueryResult> FromQueryResult for Joined<A, B> {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        // As SeaORM prefixes the columns of two tables.
        Ok(Self(A::from_query_result(row, "A_")?, B::from_query_result(row, "B_")?))
    }
}

/// A row below a parent whose key stands before it, as the column [`PARENT`].
#[derive(Debug, Deserialize)]
pub struct Child<M>(pub Uuid, pub M);

/// The name of the column with the parent's key.
pub const PARENT: &str = "parent_id_of_page";

impl<M: FromQueryResult> FromQueryResult for Child<M> {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        Ok(Self(row.try_get("", PARENT)?, M::from_query_result(row, "")?))
    }
}

impl Db {
    /// All rows that this statement finds.
    pub async fn rows<R: Row>(&self, statement: &impl StatementBuilder) -> Result<Vec<R>> {
        self.rows_by(statement.build(&self.backend())).await
    }

    pub(super) async fn rows_by<R: Row>(&self, statement: Statement) -> Result<Vec<R>> {
        if let Some(sqlite) = &self.sqlite {
            super::note(&statement, self.observer.as_ref());
            return sqlite.rows(statement).await;
        }
        let rows = self.reads.query_all_raw(statement).await?;
        Ok(rows.iter().map(|row| R::from_query_result(row, "")).collect::<Result<_, DbErr>>()?)
    }
}
