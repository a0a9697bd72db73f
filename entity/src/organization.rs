//! Companies and associations: sponsors, hosts, employers.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::noun::noun;
use crate::relation::{Relation, belongs_to};

/// An organization.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "organizations")]
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
    /// The word that stands for the organization in URLs; unique.
    #[sea_orm(unique, column_type = "Text")]
    pub slug: String,
    /// The name as the organization writes it.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The name folded (no accents, no capitals), to sort by.
    #[sea_orm(column_type = "Text")]
    pub sort_name: String,
    /// Its home page; null when unknown.
    #[sea_orm(column_type = "Text")]
    pub website: Option<String>,
    /// Its logo; null when there is none.
    pub logo_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(image by LogoId);

noun!(Organization with slug);
