//! Readiness: whether the database can be read, for load balancers. The log has only changes of the state, not each
//! probe.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::Mutex;

use super::Db;

/// The time limit for reading the row.
const PATIENCE: Duration = Duration::from_secs(1);

/// A table that always has one row.
const ROW: &str = "SELECT epoch FROM change_log";

pub const SILENT: &str = "the database does not answer";
pub const UNREADABLE: &str = "the database cannot be read; the log says why";

/// Why the database cannot be read.
pub struct Ill {
    /// A sentence that is safe to show to anybody.
    pub sentence: &'static str,
    /// The cause, for the log.
    pub cause: String,
}

impl Ill {
    /// With this sentence and cause.
    pub fn new(sentence: &'static str, cause: impl Into<String>) -> Self {
        Self { sentence, cause: cause.into() }
    }
}

/// The result of the last probe.
#[derive(Clone, Default)]
pub struct Health {
    is_ill: Arc<AtomicBool>,
    last: Arc<Mutex<Option<LastProbe>>>,
}

/// When the probe began, and its result.
type LastProbe = (Instant, Result<(), &'static str>);

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
    /// Reads a row. The error is a sentence that says why the row cannot be read. Only one probe runs at a time, and
    /// its result is for all callers who asked before it began, because there may be many.
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
        // First the file is examined. It is mapped into memory, and to read a part that was cut off ends the process.
        if let Some(file) = &self.file {
            file.examine().await?;
        }
        match self.reads.count(ROW).await? {
            0 => Err(Ill::new("the database has lost a row that it always has", ROW)),
            _ => Ok(()),
        }
    }
}
