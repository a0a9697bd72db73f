//! Talks and their speakers.

use std::collections::HashSet;

use entity::{node_type::NodeType, resource, talk, talk_speaker, talk_topic};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::{
    Place, Run,
    check::text,
    events::resources_of,
    kind::{Kind, Plan, Wanted, owners},
};
use crate::{domain::parts::Others, error::Result, interchange::record::Talk};

impl Kind for Talk {
    const TYPE: NodeType = NodeType::Talk;
    type Table = talk::Entity;

    fn key(&self) -> &str {
        &self.key
    }

    fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    fn references<'r>(&'r self, wanted: &mut Wanted<'r>) {
        wanted.add_all(NodeType::Group, &self.group);
        wanted.add_all(NodeType::Event, &self.event);
        wanted.add_all(NodeType::Person, self.speakers.iter().map(|speaker| &speaker.person));
        wanted.add_all(NodeType::Topic, &self.topics);
        wanted.add_all(NodeType::Talk, &self.original_talk);
    }

    fn row(&self, run: &mut Run<'_>) -> Result<talk::ActiveModel> {
        let at = |field| Place { node_type: Self::TYPE, key: &self.key, field };
        let title = text(self.title.as_deref());
        Ok(talk::ActiveModel {
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

    async fn parts(run: &mut Run<'_>, plans: &[Plan<'_, Self>]) -> Result<HashSet<Uuid>> {
        let owners = owners(plans);
        let (mut speakers, mut topics, mut resources) = (Vec::new(), Vec::new(), Vec::new());
        for Plan { record, node, .. } in plans {
            let at = |field| Place { node_type: Self::TYPE, key: &record.key, field };
            speakers.extend(speakers_of(run, record, *node)?);
            for topic_id in run.distinct(NodeType::Topic, &record.topics, &at("topics"))? {
                topics.push((*node, talk_topic::ActiveModel { talk_id: Set(*node), topic_id: Set(topic_id) }));
            }
            resources.extend(resources_of(run, &at("resources"), &record.resources, (*node, Some(*node))));
        }
        let owner = talk_speaker::Column::TalkId;
        let mut changed = run.tx.set_parts::<talk_speaker::Entity>(owner, &owners, speakers, Others::Go).await?;
        let owner = talk_topic::Column::TalkId;
        changed.extend(run.tx.set_parts::<talk_topic::Entity>(owner, &owners, topics, Others::Go).await?);
        changed.extend(run.replace_resources(resource::Column::TalkId, &owners, resources).await?);
        let sources = plans.iter().map(|plan| (plan.node, plan.record.provenance.as_slice()));
        changed.extend(run.replace_provenance(Self::TYPE, &owners, sources).await?);
        Ok(changed)
    }
}

/// Two spellings of one person are one speaker, at the place of the first spelling.
fn speakers_of(run: &Run<'_>, talk: &Talk, node: Uuid) -> Result<Vec<(Uuid, talk_speaker::ActiveModel)>> {
    let at = Place { node_type: NodeType::Talk, key: &talk.key, field: "speakers" };
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    for (position, speaker) in (0..).zip(&talk.speakers) {
        let person = run.node(NodeType::Person, &speaker.person, &at)?;
        if seen.insert(person) {
            let row = talk_speaker::ActiveModel {
                talk_id: Set(node),
                person_id: Set(person),
                position: Set(position),
                role: Set(speaker.role),
                affiliation: Set(text(speaker.affiliation.as_deref())),
                remote: Set(speaker.remote),
            };
            rows.push((node, row));
        }
    }
    Ok(rows)
}
