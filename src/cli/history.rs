//! `folkmoot history`: prints who changed a node when, and what of it.

use std::process::ExitCode;

use clap::Args;
use entity::audit::{self, AuditOperation};

use super::{Failure, node, say};
use crate::{config::Config, domain::audit::of_node, graphql::relay::id};

/// Print who changed a node when, and the names of what changed.
#[derive(Debug, Args)]
pub struct History {
    /// A node: its id, or its type and slug, such as `talk/opening-words`
    node: String,
}

/// Runs the command.
pub async fn run(config: &Config, arguments: &History) -> Result<ExitCode, Failure> {
    let db = super::connect(config).await?;
    let (node_type, key) = node::find(&db, &arguments.node).await?;
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
