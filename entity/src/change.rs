//! The change log: the last change of each public node, in the order of the commits.

use sea_orm::entity::prelude::*;

use crate::node_type::NodeType;
use crate::relation::Relation;

/// What happened to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Operation {
    /// It was created, or changed.
    Upsert,
    /// It is gone, or not public any more.
    Delete,
    /// It became part of another node.
    Merge,
}

/// A change of a node. The node may be deleted, so no column is a foreign key.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "changes")]
pub struct Model {
    /// Key, ascending in the order of the commits: no change appears later with a lower number than one that can be
    /// read already.
    #[sea_orm(primary_key)]
    pub seq: i64,
    /// What happened to the node.
    pub operation: Operation,
    /// What sort of node it is.
    pub node_type: NodeType,
    /// The node's key.
    pub node_id: Uuid,
    /// The node that it became part of; null unless merged.
    pub merged_into_id: Option<Uuid>,
    /// When, UTC.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
