//! Types of records: what the store must know of each type, and what happens to a record.

use std::collections::{HashMap, HashSet};

use entity::node_type::NodeType;
use sea_orm::EntityTrait;
use serde::Serialize;
use uuid::Uuid;

use super::Run;
use crate::{
    domain::{
        noun::Noun,
        parts::{Fill, Owners},
    },
    error::Result,
};

/// A type of record, and how it becomes a row and parts.
pub(super) trait Kind: Serialize + Sized + Send + Sync {
    /// The type of its nodes.
    const TYPE: NodeType;
    /// Its table.
    type Table: Noun;

    /// Its id in the source.
    fn key(&self) -> &str;
    /// Its address in the source.
    fn url(&self) -> Option<&str>;
    /// Why it cannot be imported at all.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
    /// Adds the keys that it names.
    fn references<'r>(&'r self, wanted: &mut Wanted<'r>);
    /// What the record says of its columns. The rules of the noun fill in the others.
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

/// How the parts of the nodes of these plans are set.
pub(super) fn owners<K: Kind>(plans: &[Plan<'_, K>]) -> Owners {
    let fill = |action| match action {
        Action::Create => Fill::New,
        Action::Update => Fill::Replace,
        Action::Adopt => Fill::Complete,
    };
    Owners { node_type: K::TYPE, fills: plans.iter().map(|plan| (plan.node, fill(plan.action))).collect() }
}
