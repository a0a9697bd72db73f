//! Work of people for organizations, now or earlier.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::date_precision::DatePrecision;
use crate::relation::{Relation, belongs_to};

/// A person's time with an organization.
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
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(person by PersonId, organization by OrganizationId);
