//! What a transaction did to nodes. From it follow their new versions, the change log, the audit and the search.

use std::collections::HashMap;

use entity::{change::Operation, node_type::NodeType};
use uuid::Uuid;

use super::changes::Changed;

/// What was done to a node, in the order in which it was done.
pub(super) struct Entry {
    pub node_type: NodeType,
    pub node_id: Uuid,
    pub what: What,
}

/// What was done to a node.
pub(super) enum What {
    /// It is new.
    Created,
    /// These columns or parts of it changed.
    Changed(Vec<&'static str>),
    /// It is gone.
    Deleted,
    /// It became part of another one.
    Merged(Uuid),
}

/// All that was done to one node.
pub(super) struct Touched {
    pub node_type: NodeType,
    pub node_id: Uuid,
    pub is_new: bool,
    pub is_gone: bool,
    /// The node that it became part of.
    pub into: Option<Uuid>,
    /// The columns and parts that changed.
    pub fields: Vec<&'static str>,
}

impl Touched {
    /// In the order in which the nodes were first touched.
    pub fn of(journal: Vec<Entry>) -> Vec<Self> {
        let mut touched: Vec<Self> = Vec::new();
        let mut places: HashMap<(NodeType, Uuid), usize> = HashMap::new();
        for Entry { node_type, node_id, what } in journal {
            let place = *places.entry((node_type, node_id)).or_insert(touched.len());
            if place == touched.len() {
                let (is_new, is_gone, into, fields) = (false, false, None, Vec::new());
                touched.push(Self { node_type, node_id, is_new, is_gone, into, fields });
            }
            touched[place].add(what);
        }
        touched
    }

    fn add(&mut self, what: What) {
        match what {
            What::Created => self.is_new = true,
            What::Changed(fields) => {
                self.fields.extend(fields);
                self.fields.sort_unstable();
                self.fields.dedup();
            }
            What::Deleted => self.is_gone = true,
            What::Merged(into) => self.into = Some(into),
        }
    }

    /// What the change log says of it.
    pub fn changes(&self) -> impl Iterator<Item = Changed> {
        let Self { node_type, node_id, .. } = *self;
        let changed = move |operation, merged_into_id| Changed { operation, node_type, node_id, merged_into_id };
        let main = if self.is_gone { Operation::Delete } else { Operation::Upsert };
        let merged = self.into.map(|into| changed(Operation::Merge, Some(into)));
        [Some(changed(main, None)), merged].into_iter().flatten()
    }
}
