//! `folkmoot history`: prints who changed a node when, and what of it.

use std::process::ExitCode;

use clap::Args;
use entity::{
    audit::{self, AuditOperation},
    node_type::NodeType,
};
use sea_orm::Iterable;
use uuid::Uuid;

use super::{Failure, say};
use crate::{
    config::Config,
    db::Db,
    domain::{audit::of_node, noun::key_of_slug},
    graphql::relay::id,
};

/// Print who changed a node when, and the names of what changed.
#[derive(Debug, Args)]
pub struct History {
    /// A node: its id, or its type and slug, such as `talk/opening-words`
    node: String,
}

/// Runs the command.
pub async fn run(config: &Config, arguments: &History) -> Result<ExitCode, Failure> {
    let db = super::connect(config).await?;
    let (node_type, key) = find(&db, &arguments.node).await?;
    let writes = of_node(&db, node_type, key).await?;
    if writes.is_empty() {
        let name = &arguments.node;
        return Err(
            format!("nothing is recorded of `{name}`: it was written before there was an audit, or never").into()
        );
    }
    for write in writes {
        say(line(&write))?;
    }
    db.close().await?;
    Ok(ExitCode::SUCCESS)
}

async fn find(db: &Db, name: &str) -> Result<(NodeType, Uuid), Failure> {
    if let Some(node) = id::decode(name) {
        return Ok(node);
    }
    let unknown = || format!("`{name}` is neither an id nor a type and a slug, such as `talk/opening-words`");
    let (type_name, slug) = name.split_once('/').ok_or_else(unknown)?;
    let named = |node_type: &NodeType| node_type.name().eq_ignore_ascii_case(type_name);
    let node_type = NodeType::iter().find(named).ok_or_else(unknown)?;
    let key = key_of_slug(db, node_type, slug).await?;
    Ok((node_type, key.ok_or_else(|| format!("there is no {} `{slug}`", node_type.name()))?))
}

fn line(write: &audit::Model) -> String {
    let done = match write.operation {
        AuditOperation::Create => "created",
        AuditOperation::Change => "changed",
        AuditOperation::Delete => "deleted",
        AuditOperation::Merge => "merged",
    };
    let at = write.at.format("%Y-%m-%d %H:%M:%S UTC");
    let into = write.into_id.map(|into| format!(" into {}", id::encode(write.node_type, into).0)).unwrap_or_default();
    let fields = write.fields.replace(' ', ", ");
    let what = if fields.is_empty() { String::new() } else { format!(": {fields}") };
    format!("{at}  {done}{into} by {}{what}\n", write.actor)
}
