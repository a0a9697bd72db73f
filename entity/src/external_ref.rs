//! External references: the ids of our nodes in their sources.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::node_type::NodeType;
use crate::relation::Relation;

/// The identity of a node in a source.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "external_refs")]
pub struct Model {
    /// Key: a UUID v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The other system, such as an importer's format.
    #[sea_orm(unique_key = "identity", column_type = "Text")]
    pub system: String,
    /// Which source of that system: ids are unique in it.
    #[sea_orm(unique_key = "identity", column_type = "Text")]
    pub scope: String,
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
    /// Did this source bring the node? Other sources only complete it.
    pub is_origin: bool,
    /// The record that was last imported, as JSON. The next record is compared with it. Null if it was imported before
    /// records were kept.
    #[sea_orm(column_type = "Text")]
    pub record: Option<String>,
    /// The run that last wrote this row; null if that was before runs were kept.
    pub import_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
