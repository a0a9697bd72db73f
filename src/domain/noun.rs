//! Writes rows of nouns. It is the only place that does. So whoever writes a noun cannot forget its key, its slug, its
//! version, its times, its rules, or its entry in the change log.

use entity::{by_noun, node_type::NodeType};
use sea_orm::{
    ActiveModelTrait, ActiveValue, EntityTrait, IdenStatic, IntoActiveModel, Iterable, ModelTrait, QueryFilter,
    QuerySelect, Value, prelude::*,
};
use uuid::Uuid;

use super::{check, deletion::Deletion, journal::What, slug, write::Tx};
use crate::{
    db::{Db, insert::insert_all, keys::is_any},
    error::Result,
};

/// How many rows a statement deletes at most.
const ROWS: usize = 500;

/// A table whose rows are written here: any with the usual bounds.
pub trait Table:
    EntityTrait<
        ActiveModel: Send + Sync + 'static,
        Model: ModelTrait<Entity = Self> + IntoActiveModel<<Self as EntityTrait>::ActiveModel> + Send + Sync,
        Column: Copy + Send + Sync,
    > + Send
    + Sync
{
}

impl<E> Table for E where
    E: EntityTrait<
            ActiveModel: Send + Sync + 'static,
            Model: ModelTrait<Entity = E> + IntoActiveModel<<E as EntityTrait>::ActiveModel> + Send + Sync,
            Column: Copy + Send + Sync,
        > + Send
        + Sync
{
}

/// A noun with its rules.
pub trait Noun: entity::noun::Noun + Table {
    /// How its nodes get their slugs. `None` if they have none.
    const SLUG: Option<Slug<Self>> = None;

    /// Columns that only mean something together, such as a date and its precision. Who compares a row with another one
    /// takes all of them or none.
    const TOGETHER: &'static [&'static [Self::Column]] = &[];

    /// Fills in what follows from other columns, and checks the row. Columns that are not set stay as they are in
    /// `before`, the row that is changed. It is `None` for a new row.
    fn settle(row: &mut Self::ActiveModel, before: Option<&Self::Model>) -> Result<()>;
}

/// How the nodes of a noun get their slugs.
pub struct Slug<E: EntityTrait> {
    /// The column of the slug.
    pub column: E::Column,
    /// The column of the name that it is made of.
    pub name: E::Column,
    /// The slug of a node whose name has no letter of ASCII.
    pub fallback: &'static str,
}

/// The value of a column: the one that is set, or else the one that it has.
pub(super) fn value_of<'row, T: Into<Value>>(set: &'row ActiveValue<T>, before: Option<&'row T>) -> Option<&'row T> {
    match set {
        ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Some(value),
        ActiveValue::NotSet => before,
    }
}

impl Tx {
    /// Creates nodes. A row whose key is set keeps it. Answers the keys in the order of the rows.
    pub async fn create<N: Noun>(&self, mut rows: Vec<N::ActiveModel>) -> Result<Vec<Uuid>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.name_slugs::<N>(&mut rows).await?;
        let mut keys = Vec::with_capacity(rows.len());
        for row in &mut rows {
            N::settle(row, None)?;
            let key = key_of::<N>(row).unwrap_or_else(|| self.new_id());
            row.set(N::ID, key.into());
            row.set(N::CREATED_AT, self.now().into());
            row.set(N::UPDATED_AT, self.now().into());
            row.set(N::VERSION, 1.into());
            keys.push(key);
        }
        self.insert::<N>(rows).await?;
        for key in &keys {
            self.note(N::TYPE, *key, What::Created);
        }
        Ok(keys)
    }

    /// Gives slugs to the rows that have none. All are looked up together.
    async fn name_slugs<N: Noun>(&self, rows: &mut [N::ActiveModel]) -> Result<()> {
        let Some(Slug { column, name, fallback }) = N::SLUG else { return Ok(()) };
        let mut unnamed: Vec<_> = rows.iter_mut().filter(|row| row.get(column).is_not_set()).collect();
        let names: Vec<String> = unnamed.iter().map(|row| text_of::<N>(row, name)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let slugs = slug::unique_many::<N>(self.connection(), column, &names, fallback).await?;
        for (row, slug) in unnamed.iter_mut().zip(slugs) {
            row.set(column, slug.into());
        }
        Ok(())
    }

    /// Changes nodes: of each row the columns that are set and differ. Answers the keys of those that really changed.
    /// Only these get a new version.
    pub async fn change<N: Noun>(&self, rows: Vec<(N::Model, N::ActiveModel)>) -> Result<Vec<Uuid>> {
        let mut changed = Vec::new();
        for (before, row) in rows {
            let fields = settled::<N>(&before, row)?;
            if fields.is_empty() {
                continue;
            }
            check_texts::<N>(&fields)?;
            let key = N::id(&before);
            let mut update = <N::ActiveModel as ActiveModelTrait>::default();
            for (column, value) in &fields {
                update.set(*column, value.clone());
            }
            N::update_many().set(update).filter(N::ID.eq(key)).exec(self.connection()).await?;
            let names = fields.iter().map(|(column, _)| column.as_str()).collect();
            self.note(N::TYPE, key, What::Changed(names));
            changed.push(key);
        }
        Ok(changed)
    }

    /// Deletes nodes, with their parts and all nodes that cannot be without them. Answers what became of which nodes.
    pub async fn delete<N: Noun>(&self, nodes: &[Uuid]) -> Result<Deletion> {
        let deletion = Deletion::of(self.connection(), N::TYPE, nodes).await?;
        let visible = deletion.visible(self.connection()).await?;
        let keys: Vec<Uuid> = deletion.gone_of(N::TYPE).collect();
        for keys in keys.chunks(ROWS) {
            let is_deleted = is_any(self.connection().get_database_backend(), N::ID.into_expr(), keys);
            N::delete_many().filter(is_deleted).exec(self.connection()).await?;
        }
        deletion.must_publish_nothing(self.connection(), &visible).await?;
        self.forget_sources(&deletion).await?;
        for (node_type, node) in &deletion.gone {
            self.note(*node_type, *node, What::Deleted);
        }
        for (node_type, node, what) in &deletion.changed {
            self.note(*node_type, *node, What::Changed(vec![*what]));
        }
        Ok(deletion)
    }

    /// The same for a node of any type. Nothing is deleted if its type is private.
    pub async fn delete_node(&self, node_type: NodeType, node: Uuid) -> Result<Deletion> {
        by_noun!(node_type, E => self.delete::<E>(&[node]).await, private => Ok(Deletion::default()))
    }

    /// Inserts rows. Their texts have to be within their bounds.
    pub(super) async fn insert<E: Table>(&self, rows: Vec<E::ActiveModel>) -> Result<()> {
        for row in &rows {
            check_texts_of::<E>(row)?;
        }
        Ok(insert_all::<E>(self.connection(), rows).await?)
    }
}

/// The key of the node of this type with this slug, public or not.
pub async fn key_of_slug(db: &Db, node_type: NodeType, slug: &str) -> Result<Option<Uuid>> {
    by_noun!(
        node_type,
        E => {
            let Some(Slug { column, .. }) = <E as Noun>::SLUG else { return Ok(None) };
            let key = E::find().select_only().column(<E as entity::noun::Noun>::ID).filter(column.eq(slug));
            Ok(key.into_tuple().one(db.reads()).await?)
        },
        private => Ok(None),
    )
}

/// The columns that really change, with what follows from them and their new values.
pub fn settled<N: Noun>(before: &N::Model, mut row: N::ActiveModel) -> Result<Vec<(N::Column, Value)>> {
    N::settle(&mut row, Some(before))?;
    Ok(differences::<N>(before, &row))
}

/// The columns that are set to another value than the row has.
fn differences<E: Table>(before: &E::Model, row: &E::ActiveModel) -> Vec<(E::Column, Value)> {
    let changed = |column: E::Column| {
        let ActiveValue::Set(value) = row.get(column) else { return None };
        (before.get(column) != value).then_some((column, value))
    };
    E::Column::iter().filter_map(changed).collect()
}

/// Refuses texts of a row that are too long for their columns.
fn check_texts_of<E: Table>(row: &E::ActiveModel) -> Result<()> {
    let (table, is_text) =
        (E::default(), |column: &E::Column| matches!(column.def().get_column_type(), ColumnType::Text));
    for column in E::Column::iter().filter(is_text) {
        if let ActiveValue::Set(value) = row.get(column) {
            check::text(table.table_name(), column.as_str(), &value)?;
        }
    }
    Ok(())
}

/// Refuses texts that are too long for their columns.
fn check_texts<E: Table>(values: &[(E::Column, Value)]) -> Result<()> {
    let table = E::default();
    values.iter().try_for_each(|(column, value)| check::text(table.table_name(), column.as_str(), value))
}

fn key_of<N: Noun>(row: &N::ActiveModel) -> Option<Uuid> {
    match row.get(N::ID) {
        ActiveValue::Set(Value::Uuid(key)) => key,
        _ => None,
    }
}

fn text_of<N: Noun>(row: &N::ActiveModel, column: N::Column) -> String {
    match row.get(column) {
        ActiveValue::Set(Value::String(text)) => text.unwrap_or_default(),
        _ => String::new(),
    }
}
