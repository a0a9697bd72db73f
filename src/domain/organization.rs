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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_website_of_an_organization_is_one_of_the_public_web() {
        let settled = |website: &str| {
            let (name, website) = (Set("Zürich GmbH".to_owned()), Set(Some(website.to_owned())));
            let mut row = ActiveModel { name, website, ..Default::default() };
            Entity::settle(&mut row, None).map(|()| (row.sort_name, row.website))
        };
        let usual = (Set("zurich gmbh".to_owned()), Set(Some("https://example.org".to_owned())));
        assert_eq!(settled("https://Example.ORG"), Ok(usual));
        assert!(settled("http://localhost/").unwrap_err().to_string().starts_with("website: "));
    }
}
