//! Events. Whether an event is published, whether it takes place as planned, and whether it is over are independent of
//! each other. The first two are stored, and the last one is computed.

use sea_orm::ExprTrait;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;
use serde::Deserialize;

use crate::noun::{GroupPath, noun};
use crate::relation::{Relation, belongs_to};

/// What sort of event it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventKind {
    /// An evening of talks and company.
    #[default]
    Meetup,
    /// A day or more of talks.
    Conference,
    /// People work on something together.
    Workshop,
    /// People are taught.
    Training,
    /// Company, and no programme.
    Social,
    /// Money is collected for someone.
    Fundraiser,
}

/// Who may see an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Publication {
    /// Its organizers only.
    #[default]
    Draft,
    /// Everyone.
    Published,
    /// Everyone, and nobody edits it any more.
    Archived,
}

/// Whether it takes place as planned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventStatus {
    /// It may happen.
    Tentative,
    /// It is planned, or happened as planned.
    #[default]
    Scheduled,
    /// It is off for now, without a new date.
    Postponed,
    /// It has a new date.
    Rescheduled,
    /// It is held online, not in the room that was planned.
    MovedOnline,
    /// It does not happen.
    Cancelled,
}

/// How much of an event's start is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventDatePrecision {
    /// The day and the time of day.
    Time,
    /// The day in the event's zone, not the time.
    Day,
    /// The month in the event's zone.
    Month,
    /// The year in the event's zone.
    Year,
    /// Nothing; there is no start then.
    Unknown,
}

/// How people attend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AttendanceMode {
    /// In the room.
    #[default]
    Offline,
    /// Over the network.
    Online,
    /// Either way.
    Mixed,
}

/// An event; what only guests and organizers may read is in `event_private`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "events")]
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
    /// The word that stands for the event in URLs; unique.
    #[sea_orm(unique, column_type = "Text")]
    pub slug: String,
    /// What the event is called.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The name folded (no accents, no capitals), to sort by.
    #[sea_orm(column_type = "Text")]
    pub sort_name: String,
    /// The invitation, in Markdown; null when nobody wrote it.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// The event's own page elsewhere; null when there is none.
    #[sea_orm(column_type = "Text")]
    pub website: Option<String>,
    /// What sort of event it is.
    pub kind: EventKind,
    /// Who may see it.
    pub publication: Publication,
    /// Whether it takes place as planned.
    pub status: EventStatus,
    /// Start, UTC, as exact as `date_precision` says; null exactly when that is `UNKNOWN`.
    #[serde(deserialize_with = "crate::instant::read_any")]
    pub starts_at: Option<DateTimeUtc>,
    /// End, UTC, never before the start; null when not said.
    #[serde(deserialize_with = "crate::instant::read_any")]
    pub ends_at: Option<DateTimeUtc>,
    /// The day on which it starts, in its own time zone; the first day of the period if only month or year are known;
    /// null exactly when `starts_at` is.
    pub starts_on: Option<Date>,
    /// The moment from which on the event is past, UTC: its end, or the end that `domain::event` assumes; null when it
    /// has no date.
    #[serde(deserialize_with = "crate::instant::read_any")]
    pub over_at: Option<DateTimeUtc>,
    /// IANA zone in which the event is announced.
    #[sea_orm(column_type = "Text")]
    pub time_zone: String,
    /// How much of `starts_at` is known.
    pub date_precision: EventDatePrecision,
    /// When it was cancelled, UTC; null unless it was, or when nobody noted the time.
    #[serde(deserialize_with = "crate::instant::read_any")]
    pub cancelled_at: Option<DateTimeUtc>,
    /// Why, in words for everyone; null unless cancelled and explained.
    #[sea_orm(column_type = "Text")]
    pub public_cancellation_reason: Option<String>,
    /// How people attend.
    pub attendance_mode: AttendanceMode,
    /// Where; null when online, not yet decided, or unknown.
    pub venue_id: Option<Uuid>,
    /// Seats in the room; null when not limited, or not known.
    pub capacity_offline: Option<i32>,
    /// Places online; null when not limited, or not known.
    pub capacity_online: Option<i32>,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(venue by VenueId);

noun!(Event with slug, visible: is_published(), groups: [GroupPath::Hosts]);

/// True for events that everyone may see: published ones and archived ones.
#[must_use]
pub fn is_published() -> Expr {
    Column::Publication.ne(Publication::Draft)
}

/// True unless `event_id` names a draft. For rows that may belong to an event, but need not. Both databases look a
/// draft up by its key. With `event_id IS NULL OR EXISTS …`, PostgreSQL would read all events.
#[must_use]
pub fn is_no_draft(event_id: impl Into<Expr>) -> Expr {
    // A literal and no parameter, because the partial index of the drafts needs a literal.
    let draft = Expr::Constant(Publication::Draft.to_value().into());
    Expr::exists(
        Query::select()
            .expr(Expr::val(1))
            .from(Entity)
            .and_where(Expr::col((Entity, Column::Id)).eq(event_id))
            .and_where(Expr::col((Entity, Column::Publication)).eq(draft))
            .to_owned(),
    )
    .not()
}

/// True where `event_id` names an event that everyone may see.
#[must_use]
pub fn is_published_event(event_id: impl Into<Expr>) -> Expr {
    Expr::exists(
        Query::select()
            .expr(Expr::val(1))
            .from(Entity)
            .and_where(Expr::col((Entity, Column::Id)).eq(event_id))
            .and_where(is_published())
            .to_owned(),
    )
}

impl Entity {
    /// The events that everyone may see.
    #[must_use]
    pub fn published() -> Select<Self> {
        Self::find().filter(is_published())
    }
}
