//! Writes the parts of nodes: rows that are no nodes of their own, and nodes that belong to another node. Whatever
//! changes a part makes a new version of its owner.

use std::collections::{HashMap, HashSet};

use entity::node_type::NodeType;
use sea_orm::{ActiveModelTrait, ActiveValue, IdenStatic, Iterable, ModelTrait, QueryFilter, Value, prelude::*};
use uuid::Uuid;

use super::{
    journal::What,
    noun::{Noun, Table},
    write::Tx,
};
use crate::{db::keys::is_any, error::Result};

/// What happens to parts that are not wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// They stay.
    Stay,
    /// They are deleted.
    Go,
}

/// How the parts of an owner are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// It is new, and has none yet.
    New,
    /// They become the wanted ones.
    Replace,
    /// Only if it has none, it gets the wanted ones.
    Complete,
}

/// The nodes whose parts are set.
pub struct Owners {
    /// The type of all of them.
    pub node_type: NodeType,
    /// How the parts of each are set.
    pub fills: HashMap<Uuid, Fill>,
}

impl Owners {
    fn known(&self) -> Vec<Uuid> {
        self.fills.iter().filter(|(_, fill)| **fill != Fill::New).map(|(node, _)| *node).collect()
    }
}

/// What became of parts that are nodes.
#[derive(Debug, Default)]
pub struct PartNodes {
    /// How many are new.
    pub created: usize,
    /// How many changed.
    pub changed: usize,
    /// How many are as they were.
    pub unchanged: usize,
    /// How many were deleted.
    pub removed: usize,
    /// The owners whose parts changed.
    pub owners: HashSet<Uuid>,
}

impl Tx {
    /// Makes the parts of these owners, rows of `P` whose column `owner` names them, the wanted ones. Each wanted row
    /// comes with its owner. Answers which owners changed.
    pub async fn set_parts<P: Table>(
        &self,
        owner: P::Column,
        owners: &Owners,
        wanted: Vec<(Uuid, P::ActiveModel)>,
        others: Others,
    ) -> Result<HashSet<Uuid>> {
        // Only the columns that the wanted rows have are compared. The database fills the others: keys and copies.
        let said = |column: &P::Column| wanted.first().is_some_and(|(_, row)| !row.get(*column).is_not_set());
        let columns: Vec<P::Column> = P::Column::iter().filter(said).collect();
        let mut existing = self.identities::<P>(owner, owners, &columns).await?;
        let mut wanted_by_owner: HashMap<Uuid, Vec<(String, P::ActiveModel)>> = HashMap::new();
        for (node, row) in wanted {
            wanted_by_owner.entry(node).or_default().push((identity_of(&row, &columns), row));
        }
        let (mut changed, mut cleared, mut inserts) = (HashSet::new(), Vec::new(), Vec::new());
        for (node, fill) in &owners.fills {
            let mut has = existing.remove(node).unwrap_or_default();
            let mut wants = wanted_by_owner.remove(node).unwrap_or_default();
            if *fill == Fill::Complete && others == Others::Go && !has.is_empty() {
                continue;
            }
            if others == Others::Stay {
                wants.retain(|(identity, _)| !has.contains(identity));
            } else {
                let mut identities: Vec<&String> = wants.iter().map(|(identity, _)| identity).collect();
                identities.sort();
                has.sort();
                if has.iter().eq(identities) {
                    continue;
                }
                if !has.is_empty() {
                    cleared.push(*node);
                }
            }
            if !wants.is_empty() || cleared.last() == Some(node) {
                changed.insert(*node);
            }
            inserts.extend(wants.into_iter().map(|(_, row)| self.keyed::<P>(row)));
        }
        self.delete_parts::<P>(owner, &cleared).await?;
        self.insert::<P>(inserts).await?;
        self.parts_changed(owners.node_type, &changed, P::default().table_name());
        Ok(changed)
    }

    /// The same for parts that are nodes. They keep their keys. Two rows are the same part if the columns of `identity`
    /// are equal.
    pub async fn set_part_nodes<P: Noun>(
        &self,
        owner: P::Column,
        owners: &Owners,
        identity: &[P::Column],
        wanted: Vec<(Uuid, P::ActiveModel)>,
        others: Others,
    ) -> Result<PartNodes> {
        let mut existing: HashMap<String, (Uuid, P::Model)> = HashMap::new();
        for row in self.parts_of::<P>(owner, owners).await? {
            let Some(node) = uuid_of::<P>(&row, owner) else { continue };
            let values: Vec<Value> = identity.iter().map(|column| row.get(*column)).collect();
            existing.insert(format!("{values:?}"), (node, row));
        }
        let (mut done, mut seen) = (PartNodes::default(), HashSet::new());
        let (mut new, mut changes) = (Vec::new(), Vec::new());
        for (node, mut row) in wanted {
            let same = identity_of(&row, identity);
            if !seen.insert(same.clone()) {
                continue;
            }
            if let Some((_, current)) = existing.remove(&same) {
                if owners.fills.get(&node) == Some(&Fill::Complete) {
                    keep_known::<P>(&current, &mut row);
                }
                changes.push((node, current, row));
            } else {
                done.owners.insert(node);
                new.push(row);
            }
        }
        for (node, current, row) in changes {
            if self.change::<P>(vec![(current, row)]).await?.is_empty() {
                done.unchanged += 1;
            } else {
                done.changed += 1;
                done.owners.insert(node);
            }
        }
        let is_stale = |node: &Uuid| others == Others::Go && owners.fills.get(node) == Some(&Fill::Replace);
        let stale: Vec<(Uuid, P::Model)> = existing.into_values().filter(|(node, _)| is_stale(node)).collect();
        done.owners.extend(stale.iter().map(|(node, _)| *node));
        let stale: Vec<Uuid> = stale.iter().map(|(_, part)| P::id(part)).collect();
        (done.created, done.removed) = (new.len(), stale.len());
        self.delete::<P>(&stale).await?;
        self.create::<P>(new).await?;
        self.parts_changed(owners.node_type, &done.owners, P::default().table_name());
        Ok(done)
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

    async fn identities<P: Table>(
        &self,
        owner: P::Column,
        owners: &Owners,
        columns: &[P::Column],
    ) -> Result<HashMap<Uuid, Vec<String>>> {
        let mut identities: HashMap<Uuid, Vec<String>> = HashMap::new();
        for row in self.parts_of::<P>(owner, owners).await? {
            let Some(node) = uuid_of::<P>(&row, owner) else { continue };
            let values: Vec<Value> = columns.iter().map(|column| row.get(*column)).collect();
            identities.entry(node).or_default().push(format!("{values:?}"));
        }
        Ok(identities)
    }

    async fn parts_of<P: Table>(&self, owner: P::Column, owners: &Owners) -> Result<Vec<P::Model>> {
        let known = owners.known();
        if known.is_empty() {
            return Ok(Vec::new());
        }
        let is_owned = is_any(self.connection().get_database_backend(), owner.into_expr(), &known);
        Ok(P::find().filter(is_owned).all(self.connection()).await?)
    }

    /// Gives a part a key, if its table has keys.
    fn keyed<P: Table>(&self, mut row: P::ActiveModel) -> P::ActiveModel {
        if let Some(id) = P::Column::iter().find(|column| column.as_str() == "id") {
            row.set(id, self.new_id().into());
        }
        row
    }
}

/// Takes out of a row what would change a value that is known. What is left only completes.
pub fn keep_known<E: Table>(current: &E::Model, row: &mut E::ActiveModel) {
    for column in E::Column::iter() {
        let is = current.get(column);
        if is != is.as_null() {
            row.not_set(column);
        }
    }
}

/// The value of a UUID column.
fn uuid_of<E: Table>(row: &E::Model, column: E::Column) -> Option<Uuid> {
    match row.get(column) {
        Value::Uuid(uuid) => uuid,
        _ => None,
    }
}

/// The identity of a part among the parts of its owner.
fn identity_of<A: ActiveModelTrait>(row: &A, columns: &[<A::Entity as EntityTrait>::Column]) -> String {
    let values: Vec<Value> = columns
        .iter()
        .filter_map(|column| match row.get(*column) {
            ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Some(value),
            ActiveValue::NotSet => None,
        })
        .collect();
    format!("{values:?}")
}
