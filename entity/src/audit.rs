//! The audit: who changed which node when, and what of it. Rows are only added. They hold no values.

use sea_orm::entity::prelude::*;

use crate::node_type::NodeType;

/// What was done to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuditOperation {
    /// It was created.
    Create,
    /// Columns or parts of it changed.
    Change,
    /// It was deleted.
    Delete,
    /// It became part of another node.
    Merge,
}

/// One write of one node. The node may be deleted, so no column is a foreign key.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    /// Key, ascending.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// When, UTC.
    pub at: DateTimeUtc,
    /// Who wrote: `system`, `import` and the source, or `command` and its name.
    #[sea_orm(column_type = "Text")]
    pub actor: String,
    /// What was done.
    pub operation: AuditOperation,
    /// What sort of node it is.
    pub node_type: NodeType,
    /// The node's key.
    pub node_id: Uuid,
    /// The node that it became part of; null unless merged.
    pub into_id: Option<Uuid>,
    /// The names of the columns and of the tables of parts that changed, with spaces between them; empty for a new node.
    #[sea_orm(column_type = "Text")]
    pub fields: String,
    /// The run of the import that wrote; null if none did, or before runs were kept.
    pub import_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
