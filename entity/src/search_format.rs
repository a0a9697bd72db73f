//! The format of the search's documents: which version of the program wrote them. The table has one row.

use sea_orm::entity::prelude::*;

use crate::relation::Relation;

/// The one row.
pub const ID: i32 = 1;

/// The format of all documents.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_format")]
pub struct Model {
    /// Always [`ID`].
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// The format in which documents are written. 0 is none: a step of the migration changed the documents.
    pub version: i32,
    /// Whether all documents have this format.
    pub is_complete: bool,
}

impl ActiveModelBehavior for ActiveModel {}
