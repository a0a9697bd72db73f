//! The search index, kept current by every write.

use entity::node_type::NodeType;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::error::Result;

/// Brings the documents of these nodes up to date.
pub async fn refresh(_db: &impl ConnectionTrait, _nodes: &[(NodeType, Uuid)]) -> Result<()> {
    Ok(())
}

/// Which nodes of this type hold the words of a filter's `query`.
pub fn matching(
    _backend: sea_orm::DbBackend,
    _node_type: NodeType,
    _column: impl sea_orm::ColumnTrait,
    _query: Option<&str>,
) -> Result<Option<sea_orm::sea_query::Expr>> {
    Ok(None)
}
