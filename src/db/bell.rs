//! A doorbell: somebody committed a change. It carries nothing; who hears it reads the change log.
//!
//! Within the process it always rings. PostgreSQL passes it on to other processes; with SQLite, and whenever that fails,
//! they notice by looking now and then.

use std::{sync::Arc, time::Duration};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend,
    sqlx::{
        self,
        postgres::{PgConnectOptions, PgListener, PgPoolOptions},
    },
};
use tokio::{sync::watch, task::JoinHandle};

use super::Db;

/// The channel on which PostgreSQL passes the bell on.
const CHANNEL: &str = "folkmoot_changes";
/// How long to wait before listening again after it failed.
const PAUSE: Duration = Duration::from_secs(1);

/// The bell of this process.
#[derive(Clone, Default)]
pub struct Bell(watch::Sender<()>);

impl Bell {
    /// Hears the rings from now on; several in a row may be one.
    #[must_use]
    pub fn hear(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }

    /// Rings here, and on PostgreSQL everywhere. NOTIFY takes a lock of the whole database until its transaction ends, so
    /// it has one of its own, which no write waits for.
    pub(super) fn ring(&self, writes: &DatabaseConnection) {
        self.0.send_replace(());
        if writes.get_database_backend() != DbBackend::Postgres {
            return;
        }
        let writes = writes.clone();
        tokio::spawn(async move {
            if let Err(error) = writes.execute_unprepared(&format!("NOTIFY {CHANNEL}")).await {
                tracing::warn!(%error, "other processes were not told of a change; they will notice within a second");
            }
        });
    }
}

/// Listens to the bells of other processes, until it is dropped.
pub struct Listener(JoinHandle<()>);

impl Listener {
    /// Begins to listen; `None` where there is nothing to hear.
    #[must_use]
    pub fn start(db: &Db) -> Option<Self> {
        let options = db.reads.postgres_options()?;
        Some(Self(tokio::spawn(listen(options, db.bell.clone()))))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn listen(options: Arc<PgConnectOptions>, bell: Bell) {
    loop {
        if let Err(error) = listen_once(&options, &bell).await {
            tracing::warn!(%error, "cannot hear of changes by other processes; looking for them every second");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Listens on a connection of its own: one of the pool would be missing there.
async fn listen_once(options: &PgConnectOptions, bell: &Bell) -> Result<(), sqlx::Error> {
    let own = PgPoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&own).await?;
    listener.listen(CHANNEL).await?;
    loop {
        listener.recv().await?;
        bell.0.send_replace(());
    }
}
