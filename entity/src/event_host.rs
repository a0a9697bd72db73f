//! Which groups hold an event. A joint event is one row of `events` and several rows of this table.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::relation::{Relation, belongs_to};

/// A group's part in holding an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HostRole {
    /// It leads.
    #[default]
    Lead,
    /// It joins in.
    CoHost,
}

/// A group that holds an event.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "event_hosts")]
pub struct Model {
    /// The event.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: Uuid,
    /// The group.
    #[sea_orm(primary_key, auto_increment = false)]
    pub group_id: Uuid,
    /// Whether the group leads.
    pub role: HostRole,
    /// Place among the event's hosts, ascending.
    pub position: i32,
    /// When the event starts, UTC; null when that is unknown. It is a copy, so that a group's events can be read in
    /// order. Only triggers of the database write it.
    #[serde(deserialize_with = "crate::instant::read_any")]
    pub starts_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(event by EventId, group by GroupId);
