//! What only guests and organizers may read. It is in a table of its own, so that no public query can show it.

use sea_orm::entity::prelude::*;

use crate::relation::{Relation, belongs_to};

/// The private side of an event; most events have none.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event_private")]
pub struct Model {
    /// The event; the key too.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: Uuid,
    /// Where to attend online, for those who are going; null when there is no such place.
    #[sea_orm(column_type = "Text")]
    pub join_url: Option<String>,
    /// What organizers noted; null when nothing.
    #[sea_orm(column_type = "Text")]
    pub notes: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(event by EventId);
