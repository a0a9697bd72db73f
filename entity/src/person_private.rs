//! What only organizers and the person may read. It is in a table of its own, so that no public query can show it.

use sea_orm::entity::prelude::*;

use crate::relation::{Relation, belongs_to};

/// The private side of a person; most people have none.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "person_private")]
pub struct Model {
    /// Whose data it is; the key too.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: Uuid,
    /// Address to reach the person at, unique; null when unknown.
    #[sea_orm(unique, column_type = "Text")]
    pub email: Option<String>,
    /// The account that claimed this person, as its issuer names it, unique; null until claimed.
    #[sea_orm(unique, column_type = "Text")]
    pub account: Option<String>,
    /// What organizers noted; null when nothing.
    #[sea_orm(column_type = "Text")]
    pub notes: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(person by PersonId);
