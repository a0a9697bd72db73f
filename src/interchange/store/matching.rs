//! Matches records to existing nodes that this source did not bring, by their names.
//!
//! A node that the same source has under another key never matches: two people with the same name in one register are
//! two people. If several nodes match, none is taken, and the report says so.

use std::collections::HashSet;

use entity::{external_ref, group, node_type::NodeType, organization, person, person_alias, topic, topic_alias, venue};
use sea_orm::{EntityTrait, QueryFilter, QuerySelect, prelude::*};
use uuid::Uuid;

use super::{
    NAMED, Run,
    kind::{Carriers, Kind},
};
use crate::{db::keys::is_any, domain::text::fold, error::Result};

/// The node of a record that was unknown.
pub(super) struct Match<'r, K> {
    pub record: &'r K,
    pub node: Uuid,
    pub is_new: bool,
}

impl Run<'_> {
    /// Finds the nodes of unknown records by the names that they give. What one record of a batch brings, the next ones
    /// find, as if it were written already.
    pub(super) async fn match_names<'r, K: Kind>(&mut self, unknown: &[&'r K]) -> Result<Vec<Match<'r, K>>> {
        let names: Vec<String> = unknown.iter().flat_map(|record| record.names()).collect();
        let carriers = if names.is_empty() { Carriers::new() } else { K::carriers(self, &names).await? };
        let all: Vec<Uuid> = carriers.values().flatten().copied().collect();
        let claimed = self.claimed(K::TYPE, &all).await?;
        let mut matches = Vec::with_capacity(unknown.len());
        for &record in unknown {
            let is_named = record.key().starts_with(NAMED);
            let mut nodes: HashSet<Uuid> = HashSet::new();
            for name in record.names() {
                nodes.extend(carriers.get(&name).into_iter().flatten());
                nodes.extend(self.planned.named(K::TYPE, &name));
            }
            nodes.retain(|node| is_named || !claimed.contains(node) && !self.planned.is_claimed(*node));
            let mut nodes = nodes.into_iter();
            let found = match (nodes.next(), nodes.next()) {
                (Some(node), None) => Some(node),
                (Some(_), Some(_)) => {
                    let text = "several nodes of this name are known; a new one was made";
                    self.note(K::TYPE, record.key(), text);
                    None
                }
                _ => None,
            };
            let node = found.unwrap_or_else(|| self.new_id());
            self.will_carry(record, node);
            matches.push(Match { record, node, is_new: found.is_none() });
        }
        Ok(matches)
    }

    /// Remembers which names a node will carry, and whether its key is an identity of its own.
    pub(super) fn will_carry<K: Kind>(&mut self, record: &K, node: Uuid) {
        self.planned.add_names(K::TYPE, record.carried(), node);
        if !record.key().starts_with(NAMED) {
            self.planned.claim(node);
        }
    }

    /// Nodes that this source has under a key of its own.
    async fn claimed(&self, node_type: NodeType, nodes: &[Uuid]) -> Result<HashSet<Uuid>> {
        if nodes.is_empty() {
            return Ok(HashSet::new());
        }
        let rows: Vec<(Uuid, String)> = self
            .source
            .references(node_type)
            .select_only()
            .column(external_ref::Column::NodeId)
            .column(external_ref::Column::ExternalId)
            .filter(is_any(self.backend(), external_ref::Column::NodeId.into_expr(), nodes))
            .into_tuple()
            .all(&self.reading)
            .await?;
        Ok(rows.into_iter().filter(|(_, key)| !key.starts_with(NAMED)).map(|(node, _)| node).collect())
    }

    /// People who have these names, or had them once.
    #[expect(clippy::disallowed_methods, reason = "an import matches rows whether they are public or not")]
    pub(super) async fn people_named(&self, names: &[String]) -> Result<Carriers> {
        let backend = self.backend();
        let by_name: Vec<(Uuid, String)> = person::Entity::living()
            .select_only()
            .column(person::Column::Id)
            .column(person::Column::SortName)
            .filter(is_any(backend, person::Column::SortName.into_expr(), names))
            .into_tuple()
            .all(&self.reading)
            .await?;
        let by_alias: Vec<(Uuid, String)> = person_alias::Entity::find()
            .select_only()
            .column(person_alias::Column::PersonId)
            .column(person_alias::Column::MatchName)
            .inner_join(person::Entity)
            .filter(person::is_living())
            .filter(is_any(backend, person_alias::Column::MatchName.into_expr(), names))
            .into_tuple()
            .all(&self.reading)
            .await?;
        Ok(carriers(by_name.into_iter().chain(by_alias)))
    }

    /// Topics of these names or aliases.
    pub(super) async fn topics_named(&self, names: &[String]) -> Result<Carriers> {
        let backend = self.backend();
        let by_name: Vec<(Uuid, String)> = topic::Entity::find()
            .select_only()
            .column(topic::Column::Id)
            .column(topic::Column::SortName)
            .filter(is_any(backend, topic::Column::SortName.into_expr(), names))
            .into_tuple()
            .all(&self.reading)
            .await?;
        let by_alias: Vec<(Uuid, String)> = topic_alias::Entity::find()
            .select_only()
            .column(topic_alias::Column::TopicId)
            .column(topic_alias::Column::MatchName)
            .filter(is_any(backend, topic_alias::Column::MatchName.into_expr(), names))
            .into_tuple()
            .all(&self.reading)
            .await?;
        Ok(carriers(by_name.into_iter().chain(by_alias)))
    }

    /// Organizations of these names.
    pub(super) async fn organizations_named(&self, names: &[String]) -> Result<Carriers> {
        let rows: Vec<(Uuid, String)> = organization::Entity::find()
            .select_only()
            .column(organization::Column::Id)
            .column(organization::Column::SortName)
            .filter(is_any(self.backend(), organization::Column::SortName.into_expr(), names))
            .into_tuple()
            .all(&self.reading)
            .await?;
        Ok(carriers(rows))
    }

    /// Groups of these names.
    pub(super) async fn groups_named(&self, names: &[String]) -> Result<Carriers> {
        let rows: Vec<(Uuid, String)> = group::Entity::find()
            .select_only()
            .column(group::Column::Id)
            .column(group::Column::SortName)
            .filter(is_any(self.backend(), group::Column::SortName.into_expr(), names))
            .into_tuple()
            .all(&self.reading)
            .await?;
        Ok(carriers(rows))
    }

    /// Venues of these names, each under its name and city.
    pub(super) async fn venues_named(&self, names: &[String]) -> Result<Carriers> {
        let rows: Vec<(Uuid, String, Option<String>)> = venue::Entity::find()
            .select_only()
            .column(venue::Column::Id)
            .column(venue::Column::SortName)
            .column(venue::Column::City)
            .filter(is_any(self.backend(), venue::Column::SortName.into_expr(), names))
            .into_tuple()
            .all(&self.reading)
            .await?;
        Ok(carriers(rows.into_iter().map(|(id, name, city)| (id, in_city(&name, city.as_deref())))))
    }
}

/// The name of a venue together with its city. The name alone is not unique.
pub(super) fn in_city(folded_name: &str, city: Option<&str>) -> String {
    format!("{folded_name}, {}", fold(city.unwrap_or_default()))
}

fn carriers(rows: impl IntoIterator<Item = (Uuid, String)>) -> Carriers {
    let mut carriers = Carriers::new();
    for (node, name) in rows {
        // A name that is empty after folding matches nothing.
        if !name.is_empty() {
            carriers.entry(name).or_default().insert(node);
        }
    }
    carriers
}
