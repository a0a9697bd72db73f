//! The audit: every write of every node, with who wrote and the names of what changed. It is only added to, in the
//! transaction of the write. It holds no values, so nothing private is in it.

use std::fmt;

use chrono::{DateTime, Utc};
use entity::{
    audit::{self, AuditOperation},
    node_type::NodeType,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::journal::Touched;
use crate::{
    db::{Db, insert::insert_all, transaction::Transaction},
    error::Result,
};

/// Who writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The program itself.
    System,
    /// An import.
    Import {
        /// Its source: the system and the scope.
        source: std::sync::Arc<str>,
        /// Its run.
        run: Uuid,
    },
    /// Whoever runs this command.
    Command(&'static str),
}

impl Actor {
    /// The run of the import, if it is one.
    fn run(&self) -> Option<Uuid> {
        match self {
            Self::Import { run, .. } => Some(*run),
            Self::System | Self::Command(_) => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Import { source, .. } => write!(f, "import {source}"),
            Self::Command(name) => write!(f, "command {name}"),
        }
    }
}

/// Adds what a transaction did.
pub(super) async fn append(db: &Transaction, actor: &Actor, touched: &[Touched], now: DateTime<Utc>) -> Result<()> {
    let (run, actor) = (actor.run(), actor.to_string());
    let rows = touched.iter().filter_map(|node| row(node, &actor, run, now)).collect();
    Ok(insert_all::<audit::Entity>(db, rows).await?)
}

/// `None` for a node that was created and deleted at once.
fn row(node: &Touched, actor: &str, run: Option<Uuid>, now: DateTime<Utc>) -> Option<audit::ActiveModel> {
    let operation = match node {
        Touched { is_new: true, is_gone: true, .. } => return None,
        Touched { is_gone: true, .. } => AuditOperation::Delete,
        Touched { into: Some(_), .. } => AuditOperation::Merge,
        Touched { is_new: true, .. } => AuditOperation::Create,
        _ => AuditOperation::Change,
    };
    let fields = if node.is_new { String::new() } else { node.fields.join(" ") };
    Some(audit::ActiveModel {
        at: Set(now),
        actor: Set(actor.to_owned()),
        operation: Set(operation),
        node_type: Set(node.node_type),
        node_id: Set(node.node_id),
        into_id: Set(node.into),
        fields: Set(fields),
        import_id: Set(run),
        ..Default::default()
    })
}

/// All writes of a node, the first one first.
pub async fn of_node(db: &Db, node_type: NodeType, node_id: Uuid) -> Result<Vec<audit::Model>> {
    let rows = audit::Entity::find()
        .filter(audit::Column::NodeId.eq(node_id))
        .filter(audit::Column::NodeType.eq(node_type))
        .order_by_asc(audit::Column::Id);
    Ok(rows.all(db.reads()).await?)
}
