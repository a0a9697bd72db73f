//! External references: the ids of our nodes in other systems.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::node_type::NodeType;
use crate::relation::Relation;

/// The identity of a node in another system.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "external_refs")]
pub struct Model {
    /// Key: a UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The other system, such as an importer's format.
    #[sea_orm(unique_key = "identity", column_type = "Text")]
    pub system: String,
    /// The node's id there.
    #[sea_orm(unique_key = "identity", column_type = "Text")]
    pub external_id: String,
    /// What sort of node it is.
    #[sea_orm(unique_key = "identity")]
    pub node_type: NodeType,
    /// The node's key here.
    pub node_id: Uuid,
    /// The node's page there; null when it has none.
    #[sea_orm(column_type = "Text")]
    pub url: Option<String>,
    /// Hash of what was last imported: an import that finds the same hash changes nothing.
    #[sea_orm(column_type = "Text")]
    pub content_hash: String,
}

impl ActiveModelBehavior for ActiveModel {}
