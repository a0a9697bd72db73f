//! Rules of topics.

use entity::{
    topic::{ActiveModel, Column, Entity, Model},
    topic_alias,
};
use sea_orm::ActiveValue::Set;

use super::{
    noun::{Noun, Slug, value_of},
    parts::{Identity, Parts},
    text::sort_key,
};
use crate::error::{Code, Error, Result};

/// Other names of a topic.
pub const ALIASES: Parts<topic_alias::Entity> = Parts {
    owner: topic_alias::Column::TopicId,
    identity: Identity::Columns(&[topic_alias::Column::MatchName]),
    order: None,
    only_added: true,
};

impl Noun for Entity {
    const SLUG: Option<Slug<Self>> = Some(Slug { column: Column::Slug, name: Column::Name, fallback: "topic" });

    fn settle(row: &mut ActiveModel, before: Option<&Model>) -> Result<()> {
        if let Set(name) = &row.name {
            row.sort_name = Set(sort_key(name));
        }
        let topic = value_of(&row.id, before.map(|before| &before.id));
        let canonical = value_of(&row.canonical_id, before.map(|before| &before.canonical_id));
        let why = refusal(topic, canonical.and_then(Option::as_ref));
        why.map_or(Ok(()), |why| Err(Error::invalid(Code::BadValue, format!("canonicalId: {why}."))))
    }
}

/// Why a topic cannot have this canonical one. `None` if it can.
#[must_use]
pub fn refusal<T: PartialEq>(topic: Option<&T>, canonical: Option<&T>) -> Option<&'static str> {
    (topic.is_some() && topic == canonical).then_some("a topic does not stand for itself")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn settled(key: u128, canonical: Option<u128>) -> Result<ActiveModel> {
        let (id, canonical_id) = (Set(Uuid::from_u128(key)), Set(canonical.map(Uuid::from_u128)));
        let mut row = ActiveModel { id, canonical_id, name: Set("Über-Topic".to_owned()), ..Default::default() };
        Entity::settle(&mut row, None).map(|()| row)
    }

    #[test]
    fn a_topic_stands_for_another_one_or_for_none() {
        for canonical in [None, Some(2)] {
            assert_eq!(settled(1, canonical).unwrap().sort_name, Set("uber topic".to_owned()));
        }
        assert_eq!(settled(1, Some(1)).unwrap_err().code(), Code::BadValue);
    }

    #[test]
    fn a_topic_that_is_new_has_no_key_to_stand_for() {
        let mut row = ActiveModel { canonical_id: Set(Some(Uuid::from_u128(1))), ..Default::default() };
        assert_eq!(Entity::settle(&mut row, None), Ok(()));
    }
}
