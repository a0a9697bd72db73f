//! The change notifier tells that somebody committed a change. A notification has no content: whoever gets one reads the
//! change log.
//!
//! Within the process it always works. PostgreSQL sends notifications to other processes, too. SQLite cannot, and PostgreSQL
//! may fail. So other processes also look at the log from time to time.

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

/// The channel on which PostgreSQL notifies other processes.
const CHANNEL: &str = "folkmoot_changes";
/// How long to wait before listening again after it failed.
const PAUSE: Duration = Duration::from_secs(1);

/// The change notifier of this process.
#[derive(Clone, Default)]
pub struct ChangeNotifier(watch::Sender<()>);

impl ChangeNotifier {
    /// A receiver of all notifications from now on. Several changes in a row may be one notification.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }

    /// Notifies this process, and on PostgreSQL all others. NOTIFY locks the whole database until its transaction ends. So it
    /// runs in a transaction of its own, and no write waits for it.
    pub(super) fn notify(&self, writes: &DatabaseConnection) {
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

/// Listens to the notifications of other processes until it is dropped.
pub struct Listener(JoinHandle<()>);

impl Listener {
    /// Begins to listen. `None` on SQLite, which sends no notifications.
    #[must_use]
    pub fn start(db: &Db) -> Option<Self> {
        let options = db.reads.postgres_options()?;
        Some(Self(tokio::spawn(listen(options, db.change_notifier.clone()))))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn listen(options: Arc<PgConnectOptions>, notifier: ChangeNotifier) {
    loop {
        if let Err(error) = listen_once(&options, &notifier).await {
            tracing::warn!(%error, "cannot hear of changes by other processes; looking for them every second");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Listens on a connection of its own, because one of the pool would be missing there.
async fn listen_once(options: &PgConnectOptions, notifier: &ChangeNotifier) -> Result<(), sqlx::Error> {
    let own = PgPoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&own).await?;
    listener.listen(CHANNEL).await?;
    loop {
        listener.recv().await?;
        notifier.0.send_replace(());
    }
}
