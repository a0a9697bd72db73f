//! Parts of nodes that are nodes themselves.

use std::collections::HashSet;

use uuid::Uuid;

use super::Run;
use crate::{
    domain::{
        noun::Noun,
        parts::{Others, Owners},
    },
    error::Result,
};

impl Run<'_> {
    /// Sets the parts of these owners, and counts what became of them. Answers which owners changed.
    pub(super) async fn set_part_nodes<P: Noun>(
        &mut self,
        owner: P::Column,
        owners: &Owners,
        identity: &[P::Column],
        wanted: Vec<(Uuid, P::ActiveModel)>,
        others: Others,
    ) -> Result<HashSet<Uuid>> {
        let done = self.tx.set_part_nodes::<P>(owner, owners, identity, wanted, others).await?;
        let tally = self.tally(P::TYPE);
        tally.created += done.created;
        tally.updated += done.changed;
        tally.unchanged += done.unchanged;
        tally.removed += done.removed;
        Ok(done.owners)
    }
}
