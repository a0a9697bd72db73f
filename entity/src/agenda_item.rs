//! The agenda of an event, item by item.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::relation::{Relation, belongs_to};

/// What happens during an item of an agenda.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AgendaItemKind {
    /// A talk is given.
    #[default]
    Talk,
    /// Nothing; there may be food.
    Break,
    /// People meet.
    Networking,
    /// Someone welcomes everyone.
    Intro,
    /// There is something to win.
    Quiz,
}

/// An item of an event's agenda.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "agenda_items")]
pub struct Model {
    /// Key: a UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The event.
    #[sea_orm(unique_key = "event_position")]
    pub event_id: Uuid,
    /// Place in the agenda, ascending.
    #[sea_orm(unique_key = "event_position")]
    pub position: i32,
    /// When it begins, UTC; null when not said.
    #[serde(deserialize_with = "crate::instant::read_any")]
    pub starts_at: Option<DateTimeUtc>,
    /// How long it takes, in minutes; null when not said.
    pub duration_minutes: Option<i32>,
    /// What happens.
    pub kind: AgendaItemKind,
    /// What the agenda calls it; null when the talk or the kind says enough.
    #[sea_orm(column_type = "Text")]
    pub title: Option<String>,
    /// The talk that is given; null when it is no talk, or not known which.
    pub talk_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(event by EventId, talk by TalkId);
