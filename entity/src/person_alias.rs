//! Other spellings under which a person appears.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::relation::{Relation, belongs_to};

/// Another name of a person.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "person_aliases")]
pub struct Model {
    /// Key: a UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose name it is.
    #[sea_orm(unique_key = "person_name")]
    pub person_id: Uuid,
    /// The name as it was found.
    #[sea_orm(unique_key = "person_name", column_type = "Text")]
    pub name: String,
    /// The name folded (no accents, no capitals), to recognise the person by.
    #[sea_orm(column_type = "Text")]
    pub match_name: String,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(person by PersonId);
