//! Reads rows of tables, which is nearly all that requests do. On PostgreSQL this runs on connections that are kept
//! between statements (`db/postgres.rs`), on SQLite on the calling thread (`db/sqlite.rs`). The statements are the
//! same.
//!
//! A statement for keys is a [`super::statement_cache::KeyedSelect`], which is built once, and read by `Db::rows_for`. A
//! statement that depends on arguments of a request, as that of a list at the root, is read by [`Db::rows`]: few requests
//! share it, so it is built each time. Rules of `domain` read through SeaORM's `ConnectionTrait`, because they also run
//! within a write transaction, which has its own connection.

use sea_orm::{EntityTrait, QuerySelect, Select, StatementBuilder};
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{Db, columns::Columns};
use crate::error::Result;

/// A type that is read from a row. Its fields are in the order in which the statement selects the columns.
pub trait Row: DeserializeOwned + Send + 'static {}

impl<R: DeserializeOwned + Send + 'static> Row for R {}

/// A select of some columns of a table. The fields of the other columns are empty.
pub fn narrow<E: EntityTrait>(columns: Columns) -> Select<E> {
    E::find().select_only().columns(columns.of::<E::Column>())
}

/// A row, and the row of another table that is joined to it: an `Option`, if there may be none.
#[derive(Debug, Deserialize)]
pub struct Joined<A, B>(pub A, pub B);

/// A row of a relation. The key of its parent comes before it, in the column [`PARENT`].
#[derive(Debug, Deserialize)]
pub struct Child<M>(pub Uuid, pub M);

/// The name of the column with the parent's key.
pub const PARENT: &str = "parent_id_of_page";

impl Db {
    /// All rows that this statement finds, which reads these columns.
    pub async fn rows<R: Row>(&self, statement: &impl StatementBuilder, columns: Columns) -> Result<Vec<R>> {
        self.reads.rows(statement.build(&self.backend()), columns).await
    }
}
