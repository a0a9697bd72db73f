//! What a deletion does to other nodes: some are deleted with a node, others lose a reference or a part.

use std::collections::HashSet;

use entity::{by_noun, node_type::NodeType, noun::Noun};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, Iterable, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::references::{REFERRING, Reference, Referring, Then, references_to};
use crate::{
    db::{keys::is_any, transaction::Transaction},
    error::{Code, Error, Result},
};

/// What becomes of nodes when some are deleted.
#[derive(Debug, Default)]
pub struct Deletion {
    /// The nodes that are gone: those that were to be deleted, and then those that cannot be without them.
    pub gone: Vec<(NodeType, Uuid)>,
    /// The nodes that stay and change, each with the column or the table of the part that it loses.
    pub changed: Vec<(NodeType, Uuid, &'static str)>,
}

impl Deletion {
    /// Finds out what else changes if these nodes are deleted. Locks what will be gone, so that nobody refers to it
    /// meanwhile.
    pub(super) async fn of(db: &Transaction, node_type: NodeType, nodes: &[Uuid]) -> Result<Self> {
        let mut walk = Walk { db, known: HashSet::new(), pending: Vec::new(), found: Self::default() };
        walk.pending.push((node_type, nodes.to_vec()));
        while let Some((node_type, nodes)) = walk.pending.pop() {
            walk.visit(node_type, &nodes).await?;
        }
        let Walk { known, mut found, .. } = walk;
        found.changed.retain(|(node_type, node, _)| !known.contains(&(*node_type, *node)));
        Ok(found)
    }

    /// Which of the changed nodes everybody may see.
    pub(super) async fn visible(&self, db: &Transaction) -> Result<HashSet<(NodeType, Uuid)>> {
        let mut found = HashSet::new();
        for node_type in NodeType::iter() {
            let changed = self.changed.iter().filter(|(changed, ..)| *changed == node_type).map(|(_, node, _)| *node);
            let keys = visible_of_type(db, node_type, &changed.collect::<Vec<Uuid>>()).await?;
            found.extend(keys.into_iter().map(|node| (node_type, node)));
        }
        Ok(found)
    }

    /// Refuses a deletion that would publish nodes: those that only a draft hides. `before` were visible before it.
    pub(super) async fn must_publish_nothing(
        &self,
        db: &Transaction,
        before: &HashSet<(NodeType, Uuid)>,
    ) -> Result<()> {
        let after = self.visible(db).await?;
        let published: Vec<NodeType> = after.difference(before).map(|(node_type, _)| *node_type).collect();
        if published.is_empty() {
            return Ok(());
        }
        let what = counts(&published);
        let why = format!("Without it everybody could see what is hidden with it: {what}. Delete that first.");
        Err(Error::invalid(Code::BadValue, why))
    }

    /// The keys of the nodes of this type that are gone.
    pub fn gone_of(&self, node_type: NodeType) -> impl Iterator<Item = Uuid> {
        self.gone.iter().filter(move |(gone, _)| *gone == node_type).map(|(_, node)| *node)
    }
}

/// How many nodes of each type these are: `1 Membership, 2 Talk`.
#[must_use]
pub fn counts(nodes: &[NodeType]) -> String {
    let count = |node_type: NodeType| nodes.iter().filter(|one| **one == node_type).count();
    let counts = NodeType::iter().map(|node_type| (node_type, count(node_type))).filter(|(_, count)| *count > 0);
    let counts: Vec<String> = counts.map(|(node_type, count)| format!("{count} {}", node_type.name())).collect();
    if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") }
}

/// The way from the deleted nodes to all that they affect.
struct Walk<'tx> {
    db: &'tx Transaction,
    /// The nodes that will be gone.
    known: HashSet<(NodeType, Uuid)>,
    /// Nodes that will be gone, and have not been visited.
    pending: Vec<(NodeType, Vec<Uuid>)>,
    found: Deletion,
}

impl Walk<'_> {
    async fn visit(&mut self, node_type: NodeType, nodes: &[Uuid]) -> Result<()> {
        let mut new = lock(self.db, node_type, nodes).await?;
        new.retain(|node| self.known.insert((node_type, *node)));
        if new.is_empty() {
            return Ok(());
        }
        self.found.gone.extend(new.iter().map(|node| (node_type, *node)));
        self.leave_owners(node_type, &new).await?;
        for (rows, reference) in references_to(node_type) {
            self.follow(rows, reference, &new).await?;
        }
        Ok(())
    }

    /// Notes the nodes that have these as their parts.
    async fn leave_owners(&mut self, node_type: NodeType, nodes: &[Uuid]) -> Result<()> {
        for rows in REFERRING.iter().filter(|rows| rows.has_nodes() && rows.node_type == node_type) {
            for reference in rows.references.iter().filter(|reference| reference.then == Then::Part) {
                let owners = rows.pairs(self.db, reference, rows.key, nodes).await?;
                self.found.changed.extend(owners.into_iter().map(|(_, owner)| (reference.to, owner, rows.table)));
            }
        }
        Ok(())
    }

    /// Notes what becomes of the rows that refer to these nodes.
    async fn follow(&mut self, rows: &Referring, reference: &Reference, nodes: &[Uuid]) -> Result<()> {
        let Some(fate) = Fate::of(rows, reference) else { return Ok(()) };
        let found = rows.pairs(self.db, reference, reference.column, nodes).await?;
        let found = found.into_iter().map(|(node, _)| node);
        match fate {
            Fate::Gone => self.pending.push((rows.node_type, found.collect())),
            Fate::Changed(what) => self.found.changed.extend(found.map(|node| (rows.node_type, node, what))),
        }
        Ok(())
    }
}

/// What becomes of a node when one that it refers to is deleted.
enum Fate {
    /// It is deleted, too.
    Gone,
    /// It loses this column or part.
    Changed(&'static str),
}

impl Fate {
    /// `None` for a part of the deleted node itself.
    fn of(rows: &Referring, reference: &Reference) -> Option<Self> {
        match reference.then {
            Then::Part | Then::Goes | Then::Replaced if rows.has_nodes() => Some(Self::Gone),
            Then::Stays if rows.has_nodes() => Some(Self::Changed(reference.column)),
            Then::Part => None,
            Then::Goes | Then::Stays | Then::Replaced => Some(Self::Changed(rows.table)),
        }
    }
}

/// Those of these nodes that everybody may see.
async fn visible_of_type(db: &Transaction, node_type: NodeType, nodes: &[Uuid]) -> Result<Vec<Uuid>, DbErr> {
    if nodes.is_empty() {
        return Ok(Vec::new());
    }
    by_noun!(node_type, E => {
        let is_one = is_any(db.get_database_backend(), E::ID.into_expr(), nodes);
        E::find().select_only().column(E::ID).filter(is_one).filter(E::current()).into_tuple().all(db).await
    })
}

/// Those of these nodes that exist. They are locked until the transaction ends.
async fn lock(db: &Transaction, node_type: NodeType, nodes: &[Uuid]) -> Result<Vec<Uuid>, DbErr> {
    if nodes.is_empty() {
        return Ok(Vec::new());
    }
    by_noun!(node_type, E => {
        let is_one = is_any(db.get_database_backend(), E::ID.into_expr(), nodes);
        let keys = E::find().select_only().column(E::ID).filter(is_one).order_by_asc(E::ID).lock_exclusive();
        keys.into_tuple().all(db).await
    })
}
