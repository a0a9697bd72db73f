//! What sponsors give.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

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
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "sponsorship_roles")]
pub struct Model {
    /// The sponsorship.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sponsorship_id: Uuid,
    /// What it provides.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: SponsorshipRole,
    /// The sponsorship.
    #[sea_orm(belongs_to, from = "sponsorship_id", to = "id", on_delete = "Cascade")]
    pub sponsorship: BelongsTo<super::sponsorship::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
