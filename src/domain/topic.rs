//! Rules of topics.

use entity::{
    topic::{ActiveModel, Column, Entity, Model},
    topic_alias,
};
use sea_orm::ActiveValue::Set;

use super::{
    noun::{Noun, Slug},
    parts::{Identity, Parts},
    text::sort_key,
};
use crate::error::Result;

/// Other names of a topic.
pub const ALIASES: Parts<topic_alias::Entity> = Parts {
    owner: topic_alias::Column::TopicId,
    identity: Identity::Columns(&[topic_alias::Column::MatchName]),
    order: None,
    only_added: true,
};

impl Noun for Entity {
    const SLUG: Option<Slug<Self>> = Some(Slug { column: Column::Slug, name: Column::Name, fallback: "topic" });

    fn settle(row: &mut ActiveModel, _before: Option<&Model>) -> Result<()> {
        if let Set(name) = &row.name {
            row.sort_name = Set(sort_key(name));
        }
        Ok(())
    }
}
