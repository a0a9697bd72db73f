//! Recordings, slides and the like.

use std::sync::Arc;

use async_graphql::Enum;
use entity::resource::{self, Column, Entity};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::object::node;
use crate::{
    db::{Db, columns::Columns, rows::Selected},
    error::Result,
    graphql::{relay::children::Children, scalar::Url},
};

/// What kind of resource it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "resource::ResourceKind")]
pub enum ResourceKind {
    /// A recording.
    Video,
    /// The slides.
    Slides,
    /// A repository or an example.
    Code,
    /// An episode to listen to.
    Podcast,
    /// Photos.
    PhotoAlbum,
    /// Something to read.
    Article,
}

node! {
    /// Something that a talk or an event left behind elsewhere: a recording, slides, code, photos.
    Resource(resource) {
        /// What it is: a recording, slides and so on.
        enum kind: ResourceKind;

        /// Its address.
        column url: Url;

        /// Its title; null if it has none of its own. Take that of the talk or event then.
        column title: Option<&str>;
    }
}

/// The resources of a talk.
pub struct ResourcesOfTalk;

impl Children for ResourcesOfTalk {
    type Child = Resource;

    async fn load(db: &Db, talks: &[Uuid], _: Columns) -> Result<Vec<(Uuid, Resource)>> {
        of(db, Column::TalkId, talks, |row| row.talk_id).await
    }
}

/// The resources of an event as a whole.
pub struct ResourcesOfEvent;

impl Children for ResourcesOfEvent {
    type Child = Resource;

    async fn load(db: &Db, events: &[Uuid], _: Columns) -> Result<Vec<(Uuid, Resource)>> {
        of(db, Column::EventId, events, |row| row.event_id).await
    }
}

async fn of(
    db: &Db,
    owner: impl ColumnTrait,
    owners: &[Uuid],
    owner_of: impl Fn(&resource::Model) -> Option<Uuid>,
) -> Result<Vec<(Uuid, Resource)>> {
    let rows = Entity::public()
        .filter(db.is_any(owner, owners))
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Id)
        .rows(db)
        .await?;
    Ok(rows.into_iter().filter_map(|row| Some((owner_of(&row)?, Resource(Arc::new(row))))).collect())
}
