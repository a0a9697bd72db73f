//! The parts of nodes: rows that are no nodes, and nodes that belong to another node.

use std::collections::{HashMap, HashSet};

use entity::node_type::NodeType;
use sea_orm::{ActiveModelTrait, ActiveValue, EntityTrait, Iterable, ModelTrait, QueryFilter, Value, prelude::*};
use uuid::Uuid;

use super::{
    Run,
    kind::{Action, Kind, Plan, differences},
    rows::{Table, column, insert, set, uuid_of},
};
use crate::{db::keys::is_any, error::Result};

/// What happens to parts that the record does not list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    /// They stay.
    Stay,
    /// They are deleted.
    Go,
}

/// The nodes whose parts are written.
pub(super) struct Owners {
    actions: HashMap<Uuid, Action>,
    /// Those that may have parts already.
    known: Vec<Uuid>,
}

impl Owners {
    pub fn of<K: Kind>(plans: &[Plan<'_, K>]) -> Self {
        let actions: HashMap<Uuid, Action> = plans.iter().map(|plan| (plan.node, plan.action)).collect();
        let known = actions.iter().filter(|(_, action)| **action != Action::Create).map(|(node, _)| *node).collect();
        Self { actions, known }
    }
}

impl Run<'_> {
    /// Changes the rows of these owners to the wanted ones. Answers which owners changed. An owner that somebody else
    /// made only gets rows if it has none.
    pub(super) async fn replace<P: Table<Model: ModelTrait<Entity = P>>>(
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
        for (node, action) in &owners.actions {
            let mut has = existing.remove(node).unwrap_or_default();
            let mut wants = wanted_by_owner.remove(node).unwrap_or_default();
            if *action == Action::Adopt && others == Others::Go && !has.is_empty() {
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
        if !cleared.is_empty() {
            let is_cleared = is_any(self.backend(), owner.into_expr(), &cleared);
            P::delete_many().filter(is_cleared).exec(self.tx.connection()).await?;
        }
        insert::<P>(self.tx, inserts).await?;
        Ok(changed)
    }

    async fn identities<P: Table<Model: ModelTrait<Entity = P>>>(
        &self,
        owner: P::Column,
        owners: &Owners,
        columns: &[P::Column],
    ) -> Result<HashMap<Uuid, Vec<String>>> {
        let mut identities: HashMap<Uuid, Vec<String>> = HashMap::new();
        for row in self.rows_of::<P>(owner, owners).await? {
            let Some(node) = uuid_of::<P>(&row, owner) else { continue };
            let values: Vec<Value> = columns.iter().map(|column| row.get(*column)).collect();
            identities.entry(node).or_default().push(format!("{values:?}"));
        }
        Ok(identities)
    }

    async fn rows_of<P: Table>(&self, owner: P::Column, owners: &Owners) -> Result<Vec<P::Model>> {
        if owners.known.is_empty() {
            return Ok(Vec::new());
        }
        let is_owned = is_any(self.backend(), owner.into_expr(), &owners.known);
        Ok(P::find().filter(is_owned).all(self.tx.connection()).await?)
    }

    fn keyed<P: Table>(&self, mut row: P::ActiveModel) -> P::ActiveModel {
        set::<P>(&mut row, "id", self.tx.new_id());
        row
    }

    /// Like [`Run::replace`], for parts that are nodes. They keep their keys. Two rows are the same part if the columns
    /// of `identity` are equal.
    pub(super) async fn replace_nodes<P: Table<Model: ModelTrait<Entity = P>>>(
        &mut self,
        node_type: NodeType,
        owner: P::Column,
        owners: &Owners,
        identity: &[P::Column],
        wanted: Vec<(Uuid, P::ActiveModel)>,
        others: Others,
    ) -> Result<HashSet<Uuid>> {
        let Some(id) = column::<P>("id") else { return Ok(HashSet::new()) };
        let mut existing: HashMap<String, (Uuid, Uuid, P::Model)> = HashMap::new();
        for row in self.rows_of::<P>(owner, owners).await? {
            let (Some(node), Some(part)) = (uuid_of::<P>(&row, owner), uuid_of::<P>(&row, id)) else { continue };
            let values: Vec<Value> = identity.iter().map(|column| row.get(*column)).collect();
            existing.insert(format!("{values:?}"), (node, part, row));
        }
        let (mut changed, mut inserts, mut seen) = (HashSet::new(), Vec::new(), HashSet::new());
        for (node, mut row) in wanted {
            let same = identity_of(&row, identity);
            if !seen.insert(same.clone()) {
                continue;
            }
            if let Some((_, part, current)) = existing.remove(&same) {
                let action = owners.actions.get(&node).copied().unwrap_or(Action::Update);
                let differences = differences::<P>(&current, &row, action);
                if differences.is_empty() {
                    self.tally(node_type).unchanged += 1;
                    continue;
                }
                self.update::<P>(part, differences).await?;
                self.tx.upserted(node_type, part);
                self.tally(node_type).updated += 1;
            } else {
                let part = self.tx.new_id();
                set::<P>(&mut row, "id", part);
                set::<P>(&mut row, "created_at", self.tx.now());
                set::<P>(&mut row, "updated_at", self.tx.now());
                set::<P>(&mut row, "version", 1);
                inserts.push(row);
                self.tx.upserted(node_type, part);
                self.tally(node_type).created += 1;
            }
            changed.insert(node);
        }
        let is_stale = |node: &Uuid| others == Others::Go && owners.actions.get(node) == Some(&Action::Update);
        let stale: Vec<(Uuid, Uuid)> =
            existing.into_values().filter(|(node, ..)| is_stale(node)).map(|(node, part, _)| (node, part)).collect();
        for (node, part) in &stale {
            self.tx.deleted(node_type, *part);
            self.tally(node_type).removed += 1;
            changed.insert(*node);
        }
        if !stale.is_empty() {
            let parts: Vec<Uuid> = stale.into_iter().map(|(_, part)| part).collect();
            let is_stale = is_any(self.backend(), id.into_expr(), &parts);
            P::delete_many().filter(is_stale).exec(self.tx.connection()).await?;
        }
        insert::<P>(self.tx, inserts).await?;
        Ok(changed)
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
