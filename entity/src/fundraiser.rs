//! Money that the community collected for others.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::date_precision::DatePrecision;
use crate::noun::{GroupPath, noun};
use crate::relation::{Relation, belongs_to};

/// A collection.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "fundraisers")]
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
    /// The group that collects.
    pub group_id: Uuid,
    /// The event at which it collects; null when at none, or unknown.
    pub event_id: Option<Uuid>,
    /// What the collection is called.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Who gets the money; null when unknown.
    #[sea_orm(column_type = "Text")]
    pub beneficiary: Option<String>,
    /// The goal, in the currency's smallest unit (cents, pence); null when there is no goal.
    pub goal_minor: Option<i64>,
    /// The result, in the currency's smallest unit; null until known.
    pub raised_minor: Option<i64>,
    /// ISO 4217 code of the currency; null when there is no sum.
    #[sea_orm(column_type = "Text")]
    pub currency: Option<String>,
    /// When it was held. The first day of the period that is known; null when nothing is known.
    pub held_on: Option<Date>,
    /// How much of `held_on` is known; null exactly when the date is.
    pub held_on_precision: Option<DatePrecision>,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(group by GroupId, event by EventId);

noun!(Fundraiser, visible: is_public(), groups: [GroupPath::Column("group_id"), GroupPath::HostsOfEvent]);

/// True for fundraisers that everyone may see: all but those of an event that is still a draft.
#[must_use]
pub fn is_public() -> Expr {
    super::event::is_no_draft(Expr::col((Entity, Column::EventId)))
}

impl Entity {
    /// The fundraisers that everyone may see.
    #[must_use]
    pub fn public() -> Select<Self> {
        Self::find().filter(is_public())
    }
}
