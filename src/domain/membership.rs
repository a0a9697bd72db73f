//! Rules of roles in groups.

use entity::membership::{ActiveModel, Column, Entity, Model};

use super::noun::Noun;
use crate::error::Result;

impl Noun for Entity {
    const TOGETHER: &'static [&'static [Column]] =
        &[&[Column::StartsOn, Column::StartsOnPrecision], &[Column::EndsOn, Column::EndsOnPrecision]];

    fn settle(_row: &mut ActiveModel, _before: Option<&Model>) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_no_rules_of_its_own() {
        let mut row = ActiveModel::default();
        assert_eq!(Entity::settle(&mut row, None), Ok(()));
        assert_eq!(row, ActiveModel::default());
    }
}
