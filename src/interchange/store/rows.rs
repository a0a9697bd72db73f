//! Reads and writes rows of any table whose columns have the usual names.

use std::collections::HashMap;

use sea_orm::{
    ActiveModelTrait, EntityTrait, IdenStatic, Iterable, ModelTrait, QueryFilter, Value, prelude::*,
    sea_query::ExprTrait,
};
use uuid::Uuid;

use super::Run;
use crate::{db::keys::is_any, domain::write::Tx, error::Result};

/// How many rows an insert statement has at most.
const ROWS: usize = 500;

/// A table whose rows this module writes.
pub(super) trait Table:
    EntityTrait<ActiveModel: Send + Sync, Model: Send + Sync, Column: Copy + Send + Sync> + Send + Sync
{
}

impl<E> Table for E where
    E: EntityTrait<ActiveModel: Send + Sync, Model: Send + Sync, Column: Copy + Send + Sync> + Send + Sync
{
}

/// Inserts rows, [`ROWS`] in each statement.
pub(super) async fn insert<E: Table>(tx: &Tx, rows: Vec<E::ActiveModel>) -> Result<()> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        E::insert_many(rows.by_ref().take(ROWS)).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

impl Run<'_> {
    /// The rows of these nodes as they are.
    pub(super) async fn current<E: Table>(&self, nodes: &[Uuid]) -> Result<HashMap<Uuid, E::Model>>
    where
        E::Model: ModelTrait<Entity = E>,
    {
        let Some(id) = column::<E>("id").filter(|_| !nodes.is_empty()) else { return Ok(HashMap::new()) };
        let is_wanted = is_any(self.backend(), id.into_expr(), nodes);
        let rows = E::find().filter(is_wanted).all(self.tx.connection()).await?;
        Ok(rows.into_iter().filter_map(|row| Some((uuid_of::<E>(&row, id)?, row))).collect())
    }

    /// Changes these columns of a node and makes it a new version.
    pub(super) async fn update<E: Table>(&self, node: Uuid, changes: Vec<(E::Column, Value)>) -> Result<()> {
        let (Some(id), Some(version)) = (column::<E>("id"), column::<E>("version")) else { return Ok(()) };
        let mut row = <E::ActiveModel as ActiveModelTrait>::default();
        for (column, value) in changes {
            row.set(column, value);
        }
        set::<E>(&mut row, "updated_at", self.tx.now());
        let next = version.into_expr().add(1);
        let update = E::update_many().set(row).col_expr(version, next).filter(id.eq(node));
        update.exec(self.tx.connection()).await?;
        Ok(())
    }
}

/// The column of this name.
pub(super) fn column<E: EntityTrait>(name: &str) -> Option<E::Column> {
    E::Column::iter().find(|column| column.as_str() == name)
}

/// Sets the column of this name, if the table has one.
pub(super) fn set<E: EntityTrait>(row: &mut E::ActiveModel, name: &str, value: impl Into<Value>) {
    if let Some(column) = column::<E>(name) {
        row.set(column, value.into());
    }
}

/// The value of a UUID column.
pub(super) fn uuid_of<E: EntityTrait>(row: &E::Model, column: E::Column) -> Option<Uuid>
where
    E::Model: ModelTrait<Entity = E>,
{
    match row.get(column) {
        Value::Uuid(uuid) => uuid,
        _ => None,
    }
}
