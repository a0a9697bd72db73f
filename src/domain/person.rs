//! Rules of people.

use entity::{
    affiliation,
    person::{ActiveModel, Column, Entity, Model},
    person_alias, person_link,
};
use sea_orm::ActiveValue::Set;

use super::{
    noun::{Noun, Slug},
    parts::{Identity, Parts},
    text::sort_key,
};
use crate::error::Result;

/// Other spellings of a person's name.
pub const ALIASES: Parts<person_alias::Entity> = Parts {
    owner: person_alias::Column::PersonId,
    identity: Identity::Columns(&[person_alias::Column::Name]),
    order: None,
    only_added: true,
};

/// Profiles and pages of a person.
pub const LINKS: Parts<person_link::Entity> = Parts {
    owner: person_link::Column::PersonId,
    identity: Identity::Columns(&[person_link::Column::Kind, person_link::Column::Url]),
    order: Some(person_link::Column::Position),
    only_added: false,
};

/// Where a person worked.
pub const AFFILIATIONS: Parts<affiliation::Entity> = Parts {
    owner: affiliation::Column::PersonId,
    identity: Identity::Columns(&[
        affiliation::Column::OrganizationId,
        affiliation::Column::Title,
        affiliation::Column::StartsOn,
    ]),
    order: None,
    only_added: false,
};

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
