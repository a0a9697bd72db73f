//! Reads rows of tables, which is nearly all that requests do. On PostgreSQL this runs on connections that are kept
//! between statements (`db/postgres.rs`), on SQLite on the calling thread (`db/sqlite.rs`). The statements are the
//! same.

use sea_orm::{
    EntityTrait, QuerySelect, QueryTrait, Select, SelectTwoRequired, StatementBuilder, sea_query::SelectStatement,
};
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{Db, columns::Columns};
use crate::error::Result;

/// A type that is read from a row. Its fields are in the order in which the statement selects the columns.
pub trait Row: DeserializeOwned + Send + 'static {}

impl<R: DeserializeOwned + Send + 'static> Row for R {}

/// A select of whole rows.
pub trait Selected: QueryTrait<QueryStatement = SelectStatement> + Send {
    /// The type of its rows.
    type Row: Row;

    /// Reads all rows that it finds.
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

/// A select of some columns of a table. The fields of the other columns are empty.
pub fn narrow<E: EntityTrait>(columns: Columns) -> Select<E> {
    E::find().select_only().columns(columns.of::<E::Column>())
}

impl<E: EntityTrait<Model: Row>, F: EntityTrait<Model: Row>> Selected for SelectTwoRequired<E, F> {
    type Row = Joined<E::Model, F::Model>;
}

/// A row, and the row of another table that is joined to it.
#[derive(Debug, Deserialize)]
pub struct Joined<A, B>(pub A, pub B);

/// A row of a relation. The key of its parent comes before it, in the column [`PARENT`].
#[derive(Debug, Deserialize)]
pub struct Child<M>(pub Uuid, pub M);

/// The name of the column with the parent's key.
pub const PARENT: &str = "parent_id_of_page";

impl Db {
    /// All rows that this statement finds.
    pub async fn rows<R: Row>(&self, statement: &impl StatementBuilder) -> Result<Vec<R>> {
        self.narrow_rows(statement, Columns::ALL).await
    }

    /// The same for a statement that reads these columns.
    pub async fn narrow_rows<R: Row>(&self, statement: &impl StatementBuilder, columns: Columns) -> Result<Vec<R>> {
        self.reads.rows(statement.build(&self.backend()), columns).await
    }
}
