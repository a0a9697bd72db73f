//! Who gave a talk.

use std::sync::Arc;

use async_graphql::{Object, SelectionField};
use entity::{
    person,
    talk_speaker::{self, Column},
};
use sea_orm::{EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::{object::enums, person::Person};
use crate::{
    db::{Db, columns::Columns, rows::Joined},
    error::Result,
    graphql::relay::{children::Children, node},
};

enums! {
    /// How somebody takes part in a talk.
    SpeakerRole shows "talk_speaker::SpeakerRole" {
        /// Speaks.
        Speaker,
        /// Speaks beside the first speaker.
        CoSpeaker,
        /// Leads a discussion.
        Moderator,
        /// Takes part in a discussion.
        Panelist,
    }
}

/// A person's part in a talk.
#[derive(Clone)]
pub struct TalkSpeaker {
    part: talk_speaker::Model,
    person: Arc<person::Model>,
}

/// A person's part in a talk: what is true of the two together.
#[Object]
impl TalkSpeaker {
    /// The person.
    async fn person(&self) -> Person {
        Person(self.person.clone())
    }

    /// The place among the talk's speakers, from 0.
    async fn position(&self) -> i32 {
        self.part.position
    }

    /// How the person takes part.
    async fn role(&self) -> SpeakerRole {
        self.part.role.into()
    }

    /// What the programme said of the person at that time, for instance a job and a company; null if nothing.
    async fn affiliation(&self) -> Option<&str> {
        self.part.affiliation.as_deref()
    }

    /// Whether the person spoke from elsewhere.
    async fn remote(&self) -> bool {
        self.part.remote
    }
}

/// The speakers of a talk.
pub struct SpeakersOfTalk;

impl Children for SpeakersOfTalk {
    type Child = TalkSpeaker;

    fn columns(speakers: SelectionField<'_>) -> Columns {
        node::columns_within::<person::Entity>(speakers, "person")
    }

    async fn load(db: &Db, talks: &[Uuid], columns: Columns) -> Result<Vec<(Uuid, TalkSpeaker)>> {
        let select = |talks: &[Uuid]| {
            let parts = talk_speaker::Entity::find().inner_join(person::Entity);
            Ok(parts.columns(columns.of::<person::Column>()).filter(db.is_any(Column::TalkId, talks)).into_query())
        };
        let mut parts: Vec<Joined<talk_speaker::Model, person::Model>> =
            db.variant_rows_of::<Self, _, _, _, _>(&(), columns, talks, select).await?;
        // Not sorted in the statement, whose sort would carry whole rows.
        parts.sort_by_key(|Joined(part, _)| (part.position, part.person_id));
        let speaker = |Joined(part, person): Joined<talk_speaker::Model, _>| {
            (part.talk_id, TalkSpeaker { part, person: Arc::new(person) })
        };
        Ok(parts.into_iter().map(speaker).collect())
    }
}
