//! Groups and who ran them.

use std::collections::{HashMap, HashSet};

use entity::{group, group_topic, membership, node_type::NodeType};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::{
    Place, Run,
    check::text,
    kind::{Kind, Plan, Wanted, owners},
};
use crate::{
    domain::{parts::Others, text::fold, time_zone},
    error::Result,
    interchange::record::Group,
};

impl Kind for Group {
    const TYPE: NodeType = NodeType::Group;
    type Table = group::Entity;

    fn key(&self) -> &str {
        &self.key
    }

    fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    fn check(&self) -> Result<(), String> {
        time_zone::refusal(&self.time_zone).map_or(Ok(()), Err)
    }

    fn references<'r>(&'r self, wanted: &mut Wanted<'r>) {
        wanted.add_all(NodeType::Topic, &self.topics);
        wanted.add_all(NodeType::Person, self.memberships.iter().map(|membership| &membership.person));
    }

    fn row(&self, run: &mut Run<'_>) -> Result<group::ActiveModel> {
        let at = |field| Place { node_type: Self::TYPE, key: &self.key, field };
        let (founded_on, founded_on_precision) = run.partial_date(&at("foundedOn"), self.founded_on.as_deref());
        Ok(group::ActiveModel {
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

    async fn matches(run: &mut Run<'_>, records: &[(usize, &Self)]) -> Result<HashMap<usize, Uuid>> {
        let names: Vec<String> = records.iter().map(|(_, record)| fold(&record.name)).collect();
        let carriers = run.groups_named(&names).await?;
        run.matched(records, |record| vec![fold(&record.name)], &carriers).await
    }

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<HashSet<Uuid>> {
        let owners = owners(plans);
        let (mut topics, mut memberships) = (Vec::new(), Vec::new());
        for Plan { record, node, .. } in plans {
            let at = Place { node_type: Self::TYPE, key: &record.key, field: "topics" };
            for topic_id in run.distinct(NodeType::Topic, &record.topics, &at)? {
                let row = group_topic::ActiveModel { group_id: Set(*node), topic_id: Set(topic_id) };
                topics.push((*node, row));
            }
            memberships.extend(memberships_of(run, record, *node)?);
        }
        let owner = group_topic::Column::GroupId;
        let mut changed = run.tx.set_parts::<group_topic::Entity>(owner, &owners, topics, Others::Go).await?;
        // A role may give rights, so an import removes no role.
        let identity = [membership::Column::GroupId, membership::Column::PersonId, membership::Column::Role];
        let owner = membership::Column::GroupId;
        changed.extend(
            run.set_part_nodes::<membership::Entity>(owner, &owners, &identity, memberships, Others::Stay).await?,
        );
        let sources = plans.iter().map(|plan| (plan.node, plan.record.provenance.as_slice()));
        changed.extend(run.replace_provenance(Self::TYPE, &owners, sources).await?);
        Ok(changed)
    }
}

fn memberships_of(run: &mut Run<'_>, group: &Group, node: Uuid) -> Result<Vec<(Uuid, membership::ActiveModel)>> {
    let at = Place { node_type: NodeType::Group, key: &group.key, field: "memberships" };
    let mut rows = Vec::new();
    for membership in &group.memberships {
        let (starts_on, starts_on_precision) = run.partial_date(&at, membership.starts_on.as_deref());
        let (ends_on, ends_on_precision) = run.partial_date(&at, membership.ends_on.as_deref());
        let row = membership::ActiveModel {
            group_id: Set(node),
            person_id: Set(run.node(NodeType::Person, &membership.person, &at)?),
            role: Set(membership.role),
            starts_on: Set(starts_on),
            starts_on_precision: Set(starts_on_precision),
            ends_on: Set(ends_on),
            ends_on_precision: Set(ends_on_precision),
            ..Default::default()
        };
        rows.push((node, row));
    }
    Ok(rows)
}

impl Run<'_> {
    /// The nodes of these keys. Each node is in the list once.
    pub(super) fn distinct(&self, node_type: NodeType, keys: &[String], at: &Place<'_>) -> Result<Vec<Uuid>> {
        let mut nodes = Vec::new();
        for key in keys {
            let node = self.node(node_type, key, at)?;
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        }
        Ok(nodes)
    }
}
