//! Writes the parts of nodes: rows that are no nodes of their own, and nodes that belong to another node. Whatever
//! changes a part makes a new version of its owner.

use std::collections::{HashMap, HashSet};

use entity::node_type::NodeType;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectionTrait, IdenStatic, IntoActiveModel, Iterable, ModelTrait, QueryFilter,
    Value, prelude::*,
};
use uuid::Uuid;

use super::{
    journal::What,
    noun::{Noun, Table},
    write::Tx,
};
use crate::{db::keys::is_any, error::Result};

/// What is the same for all parts of a kind.
pub struct Parts<P: Table> {
    /// The column with the key of the owner.
    pub owner: P::Column,
    /// Which of an owner's rows are the same part.
    pub identity: Identity<P>,
    /// The column with the place in the order, if they have one.
    pub order: Option<P::Column>,
    /// An import adds such parts, and takes none away.
    pub only_added: bool,
}

/// Which rows of an owner are the same part.
#[derive(Debug)]
pub enum Identity<P: Table> {
    /// Those in which these columns are equal. Without any column, an owner has at most one row.
    Columns(&'static [P::Column]),
    /// None: only the whole list of an owner can be compared.
    Whole,
}

/// The parts that an owner gets.
pub struct Wanted<P: Table> {
    /// The owner.
    pub owner: Uuid,
    /// Is it created in this transaction? Then it has no parts yet.
    pub is_new: bool,
    /// All of its parts.
    pub rows: Vec<P::ActiveModel>,
}

impl Tx {
    /// Gives owners of this type these parts, and no others. Answers which owners changed.
    pub async fn set_parts<P: Table>(
        &self,
        parts: &Parts<P>,
        node_type: NodeType,
        wanted: Vec<Wanted<P>>,
    ) -> Result<HashSet<Uuid>> {
        let columns = said::<P>(wanted.iter().flat_map(|wanted| &wanted.rows));
        let mut existing = self.existing::<P>(parts.owner, &wanted).await?;
        let (mut changed, mut cleared, mut inserts) = (HashSet::new(), Vec::new(), Vec::new());
        for Wanted { owner, rows, .. } in wanted {
            let has = existing.remove(&owner).unwrap_or_default();
            if are_equal::<P>(&columns, &has, &rows) {
                continue;
            }
            if !has.is_empty() {
                cleared.push(owner);
            }
            changed.insert(owner);
            inserts.extend(rows.into_iter().map(|row| self.keyed::<P>(row)));
        }
        self.delete_parts::<P>(parts.owner, &cleared).await?;
        self.insert::<P>(inserts).await?;
        self.parts_changed(node_type, &changed, P::default().table_name());
        Ok(changed)
    }

    /// The same for parts that are nodes. Those that stay keep their keys.
    pub async fn set_part_nodes<P: Noun>(
        &self,
        parts: &Parts<P>,
        node_type: NodeType,
        wanted: Vec<Wanted<P>>,
    ) -> Result<HashSet<Uuid>> {
        let identity = match parts.identity {
            Identity::Columns(columns) => columns,
            Identity::Whole => &[],
        };
        let mut changed = HashSet::new();
        let (mut new, mut gone) = (Vec::new(), Vec::new());
        let mut existing = self.existing::<P>(parts.owner, &wanted).await?;
        for Wanted { owner, rows, .. } in wanted {
            let has = existing.remove(&owner).unwrap_or_default();
            let mut has: HashMap<String, P::Model> = has
                .into_iter()
                .map(|row| (identity_of::<P>(&row.clone().into_active_model(), identity), row))
                .collect();
            for row in rows {
                let Some(current) = has.remove(&identity_of::<P>(&row, identity)) else {
                    changed.insert(owner);
                    new.push(row);
                    continue;
                };
                if !self.change::<P>(vec![(current, row)]).await?.is_empty() {
                    changed.insert(owner);
                }
            }
            if !has.is_empty() {
                changed.insert(owner);
            }
            gone.extend(has.into_values().map(|row| P::id(&row)));
        }
        self.delete::<P>(&gone).await?;
        self.create::<P>(new).await?;
        self.parts_changed(node_type, &changed, P::default().table_name());
        Ok(changed)
    }

    /// Notes that a part of these nodes changed.
    fn parts_changed(&self, node_type: NodeType, owners: &HashSet<Uuid>, parts: &'static str) {
        for owner in owners {
            self.note(node_type, *owner, What::Changed(vec![parts]));
        }
    }

    async fn delete_parts<P: Table>(&self, owner: P::Column, owners: &[Uuid]) -> Result<()> {
        if !owners.is_empty() {
            let is_cleared = is_any(self.connection().get_database_backend(), owner.into_expr(), owners);
            P::delete_many().filter(is_cleared).exec(self.connection()).await?;
        }
        Ok(())
    }

    async fn existing<P: Table>(&self, owner: P::Column, wanted: &[Wanted<P>]) -> Result<HashMap<Uuid, Vec<P::Model>>> {
        let known: Vec<Uuid> = wanted.iter().filter(|wanted| !wanted.is_new).map(|wanted| wanted.owner).collect();
        parts_of::<P>(self.connection(), owner, &known).await
    }

    /// Gives a part a key, if its table has keys.
    fn keyed<P: Table>(&self, mut row: P::ActiveModel) -> P::ActiveModel {
        if let Some(id) = P::Column::iter().find(|column| column.as_str() == "id") {
            row.set(id, self.new_id().into());
        }
        row
    }
}

/// The parts of these owners.
pub async fn parts_of<P: Table>(
    db: &impl ConnectionTrait,
    owner: P::Column,
    owners: &[Uuid],
) -> Result<HashMap<Uuid, Vec<P::Model>>> {
    let mut parts: HashMap<Uuid, Vec<P::Model>> = HashMap::new();
    if owners.is_empty() {
        return Ok(parts);
    }
    let is_owned = is_any(db.get_database_backend(), owner.into_expr(), owners);
    for row in P::find().filter(is_owned).all(db).await? {
        if let Value::Uuid(Some(owner)) = row.get(owner) {
            parts.entry(owner).or_default().push(row);
        }
    }
    Ok(parts)
}

/// The columns that are set in the first of these rows. Only these are compared. The database fills in the others: keys
/// and copies.
pub fn said<'row, P: Table>(mut rows: impl Iterator<Item = &'row P::ActiveModel>) -> Vec<P::Column>
where
    P::ActiveModel: 'row,
{
    let first = rows.next();
    P::Column::iter().filter(|column| first.is_some_and(|row| row.get(*column).is_set())).collect()
}

/// Whether an owner has just these parts.
fn are_equal<P: Table>(columns: &[P::Column], has: &[P::Model], wanted: &[P::ActiveModel]) -> bool {
    let mut has: Vec<String> =
        has.iter().map(|row| identity_of::<P>(&row.clone().into_active_model(), columns)).collect();
    let mut wanted: Vec<String> = wanted.iter().map(|row| identity_of::<P>(row, columns)).collect();
    has.sort_unstable();
    wanted.sort_unstable();
    has == wanted
}

/// The identity of a part among the parts of its owner.
pub fn identity_of<P: Table>(row: &P::ActiveModel, columns: &[P::Column]) -> String {
    let values: Vec<Value> = columns
        .iter()
        .filter_map(|column| match row.get(*column) {
            ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Some(value),
            ActiveValue::NotSet => None,
        })
        .collect();
    format!("{values:?}")
}
