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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_on_the_public_web() {
        let settled = |url: &str| {
            let mut row = ActiveModel { url: Set(url.to_owned()), ..Default::default() };
            Entity::settle(&mut row, None).map(|()| row.url)
        };
        assert_eq!(settled("https://Example.org/a b"), Ok(Set("https://example.org/a%20b".to_owned())));
        for url in ["javascript:alert(1)", "http://10.0.0.1/", ""] {
            assert!(settled(url).unwrap_err().to_string().starts_with("url: "), "{url}");
        }
    }
}
