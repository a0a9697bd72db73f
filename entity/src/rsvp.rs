//! Sign-ups.

use sea_orm::entity::prelude::*;

use crate::noun::noun;
use crate::relation::{Relation, belongs_to};

/// The answer to an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RsvpStatus {
    /// They have a seat.
    Going,
    /// They wait for a seat.
    Waitlisted,
    /// They said no.
    NotGoing,
    /// They had said yes, and took it back.
    Cancelled,
}

/// How a guest means to attend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RsvpMode {
    /// In the room.
    Offline,
    /// Over the network.
    Online,
}

/// A person's answer to an invitation; one a person and event.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rsvps")]
pub struct Model {
    /// Key: a UUID v7, so keys sort by creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When the row was created, UTC.
    pub created_at: DateTimeUtc,
    /// When the row last changed, UTC.
    pub updated_at: DateTimeUtc,
    /// Counts the changes from 1; a writer that names an older version is refused.
    pub version: i32,
    /// The event.
    #[sea_orm(unique_key = "event_person")]
    pub event_id: Uuid,
    /// Who answers.
    #[sea_orm(unique_key = "event_person")]
    pub person_id: Uuid,
    /// The answer.
    pub status: RsvpStatus,
    /// How the person means to attend.
    pub mode: RsvpMode,
    /// How many people they bring, besides themselves.
    pub guests: i32,
    /// Place in the queue, ascending; null unless waiting.
    pub waitlist_position: Option<i32>,
    /// When the person arrived, UTC; null until they do.
    pub checked_in_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(event by EventId, person by PersonId);

noun!(Rsvp, visible: Expr::cust("1 = 0"));
