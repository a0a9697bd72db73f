//! Groups: the communities whose events are recorded.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::date_precision::DatePrecision;
use crate::noun::{GroupPath, noun};
use crate::relation::Relation;

/// Whether a group still meets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GroupStatus {
    /// It meets.
    #[default]
    Active,
    /// It has stopped for now.
    Dormant,
    /// It has ended; its history stays.
    Closed,
}

/// A meetup group.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "groups")]
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
    /// The word that stands for the group in URLs; unique.
    #[sea_orm(unique, column_type = "Text")]
    pub slug: String,
    /// The name as the group writes it.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The name folded (no accents, no capitals), to sort by.
    #[sea_orm(column_type = "Text")]
    pub sort_name: String,
    /// What the group is about, in Markdown; null when nobody wrote it.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// Its home page; null when unknown.
    #[sea_orm(column_type = "Text")]
    pub website: Option<String>,
    /// IANA zone in which the group lives and its events are announced.
    #[sea_orm(column_type = "Text")]
    pub time_zone: String,
    /// When it was founded. The first day of the period that is known; null when nothing is known.
    pub founded_on: Option<Date>,
    /// How much of `founded_on` is known; null exactly when the date is.
    pub founded_on_precision: Option<DatePrecision>,
    /// City; null when unknown, or when the group meets nowhere in particular.
    #[sea_orm(column_type = "Text")]
    pub city: Option<String>,
    /// Country; null when unknown.
    #[sea_orm(column_type = "Text")]
    pub country: Option<String>,
    /// Whether the group still meets.
    pub status: GroupStatus,
    /// How many members it had when last counted; null when never counted.
    pub member_count: Option<i32>,
    /// The day of that count; null when never counted, or not known.
    pub member_count_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}

noun!(Group with slug, groups: [GroupPath::Column("id")]);
