//! Rules of people.

use entity::person::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;

use super::{
    noun::{Noun, Slug},
    text::sort_key,
};
use crate::error::Result;

impl Noun for Entity {
    const SLUG: Option<Slug<Self>> = Some(Slug { column: Column::Slug, name: Column::Name, fallback: "person" });

    fn settle(row: &mut ActiveModel, _before: Option<&Model>) -> Result<()> {
        if let Set(name) = &row.name {
            row.sort_name = Set(sort_key(name));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_sorted_by_their_folded_names() {
        let mut row = ActiveModel { name: Set("Zoë Ångström".to_owned()), ..Default::default() };
        Entity::settle(&mut row, None).unwrap();
        assert_eq!(row.sort_name, Set("zoe angstrom".to_owned()));

        let mut row = ActiveModel { bio: Set(None), ..Default::default() };
        Entity::settle(&mut row, None).unwrap();
        assert!(row.sort_name.is_not_set(), "a name that does not change is not folded again");
    }
}
