//! Events with their hosts, agenda and attendance.

use std::collections::HashSet;

use entity::{agenda_item, attendance_summary, event as table, event_host, event_topic, node_type::NodeType, resource};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::{
    Place, Run,
    check::text,
    kind::{Kind, Plan, Wanted},
};
use crate::{
    domain::{event, time_zone},
    error::Result,
    interchange::record::{Batch, Event, Resource},
};

impl Kind for Event {
    const TYPE: NodeType = NodeType::Event;
    type Table = table::Entity;

    fn list(batch: &mut Batch) -> &mut Vec<Self> {
        &mut batch.events
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
        wanted.add_all(NodeType::Venue, &self.venue);
        wanted.add_all(NodeType::Group, self.hosts.iter().map(|host| &host.group));
        wanted.add_all(NodeType::Topic, &self.topics);
        wanted.add_all(NodeType::Talk, self.agenda.iter().filter_map(|item| item.talk.as_ref()));
    }

    fn row(&self, run: &mut Run<'_>) -> Result<table::ActiveModel> {
        let at = |field| Place { node_type: Self::TYPE, key: &self.key, field };
        let (zone, time_zone) = time_zone::known(&self.time_zone)?;
        let period = run.period(self, &zone);
        Ok(table::ActiveModel {
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

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<()> {
        run.parts(plans, &event::HOSTS, hosts_of).await?;
        run.parts(plans, &event::TOPICS, topics_of).await?;
        run.parts(plans, &event::AGENDA, agenda_of).await?;
        run.parts(plans, &event::ATTENDANCE, |run, event, node| Ok(attendance_of(run, event, node))).await?;
        run.part_nodes(plans, &event::RESOURCES, |run, event, node| {
            let at = Place { node_type: Self::TYPE, key: &event.key, field: "resources" };
            Ok(resources_of(run, &at, &event.resources, (Some(node), None)))
        })
        .await?;
        run.provenance(plans, |event| &event.provenance).await
    }
}

fn topics_of(run: &mut Run<'_>, event: &Event, node: Uuid) -> Result<Vec<event_topic::ActiveModel>> {
    let at = Place { node_type: NodeType::Event, key: &event.key, field: "topics" };
    let topics = run.distinct(NodeType::Topic, &event.topics, &at)?;
    Ok(topics.map(|topic_id| event_topic::ActiveModel { event_id: Set(node), topic_id: Set(topic_id) }).collect())
}

fn hosts_of(run: &mut Run<'_>, event: &Event, node: Uuid) -> Result<Vec<event_host::ActiveModel>> {
    let at = Place { node_type: NodeType::Event, key: &event.key, field: "hosts" };
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    for (position, host) in (0..).zip(&event.hosts) {
        let Some(group) = run.node(NodeType::Group, &host.group, &at)? else { continue };
        if seen.insert(group) {
            let row = event_host::ActiveModel {
                event_id: Set(node),
                group_id: Set(group),
                role: Set(host.role),
                position: Set(position),
                ..Default::default()
            };
            rows.push(row);
        }
    }
    Ok(rows)
}

fn agenda_of(run: &mut Run<'_>, event: &Event, node: Uuid) -> Result<Vec<agenda_item::ActiveModel>> {
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
        rows.push(row);
    }
    Ok(rows)
}

fn attendance_of(run: &mut Run<'_>, event: &Event, node: Uuid) -> Vec<attendance_summary::ActiveModel> {
    let at = Place { node_type: NodeType::Event, key: &event.key, field: "attendance" };
    let rows = event.attendance.iter().map(|attendance| attendance_summary::ActiveModel {
        event_id: Set(node),
        going: Set(run.count(&at, attendance.going)),
        waitlisted: Set(run.count(&at, attendance.waitlisted)),
        checked_in: Set(run.count(&at, attendance.checked_in)),
        headcount: Set(run.count(&at, attendance.headcount)),
        source: Set(text(attendance.source.as_deref())),
    });
    rows.collect()
}

/// The resources of an event or of a talk.
pub(super) fn resources_of(
    run: &mut Run<'_>,
    at: &Place<'_>,
    resources: &[Resource],
    (event, talk): (Option<Uuid>, Option<Uuid>),
) -> Vec<resource::ActiveModel> {
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    for (position, resource) in (0..).zip(resources) {
        let Some(url) = run.url(at, Some(&resource.url)) else { continue };
        if seen.insert((resource.kind, url.clone())) {
            rows.push(resource::ActiveModel {
                kind: Set(resource.kind),
                url: Set(url),
                title: Set(text(resource.title.as_deref())),
                position: Set(position),
                talk_id: Set(talk),
                event_id: Set(event),
                ..Default::default()
            });
        }
    }
    rows
}
