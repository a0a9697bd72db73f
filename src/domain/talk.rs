//! Rules of talks.

use entity::{
    resource,
    talk::{ActiveModel, Column, Entity, Model},
    talk_speaker, talk_topic,
};
use sea_orm::ActiveValue::Set;

use super::{
    noun::{Noun, Slug},
    parts::{Identity, Parts},
    text::sort_key,
};
use crate::error::Result;

/// Who gave a talk.
pub const SPEAKERS: Parts<talk_speaker::Entity> = Parts {
    owner: talk_speaker::Column::TalkId,
    identity: Identity::Columns(&[talk_speaker::Column::PersonId]),
    order: Some(talk_speaker::Column::Position),
    only_added: false,
};

/// The topics of a talk.
pub const TOPICS: Parts<talk_topic::Entity> = Parts {
    owner: talk_topic::Column::TalkId,
    identity: Identity::Columns(&[talk_topic::Column::TopicId]),
    order: None,
    only_added: false,
};

/// Recording, slides and such of a talk.
pub const RESOURCES: Parts<resource::Entity> = Parts {
    owner: resource::Column::TalkId,
    identity: Identity::Columns(&[resource::Column::TalkId, resource::Column::Kind, resource::Column::Url]),
    order: Some(resource::Column::Position),
    only_added: false,
};

impl Noun for Entity {
    const SLUG: Option<Slug<Self>> = Some(Slug { column: Column::Slug, name: Column::Title, fallback: "talk" });

    fn settle(row: &mut ActiveModel, _before: Option<&Model>) -> Result<()> {
        if let Set(title) = &row.title {
            row.sort_title = Set(sort_key(title.as_deref().unwrap_or_default()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn talks_are_sorted_by_their_folded_titles() {
        for (title, sort_title) in [(Some("Día Uno: C++"), "dia uno c++"), (None, "")] {
            let mut row = ActiveModel { title: Set(title.map(str::to_owned)), ..Default::default() };
            Entity::settle(&mut row, None).unwrap();
            assert_eq!(row.sort_title, Set(sort_title.to_owned()), "{title:?}");
        }
    }
}
