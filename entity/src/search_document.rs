//! Documents of the search: one row for each public node, with its folded names. The words are on `SQLite` in full-text
//! tables under the row's id, on `PostgreSQL` in a column `words`. Only the statements of the search use them.

use sea_orm::entity::prelude::*;

use crate::node_type::NodeType;
use crate::relation::Relation;

/// The names by which a public node is found.
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
    /// The weight of the node among equal matches, 0 to 9; higher comes first.
    pub weight: i32,
    /// The beginning of what the node is called, folded, to sort by; compared as bytes.
    #[sea_orm(column_type = "Text")]
    pub title: String,
    /// All that the node is called, folded, each name between line breaks.
    #[sea_orm(column_type = "Text")]
    pub names: String,
    /// A hash of everything that is indexed, so that unchanged documents need not be written.
    pub fingerprint: i64,
}

impl ActiveModelBehavior for ActiveModel {}
