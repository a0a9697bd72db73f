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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn talks_are_sorted_by_their_folded_titles() {
        for (title, sort_title) in [(Some("Día Uno: C++"), "dia uno c++"), (None, "")] {
            let mut row = ActiveModel { title: Set(title.map(str::to_owned)), ..Default::default() };
            Entity::settle(&mut row, None).unwrap();
            assert_eq!(row.sort_title, Set(sort_title.to_owned()), "{title:?}");
        }
    }
}
