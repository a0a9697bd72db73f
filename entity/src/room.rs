//! The rooms of a venue.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::relation::{Relation, belongs_to};

/// A room.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "rooms")]
pub struct Model {
    /// Key: a UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The venue it is in.
    #[sea_orm(unique_key = "venue_position")]
    pub venue_id: Uuid,
    /// Place in the venue's list of rooms, ascending.
    #[sea_orm(unique_key = "venue_position")]
    pub position: i32,
    /// What the door says.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// How many people fit; null when unknown.
    pub capacity: Option<i32>,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(venue by VenueId);
