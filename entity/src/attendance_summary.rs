//! How many people came to an event, without a row for each of them.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::relation::{Relation, belongs_to};

/// The counts of an event. They need not agree: more people may be counted than signed up.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "attendance_summaries")]
pub struct Model {
    /// The event; the key too.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: Uuid,
    /// People who said they would come; null when unknown.
    pub going: Option<i32>,
    /// People who waited for a seat; null when unknown.
    pub waitlisted: Option<i32>,
    /// People who were checked in; null when nobody was asked to.
    pub checked_in: Option<i32>,
    /// People counted in the room; null when nobody counted.
    pub headcount: Option<i32>,
    /// Where the numbers come from; null when unknown.
    #[sea_orm(column_type = "Text")]
    pub source: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(event by EventId);
