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
