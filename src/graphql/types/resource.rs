//! Recordings, slides and the like.

use std::sync::Arc;

use entity::resource::{self, Column, Entity};
use sea_orm::{QueryOrder, Select};

use super::object::{enums, node};
use crate::graphql::{relay::children::children, scalar::Url};

enums! {
    /// What kind of resource it is.
    ResourceKind shows "resource::ResourceKind" {
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

children! {
    /// The resources of a talk.
    pub ResourcesOfTalk of resource by TalkId: Resource = |row| Resource(Arc::new(row)),
        sorted |select| in_order(select);

    /// The resources of an event as a whole.
    pub ResourcesOfEvent of resource by EventId: Resource = |row| Resource(Arc::new(row)),
        sorted |select| in_order(select);
}

fn in_order(select: Select<Entity>) -> Select<Entity> {
    select.order_by_asc(Column::Position).order_by_asc(Column::Id)
}
