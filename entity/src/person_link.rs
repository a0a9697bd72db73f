//! Where else a person is found on the web.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::relation::{Relation, belongs_to};

/// A link on a person's page.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "person_links")]
pub struct Model {
    /// Key: a UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose link it is.
    #[sea_orm(unique_key = "person_position")]
    pub person_id: Uuid,
    /// Place in the list of the person's links, ascending.
    #[sea_orm(unique_key = "person_position")]
    pub position: i32,
    /// What the link leads to, in one word: a site's name, or `website`.
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    /// The address.
    #[sea_orm(column_type = "Text")]
    pub url: String,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(person by PersonId);
