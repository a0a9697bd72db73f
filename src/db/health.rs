//! Whether the database can be read, for who sends requests here. The log says so when that turns, and not each time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::Mutex;

use super::Db;

/// How long a row may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// A table that always has one row.
const ROW: &str = "SELECT epoch FROM change_log";

pub const SILENT: &str = "the database does not answer";
pub const UNREADABLE: &str = "the database cannot be read; the log says why";

/// Why the database cannot be read.
pub struct Ill {
    /// A sentence for anybody.
    pub sentence: &'static str,
    /// What the log has of it.
    pub cause: String,
}

impl Ill {
    /// An illness of which there is nothing else to say.
    pub fn new(sentence: &'static str, cause: impl Into<String>) -> Self {
        Self { sentence, cause: cause.into() }
    }
}

/// What was found the last time.
#[derive(Clone, Default)]
pub struct Health {
    is_ill: Arc<AtomicBool>,
    last: Arc<Mutex<Option<Found>>>,
}

/// When somebody began to look, and why the database could not be read.
type Found = (Instant, Result<(), &'static str>);

impl Health {
    fn note(&self, found: &Result<(), Ill>) {
        let was_ill = self.is_ill.swap(found.is_err(), Ordering::Relaxed);
        match found {
            Err(Ill { sentence, cause }) if !was_ill => tracing::error!(cause, "not ready: {sentence}"),
            Ok(()) if was_ill => tracing::info!("ready again"),
            _ => {}
        }
    }
}

impl Db {
    /// Reads a row. If that cannot be, a sentence says why. One looks at a time, for all who had asked when it began: probes
    /// are many.
    pub async fn ready(&self) -> Result<(), &'static str> {
        let asked = Instant::now();
        let mut last = self.health.last.lock().await;
        if let Some((began, found)) = *last
            && began >= asked
        {
            return found;
        }
        let began = Instant::now();
        let found = self.look().await;
        *last = Some((began, found));
        found
    }

    async fn look(&self) -> Result<(), &'static str> {
        let silent = || Err(Ill::new(SILENT, "no row within a second"));
        let found = tokio::time::timeout(PATIENCE, self.examine()).await.unwrap_or_else(|_| silent());
        self.health.note(&found);
        found.map_err(|ill| ill.sentence)
    }

    async fn examine(&self) -> Result<(), Ill> {
        // Before it is read: it is mapped, and to touch what was cut off ends the process.
        if let Some(file) = &self.file {
            file.examine().await?;
        }
        match self.reads.count(ROW).await? {
            0 => Err(Ill::new("the database has lost a row that it always has", ROW)),
            _ => Ok(()),
        }
    }
}
