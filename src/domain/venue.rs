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

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(mut row: ActiveModel) -> Result<ActiveModel> {
        Entity::settle(&mut row, None).map(|()| row)
    }

    fn at(latitude: Option<f64>, longitude: Option<f64>) -> ActiveModel {
        ActiveModel { latitude: Set(latitude), longitude: Set(longitude), ..Default::default() }
    }

    #[test]
    fn values_of_a_venue_get_their_usual_form() {
        let (name, country) = (Set("Café Größe".to_owned()), Set(Some("de".to_owned())));
        let row = settled(ActiveModel { name, country, ..at(Some(52.5), Some(-180.0)) }).unwrap();
        assert_eq!(row.sort_name, Set("cafe grosse".to_owned()));
        assert_eq!(row.country, Set(Some("DE".to_owned())));
    }

    #[test]
    fn a_venue_has_both_coordinates_or_neither() {
        assert!(settled(at(None, None)).is_ok());
        for (north, east) in
            [(Some(1.0), None), (None, Some(1.0)), (Some(90.1), Some(0.0)), (Some(f64::NAN), Some(0.0))]
        {
            assert_eq!(settled(at(north, east)).unwrap_err().code(), Code::BadValue, "{north:?} {east:?}");
        }
    }

    #[test]
    fn nobody_fits_into_a_negative_number_of_places() {
        assert!(settled(ActiveModel { capacity: Set(Some(-1)), ..Default::default() }).is_err());
        assert!(settled(ActiveModel { country: Set(Some("Germany".to_owned())), ..Default::default() }).is_err());
    }
}
