//! Sponsorships and fundraisers.

use std::collections::HashSet;

use entity::{fundraiser, node_type::NodeType, sponsorship, sponsorship_role};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::{
    Place, Run,
    check::text,
    kind::{Kind, Plan, Wanted, owners},
};
use crate::{
    domain::{parts::Others, sponsorship as sponsorship_rules},
    error::Result,
    interchange::record::{Fundraiser, Sponsorship},
};

impl Kind for Sponsorship {
    const TYPE: NodeType = NodeType::Sponsorship;
    type Table = sponsorship::Entity;

    fn key(&self) -> &str {
        &self.key
    }

    fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    fn check(&self) -> Result<(), String> {
        let why = sponsorship_rules::refusal(self.group.as_ref(), self.event.as_ref());
        why.map_or(Ok(()), |why| Err(why.to_owned()))
    }

    fn references<'r>(&'r self, wanted: &mut Wanted<'r>) {
        wanted.add_all(NodeType::Organization, &self.organization);
        wanted.add_all(NodeType::Group, &self.group);
        wanted.add_all(NodeType::Event, &self.event);
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

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<HashSet<Uuid>> {
        let owners = owners(plans);
        let mut rows = Vec::new();
        for Plan { record, node, .. } in plans {
            let roles: HashSet<_> = record.roles.iter().copied().collect();
            rows.extend(
                roles
                    .into_iter()
                    .map(|role| (*node, sponsorship_role::ActiveModel { sponsorship_id: Set(*node), role: Set(role) })),
            );
        }
        let owner = sponsorship_role::Column::SponsorshipId;
        let mut changed = run.tx.set_parts::<sponsorship_role::Entity>(owner, &owners, rows, Others::Go).await?;
        let sources = plans.iter().map(|plan| (plan.node, plan.record.provenance.as_slice()));
        changed.extend(run.replace_provenance(Self::TYPE, &owners, sources).await?);
        Ok(changed)
    }
}

impl Kind for Fundraiser {
    const TYPE: NodeType = NodeType::Fundraiser;
    type Table = fundraiser::Entity;

    fn key(&self) -> &str {
        &self.key
    }

    fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    fn references<'r>(&'r self, wanted: &mut Wanted<'r>) {
        wanted.add(NodeType::Group, &self.group);
        wanted.add_all(NodeType::Event, &self.event);
    }

    fn row(&self, run: &mut Run<'_>) -> Result<fundraiser::ActiveModel> {
        let at = |field| Place { node_type: Self::TYPE, key: &self.key, field };
        let (held_on, held_on_precision) = run.partial_date(&at("heldOn"), self.held_on.as_deref());
        Ok(fundraiser::ActiveModel {
            group_id: Set(run.node(NodeType::Group, &self.group, &at("group"))?),
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

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<HashSet<Uuid>> {
        let sources = plans.iter().map(|plan| (plan.node, plan.record.provenance.as_slice()));
        run.replace_provenance(Self::TYPE, &owners(plans), sources).await
    }
}
