//! What the batch, or a dry run, has planned so far. It is read together with the database, so that records find what
//! comes before them whether it is written already or not.

use std::{
    any::Any,
    collections::{HashMap, HashSet},
};

use entity::node_type::NodeType;
use uuid::Uuid;

use crate::domain::noun::{Noun, Table};

/// What is planned.
#[derive(Default)]
pub struct Planned {
    references: HashMap<(NodeType, String), PlannedReference>,
    names: HashMap<(NodeType, String), HashSet<Uuid>>,
    claimed: HashSet<Uuid>,
    rows: HashMap<Uuid, Box<dyn Any + Send + Sync>>,
    parts: HashMap<(&'static str, Uuid), Box<dyn Any + Send + Sync>>,
    images: HashMap<String, Uuid>,
}

/// A reference that a dry run would have written.
#[derive(Clone, Debug)]
pub(super) struct PlannedReference {
    pub node: Uuid,
    pub fingerprint: String,
    pub record: String,
    pub is_origin: bool,
}

impl Planned {
    pub(super) fn reference(&self, node_type: NodeType, key: &str) -> Option<&PlannedReference> {
        self.references.get(&(node_type, key.to_owned()))
    }

    pub(super) fn add_reference(&mut self, node_type: NodeType, key: &str, reference: PlannedReference) {
        self.references.insert((node_type, key.to_owned()), reference);
    }

    /// The nodes of this type that carry this folded name.
    pub(super) fn named(&self, node_type: NodeType, name: &str) -> impl Iterator<Item = Uuid> {
        self.names.get(&(node_type, name.to_owned())).into_iter().flatten().copied()
    }

    pub(super) fn add_names(&mut self, node_type: NodeType, names: Vec<String>, node: Uuid) {
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            self.names.entry((node_type, name)).or_default().insert(node);
        }
    }

    /// Has the source this node under a key of its own?
    pub(super) fn is_claimed(&self, node: Uuid) -> bool {
        self.claimed.contains(&node)
    }

    pub(super) fn claim(&mut self, node: Uuid) {
        self.claimed.insert(node);
    }

    /// The row of a node as it would be.
    pub(super) fn row<N: Noun>(&self, node: Uuid) -> Option<&N::ActiveModel> {
        self.rows.get(&node)?.downcast_ref()
    }

    pub(super) fn set_row<N: Noun>(&mut self, node: Uuid, row: N::ActiveModel) {
        self.rows.insert(node, Box::new(row));
    }

    /// The parts of a node as they would be.
    pub(super) fn parts<P: Table>(&self, owner: Uuid) -> Option<&Vec<P::ActiveModel>> {
        self.parts.get(&(P::default().table_name(), owner))?.downcast_ref()
    }

    pub(super) fn set_parts<P: Table>(&mut self, owner: Uuid, rows: Vec<P::ActiveModel>) {
        self.parts.insert((P::default().table_name(), owner), Box::new(rows));
    }

    pub(super) fn image(&self, url: &str) -> Option<Uuid> {
        self.images.get(url).copied()
    }

    pub(super) fn add_image(&mut self, url: &str, image: Uuid) {
        self.images.insert(url.to_owned(), image);
    }
}
