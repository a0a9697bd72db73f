//! Events with their hosts, agenda and attendance.

use std::collections::HashSet;

use entity::{agenda_item, attendance_summary, event, event_host, event_topic, node_type::NodeType, resource};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::{
    Place, Run,
    check::text,
    kind::{Kind, Plan, Wanted, owners},
};
use crate::{
    domain::{
        parts::{Others, Owners},
        time_zone,
    },
    error::Result,
    interchange::record::{Event, Resource},
};

impl Kind for Event {
    const TYPE: NodeType = NodeType::Event;
    type Table = event::Entity;

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
        wanted.add_all(NodeType::Venue, &self.venue);
        wanted.add_all(NodeType::Group, self.hosts.iter().map(|host| &host.group));
        wanted.add_all(NodeType::Topic, &self.topics);
        wanted.add_all(NodeType::Talk, self.agenda.iter().filter_map(|item| item.talk.as_ref()));
    }

    fn row(&self, run: &mut Run<'_>) -> Result<event::ActiveModel> {
        let at = |field| Place { node_type: Self::TYPE, key: &self.key, field };
        let (zone, time_zone) = time_zone::known(&self.time_zone)?;
        let period = run.period(self, &zone);
        Ok(event::ActiveModel {
            name: Set(self.name.clone()),
            description: Set(text(self.description.as_deref())),
            website: Set(run.url(&at("website"), self.website.as_deref())),
            kind: Set(self.kind),
            publication: Set(self.publication),
            status: Set(self.status),
            starts_at: Set(period.starts_at),
            ends_at: Set(period.ends_at),
            time_zone: Set(time_zone),
            date_precision: Set(period.precision),
            cancelled_at: Set(self.cancelled_at),
            public_cancellation_reason: Set(text(self.public_cancellation_reason.as_deref())),
            attendance_mode: Set(self.attendance_mode),
            venue_id: Set(run.node_or_none(NodeType::Venue, self.venue.as_deref(), &at("venue"))?),
            capacity_offline: Set(run.count(&at("capacity"), self.capacity_offline)),
            capacity_online: Set(run.count(&at("capacity"), self.capacity_online)),
            ..Default::default()
        })
    }

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<HashSet<Uuid>> {
        let owners = owners(plans);
        let (mut hosts, mut topics, mut agenda) = (Vec::new(), Vec::new(), Vec::new());
        let (mut attendance, mut resources) = (Vec::new(), Vec::new());
        for Plan { record, node, .. } in plans {
            let at = |field| Place { node_type: Self::TYPE, key: &record.key, field };
            hosts.extend(hosts_of(run, record, *node)?);
            for topic_id in run.distinct(NodeType::Topic, &record.topics, &at("topics"))? {
                topics.push((*node, event_topic::ActiveModel { event_id: Set(*node), topic_id: Set(topic_id) }));
            }
            agenda.extend(agenda_of(run, record, *node)?);
            attendance.extend(attendance_of(run, record, *node).map(|row| (*node, row)));
            resources.extend(resources_of(run, &at("resources"), &record.resources, (*node, None)));
        }
        let owner = event_host::Column::EventId;
        let mut changed = run.tx.set_parts::<event_host::Entity>(owner, &owners, hosts, Others::Go).await?;
        let owner = event_topic::Column::EventId;
        changed.extend(run.tx.set_parts::<event_topic::Entity>(owner, &owners, topics, Others::Go).await?);
        let owner = agenda_item::Column::EventId;
        changed.extend(run.tx.set_parts::<agenda_item::Entity>(owner, &owners, agenda, Others::Go).await?);
        let owner = attendance_summary::Column::EventId;
        changed.extend(run.tx.set_parts::<attendance_summary::Entity>(owner, &owners, attendance, Others::Go).await?);
        changed.extend(run.replace_resources(resource::Column::EventId, &owners, resources).await?);
        let sources = plans.iter().map(|plan| (plan.node, plan.record.provenance.as_slice()));
        changed.extend(run.replace_provenance(Self::TYPE, &owners, sources).await?);
        Ok(changed)
    }
}

fn hosts_of(run: &Run<'_>, event: &Event, node: Uuid) -> Result<Vec<(Uuid, event_host::ActiveModel)>> {
    let at = Place { node_type: NodeType::Event, key: &event.key, field: "hosts" };
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    for (position, host) in (0..).zip(&event.hosts) {
        let group = run.node(NodeType::Group, &host.group, &at)?;
        if seen.insert(group) {
            let row = event_host::ActiveModel {
                event_id: Set(node),
                group_id: Set(group),
                role: Set(host.role),
                position: Set(position),
                ..Default::default()
            };
            rows.push((node, row));
        }
    }
    Ok(rows)
}

fn agenda_of(run: &mut Run<'_>, event: &Event, node: Uuid) -> Result<Vec<(Uuid, agenda_item::ActiveModel)>> {
    let at = Place { node_type: NodeType::Event, key: &event.key, field: "agenda" };
    let mut rows = Vec::new();
    for (position, item) in (0..).zip(&event.agenda) {
        let row = agenda_item::ActiveModel {
            event_id: Set(node),
            position: Set(position),
            starts_at: Set(item.starts_at),
            duration_minutes: Set(run.count(&at, item.duration_minutes)),
            kind: Set(item.kind),
            title: Set(text(item.title.as_deref())),
            talk_id: Set(run.node_or_none(NodeType::Talk, item.talk.as_deref(), &at)?),
            ..Default::default()
        };
        rows.push((node, row));
    }
    Ok(rows)
}

fn attendance_of(run: &mut Run<'_>, event: &Event, node: Uuid) -> Option<attendance_summary::ActiveModel> {
    let at = Place { node_type: NodeType::Event, key: &event.key, field: "attendance" };
    let attendance = event.attendance.as_ref()?;
    Some(attendance_summary::ActiveModel {
        event_id: Set(node),
        going: Set(run.count(&at, attendance.going)),
        waitlisted: Set(run.count(&at, attendance.waitlisted)),
        checked_in: Set(run.count(&at, attendance.checked_in)),
        headcount: Set(run.count(&at, attendance.headcount)),
        source: Set(text(attendance.source.as_deref())),
    })
}

/// The resources of an event, or of a talk if `talk` says so.
pub(super) fn resources_of(
    run: &mut Run<'_>,
    at: &Place<'_>,
    resources: &[Resource],
    (node, talk): (Uuid, Option<Uuid>),
) -> Vec<(Uuid, resource::ActiveModel)> {
    let mut rows = Vec::new();
    for (position, resource) in (0..).zip(resources) {
        let Some(url) = run.url(at, Some(&resource.url)) else { continue };
        let row = resource::ActiveModel {
            kind: Set(resource.kind),
            url: Set(url),
            title: Set(text(resource.title.as_deref())),
            position: Set(position),
            talk_id: Set(talk),
            event_id: Set(if talk.is_some() { None } else { Some(node) }),
            ..Default::default()
        };
        rows.push((node, row));
    }
    rows
}

impl Run<'_> {
    /// Changes the resources of these owners to the wanted ones.
    pub(super) async fn replace_resources(
        &mut self,
        owner: resource::Column,
        owners: &Owners,
        wanted: Vec<(Uuid, resource::ActiveModel)>,
    ) -> Result<HashSet<Uuid>> {
        let identity = [owner, resource::Column::Kind, resource::Column::Url];
        self.set_part_nodes::<resource::Entity>(owner, owners, &identity, wanted, Others::Go).await
    }
}
