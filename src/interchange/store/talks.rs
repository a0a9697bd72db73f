//! Talks and their speakers.

use std::collections::HashSet;

use entity::{node_type::NodeType, talk as table, talk_speaker, talk_topic};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::{
    Place, Run,
    check::text,
    events::resources_of,
    kind::{Kind, Plan, Wanted},
};
use crate::{
    domain::talk,
    error::Result,
    interchange::record::{Batch, Talk},
};

impl Kind for Talk {
    const TYPE: NodeType = NodeType::Talk;
    type Table = table::Entity;

    fn list(batch: &mut Batch) -> &mut Vec<Self> {
        &mut batch.talks
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    fn title(&self) -> &str {
        self.title.as_deref().unwrap_or_default()
    }

    fn references<'r>(&'r self, wanted: &mut Wanted<'r>) {
        wanted.add_all(NodeType::Group, &self.group);
        wanted.add_all(NodeType::Event, &self.event);
        wanted.add_all(NodeType::Person, self.speakers.iter().map(|speaker| &speaker.person));
        wanted.add_all(NodeType::Topic, &self.topics);
        wanted.add_all(NodeType::Talk, &self.original_talk);
    }

    fn row(&self, run: &mut Run<'_>) -> Result<table::ActiveModel> {
        let at = |field| Place { node_type: Self::TYPE, key: &self.key, field };
        let title = text(self.title.as_deref());
        Ok(table::ActiveModel {
            title: Set(title),
            r#abstract: Set(text(self.abstract_text.as_deref())),
            format: Set(self.format),
            language: Set(text(self.language.as_deref())),
            status: Set(self.status),
            group_id: Set(run.node_or_none(NodeType::Group, self.group.as_deref(), &at("group"))?),
            event_id: Set(run.node_or_none(NodeType::Event, self.event.as_deref(), &at("event"))?),
            position: Set(self.position),
            held_on: Set(self.held_on),
            original_talk_id: Set(run.node_or_none(
                NodeType::Talk,
                self.original_talk.as_deref(),
                &at("originalTalk"),
            )?),
            ..Default::default()
        })
    }

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<()> {
        run.parts(plans, &talk::SPEAKERS, speakers_of).await?;
        run.parts(plans, &talk::TOPICS, topics_of).await?;
        run.part_nodes(plans, &talk::RESOURCES, |run, talk, node| {
            let at = Place { node_type: Self::TYPE, key: &talk.key, field: "resources" };
            Ok(resources_of(run, &at, &talk.resources, (None, Some(node))))
        })
        .await?;
        run.provenance(plans, |talk| &talk.provenance).await
    }
}

fn topics_of(run: &mut Run<'_>, talk: &Talk, node: Uuid) -> Result<Vec<talk_topic::ActiveModel>> {
    let at = Place { node_type: NodeType::Talk, key: &talk.key, field: "topics" };
    let topics = run.distinct(NodeType::Topic, &talk.topics, &at)?;
    Ok(topics.map(|topic_id| talk_topic::ActiveModel { talk_id: Set(node), topic_id: Set(topic_id) }).collect())
}

/// Two spellings of one person are one speaker, at the place of the first spelling.
fn speakers_of(run: &mut Run<'_>, talk: &Talk, node: Uuid) -> Result<Vec<talk_speaker::ActiveModel>> {
    let at = Place { node_type: NodeType::Talk, key: &talk.key, field: "speakers" };
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    for (position, speaker) in (0..).zip(&talk.speakers) {
        let Some(person) = run.node(NodeType::Person, &speaker.person, &at)? else { continue };
        if seen.insert(person) {
            let row = talk_speaker::ActiveModel {
                talk_id: Set(node),
                person_id: Set(person),
                position: Set(position),
                role: Set(speaker.role),
                affiliation: Set(text(speaker.affiliation.as_deref())),
                remote: Set(speaker.remote),
            };
            rows.push(row);
        }
    }
    Ok(rows)
}
