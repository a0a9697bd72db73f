//! Rules of organizations.

use entity::organization::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;

use super::{
    check,
    noun::{Noun, Slug},
    text::sort_key,
};
use crate::error::Result;

impl Noun for Entity {
    const SLUG: Option<Slug<Self>> = Some(Slug { column: Column::Slug, name: Column::Name, fallback: "organization" });

    fn settle(row: &mut ActiveModel, _before: Option<&Model>) -> Result<()> {
        if let Set(name) = &row.name {
            row.sort_name = Set(sort_key(name));
        }
        check::settle(&mut row.website, "website", |url| check::web_address(url))
    }
}
