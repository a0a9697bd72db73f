//! Who gave a talk.

use std::sync::Arc;

use async_graphql::Object;
use entity::{person, talk_speaker};

use super::{object::enums, person::Person};
use crate::graphql::relay::children::{One, Table, children};

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

children! {
    /// The speakers of a talk.
    pub SpeakersOfTalk of talk_speaker by TalkId, holding One<person::Entity> as "person": TalkSpeaker
        = |part, person| TalkSpeaker { part, person },
        ranked |part| (part.position, part.person_id);
}

impl Table for talk_speaker::Entity {}
