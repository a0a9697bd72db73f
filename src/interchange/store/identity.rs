//! Finds out which records are known: by external references, their fingerprints, and whether their nodes were deleted
//! or merged.

use std::collections::{HashMap, HashSet};

use entity::{by_noun, external_ref, node_type::NodeType, noun::Noun};
use sea_orm::{ActiveValue::Set, EntityTrait, QueryFilter, QuerySelect, prelude::*, sea_query::Func};
use uuid::Uuid;

use super::{
    Run, Store,
    kind::{Kind, Plan, Wanted},
    planned::{Planned, PlannedReference},
    ready::{Print, Ready},
};
use crate::{
    db::{keys::is_any, transaction::Reading},
    error::Result,
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
    /// `None` if only a dry run would have written it.
    pub id: Option<Uuid>,
    /// Did this source bring the node?
    pub is_origin: bool,
    /// Does its node still exist?
    pub is_alive: bool,
}

impl Known {
    /// Is there, or will there be, such a node?
    pub fn stands(&self) -> bool {
        self.reference.as_ref().is_none_or(|reference| reference.is_alive)
    }
}

impl Store {
    /// Takes out of the batch the records that are known as they are. Answers how many of each type these were.
    pub(in crate::interchange) async fn take_known(
        &self,
        db: Reading<'_>,
        planned: &Planned,
        ready: &mut Ready,
    ) -> Result<HashMap<NodeType, usize>> {
        let mut keys: HashMap<NodeType, Vec<String>> = HashMap::new();
        for (node_type, key) in ready.prints.keys() {
            keys.entry(*node_type).or_default().push(key.clone());
        }
        let mut known: HashSet<(NodeType, String)> = HashSet::new();
        for (node_type, keys) in keys {
            let rows: Vec<(String, String)> = self
                .source
                .references(node_type)
                .select_only()
                .column(external_ref::Column::ExternalId)
                .column(external_ref::Column::ContentHash)
                .filter(is_any(db.get_database_backend(), external_ref::Column::ExternalId.into_expr(), &keys))
                .into_tuple()
                .all(&db)
                .await?;
            let mut fingerprints: HashMap<String, String> = rows.into_iter().collect();
            for key in keys {
                let of_trial = planned.reference(node_type, &key).map(|reference| reference.fingerprint.clone());
                let fingerprint = of_trial.or_else(|| fingerprints.remove(&key));
                let place = (node_type, key);
                if ready.prints.get(&place).is_some_and(|print| Some(&print.fingerprint) == fingerprint.as_ref()) {
                    known.insert(place);
                }
            }
        }
        Ok(ready.remove(&known))
    }
}

impl Run<'_> {
    /// Looks up all keys of the batch, with one statement for each type, and what the known records last said.
    pub(super) async fn resolve(&mut self, batch: &Batch) -> Result<()> {
        let mut wanted = Wanted::default();
        macro_rules! each {
            ($($list:ident)*) => { $( wanted.of(&batch.$list); )* };
        }
        each!(organizations venues people topics groups events talks sponsorships fundraisers);
        self.look_up(wanted).await?;
        for ((node_type, key), node) in &self.assigned {
            let known = Known { node: *node, reference: None };
            self.known.entry(*node_type).or_default().insert(key.clone(), known);
        }
        self.load_bases().await
    }

    /// Looks up the keys that are not looked up yet.
    pub(super) async fn look_up(&mut self, wanted: Wanted<'_>) -> Result<()> {
        for (node_type, mut keys) in wanted.by_type() {
            let known = self.known.entry(node_type).or_default();
            keys.retain(|key| !known.contains_key(key));
            if !keys.is_empty() {
                let found = self.references(node_type, &keys).await?;
                self.known.entry(node_type).or_default().extend(found);
            }
        }
        Ok(())
    }

    async fn references(&mut self, node_type: NodeType, keys: &[String]) -> Result<HashMap<String, Known>> {
        let rows: Vec<(Uuid, String, Uuid, bool)> = self
            .source
            .references(node_type)
            .select_only()
            .column(external_ref::Column::Id)
            .column(external_ref::Column::ExternalId)
            .column(external_ref::Column::NodeId)
            .column(external_ref::Column::IsOrigin)
            .filter(is_any(self.backend(), external_ref::Column::ExternalId.into_expr(), keys))
            .into_tuple()
            .all(&self.reading)
            .await?;
        let nodes: Vec<Uuid> = rows.iter().map(|(_, _, node, _)| *node).collect();
        let standing = self.standing(node_type, &nodes).await?;
        let known = rows.into_iter().map(|(id, key, node, is_origin)| {
            let now = standing.get(&node).copied();
            let reference = Reference { id: Some(id), is_origin, is_alive: now.is_some() };
            (key, Known { node: now.unwrap_or(node), reference: Some(reference) })
        });
        let mut known: HashMap<String, Known> = known.collect();
        for key in keys {
            if let Some(PlannedReference { node, is_origin, is_alive, .. }) = self.planned.reference(node_type, key) {
                let id = known.get(key).and_then(|known| known.reference.as_ref()?.id);
                let reference = Reference { id, is_origin: *is_origin, is_alive: *is_alive };
                known.insert(key.clone(), Known { node: *node, reference: Some(reference) });
            }
        }
        Ok(known)
    }

    /// Reads what the known records of the batch last said.
    async fn load_bases(&mut self) -> Result<()> {
        let mut places: HashMap<Uuid, (NodeType, String)> = HashMap::new();
        for (node_type, key) in self.prints.keys() {
            if let Some(planned) = self.planned.reference(*node_type, key) {
                self.bases.insert((*node_type, key.clone()), planned.record.clone());
            } else if let Some(id) = self.reference_of(*node_type, key) {
                places.insert(id, (*node_type, key.clone()));
            }
        }
        let ids: Vec<Uuid> = places.keys().copied().collect();
        if ids.is_empty() {
            return Ok(());
        }
        let rows: Vec<(Uuid, Option<String>)> = external_ref::Entity::find()
            .select_only()
            .column(external_ref::Column::Id)
            .column(external_ref::Column::Record)
            .filter(is_any(self.backend(), external_ref::Column::Id.into_expr(), &ids))
            .into_tuple()
            .all(&self.reading)
            .await?;
        for (id, record) in rows {
            if let (Some(place), Some(record)) = (places.remove(&id), record) {
                self.bases.insert(place, record);
            }
        }
        Ok(())
    }

    /// The last records of other sources about these nodes, as JSON.
    pub(super) async fn records_of_others(&self, nodes: &[Uuid]) -> Result<HashMap<Uuid, Vec<String>>> {
        let mut records: HashMap<Uuid, Vec<String>> = HashMap::new();
        if nodes.is_empty() {
            return Ok(records);
        }
        let rows: Vec<(Uuid, Option<String>)> = external_ref::Entity::find()
            .select_only()
            .column(external_ref::Column::NodeId)
            .column(external_ref::Column::Record)
            .filter(is_any(self.backend(), external_ref::Column::NodeId.into_expr(), nodes))
            .filter(self.source.is_other())
            .into_tuple()
            .all(&self.reading)
            .await?;
        for (node, record) in rows {
            records.entry(node).or_default().extend(record);
        }
        Ok(records)
    }

    fn reference_of(&self, node_type: NodeType, key: &str) -> Option<Uuid> {
        self.known.get(&node_type)?.get(key)?.reference.as_ref()?.id
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
            let rows: Vec<(Uuid, Uuid)> = rows.into_tuple().all(&self.reading).await?;
            Ok(rows.into_iter().collect())
        })
    }

    /// Writes the references of these plans, with what their records say. Of nodes that were deleted here nothing is kept
    /// but the fingerprint.
    pub(super) async fn remember<K: Kind>(&mut self, plans: &[Plan<'_, K>], are_alive: bool) -> Result<()> {
        let mut new = Vec::new();
        for plan in plans {
            let (key, node) = (plan.record.key(), plan.node);
            let url = if are_alive { self.page_of(plan.record) } else { None };
            let Some(Print { record, fingerprint }) = self.prints.get(&(K::TYPE, key.to_owned())).cloned() else {
                continue;
            };
            let Some(tx) = self.tx else {
                let is_origin = plan.is_origin;
                let reference = PlannedReference { node, fingerprint, record, is_origin, is_alive: are_alive };
                self.planned.add_reference(K::TYPE, key, reference);
                continue;
            };
            let mut values = external_ref::ActiveModel {
                node_id: Set(node),
                url: Set(url),
                content_hash: Set(fingerprint),
                record: Set(are_alive.then_some(record)),
                import_id: Set(Some(self.import)),
                ..Default::default()
            };
            if let Some(id) = plan.reference {
                tx.change_reference(id, values).await?;
                continue;
            }
            values.id = Set(tx.new_id());
            values.system = Set(self.source.system.to_string());
            values.scope = Set(self.source.scope.to_string());
            values.external_id = Set(key.to_owned());
            values.node_type = Set(K::TYPE);
            values.is_origin = Set(plan.is_origin);
            new.push(values);
        }
        match self.tx {
            Some(tx) => tx.add_references(new).await,
            None => Ok(()),
        }
    }
}
