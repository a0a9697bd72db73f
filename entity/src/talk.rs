//! Talks, from proposal to recording.

use sea_orm::ExprTrait;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;
use serde::Deserialize;

use crate::noun::{GroupPath, noun};
use crate::relation::{Relation, belongs_to};

/// What sort of talk it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TalkFormat {
    /// Someone speaks, and answers questions.
    #[default]
    Talk,
    /// A few minutes.
    Lightning,
    /// The talk everyone comes to.
    Keynote,
    /// Several people discuss.
    Panel,
    /// The audience works along.
    Workshop,
    /// Something is shown running.
    Demo,
}

/// How far a talk came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TalkStatus {
    /// Someone offers it; not public.
    #[default]
    Proposed,
    /// The organizers want it.
    Accepted,
    /// The speaker will come.
    Confirmed,
    /// It was given.
    Delivered,
    /// The organizers declined it; not public.
    Rejected,
    /// The speaker took it back; not public.
    Withdrawn,
    /// It was announced, and did not happen.
    Cancelled,
}

/// A talk. Its event may be unknown: history does not always say.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "talks")]
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
    /// The word that stands for the talk in URLs; unique.
    #[sea_orm(unique, column_type = "Text")]
    pub slug: String,
    /// What the talk is called; null when the records name a speaker or a role but no title.
    #[sea_orm(column_type = "Text")]
    pub title: Option<String>,
    /// The title folded (no accents, no capitals), to sort by; empty when there is no title.
    #[sea_orm(column_type = "Text")]
    pub sort_title: String,
    /// What it is about, in Markdown; null when nobody wrote it.
    #[sea_orm(column_type = "Text")]
    pub r#abstract: Option<String>,
    /// What sort of talk it is.
    pub format: TalkFormat,
    /// Language it is given in, as a BCP 47 tag; null when not said.
    #[sea_orm(column_type = "Text")]
    pub language: Option<String>,
    /// How far it came.
    pub status: TalkStatus,
    /// The group it was given at, or proposed to; null when unknown.
    pub group_id: Option<Uuid>,
    /// The event it belongs to; null when unknown, or not placed yet.
    pub event_id: Option<Uuid>,
    /// Place among the event's talks, ascending.
    pub position: i32,
    /// Day of the talk in the event's zone; null when unknown.
    pub held_on: Option<Date>,
    /// The talk this one repeats; null when it is new.
    pub original_talk_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(group by GroupId, event by EventId);

noun!(Talk with slug, visible: is_public(), groups: [GroupPath::Column("group_id"), GroupPath::HostsOfEvent]);

impl TalkStatus {
    /// The statuses of talks that everyone may see.
    pub const PUBLIC: [Self; 4] = [Self::Accepted, Self::Confirmed, Self::Delivered, Self::Cancelled];

    /// Whether everyone may see talks of this status.
    #[must_use]
    pub fn is_public(self) -> bool {
        Self::PUBLIC.contains(&self)
    }
}

/// True for talks that everyone may see: accepted at least, and not at an event that is still a draft.
#[must_use]
pub fn is_public() -> Expr {
    Column::Status.is_in(TalkStatus::PUBLIC).and(super::event::is_no_draft(Expr::col((Entity, Column::EventId))))
}

/// True where `talk_id` names a talk that everyone may see.
#[must_use]
pub fn is_public_talk(talk_id: impl Into<Expr>) -> Expr {
    Expr::exists(
        Query::select()
            .expr(Expr::val(1))
            .from(Entity)
            .and_where(Expr::col((Entity, Column::Id)).eq(talk_id))
            .and_where(is_public())
            .to_owned(),
    )
}

impl Entity {
    /// The talks that everyone may see.
    #[must_use]
    pub fn public() -> Select<Self> {
        Self::find().filter(is_public())
    }
}
