//! Work of people for organizations, now or earlier.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::date_precision::DatePrecision;

/// A person's time with an organization.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "affiliations")]
pub struct Model {
    /// Key: a UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who.
    pub person_id: Uuid,
    /// Where.
    pub organization_id: Uuid,
    /// What the person does there; null when unknown.
    #[sea_orm(column_type = "Text")]
    pub title: Option<String>,
    /// When it began. The first day of the period that is known; null when nothing is known.
    pub starts_on: Option<Date>,
    /// How much of `starts_on` is known; null exactly when the date is.
    pub starts_on_precision: Option<DatePrecision>,
    /// When it ended; null while it lasts, too. The first day of the period that is known; null when nothing is known.
    pub ends_on: Option<Date>,
    /// How much of `ends_on` is known; null exactly when the date is.
    pub ends_on_precision: Option<DatePrecision>,
    /// Who.
    #[sea_orm(belongs_to, from = "person_id", to = "id", on_delete = "Cascade")]
    pub person: BelongsTo<super::person::Entity>,
    /// Where.
    #[sea_orm(belongs_to, from = "organization_id", to = "id", on_delete = "Cascade")]
    pub organization: BelongsTo<super::organization::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
