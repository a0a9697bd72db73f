//! `folkmoot import`: brings histories in.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};

use crate::{
    clock::Clock,
    db::Db,
    error::Result,
    interchange::{rubyevents, session::Session},
};

/// Imports a community's history. Running it again brings only what changed.
#[derive(Args, Clone, Debug)]
pub struct Import {
    /// What the files are.
    pub format: Format,
    /// Where they are.
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Says what would happen, and keeps nothing of it.
    #[arg(long, env = "FOLKMOOT_DRY_RUN")]
    pub dry_run: bool,
}

/// The formats that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum Format {
    /// The data directory of rubyevents.org.
    RubyEvents,
}

/// Imports, prints the summary, and fails if something was skipped: a script should notice.
pub async fn run(db: &Db, clock: &Clock, args: &Import) -> Result<ExitCode> {
    let Format::RubyEvents = args.format;
    let mut session = Session::begin(db, clock, rubyevents::SYSTEM, args.dry_run).await?;
    for path in &args.paths {
        rubyevents::import(&mut session, path).await?;
    }
    let report = session.finish().await?;
    print!("{report}");
    Ok(if report.skipped.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
