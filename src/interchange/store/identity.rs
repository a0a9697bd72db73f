//! Finds out which records are known: by external references, their fingerprints, and whether their nodes were deleted
//! or merged.

use std::collections::HashMap;

use entity::{by_noun, external_ref, node_type::NodeType, noun::Noun};
use sea_orm::{ActiveValue::Set, EntityTrait, QueryFilter, QuerySelect, prelude::*, sea_query::Func};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Run, kind::Wanted};
use crate::{
    db::keys::is_any,
    error::{Error, Result},
    interchange::record::Batch,
};

/// What is known of a key.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// The node that it names.
    pub node: Uuid,
    /// The stored reference. `None` if it is not written yet.
    pub reference: Option<Reference>,
}

/// A stored reference.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub id: Uuid,
    /// Fingerprint of the record that was last written.
    pub fingerprint: String,
    /// Does its node still exist?
    pub alive: bool,
    /// Is its node now a part of another one?
    pub merged: bool,
}

impl Known {
    /// Is there, or will there be, such a node?
    pub fn stands(&self) -> bool {
        self.reference.as_ref().is_none_or(|reference| reference.alive)
    }
}

/// The fingerprint of a record. It is the same for equal records, on every machine, and in every release with the same
/// fields.
pub(super) fn fingerprint(record: &impl Serialize) -> Result<String> {
    let json = serde_json::to_vec(record).map_err(Error::internal)?;
    Ok(data_encoding::HEXLOWER.encode(&Sha256::digest(&json)[..16]))
}

impl Run<'_> {
    /// Looks up all keys of the batch, with one statement for each type.
    pub(super) async fn resolve(&mut self, batch: &Batch) -> Result<()> {
        let mut wanted = Wanted::default();
        wanted.of(&batch.organizations);
        wanted.of(&batch.venues);
        wanted.of(&batch.people);
        wanted.of(&batch.topics);
        wanted.of(&batch.groups);
        wanted.of(&batch.events);
        wanted.of(&batch.talks);
        wanted.of(&batch.sponsorships);
        wanted.of(&batch.fundraisers);
        for (node_type, keys) in wanted.by_type() {
            let known = self.references(node_type, &keys).await?;
            self.known.insert(node_type, known);
        }
        Ok(())
    }

    async fn references(&self, node_type: NodeType, keys: &[String]) -> Result<HashMap<String, Known>> {
        let rows = external_ref::Entity::find()
            .filter(external_ref::Column::System.eq(self.source))
            .filter(external_ref::Column::NodeType.eq(node_type))
            .filter(is_any(self.backend(), external_ref::Column::ExternalId.into_expr(), keys))
            .all(&self.tx.reading())
            .await?;
        let nodes: Vec<Uuid> = rows.iter().map(|row| row.node_id).collect();
        let standing = self.standing(node_type, &nodes).await?;
        let known = rows.into_iter().map(|row| {
            let node = standing.get(&row.node_id).copied();
            let merged = node.is_some_and(|node| node != row.node_id);
            let reference = Reference { id: row.id, fingerprint: row.content_hash, alive: node.is_some(), merged };
            (row.external_id, Known { node: node.unwrap_or(row.node_id), reference: Some(reference) })
        });
        // A node that was deleted here counts as unknown until a record of the batch brings it again.
        Ok(known.collect())
    }

    /// Which of these nodes exist, and which node each of them is now. A merged person is the person who remained.
    async fn standing(&self, node_type: NodeType, nodes: &[Uuid]) -> Result<HashMap<Uuid, Uuid>> {
        if nodes.is_empty() {
            return Ok(HashMap::new());
        }
        by_noun!(node_type, E => {
            let id = E::ID.into_expr();
            // SQLite's COALESCE takes at least two values.
            let now = match E::SUCCESSOR {
                Some(successor) => Func::coalesce([successor.into_expr(), id]).into(),
                None => id,
            };
            let rows = E::find().select_only().column(E::ID).column_as(now, "now");
            let rows = rows.filter(is_any(self.backend(), E::ID.into_expr(), nodes));
            let rows: Vec<(Uuid, Uuid)> = rows.into_tuple().all(&self.tx.reading()).await?;
            Ok(rows.into_iter().collect())
        })
    }

    /// Writes the references of these records, with their fingerprints.
    pub(super) async fn remember(&self, node_type: NodeType, rows: Vec<Remembered<'_>>) -> Result<()> {
        let mut new = Vec::new();
        for row in rows {
            let mut values = external_ref::ActiveModel {
                node_id: Set(row.node),
                url: Set(row.url),
                content_hash: Set(row.fingerprint),
                ..Default::default()
            };
            if let Some(id) = row.reference {
                self.tx.change_reference(id, values).await?;
                continue;
            }
            values.id = Set(self.tx.new_id());
            values.system = Set(self.source.to_owned());
            values.external_id = Set(row.key.to_owned());
            values.node_type = Set(node_type);
            new.push(values);
        }
        self.tx.add_references(new).await
    }
}

/// A reference to be written.
pub(super) struct Remembered<'r> {
    pub reference: Option<Uuid>,
    pub key: &'r str,
    pub url: Option<String>,
    pub node: Uuid,
    pub fingerprint: String,
}
