//! What the batch, or a dry run, has planned so far. It is read together with the database, so that records find what
//! comes before them whether it is written already or not.

use std::{
    any::Any,
    collections::{HashMap, HashSet},
};

use entity::node_type::NodeType;
use uuid::Uuid;

use crate::domain::noun::{Noun, Table};

/// What is planned. What the batch at hand plans is kept only if all of it can be.
#[derive(Default)]
pub struct Planned {
    kept: Layer,
    trial: Layer,
}

#[derive(Default)]
struct Layer {
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
    /// Does its node exist?
    pub is_alive: bool,
}

impl Planned {
    /// Keeps what the batch at hand planned.
    pub fn keep(&mut self) {
        let Layer { references, names, claimed, rows, parts, images } = std::mem::take(&mut self.trial);
        self.kept.references.extend(references);
        for (name, nodes) in names {
            self.kept.names.entry(name).or_default().extend(nodes);
        }
        self.kept.claimed.extend(claimed);
        self.kept.rows.extend(rows);
        self.kept.parts.extend(parts);
        self.kept.images.extend(images);
    }

    /// Forgets what the batch at hand planned.
    pub fn forget(&mut self) {
        self.trial = Layer::default();
    }

    fn layers(&self) -> [&Layer; 2] {
        [&self.trial, &self.kept]
    }

    pub(super) fn reference(&self, node_type: NodeType, key: &str) -> Option<&PlannedReference> {
        let place = (node_type, key.to_owned());
        self.layers().into_iter().find_map(|layer| layer.references.get(&place))
    }

    pub(super) fn add_reference(&mut self, node_type: NodeType, key: &str, reference: PlannedReference) {
        self.trial.references.insert((node_type, key.to_owned()), reference);
    }

    /// The nodes of this type that carry this folded name.
    pub(super) fn named(&self, node_type: NodeType, name: &str) -> impl Iterator<Item = Uuid> {
        let place = (node_type, name.to_owned());
        self.layers().into_iter().filter_map(move |layer| layer.names.get(&place)).flatten().copied()
    }

    pub(super) fn add_names(&mut self, node_type: NodeType, names: Vec<String>, node: Uuid) {
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            self.trial.names.entry((node_type, name)).or_default().insert(node);
        }
    }

    /// Has the source this node under a key of its own?
    pub(super) fn is_claimed(&self, node: Uuid) -> bool {
        self.layers().into_iter().any(|layer| layer.claimed.contains(&node))
    }

    pub(super) fn claim(&mut self, node: Uuid) {
        self.trial.claimed.insert(node);
    }

    /// The row of a node as it would be.
    pub(super) fn row<N: Noun>(&self, node: Uuid) -> Option<&N::ActiveModel> {
        self.layers().into_iter().find_map(|layer| layer.rows.get(&node)?.downcast_ref())
    }

    pub(super) fn set_row<N: Noun>(&mut self, node: Uuid, row: N::ActiveModel) {
        self.trial.rows.insert(node, Box::new(row));
    }

    /// The parts of a node as they would be.
    pub(super) fn parts<P: Table>(&self, owner: Uuid) -> Option<&Vec<P::ActiveModel>> {
        let place = (P::default().table_name(), owner);
        self.layers().into_iter().find_map(|layer| layer.parts.get(&place)?.downcast_ref())
    }

    pub(super) fn set_parts<P: Table>(&mut self, owner: Uuid, rows: Vec<P::ActiveModel>) {
        self.trial.parts.insert((P::default().table_name(), owner), Box::new(rows));
    }

    pub(super) fn image(&self, url: &str) -> Option<Uuid> {
        self.layers().into_iter().find_map(|layer| layer.images.get(url).copied())
    }

    pub(super) fn add_image(&mut self, url: &str, image: Uuid) {
        self.trial.images.insert(url.to_owned(), image);
    }
}
