//! Groups and who ran them.

use std::collections::HashSet;

use entity::{group as table, group_topic, membership, node_type::NodeType};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::{
    Place, Run,
    check::text,
    kind::{Carriers, Kind, Plan, Wanted},
};
use crate::{
    domain::{group, text::fold, time_zone},
    error::Result,
    interchange::record::{Batch, Group},
};

impl Kind for Group {
    const TYPE: NodeType = NodeType::Group;
    type Table = table::Entity;

    fn list(batch: &mut Batch) -> &mut Vec<Self> {
        &mut batch.groups
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    fn title(&self) -> &str {
        &self.name
    }

    fn check(&self) -> Result<(), String> {
        time_zone::refusal(&self.time_zone).map_or(Ok(()), Err)
    }

    fn references<'r>(&'r self, wanted: &mut Wanted<'r>) {
        wanted.add_all(NodeType::Topic, &self.topics);
        wanted.add_all(NodeType::Person, self.memberships.iter().map(|membership| &membership.person));
    }

    fn row(&self, run: &mut Run<'_>) -> Result<table::ActiveModel> {
        let at = |field| Place { node_type: Self::TYPE, key: &self.key, field };
        let (founded_on, founded_on_precision) = run.partial_date(&at("foundedOn"), self.founded_on.as_deref());
        Ok(table::ActiveModel {
            name: Set(self.name.clone()),
            description: Set(text(self.description.as_deref())),
            website: Set(run.url(&at("website"), self.website.as_deref())),
            time_zone: Set(self.time_zone.clone()),
            founded_on: Set(founded_on),
            founded_on_precision: Set(founded_on_precision),
            city: Set(text(self.city.as_deref())),
            country: Set(run.country(&at("country"), self.country.as_deref())),
            status: Set(self.status),
            member_count: Set(run.count(&at("memberCount"), self.member_count)),
            member_count_on: Set(self.member_count_on),
            ..Default::default()
        })
    }

    fn names(&self) -> Vec<String> {
        vec![fold(&self.name)]
    }

    async fn carriers(run: &Run<'_>, names: &[String]) -> Result<Carriers> {
        run.groups_named(names).await
    }

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<()> {
        run.parts(plans, &group::TOPICS, topics_of).await?;
        run.part_nodes(plans, &group::MEMBERSHIPS, memberships_of).await?;
        run.provenance(plans, |group| &group.provenance).await
    }
}

fn topics_of(run: &mut Run<'_>, group: &Group, node: Uuid) -> Result<Vec<group_topic::ActiveModel>> {
    let at = Place { node_type: NodeType::Group, key: &group.key, field: "topics" };
    let topics = run.distinct(NodeType::Topic, &group.topics, &at)?;
    Ok(topics.map(|topic_id| group_topic::ActiveModel { group_id: Set(node), topic_id: Set(topic_id) }).collect())
}

fn memberships_of(run: &mut Run<'_>, group: &Group, node: Uuid) -> Result<Vec<membership::ActiveModel>> {
    let at = Place { node_type: NodeType::Group, key: &group.key, field: "memberships" };
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    for membership in &group.memberships {
        let Some(person) = run.node(NodeType::Person, &membership.person, &at)? else { continue };
        if !seen.insert((person, membership.role)) {
            continue;
        }
        let (starts_on, starts_on_precision) = run.partial_date(&at, membership.starts_on.as_deref());
        let (ends_on, ends_on_precision) = run.partial_date(&at, membership.ends_on.as_deref());
        let row = membership::ActiveModel {
            group_id: Set(node),
            person_id: Set(person),
            role: Set(membership.role),
            starts_on: Set(starts_on),
            starts_on_precision: Set(starts_on_precision),
            ends_on: Set(ends_on),
            ends_on_precision: Set(ends_on_precision),
            ..Default::default()
        };
        rows.push(row);
    }
    Ok(rows)
}

impl Run<'_> {
    /// The nodes of these keys. Each node is in the list once.
    pub(super) fn distinct(
        &mut self,
        node_type: NodeType,
        keys: &[String],
        at: &Place<'_>,
    ) -> Result<impl Iterator<Item = Uuid>> {
        let mut nodes = Vec::new();
        for key in keys {
            if let Some(node) = self.node(node_type, key, at)?
                && !nodes.contains(&node)
            {
                nodes.push(node);
            }
        }
        Ok(nodes.into_iter())
    }
}
