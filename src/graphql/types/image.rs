//! Pictures.

use async_graphql::Object;
use entity::image::{self, Entity, Model};

use crate::graphql::{
    relay::children::{Table, children},
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

children! {
    /// A picture by its own key.
    pub ImageById of image by Id: Image = |row| Image(row);
}

impl Table for Entity {}
