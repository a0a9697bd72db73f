//! `folkmoot import`: brings histories in.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};

use super::{Failure, say};
use crate::{
    clock::Clock,
    db::Db,
    error::Error,
    interchange::{rubyevents, session::Session, source::Source},
};

/// Import a community's history; a second run brings only what changed.
#[derive(Debug, Args)]
pub struct Import {
    /// What the files are
    format: Format,
    /// Where they are
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Print what would change, field by field, and write nothing
    #[arg(long, env = "FOLKMOOT_DRY_RUN")]
    dry_run: bool,
    /// Name the source: keys are unique in it. By default it is the one that has these groups already, or a new one
    #[arg(long, value_name = "NAME")]
    scope: Option<String>,
    /// Delete what the source brought and no longer names, unless somebody edited it
    #[arg(long)]
    prune: bool,
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
    let source = source(db, clock, args).await?;
    let is_known = source.is_known(&db.reading()).await?;
    say(format!("source   {source}{}\n", if is_known { "" } else { " (new)" }))?;
    let begun = Session::of(db, clock, source, args.dry_run).pruning(args.prune, args.scope.is_some());
    let mut session = begun.telling(|line| _ = say(format!("{line}\n")));
    let read = read(&mut session, &args.paths).await;
    if read.is_err() {
        // What was read before the error comes in all the same.
        session.flush().await?;
        say(session.report())?;
        read?;
    }
    let report = session.finish().await?;
    if !args.dry_run && !report.changed_nothing() {
        db.analyze().await?;
    }
    say(&report)?;
    db.clone().close().await?;
    Ok(if report.skipped.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn read(session: &mut Session, paths: &[PathBuf]) -> Result<(), Error> {
    for path in paths {
        rubyevents::import(session, path).await?;
    }
    Ok(())
}

/// The source that is named, or that of the files.
async fn source(db: &Db, clock: &Clock, args: &Import) -> Result<Source, Failure> {
    if let Some(scope) = &args.scope {
        return Ok(Source::named(rubyevents::SYSTEM, scope)?);
    }
    let mut session = Session::sampling(db, clock, rubyevents::SYSTEM);
    read(&mut session, &args.paths).await?;
    let sample = session.into_sample();
    if sample.groups.is_empty() && sample.events.is_empty() {
        return Err("no group and no event tells which source this is: name it with `--scope NAME`".into());
    }
    Ok(Source::of(&db.reading(), rubyevents::SYSTEM, &sample).await?)
}
