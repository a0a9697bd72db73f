//! `folkmoot migrate`: changes the database schema by hand. `serve` and `import` apply what is missing by themselves.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Failure, say};
use crate::{
    config::Config,
    db::{Db, migrate},
};

/// Change the database schema.
#[derive(Debug, Args)]
pub struct Migrate {
    #[command(subcommand)]
    direction: Direction,
}

#[derive(Debug, Subcommand)]
enum Direction {
    /// Apply every step that is missing
    Up,
    /// Say which steps are applied
    Status,
    /// Take steps back, the last one first; their data is lost
    Down {
        /// How many steps
        #[arg(long, default_value_t = 1)]
        steps: u32,
    },
}

/// Runs the command.
pub async fn run(config: &Config, arguments: &Migrate) -> Result<ExitCode, Failure> {
    let db = Db::connect(config.database_url.reveal(), 1, None).await?;
    match arguments.direction {
        Direction::Up => {
            super::bring_up_to_date(&db).await?;
        }
        Direction::Down { steps } => migrate::down(&db, steps).await?,
        Direction::Status => {}
    }
    for (step, applied) in migrate::status(&db).await? {
        say(format_args!("{} {step}\n", if applied { "applied" } else { "missing" }))?;
    }
    db.close().await?;
    Ok(ExitCode::SUCCESS)
}
