//! Types of records: what the store must know of each type, and what happens to a record.

use std::collections::{HashMap, HashSet};

use entity::node_type::NodeType;
use sea_orm::EntityTrait;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::Run;
use crate::{domain::noun::Noun, error::Result, interchange::record::Batch};

/// A type of record, and how it becomes a row and parts.
pub(super) trait Kind: Clone + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync {
    /// The type of its nodes.
    const TYPE: NodeType;
    /// Its table.
    type Table: Noun;

    /// The list of its records in a batch.
    fn list(batch: &mut Batch) -> &mut Vec<Self>;
    /// Its id in the source.
    fn key(&self) -> &str;
    /// Its address in the source.
    fn url(&self) -> Option<&str>;
    /// What people call it.
    fn title(&self) -> &str;
    /// Why it cannot be imported at all.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
    /// Adds the keys that it names.
    fn references<'r>(&'r self, wanted: &mut Wanted<'r>);
    /// The types and keys of the nodes that it cannot be without.
    fn needs(&self) -> Vec<(NodeType, &str)> {
        Vec::new()
    }
    /// What the record says of its columns. The rules of the noun fill in the others.
    fn row(&self, run: &mut Run<'_>) -> Result<<Self::Table as EntityTrait>::ActiveModel>;
    /// The folded names by which its node is looked for among those of other sources. None if it is not.
    fn names(&self) -> Vec<String> {
        Vec::new()
    }
    /// The folded names that its node carries from then on.
    fn carried(&self) -> Vec<String> {
        self.names()
    }
    /// The nodes that carry these names.
    fn carriers(_run: &Run<'_>, _names: &[String]) -> impl Future<Output = Result<Carriers>> + Send {
        async { Ok(Carriers::new()) }
    }
    /// Writes the parts of these records.
    fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> impl Future<Output = Result<()>> + Send;
}

/// Folded names, each with the nodes that have it.
pub(super) type Carriers = HashMap<String, HashSet<Uuid>>;

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

    /// Adds the keys that the last records of these plans name.
    pub fn of_bases<K: Kind>(&mut self, plans: &'r [Plan<'_, K>]) {
        for base in plans.iter().filter_map(|plan| plan.base.as_ref()) {
            base.references(self);
        }
    }

    /// The keys of each type.
    pub fn by_type(self) -> impl Iterator<Item = (NodeType, Vec<String>)> {
        self.0.into_iter().map(|(node_type, keys)| (node_type, keys.into_iter().map(str::to_owned).collect()))
    }
}

/// A record that has something to write.
pub(super) struct Plan<'r, K> {
    /// The record.
    pub record: &'r K,
    /// What the source said last, if that is known.
    pub base: Option<K>,
    /// What other sources say of a node that this source did not bring.
    pub others: Vec<K>,
    /// Its node.
    pub node: Uuid,
    /// Is the node made of this record?
    pub is_new: bool,
    /// Did this source bring the node?
    pub is_origin: bool,
    /// The key of its reference, if it has one.
    pub reference: Option<Uuid>,
}
