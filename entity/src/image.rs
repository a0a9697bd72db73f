//! Pictures, by address. The files are on other servers.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::relation::Relation;

/// A picture: an avatar or a logo.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "images")]
pub struct Model {
    /// Key: a UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Where the picture is.
    #[sea_orm(column_type = "Text")]
    pub url: String,
    /// Width in pixels; null when nobody measured it.
    pub width: Option<i32>,
    /// Height in pixels; null when nobody measured it.
    pub height: Option<i32>,
    /// What the picture shows, for those who cannot see it.
    #[sea_orm(column_type = "Text")]
    pub alt: String,
}

impl ActiveModelBehavior for ActiveModel {}
