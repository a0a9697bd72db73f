//! One run of an import. Each batch is a transaction of its own, so an error in a batch costs only that batch. If the
//! database goes away, the run waits for it. A dry run (`--dry-run`) does the same work in one transaction, which is
//! rolled back at the end.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::BoxFuture;

use super::{
    record::Batch,
    report::Report,
    store::{Outcome, Store},
};
use crate::{
    clock::Clock,
    db::Db,
    domain::{
        audit::Actor,
        write::{Origin, Tx},
    },
    error::{Code, Error, Result},
};

/// How long a run waits for a database that is away, and the pauses between two tries.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(2);

/// A run that is under way.
pub struct Session {
    db: Db,
    origin: Origin,
    store: Store,
    trial: Option<Tx>,
    report: Report,
}

impl Session {
    /// Begins a run that imports the records of `source`.
    pub async fn begin(db: &Db, clock: &Clock, source: &str, dry_run: bool) -> Result<Self> {
        let origin = Origin::new(clock, Actor::Import(source.into()));
        let trial = if dry_run { Some(Tx::begin(db, origin.clone()).await?) } else { None };
        let (store, report) = (Store::new(source), Report::new(dry_run));
        Ok(Self { db: db.clone(), origin, store, trial, report })
    }

    /// Takes pictures of this server, too: see [`Store::with_own_address`].
    #[must_use]
    pub fn with_own_address(self, own_address: &str) -> Self {
        Self { store: self.store.with_own_address(own_address), ..self }
    }

    /// The clock of the run.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.origin.clock
    }

    /// What happened so far.
    pub fn report(&mut self) -> &mut Report {
        &mut self.report
    }

    /// Writes a batch. If that fails, nothing of the batch is written, and the report says why. An error that later
    /// batches would get, too, ends the run: a database that stays away, that another version has upgraded, or whose
    /// storage fails.
    pub async fn write(&mut self, file: &str, batch: Batch) -> Result<()> {
        match self.attempt_patiently(Arc::new(batch)).await {
            Ok(outcome) => {
                self.report.add(&outcome.tallies);
                for text in outcome.notes {
                    self.report.note(file, text);
                }
                for reason in outcome.skipped {
                    self.report.skip(file, None, reason);
                }
                Ok(())
            }
            Err(error @ Error::Timeout) => Err(error),
            Err(error) if ends(&error) => Err(error),
            // The earlier batches are lost, too. A report of the later ones without them would be wrong.
            Err(error) if self.trial.as_ref().is_some_and(Tx::is_over) => Err(error),
            Err(Error::Internal) => {
                self.report.skip(file, None, "the database refused it; the log says why");
                Ok(())
            }
            Err(error) => {
                self.report.skip(file, None, error.to_string());
                Ok(())
            }
        }
    }

    /// Writes a batch, and waits if the database is away. A dry run does not wait, because it is lost with its
    /// connection.
    async fn attempt_patiently(&self, batch: Arc<Batch>) -> Result<Outcome> {
        let deadline = Instant::now() + PATIENCE;
        let mut has_said = false;
        loop {
            match self.attempt(&batch).await {
                Err(error) if error.code() == Code::DatabaseUpgraded => return Err(self.ended(&error)),
                Err(Error::Storage(fault)) => return Err(self.ended(&self.db.storage_failure(fault))),
                Err(error) if !self.is_absence(&error).await => return Err(error),
                Ok(outcome) => return Ok(outcome),
                Err(_) if self.trial.is_some() || Instant::now() > deadline => {
                    return Err(self.ended(&self.db.absence().await));
                }
                Err(_) if !has_said => {
                    has_said = true;
                    let seconds = PATIENCE.as_secs();
                    tracing::warn!("the database does not answer: waiting up to {seconds} seconds for it");
                }
                Err(_) => {}
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Is the database away? Some errors do not say whether the database or the batch is the cause.
    async fn is_absence(&self, error: &Error) -> bool {
        match error {
            Error::Unavailable => true,
            Error::Internal if self.trial.is_none() => !self.db.answers().await,
            _ => false,
        }
    }

    /// The error that ends the run. It says what happened to the written batches.
    fn ended(&self, why: &Error) -> Error {
        let kept = if self.trial.is_some() {
            "It was a dry run: nothing is kept."
        } else {
            "What is imported so far stays. Then run the import again: it goes on."
        };
        Error::invalid(why.code(), format!("{why} {kept}"))
    }

    async fn attempt(&self, batch: &Arc<Batch>) -> Result<Outcome> {
        if let Some(trial) = &self.trial {
            return trial.part(self.store.write(trial, batch)).await;
        }
        let (store, batch) = (self.store.clone(), batch.clone());
        self.db.write(self.origin.clone(), move |tx| write(tx, &store, &batch)).await
    }

    /// Ends the run. A dry run is rolled back.
    pub async fn finish(self) -> Result<Report> {
        if let Some(trial) = self.trial {
            trial.roll_back().await?;
        }
        Ok(self.report)
    }
}

/// Would later batches get this error, too?
fn ends(error: &Error) -> bool {
    matches!(error.code(), Code::DatabaseUnreachable | Code::DatabaseUpgraded | Code::StorageFailed)
}

fn write<'tx>(tx: &'tx Tx, store: &Store, batch: &Arc<Batch>) -> BoxFuture<'tx, Result<Outcome>> {
    let (store, batch) = (store.clone(), batch.clone());
    Box::pin(async move { store.write(tx, &batch).await })
}
