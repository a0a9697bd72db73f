//! Rules of topics.

use entity::topic::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;

use super::{
    noun::{Noun, Slug},
    text::sort_key,
};
use crate::error::Result;

impl Noun for Entity {
    const SLUG: Option<Slug<Self>> = Some(Slug { column: Column::Slug, name: Column::Name, fallback: "topic" });

    fn settle(row: &mut ActiveModel, _before: Option<&Model>) -> Result<()> {
        if let Set(name) = &row.name {
            row.sort_name = Set(sort_key(name));
        }
        Ok(())
    }
}
