//! What the search looks through: one row a public node, its text already folded. On `PostgreSQL` the table also has a
//! `words` column, which only the search's own statements touch.

use sea_orm::entity::prelude::*;

use crate::node_type::NodeType;

/// The text of a public node.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "search_documents")]
pub struct Model {
    /// Key; on `SQLite` also the row id in the full-text tables.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What sort of node it is.
    pub node_type: NodeType,
    /// The node's key; unique.
    #[sea_orm(unique)]
    pub node_id: Uuid,
    /// How much the node counts among equal matches; higher comes first.
    pub weight: i32,
    /// What the node is called, folded.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// Everything else there is to find, folded.
    #[sea_orm(column_type = "Text")]
    pub body: String,
}

impl ActiveModelBehavior for ActiveModel {}
