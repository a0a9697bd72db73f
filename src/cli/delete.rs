//! `folkmoot delete`: deletes a node, with its parts and all that cannot be without it.

use std::{collections::HashSet, process::ExitCode};

use clap::Args;
use entity::node_type::NodeType;
use uuid::Uuid;

use super::{Failure, node, say};
use crate::{
    clock::Clock,
    config::Config,
    db::Db,
    domain::{
        audit::Actor,
        deletion::{Deletion, counts},
        write::{Origin, Tx},
    },
    error::Error,
    graphql::relay::id,
};

/// Delete a node, its parts and the nodes that cannot be without it. An import does not bring them back.
#[derive(Debug, Args)]
pub struct Delete {
    /// A node: its id, or its type and slug, such as `talk/opening-words`
    node: String,
    /// Say what would happen, and delete nothing
    #[arg(long, env = "FOLKMOOT_DRY_RUN")]
    dry_run: bool,
}

/// Runs the command.
pub async fn run(config: &Config, clock: &Clock, arguments: &Delete) -> Result<ExitCode, Failure> {
    let db = super::connect(config).await?;
    let (node_type, key) = node::find(&db, &arguments.node).await?;
    let origin = Origin::new(clock, Actor::Command("delete"));
    let deletion = if arguments.dry_run {
        try_out(&db, origin, node_type, key).await?
    } else {
        db.write(origin, move |tx| Box::pin(tx.delete_node(node_type, key))).await?
    };
    if deletion.gone.is_empty() {
        return Err(format!("there is no {} `{}`", node_type.name(), arguments.node).into());
    }
    say(told(&deletion))?;
    if arguments.dry_run {
        say("A dry run: nothing was deleted.\n")?;
    }
    db.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// What a deletion would do.
async fn try_out(db: &Db, origin: Origin, node_type: NodeType, key: Uuid) -> Result<Deletion, Error> {
    let tx = Tx::begin(db, origin).await?;
    let deletion = tx.delete_node(node_type, key).await;
    tx.roll_back().await?;
    deletion
}

/// Names the node. Of what goes or changes with it, there may be thousands, so these are counted.
fn told(deletion: &Deletion) -> String {
    let mut gone = deletion.gone.iter();
    let first = gone.next().map(|(node_type, key)| id::encode(*node_type, *key).0).unwrap_or_default();
    let with_it: Vec<_> = gone.map(|(node_type, _)| *node_type).collect();
    // A node that loses several things changes once.
    let changed: HashSet<_> = deletion.changed.iter().map(|(node_type, key, _)| (*node_type, *key)).collect();
    let changed: Vec<_> = changed.into_iter().map(|(node_type, _)| node_type).collect();
    format!("deleted       {first}\nwith it       {}\nchanged       {}\n", counts(&with_it), counts(&changed))
}
