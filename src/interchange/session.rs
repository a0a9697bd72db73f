//! One run of an import: batch after batch, each a transaction of its own, so that what is wrong with one of them costs
//! only that one. A trial run (`--dry-run`) does the same work inside one transaction that is taken back at the end.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{
    record::Batch,
    report::Report,
    store::{Outcome, Store},
};
use crate::{
    clock::Clock,
    db::Db,
    domain::write::Tx,
    error::{Error, Result},
};

/// A run that is under way.
pub struct Session {
    db: Db,
    clock: Clock,
    store: Store,
    trial: Option<Tx>,
    report: Report,
}

impl Session {
    /// Begins a run that brings in what `source` holds.
    pub async fn begin(db: &Db, clock: &Clock, source: &str, dry_run: bool) -> Result<Self> {
        let trial = if dry_run { Some(Tx::begin(db, clock).await?) } else { None };
        let (store, report) = (Store::new(source), Report::new(dry_run));
        Ok(Self { db: db.clone(), clock: clock.clone(), store, trial, report })
    }

    /// The clock of the run.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What happened so far.
    pub fn report(&mut self) -> &mut Report {
        &mut self.report
    }

    /// Writes a batch. If it cannot be, nothing of it is, and the report says why; only a database that stopped
    /// answering ends the run.
    pub async fn write(&mut self, file: &str, batch: Batch) -> Result<()> {
        match self.attempt(batch).await {
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
            Err(error @ (Error::Unavailable | Error::Timeout)) => Err(error),
            // What came before is gone, too: the rest would be told of a history without it.
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

    async fn attempt(&self, batch: Batch) -> Result<Outcome> {
        if let Some(trial) = &self.trial {
            return trial.part(self.store.write(trial, &batch)).await;
        }
        let (store, batch) = (self.store.clone(), Arc::new(batch));
        self.db.write(&self.clock, move |tx| write(tx, &store, &batch)).await
    }

    /// Ends the run; a trial run is taken back.
    pub async fn finish(self) -> Result<Report> {
        if let Some(trial) = self.trial {
            trial.roll_back().await?;
        }
        Ok(self.report)
    }
}

fn write<'tx>(tx: &'tx Tx, store: &Store, batch: &Arc<Batch>) -> BoxFuture<'tx, Result<Outcome>> {
    let (store, batch) = (store.clone(), batch.clone());
    Box::pin(async move { store.write(tx, &batch).await })
}
