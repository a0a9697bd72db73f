//! Who belongs to a group, and as what.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::date_precision::DatePrecision;
use crate::noun::{GroupPath, noun};
use crate::relation::{Relation, belongs_to};

/// What a person does in a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MembershipRole {
    /// Runs the group.
    Organizer,
    /// Helps to run the group.
    CoOrganizer,
    /// Hosts its events.
    Host,
    /// Lends a hand at its events.
    Volunteer,
    /// Has joined; the only role that is not public.
    #[default]
    Member,
}

/// A person's role in a group; a person with two roles has two rows.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "memberships")]
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
    /// The group.
    #[sea_orm(unique_key = "group_person_role")]
    pub group_id: Uuid,
    /// The person.
    #[sea_orm(unique_key = "group_person_role")]
    pub person_id: Uuid,
    /// As what.
    #[sea_orm(unique_key = "group_person_role")]
    pub role: MembershipRole,
    /// When the role began. The first day of the period that is known; null when nothing is known.
    pub starts_on: Option<Date>,
    /// How much of `starts_on` is known; null exactly when the date is.
    pub starts_on_precision: Option<DatePrecision>,
    /// When it ended; null while it lasts, too. The first day of the period that is known; null when nothing is known.
    pub ends_on: Option<Date>,
    /// How much of `ends_on` is known; null exactly when the date is.
    pub ends_on_precision: Option<DatePrecision>,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(group by GroupId, person by PersonId);

noun!(Membership, visible: is_organizing(), groups: [GroupPath::Column("group_id")]);

/// True for the roles that run the group. They are public. Plain members are not.
#[must_use]
pub fn is_organizing() -> Expr {
    Column::Role.ne(MembershipRole::Member)
}

impl Entity {
    /// The memberships of those who run a group, past and present.
    #[must_use]
    pub fn organizing() -> Select<Self> {
        Self::find().filter(is_organizing())
    }
}
