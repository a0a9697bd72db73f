//! Sponsorships and fundraisers.

use std::collections::HashSet;

use entity::{fundraiser, node_type::NodeType, sponsorship, sponsorship_role};
use sea_orm::ActiveValue::Set;

use super::{
    Place, Run,
    check::text,
    kind::{Kind, Plan, Wanted},
};
use crate::{
    domain::sponsorship as rules,
    error::Result,
    interchange::record::{Batch, Fundraiser, Sponsorship},
};

impl Kind for Sponsorship {
    const TYPE: NodeType = NodeType::Sponsorship;
    type Table = sponsorship::Entity;

    fn list(batch: &mut Batch) -> &mut Vec<Self> {
        &mut batch.sponsorships
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    fn title(&self) -> &str {
        self.tier.as_deref().unwrap_or_default()
    }

    fn check(&self) -> Result<(), String> {
        let why = rules::refusal(self.group.as_ref(), self.event.as_ref());
        why.map_or(Ok(()), |why| Err(why.to_owned()))
    }

    fn references<'r>(&'r self, wanted: &mut Wanted<'r>) {
        wanted.add_all(NodeType::Organization, &self.organization);
        wanted.add_all(NodeType::Group, &self.group);
        wanted.add_all(NodeType::Event, &self.event);
    }

    fn needs(&self) -> Vec<(NodeType, &str)> {
        let named = [
            (NodeType::Organization, &self.organization),
            (NodeType::Group, &self.group),
            (NodeType::Event, &self.event),
        ];
        named.into_iter().filter_map(|(node_type, key)| Some((node_type, key.as_deref()?))).collect()
    }

    fn row(&self, run: &mut Run<'_>) -> Result<sponsorship::ActiveModel> {
        let at = |field| Place { node_type: Self::TYPE, key: &self.key, field };
        let (starts_on, starts_on_precision) = run.partial_date(&at("startsOn"), self.starts_on.as_deref());
        let (ends_on, ends_on_precision) = run.partial_date(&at("endsOn"), self.ends_on.as_deref());
        let organization = self.organization.as_deref();
        Ok(sponsorship::ActiveModel {
            organization_id: Set(run.node_or_none(NodeType::Organization, organization, &at("organization"))?),
            group_id: Set(run.node_or_none(NodeType::Group, self.group.as_deref(), &at("group"))?),
            event_id: Set(run.node_or_none(NodeType::Event, self.event.as_deref(), &at("event"))?),
            tier: Set(text(self.tier.as_deref())),
            description: Set(text(self.description.as_deref())),
            status: Set(self.status),
            starts_on: Set(starts_on),
            starts_on_precision: Set(starts_on_precision),
            ends_on: Set(ends_on),
            ends_on_precision: Set(ends_on_precision),
            ..Default::default()
        })
    }

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<()> {
        run.parts(plans, &rules::ROLES, |_, sponsorship, node| {
            let roles: HashSet<_> = sponsorship.roles.iter().copied().collect();
            let row = |role| sponsorship_role::ActiveModel { sponsorship_id: Set(node), role: Set(role) };
            Ok(roles.into_iter().map(row).collect())
        })
        .await?;
        run.provenance(plans, |sponsorship| &sponsorship.provenance).await
    }
}

impl Kind for Fundraiser {
    const TYPE: NodeType = NodeType::Fundraiser;
    type Table = fundraiser::Entity;

    fn list(batch: &mut Batch) -> &mut Vec<Self> {
        &mut batch.fundraisers
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

    fn references<'r>(&'r self, wanted: &mut Wanted<'r>) {
        wanted.add(NodeType::Group, &self.group);
        wanted.add_all(NodeType::Event, &self.event);
    }

    fn needs(&self) -> Vec<(NodeType, &str)> {
        vec![(NodeType::Group, &self.group)]
    }

    fn row(&self, run: &mut Run<'_>) -> Result<fundraiser::ActiveModel> {
        let at = |field| Place { node_type: Self::TYPE, key: &self.key, field };
        let group = run.node(NodeType::Group, &self.group, &at("group"))?;
        let group = group.ok_or_else(|| run.unknown(NodeType::Group, &self.group, &at("group")))?;
        let (held_on, held_on_precision) = run.partial_date(&at("heldOn"), self.held_on.as_deref());
        Ok(fundraiser::ActiveModel {
            group_id: Set(group),
            event_id: Set(run.node_or_none(NodeType::Event, self.event.as_deref(), &at("event"))?),
            name: Set(self.name.clone()),
            beneficiary: Set(text(self.beneficiary.as_deref())),
            goal_minor: Set(self.goal_minor),
            raised_minor: Set(self.raised_minor),
            currency: Set(text(self.currency.as_deref())),
            held_on: Set(held_on),
            held_on_precision: Set(held_on_precision),
            ..Default::default()
        })
    }

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<()> {
        run.provenance(plans, |fundraiser| &fundraiser.provenance).await
    }
}
