//! The change log: every write to a node, in order.

use sea_orm::entity::prelude::*;

use crate::node_type::NodeType;

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

/// A write to a node. The node may be gone, so nothing here is a foreign key.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "changes")]
pub struct Model {
    /// Key, ascending; rows of transactions that are still open are missing, and may appear below ones already seen.
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
