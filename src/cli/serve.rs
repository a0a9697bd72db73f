//! `folkmoot serve`: runs the server, from opening the database to the shutdown.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use sea_orm::DbBackend;
use tokio::{net::TcpListener, task::JoinHandle};

use super::{Failure, files};
use crate::{
    clock::Clock,
    config::{Config, Secret},
    db::Db,
    domain::changes,
    http,
    interchange::demo,
};

/// How long closing the database connections may take.
const CLOSING: Duration = Duration::from_secs(2);

/// Serves until SIGTERM or Ctrl-C.
pub async fn run(mut config: Config) -> Result<ExitCode, Failure> {
    let clock = Clock::system();
    let connections = &mut config.connections;
    connections.lower(files::fit(connections.max_connections));
    let copy = config.demo.then(|| DemoCopy::new(&clock)).transpose()?;
    if let Some(copy) = &copy {
        config.database_url = copy.url();
    }
    let db = super::connect_with(&config, config.database_readers).await?;
    serve(&config, &db, clock).await?;
    // A statement that still runs belongs to a request that was dropped. The shutdown does not wait for it.
    if tokio::time::timeout(CLOSING, db.close()).await.is_err() {
        tracing::warn!("the database was still busy");
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: &Config, db: &Db, clock: Clock) -> Result<(), Failure> {
    let listen = config.listen;
    let listener = TcpListener::bind(listen).await.map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    let address = listener.local_addr()?;
    let activity = if config.demo { Some(load_demo(config, db, &clock, address).await?) } else { None };
    let app = http::App::new(db.clone(), clock.clone(), config);
    let stop = stop_signal();
    tracing::info!(%address, database = ?config.database_url, "ready: http://{address}/");
    if !http::has_graphiql() {
        tracing::warn!(
            "the playground is the small page: this was built without GraphiQL, for which the build needs npm"
        );
    }
    if db.backend() == DbBackend::Sqlite {
        tracing::info!("the database's file is mapped: stop the server before you put another in its place");
    }
    let pruning = tokio::spawn(prune(db.clone(), clock, config.change_retention));
    http::serve(listener, app, config, stop).await;
    pruning.abort();
    if let Some(activity) = activity {
        activity.abort();
    }
    Ok(())
}

/// Writes the demo data, and changes a little of it now and then until the task is aborted.
async fn load_demo(config: &Config, db: &Db, clock: &Clock, listening: SocketAddr) -> Result<JoinHandle<()>, Failure> {
    let address = http::demo::address(listening);
    let activity = demo::load(db, clock, &address).await?;
    let interval = config.demo_interval;
    Ok(tokio::spawn(async move {
        if !interval.is_zero() {
            activity.run(interval).await;
        }
    }))
}

/// Deletes old entries of the change log, now and then every hour. If it fails, it is tried again an hour later.
async fn prune(db: Db, clock: Clock, days: u32) {
    let mut hours = tokio::time::interval(Duration::from_hours(1));
    loop {
        hours.tick().await;
        let before = clock.now() - chrono::TimeDelta::days(days.into());
        match changes::prune(&db, &clock, before).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, days, "forgot old deletions of the change log"),
            Err(error) => tracing::warn!(%error, "could not prune the change log"),
        }
    }
}

/// Resolves when the process is asked to end. From this call on, and not only once somebody waits, neither signal kills it.
#[cfg(unix)]
fn stop_signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let told = |kind| {
        let signal = signal(kind);
        async {
            match signal {
                Ok(mut signal) => signal.recv().await,
                Err(_) => std::future::pending().await,
            }
        }
    };
    let (interrupt, terminate) = (told(SignalKind::interrupt()), told(SignalKind::terminate()));
    async {
        tokio::select! {
            _ = interrupt => {}
            _ = terminate => {}
        }
    }
}

/// Resolves when the process is asked to end.
#[cfg(not(unix))]
async fn stop_signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The directory of a database that goes with the process.
struct DemoCopy(PathBuf);

impl DemoCopy {
    fn new(clock: &Clock) -> std::io::Result<Self> {
        let directory = std::env::temp_dir().join(format!("folkmoot-demo-{}", clock.new_id()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&directory)?;
        Ok(Self(directory))
    }

    fn url(&self) -> Secret {
        Secret::from(format!("sqlite:{}", self.0.join("demo.db").display()).as_str())
    }
}

impl Drop for DemoCopy {
    fn drop(&mut self) {
        // If the directory cannot be removed, the system's cleaning of temporary files removes it later.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
