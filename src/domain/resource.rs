//! Rules of resources.

use entity::resource::{ActiveModel, Entity, Model};
use sea_orm::ActiveValue::Set;

use super::{check::web_address, noun::Noun};
use crate::error::{Code, Error, Result};

impl Noun for Entity {
    fn settle(row: &mut ActiveModel, _before: Option<&Model>) -> Result<()> {
        if let Set(url) = &row.url {
            let usual = web_address(url).map_err(|why| Error::invalid(Code::BadValue, format!("url: {why}.")))?;
            row.url = Set(usual);
        }
        Ok(())
    }
}
