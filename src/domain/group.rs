//! Rules of groups.

use entity::{
    group::{ActiveModel, Column, Entity, Model},
    group_topic, membership,
};
use sea_orm::ActiveValue::Set;

use super::{
    check,
    noun::{Noun, Slug},
    parts::{Identity, Parts},
    text::sort_key,
    time_zone::known,
};
use crate::error::Result;

/// The topics of a group.
pub const TOPICS: Parts<group_topic::Entity> = Parts {
    owner: group_topic::Column::GroupId,
    identity: Identity::Columns(&[group_topic::Column::TopicId]),
    order: None,
    only_added: false,
};

/// Who has which role in a group. A role may give rights, so an import takes none away.
pub const MEMBERSHIPS: Parts<membership::Entity> = Parts {
    owner: membership::Column::GroupId,
    identity: Identity::Columns(&[membership::Column::GroupId, membership::Column::PersonId, membership::Column::Role]),
    order: None,
    only_added: true,
};

impl Noun for Entity {
    const SLUG: Option<Slug<Self>> = Some(Slug { column: Column::Slug, name: Column::Name, fallback: "group" });

    const TOGETHER: &'static [&'static [Column]] =
        &[&[Column::FoundedOn, Column::FoundedOnPrecision], &[Column::MemberCount, Column::MemberCountOn]];

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn settled(mut row: ActiveModel) -> Result<ActiveModel> {
        Entity::settle(&mut row, None).map(|()| row)
    }

    #[test]
    fn values_of_a_group_get_their_usual_form() {
        let row = settled(ActiveModel {
            name: Set("Łódź Rust".to_owned()),
            time_zone: Set("europe/warsaw".to_owned()),
            country: Set(Some("pl".to_owned())),
            website: Set(Some("https://Example.org".to_owned())),
            member_count: Set(Some(0)),
            ..Default::default()
        })
        .unwrap();
        assert_eq!(row.sort_name, Set("lodz rust".to_owned()));
        assert_eq!(row.time_zone, Set("Europe/Warsaw".to_owned()));
        assert_eq!(row.country, Set(Some("PL".to_owned())));
        assert_eq!(row.website, Set(Some("https://example.org".to_owned())));
    }

    #[test]
    fn what_a_group_cannot_have_is_refused() {
        let row = ActiveModel::default;
        for (row, code) in [
            (ActiveModel { time_zone: Set("Mars/Olympus".to_owned()), ..row() }, Code::BadTimeZone),
            (ActiveModel { country: Set(Some("Poland".to_owned())), ..row() }, Code::BadValue),
            (ActiveModel { website: Set(Some("javascript:alert(1)".to_owned())), ..row() }, Code::BadValue),
            (ActiveModel { member_count: Set(Some(-1)), ..row() }, Code::BadValue),
        ] {
            assert_eq!(settled(row.clone()).unwrap_err().code(), code, "{row:?}");
        }
    }
}
