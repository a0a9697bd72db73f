//! The places where events happen.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::noun::noun;
use crate::relation::{Relation, belongs_to};

/// A place that hosts events.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "venues")]
pub struct Model {
    /// Key: a UUID v7, so keys sort by creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When the row was created, UTC.
    #[serde(deserialize_with = "crate::instant::read")]
    pub created_at: DateTimeUtc,
    /// When the row last changed, UTC.
    #[serde(deserialize_with = "crate::instant::read")]
    pub updated_at: DateTimeUtc,
    /// Counts the changes from 1; a writer that names an older version is refused.
    pub version: i32,
    /// The word that stands for the venue in URLs; unique.
    #[sea_orm(unique, column_type = "Text")]
    pub slug: String,
    /// What people call the place.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The name folded (no accents, no capitals), to sort by.
    #[sea_orm(column_type = "Text")]
    pub sort_name: String,
    /// Street address in one line; null when unknown.
    #[sea_orm(column_type = "Text")]
    pub address: Option<String>,
    /// City; null when unknown.
    #[sea_orm(column_type = "Text")]
    pub city: Option<String>,
    /// Country; null when unknown.
    #[sea_orm(column_type = "Text")]
    pub country: Option<String>,
    /// Degrees north, −90 to 90; null when unknown, and then `longitude` is too.
    pub latitude: Option<f64>,
    /// Degrees east, −180 to 180; null when unknown, and then `latitude` is too.
    pub longitude: Option<f64>,
    /// How many people fit; null when unknown.
    pub capacity: Option<i32>,
    /// Steps, lifts, toilets, hearing loops, in words; null when nobody wrote it down.
    #[sea_orm(column_type = "Text")]
    pub accessibility: Option<String>,
    /// The organization whose place it is; null when unknown or nobody's.
    pub organization_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(organization by OrganizationId);

noun!(Venue with slug);
