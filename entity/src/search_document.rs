//! What the search looks through: one row a public node, its names already folded. The words are beside it: on `SQLite` in
//! full-text tables under the row's id, on `PostgreSQL` in a `words` column. Only the search's own statements touch them.

use sea_orm::entity::prelude::*;

use crate::node_type::NodeType;

/// Under which names and words a public node is found.
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
    /// How much the node counts among equal matches, 0 to 9; higher comes first.
    pub weight: i32,
    /// The beginning of what the node is called, folded, to sort by; compared as bytes.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// All that the node is called, folded, each name between line breaks.
    #[sea_orm(column_type = "Text")]
    pub names: String,
    /// A hash of everything that is indexed, to leave alone what did not change.
    pub fingerprint: i64,
}

impl ActiveModelBehavior for ActiveModel {}
