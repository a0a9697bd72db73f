//! Matches records to existing nodes that this source did not bring, by their names.
//!
//! A node that the same source has under another key never matches: two people with the same name in one register are
//! two people. If several nodes match, none is taken, and the report says so.

use std::collections::{HashMap, HashSet};

use entity::{external_ref, group, node_type::NodeType, organization, person, person_alias, topic, topic_alias, venue};
use sea_orm::{EntityTrait, QueryFilter, QuerySelect, prelude::*};
use uuid::Uuid;

use super::{NAMED, Run, kind::Kind};
use crate::{db::keys::is_any, domain::text::fold, error::Result};

/// Folded names, each with the nodes that have it.
pub(super) type Carriers = HashMap<String, HashSet<Uuid>>;

impl Run<'_> {
    /// Matches records by the names that they give.
    pub(super) async fn matched<K: Kind>(
        &mut self,
        records: &[(usize, &K)],
        names: impl Fn(&K) -> Vec<String>,
        carriers: &Carriers,
    ) -> Result<HashMap<usize, Uuid>> {
        let all: Vec<Uuid> = carriers.values().flatten().copied().collect();
        let claimed = self.claimed(K::TYPE, &all).await?;
        let mut taken = HashSet::new();
        let mut matches = HashMap::new();
        for (index, record) in records {
            let nodes: HashSet<Uuid> = names(record)
                .iter()
                .filter_map(|name| carriers.get(name))
                .flatten()
                .filter(|node| record.key().starts_with(NAMED) || !claimed.contains(node))
                .copied()
                .collect();
            let mut nodes = nodes.into_iter();
            match (nodes.next(), nodes.next()) {
                (Some(node), None) if taken.insert(node) => {
                    matches.insert(*index, node);
                }
                (Some(_), Some(_)) => {
                    let text = "several nodes of this name are known; a new one was made";
                    self.note(K::TYPE, record.key(), text);
                }
                _ => {}
            }
        }
        Ok(matches)
    }

    /// Nodes that this source has under a key of its own.
    pub(super) async fn claimed(&self, node_type: NodeType, nodes: &[Uuid]) -> Result<HashSet<Uuid>> {
        if nodes.is_empty() {
            return Ok(HashSet::new());
        }
        let rows: Vec<(Uuid, String)> = external_ref::Entity::find()
            .select_only()
            .column(external_ref::Column::NodeId)
            .column(external_ref::Column::ExternalId)
            .filter(external_ref::Column::System.eq(self.source))
            .filter(external_ref::Column::NodeType.eq(node_type))
            .filter(is_any(self.backend(), external_ref::Column::NodeId.into_expr(), nodes))
            .into_tuple()
            .all(&self.tx.reading())
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
            .all(&self.tx.reading())
            .await?;
        let by_alias: Vec<(Uuid, String)> = person_alias::Entity::find()
            .select_only()
            .column(person_alias::Column::PersonId)
            .column(person_alias::Column::MatchName)
            .inner_join(person::Entity)
            .filter(person::is_living())
            .filter(is_any(backend, person_alias::Column::MatchName.into_expr(), names))
            .into_tuple()
            .all(&self.tx.reading())
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
            .all(&self.tx.reading())
            .await?;
        let by_alias: Vec<(Uuid, String)> = topic_alias::Entity::find()
            .select_only()
            .column(topic_alias::Column::TopicId)
            .column(topic_alias::Column::MatchName)
            .filter(is_any(backend, topic_alias::Column::MatchName.into_expr(), names))
            .into_tuple()
            .all(&self.tx.reading())
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
            .all(&self.tx.reading())
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
            .all(&self.tx.reading())
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
            .all(&self.tx.reading())
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
