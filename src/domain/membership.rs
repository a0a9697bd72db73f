//! Rules of roles in groups.

use entity::membership::{ActiveModel, Entity, Model};

use super::noun::Noun;
use crate::error::Result;

impl Noun for Entity {
    fn settle(_row: &mut ActiveModel, _before: Option<&Model>) -> Result<()> {
        Ok(())
    }
}
