//! Types of records: what the store must know of each type, and what happens to a record.

use std::collections::{HashMap, HashSet};

use entity::node_type::NodeType;
use sea_orm::{ActiveModelTrait, ActiveValue, EntityTrait, Iterable, ModelTrait, Value};
use serde::Serialize;
use uuid::Uuid;

use super::{Run, rows::Table};
use crate::error::Result;

/// A type of record, and how it becomes a row and parts.
pub(super) trait Kind: Serialize + Sized + Send + Sync {
    /// The type of its nodes.
    const TYPE: NodeType;
    /// The slug of a node whose name has no letters. `None` if its nodes have no slug.
    const SLUG: Option<&'static str>;
    /// Its table.
    type Table: Table<Model: ModelTrait<Entity = Self::Table>>;

    /// Its id in the source.
    fn key(&self) -> &str;
    /// Its address in the source.
    fn url(&self) -> Option<&str>;
    /// What its slug is made of.
    fn label(&self) -> &str;
    /// Why it cannot be imported at all.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
    /// Adds the keys that it names.
    fn references<'r>(&'r self, wanted: &mut Wanted<'r>);
    /// Its own columns: all but key, times, version and slug.
    fn row(&self, run: &mut Run<'_>) -> Result<<Self::Table as EntityTrait>::ActiveModel>;
    /// Existing nodes that match these records by name, by the position of the record.
    fn matches(
        _run: &mut Run<'_>,
        _records: &[(usize, &Self)],
    ) -> impl Future<Output = Result<HashMap<usize, Uuid>>> + Send {
        async { Ok(HashMap::new()) }
    }
    /// Writes the parts of these records. Answers which nodes changed by that.
    fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> impl Future<Output = Result<HashSet<Uuid>>> + Send;
}

/// The keys that a batch names.
#[derive(Default)]
pub(super) struct Wanted<'r>(HashMap<NodeType, HashSet<&'r str>>);

impl<'r> Wanted<'r> {
    /// Adds a key.
    pub fn add(&mut self, node_type: NodeType, key: &'r str) {
        self.0.entry(node_type).or_default().insert(key);
    }

    /// Adds some keys.
    pub fn add_all(&mut self, node_type: NodeType, keys: impl IntoIterator<Item = &'r String>) {
        for key in keys {
            self.add(node_type, key);
        }
    }

    /// Adds the keys of these records, and those that they name.
    pub fn of<K: Kind>(&mut self, records: &'r [K]) {
        for record in records {
            self.add(K::TYPE, record.key());
            record.references(self);
        }
    }

    /// The keys of each type.
    pub fn by_type(self) -> impl Iterator<Item = (NodeType, Vec<String>)> {
        self.0.into_iter().map(|(node_type, keys)| (node_type, keys.into_iter().map(str::to_owned).collect()))
    }
}

/// What happens to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// It is new.
    Create,
    /// The record is not the same as last time.
    Update,
    /// Its node was made by somebody else.
    Adopt,
}

/// A record that has something to write.
pub(super) struct Plan<'r, K> {
    /// The record.
    pub record: &'r K,
    /// Its node.
    pub node: Uuid,
    /// What happens to it.
    pub action: Action,
    /// The key of its reference, if it has one.
    pub reference: Option<Uuid>,
    /// Its fingerprint.
    pub fingerprint: String,
}

/// The columns of which the record wants another value than the row has. A node of somebody else only gets the values
/// that it lacks.
pub(super) fn differences<E: EntityTrait>(
    current: &E::Model,
    wanted: &E::ActiveModel,
    action: Action,
) -> Vec<(E::Column, Value)>
where
    E::Model: ModelTrait<Entity = E>,
{
    let changed = |column: E::Column| {
        let ActiveValue::Set(value) = wanted.get(column) else { return None };
        let is = current.get(column);
        let keeps = action == Action::Adopt && is != is.as_null();
        (is != value && !keeps).then_some((column, value))
    };
    E::Column::iter().filter_map(changed).collect()
}
