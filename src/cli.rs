//! The command line, one file a sub-command.
//!
//! Exit codes: 0 done, 1 failed, 2 bad usage or bad configuration.

use std::{
    ffi::OsString,
    fmt::Display,
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::{
    clock::Clock,
    config::{Config, ConfigError, LogFormat, Settings},
    db::{self, Db},
    domain,
    error::Error,
};

mod delete;
mod files;
mod flags;
mod history;
mod import;
mod migrate;
mod node;
mod schema;
mod search;
mod serve;

const BAD_USAGE: u8 = 2;

/// The end of the top-level help.
const WHERE_THE_REST_IS: &str = "The settings of the server are in `folkmoot serve --help`. Each setting is also an environment variable and a \
     key of the file; these are the same for all commands.";

/// A self-hosted GraphQL API for meetup data.
#[derive(Debug, Parser)]
#[command(name = "folkmoot", version, propagate_version = true, after_help = WHERE_THE_REST_IS)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// A TOML file with settings; flags and environment variables win over it
    #[arg(long, env = "FOLKMOOT_CONFIG", global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API, creating and migrating the database if need be
    Serve,
    /// Change the database schema
    Migrate(migrate::Migrate),
    /// Bring in a history from elsewhere
    Import(import::Import),
    /// Print who changed a node when
    History(history::History),
    /// Delete a node by hand
    Delete(delete::Delete),
    /// Look after the search
    Search(search::Search),
    /// Print the GraphQL schema
    Schema,
}

/// The error that ends a command. It is printed for the user.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Parses the command line and runs the command.
#[must_use]
pub fn run() -> ExitCode {
    let matches = command().get_matches();
    let Arguments { command, config } = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let config = match configuration(&matches, |name| std::env::var_os(name), config) {
        Ok(config) => config,
        Err(error) => return complain(&error, BAD_USAGE),
    };
    if let Err(error) = start_logging(&config) {
        return complain(&*error, BAD_USAGE);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error, 1),
    };
    runtime.block_on(dispatch(command, config)).unwrap_or_else(|error| complain(&*error, 1))
}

/// The command line: all commands, each with the settings that it takes as flags.
#[must_use]
pub fn command() -> clap::Command {
    flags::with_settings(Arguments::command())
}

/// The configuration from flags, environment variables and the file.
pub fn configuration(
    flags: &ArgMatches,
    variable: impl Fn(&str) -> Option<OsString>,
    file: Option<PathBuf>,
) -> Result<Config, ConfigError> {
    let file = file.map_or_else(|| Ok(Settings::default()), Settings::from_file)?;
    let flags = Settings::from_flags(flags::given(flags))?;
    flags.or(Settings::from_environment(variable)?).or(file).try_into()
}

async fn dispatch(command: Command, config: Config) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve => serve::run(config).await,
        Command::Migrate(arguments) => migrate::run(&config, &arguments).await,
        Command::Import(arguments) => import::run(&connect(&config).await?, &Clock::system(), &arguments).await,
        Command::History(arguments) => history::run(&config, &arguments).await,
        Command::Delete(arguments) => delete::run(&config, &Clock::system(), &arguments).await,
        Command::Search(arguments) => search::run(&config, &arguments).await,
        Command::Schema => schema::run(),
    }
}

/// Applies pending migrations, and renews the documents of the search if they are of another format.
async fn bring_up_to_date(db: &Db) -> Result<(), Failure> {
    or_absence(db, domain::search::bring_up_to_date(db).await).await
}

/// The result of a long write, with a better error if the database is away.
async fn or_absence<T>(db: &Db, done: Result<T, Failure>) -> Result<T, Failure> {
    match done {
        Err(failure) if is_absence(&failure) => Err(db.absence().await.into()),
        done => done,
    }
}

fn is_absence(failure: &Failure) -> bool {
    let is_gone = |error| db::is_gone(error) || db::is_transient(error);
    failure.downcast_ref().is_some_and(is_gone) || failure.downcast_ref() == Some(&Error::Unavailable)
}

/// Opens the database for a command, which reads one thing after the other, and applies pending migrations.
async fn connect(config: &Config) -> Result<Db, Failure> {
    connect_with(config, 1).await
}

/// The same with so many connections for reads.
async fn connect_with(config: &Config, readers: u32) -> Result<Db, Failure> {
    let url = config.database_url.reveal();
    let db = Db::connect_with_timeout(url, readers, config.statement_timeout, None).await?;
    bring_up_to_date(&db).await?;
    Ok(db)
}

/// Prints the result of a command. The reader (`head`, a pager) may close the pipe before the end, which is no error.
fn say(found: impl Display) -> Result<(), Failure> {
    match write!(io::stdout(), "{found}").and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn complain(error: &(dyn std::error::Error + 'static), code: u8) -> ExitCode {
    match error.downcast_ref() {
        // The error's own message refers to a request id, and there is no request.
        Some(Error::Internal | Error::Storage(_)) => eprintln!(
            "folkmoot: something went wrong on our side. The cause is in the log above, on standard error; if `--log` hides \
             it, run the command again with `--log error`."
        ),
        _ => eprintln!("folkmoot: {error}"),
    }
    ExitCode::from(code)
}

fn start_logging(config: &Config) -> Result<(), Failure> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log)
        .map_err(|error| format!("`{}` is no log filter: {error}", config.log))?;
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    match config.log_format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Ok(())
}
