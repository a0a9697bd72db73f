//! Pictures.

use async_graphql::Object;
use entity::image::{Column, Entity, Model};

use crate::graphql::{
    relay::children::{Nothing, Table, TableChildren},
    scalar::Url,
};

/// A picture.
#[derive(Clone)]
pub struct Image(Model);

/// A picture, by its address on another server.
#[Object]
impl Image {
    /// Its address.
    async fn url(&self) -> Url {
        Url(self.0.url.clone())
    }

    /// Its width in pixels; null if unknown.
    async fn width(&self) -> Option<i32> {
        self.0.width
    }

    /// Its height in pixels; null if unknown.
    async fn height(&self) -> Option<i32> {
        self.0.height
    }

    /// What it shows, for people who cannot see it.
    async fn alt(&self) -> &str {
        &self.0.alt
    }
}

/// A picture by its own key.
pub struct ImageById;

impl Table for Entity {}

impl TableChildren for ImageById {
    type Table = Entity;
    type Held = Nothing;
    type Child = Image;
    const PARENT: Column = Column::Id;

    fn child(row: Model, (): ()) -> Image {
        Image(row)
    }
}
