//! Pictures.

use async_graphql::Object;
use entity::image::{Column, Entity, Model};
use sea_orm::{EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::{
    db::{Db, columns::Columns},
    error::Result,
    graphql::{relay::children::Children, scalar::Url},
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

impl Children for ImageById {
    type Child = Image;

    async fn load(db: &Db, keys: &[Uuid], _: Columns) -> Result<Vec<(Uuid, Image)>> {
        let select = |keys: &[Uuid]| Entity::find().filter(db.is_any(Column::Id, keys));
        let rows = db.rows_of::<Self, _, _>(keys, select).await?;
        Ok(rows.into_iter().map(|row| (row.id, Image(row))).collect())
    }
}
