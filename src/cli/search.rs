//! `folkmoot search`: looks after the search. `serve` and `import` renew its documents by themselves when a new version
//! needs that.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Failure, say};
use crate::{config::Config, db::Db, domain::search};

/// Look after the search.
#[derive(Debug, Args)]
pub struct Search {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write the documents of the search anew, while servers go on; for a database that was changed or damaged by others
    Rebuild,
}

/// Runs the command.
pub async fn run(config: &Config, arguments: &Search) -> Result<ExitCode, Failure> {
    let Action::Rebuild = arguments.action;
    let db = Db::connect(config.database_url.reveal(), 1, None).await?;
    let documents = super::or_absence(&db, search::rebuild(&db).await).await?;
    say(format_args!("{documents} documents\n"))?;
    db.close().await?;
    Ok(ExitCode::SUCCESS)
}
