//! Rules of venues.

use entity::{
    room,
    venue::{ActiveModel, Column, Entity, Model},
};
use sea_orm::ActiveValue::Set;

use super::{
    check,
    noun::{Noun, Slug, value_of},
    parts::{Identity, Parts},
    text::sort_key,
};
use crate::error::{Code, Error, Result};

/// The rooms of a venue.
pub const ROOMS: Parts<room::Entity> = Parts {
    owner: room::Column::VenueId,
    identity: Identity::Columns(&[room::Column::Name]),
    order: Some(room::Column::Position),
    only_added: false,
};

impl Noun for Entity {
    const SLUG: Option<Slug<Self>> = Some(Slug { column: Column::Slug, name: Column::Name, fallback: "venue" });

    const TOGETHER: &'static [&'static [Column]] = &[&[Column::Latitude, Column::Longitude]];

    fn settle(row: &mut ActiveModel, before: Option<&Model>) -> Result<()> {
        if let Set(name) = &row.name {
            row.sort_name = Set(sort_key(name));
        }
        check::settle(&mut row.country, "country", |country| check::country(country))?;
        check::settle(&mut row.capacity, "capacity", |count| check::count(*count))?;
        check_coordinates(row, before)
    }
}

/// A place has both coordinates or neither.
fn check_coordinates(row: &ActiveModel, before: Option<&Model>) -> Result<()> {
    let north = value_of(&row.latitude, before.map(|before| &before.latitude)).copied().flatten();
    let east = value_of(&row.longitude, before.map(|before| &before.longitude)).copied().flatten();
    let why = match (north, east) {
        (None, None) => return Ok(()),
        (Some(north), Some(east)) => check::coordinates(north, east).err(),
        _ => Some("one of them is missing"),
    };
    why.map_or(Ok(()), |why| Err(Error::invalid(Code::BadValue, format!("coordinates: {why}."))))
}
