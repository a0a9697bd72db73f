//! Who supports a group or an event. How much they pay is in `sponsorship_private`.

use sea_orm::ExprTrait;
use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::date_precision::DatePrecision;
use crate::noun::{GroupPath, noun};
use crate::relation::{Relation, belongs_to};

/// How far a sponsorship came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SponsorshipStatus {
    /// Under discussion; not public.
    #[default]
    Proposed,
    /// Agreed, and running.
    Active,
    /// Over, as agreed.
    Ended,
    /// Ended before its time.
    Cancelled,
}

/// An organization's support of a group over a time, or of one event; never of both.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "sponsorships")]
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
    /// Who supports; null when the records do not name them.
    pub organization_id: Option<Uuid>,
    /// The group; null when one event is supported.
    pub group_id: Option<Uuid>,
    /// The event; null when a group is supported.
    pub event_id: Option<Uuid>,
    /// What the deal is called, such as Gold; null when it has no name.
    #[sea_orm(column_type = "Text")]
    pub tier: Option<String>,
    /// What is given, in words for everyone; null when nobody wrote it.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// How far it came.
    pub status: SponsorshipStatus,
    /// When it begins. The first day of the period that is known; null when nothing is known.
    pub starts_on: Option<Date>,
    /// How much of `starts_on` is known; null exactly when the date is.
    pub starts_on_precision: Option<DatePrecision>,
    /// When it ends. The first day of the period that is known; null when nothing is known.
    pub ends_on: Option<Date>,
    /// How much of `ends_on` is known; null exactly when the date is.
    pub ends_on_precision: Option<DatePrecision>,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(organization by OrganizationId, group by GroupId, event by EventId);

noun!(Sponsorship, visible: is_public(), groups: [GroupPath::Column("group_id"), GroupPath::HostsOfEvent]);

/// True for sponsorships that everyone may see: agreed at least, and not of an event that is still a draft.
#[must_use]
pub fn is_public() -> Expr {
    Column::Status.ne(SponsorshipStatus::Proposed).and(super::event::is_no_draft(Expr::col((Entity, Column::EventId))))
}

impl Entity {
    /// The sponsorships that everyone may see.
    #[must_use]
    pub fn public() -> Select<Self> {
        Self::find().filter(is_public())
    }
}
