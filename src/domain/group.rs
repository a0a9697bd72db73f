//! Rules of groups.

use entity::group::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;

use super::{
    check,
    noun::{Noun, Slug},
    text::sort_key,
    time_zone::known,
};
use crate::error::Result;

impl Noun for Entity {
    const SLUG: Option<Slug<Self>> = Some(Slug { column: Column::Slug, name: Column::Name, fallback: "group" });

    fn settle(row: &mut ActiveModel, _before: Option<&Model>) -> Result<()> {
        if let Set(name) = &row.name {
            row.sort_name = Set(sort_key(name));
        }
        if let Set(name) = &row.time_zone {
            row.time_zone = Set(known(name)?.1);
        }
        check::settle(&mut row.website, "website", |url| check::web_address(url))?;
        check::settle(&mut row.country, "country", |country| check::country(country))?;
        check::settle(&mut row.member_count, "memberCount", |count| check::count(*count))
    }
}
