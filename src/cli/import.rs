//! `folkmoot import`: brings histories in.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};

use super::{Failure, say};
use crate::{
    clock::Clock,
    db::Db,
    interchange::{rubyevents, session::Session},
};

/// Import a community's history; a second run brings only what changed.
#[derive(Debug, Args)]
pub struct Import {
    /// What the files are
    format: Format,
    /// Where they are
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Say what would happen, and keep nothing of it
    #[arg(long, env = "FOLKMOOT_DRY_RUN")]
    dry_run: bool,
}

/// The formats that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum Format {
    /// The data directory of rubyevents.org
    RubyEvents,
}

/// Imports and prints the summary. It exits with 1 if a record was skipped, so that scripts notice.
pub async fn run(db: &Db, clock: &Clock, args: &Import) -> Result<ExitCode, Failure> {
    let Format::RubyEvents = args.format;
    let mut session = Session::begin(db, clock, rubyevents::SYSTEM, args.dry_run).await?;
    for path in &args.paths {
        rubyevents::import(&mut session, path).await?;
    }
    let report = session.finish().await?;
    if !args.dry_run {
        db.analyze().await?;
    }
    say(&report)?;
    Ok(if report.skipped.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
