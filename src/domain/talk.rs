//! Rules of talks.

use entity::talk::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;

use super::{
    noun::{Noun, Slug},
    text::sort_key,
};
use crate::error::Result;

impl Noun for Entity {
    const SLUG: Option<Slug<Self>> = Some(Slug { column: Column::Slug, name: Column::Title, fallback: "talk" });

    fn settle(row: &mut ActiveModel, _before: Option<&Model>) -> Result<()> {
        if let Set(title) = &row.title {
            row.sort_title = Set(sort_key(title.as_deref().unwrap_or_default()));
        }
        Ok(())
    }
}
