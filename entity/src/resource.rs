//! Resources of a talk or an event: recordings, slides, code.

use sea_orm::ExprTrait;
use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::noun::{GroupPath, noun};
use crate::relation::{Relation, belongs_to};

/// What a resource is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ResourceKind {
    /// A recording to watch.
    #[default]
    Video,
    /// What was on the screen.
    Slides,
    /// A repository, or a snippet.
    Code,
    /// A recording to listen to.
    Podcast,
    /// Pictures of the evening.
    PhotoAlbum,
    /// Something to read.
    Article,
}

/// A link to something to watch, read or listen to. It belongs to a talk or to an event, never to both.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "resources")]
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
    /// What it is.
    pub kind: ResourceKind,
    /// Where it is.
    #[sea_orm(column_type = "Text")]
    pub url: String,
    /// What it is called; null when it has no name of its own.
    #[sea_orm(column_type = "Text")]
    pub title: Option<String>,
    /// Place among the resources of its talk or event, ascending.
    pub position: i32,
    /// The talk it is of; null when it is of an event.
    pub talk_id: Option<Uuid>,
    /// The event it is of; null when it is of a talk.
    pub event_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(talk by TalkId, event by EventId);

noun!(
    Resource,
    visible: is_public(),
    groups: [GroupPath::HostsOfEvent, GroupPath::GroupOfTalk, GroupPath::HostsOfTalk]
);

/// True for resources of an event or a talk that everyone may see.
#[must_use]
pub fn is_public() -> Expr {
    super::event::is_published_event(Expr::col((Entity, Column::EventId)))
        .or(super::talk::is_public_talk(Expr::col((Entity, Column::TalkId))))
}

impl Entity {
    /// The resources of events and talks that everyone may see.
    #[must_use]
    pub fn public() -> Select<Self> {
        Self::find().filter(is_public())
    }
}
