//! Who gave a talk.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::relation::{Relation, belongs_to};

/// A person's part in a talk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SpeakerRole {
    /// Gives it.
    #[default]
    Speaker,
    /// Gives it with someone.
    CoSpeaker,
    /// Leads the discussion.
    Moderator,
    /// Takes part in the discussion.
    Panelist,
}

/// A person on stage for a talk.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "talk_speakers")]
pub struct Model {
    /// The talk.
    #[sea_orm(primary_key, auto_increment = false)]
    pub talk_id: Uuid,
    /// The person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: Uuid,
    /// Place among the talk's speakers, ascending.
    pub position: i32,
    /// Their part in it.
    pub role: SpeakerRole,
    /// Where they said they work at the time, in words; null when not said.
    #[sea_orm(column_type = "Text")]
    pub affiliation: Option<String>,
    /// Whether they spoke from elsewhere.
    pub remote: bool,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(talk by TalkId, person by PersonId);
