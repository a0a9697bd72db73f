//! What sponsors give.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::relation::{Relation, belongs_to};

/// What a sponsor provides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SponsorshipRole {
    /// The room.
    Venue,
    /// Something to eat.
    Food,
    /// Something to drink.
    Drinks,
    /// Money.
    Financial,
    /// Something to win.
    Prizes,
    /// Cameras, and someone behind them.
    Recording,
    /// Anything else.
    Other,
}

/// One thing that a sponsorship provides; a sponsorship may have several.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "sponsorship_roles")]
pub struct Model {
    /// The sponsorship.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sponsorship_id: Uuid,
    /// What it provides.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: SponsorshipRole,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(sponsorship by SponsorshipId);
