//! Writes the batches of a run, or works out what they would change. If the database goes away, it waits for it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use entity::import;
use futures_util::future::BoxFuture;
use sea_orm::{ActiveValue::Set, DbBackend};
use uuid::Uuid;

use super::{
    source::Source,
    store::{Outcome, Planned, Ready, Store},
};
use crate::{
    clock::Clock,
    db::Db,
    domain::write::{Origin, Tx},
    error::{Code, Error, Result},
};

/// How long a run waits for a database that is away, and the pauses between two tries.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(2);

/// After an import held SQLite's lock for so long, it leaves it alone for a while. Who waits for the lock only looks from
/// time to time, at first every 25 milliseconds at least. So it finds the lock free once.
const HELD: Duration = Duration::from_millis(120);
const GAP: Duration = Duration::from_millis(25);

/// Writes for a run.
pub(super) struct Writer {
    pub db: Db,
    pub origin: Origin,
    pub store: Store,
    mode: Mode,
    /// How long it held the lock since it last left it alone.
    held: Duration,
}

/// What becomes of batches.
enum Mode {
    /// They are written. Is the run itself written already?
    Write { has_begun: bool },
    /// It is only worked out what they would change.
    Plan(Box<Planned>),
}

/// What a run does with the database.
#[derive(Clone, Copy)]
enum Work<'a> {
    /// It writes these batches.
    Batches(&'a Arc<Ready>),
    /// It ends.
    End {
        /// It brought in all of its source.
        is_complete: bool,
    },
}

/// A batch that waits for others to be written with.
pub(super) struct Pending {
    /// Its file.
    pub file: String,
    /// Its records.
    pub ready: Arc<Ready>,
}

/// What became of some batches.
pub(super) type Done = (Vec<Pending>, Result<Outcome>);

impl Writer {
    /// Writes for this run, or only plans if it is dry.
    pub fn new(db: &Db, origin: Origin, store: Store, is_dry: bool) -> Self {
        let mode = if is_dry { Mode::Plan(Box::default()) } else { Mode::Write { has_begun: false } };
        Self { db: db.clone(), origin, store, mode, held: Duration::ZERO }
    }

    /// Writes these batches together. If that fails, it writes each of them alone, so an error costs only its own batch.
    pub async fn write(mut self, batches: Vec<Pending>) -> (Self, Vec<Done>) {
        let done = self.write_all(batches).await;
        (self, done)
    }

    async fn write_all(&mut self, batches: Vec<Pending>) -> Vec<Done> {
        let Some((first, others)) = batches.split_first() else { return Vec::new() };
        let mut all = Ready::clone(&first.ready);
        for other in others {
            all.add(&other.ready);
        }
        match self.patiently(Work::Batches(&Arc::new(all))).await {
            Err(error) if batches.len() > 1 && !ends(&error) => {}
            done => return vec![(batches, done)],
        }
        let mut all = Vec::with_capacity(batches.len());
        for batch in batches {
            let done = self.patiently(Work::Batches(&batch.ready)).await;
            let has_ended = done.as_ref().is_err_and(ends);
            all.push((vec![batch], done));
            if has_ended {
                break;
            }
        }
        all
    }

    /// Writes that the run is over, and whether it was complete.
    pub async fn end(&mut self, is_complete: bool) -> Result<()> {
        self.patiently(Work::End { is_complete }).await.map(drop)
    }

    /// Does something, and waits if the database is away.
    async fn patiently(&mut self, work: Work<'_>) -> Result<Outcome> {
        let deadline = Instant::now() + PATIENCE;
        let mut has_said = false;
        loop {
            let done = match work {
                Work::Batches(ready) => self.attempt(ready).await,
                Work::End { is_complete } => self.write_end(is_complete).await,
            };
            match done {
                Err(error) if error.code() == Code::DatabaseUpgraded => return Err(self.ended(&error)),
                Err(Error::Storage(fault)) => return Err(self.ended(&self.db.storage_failure(fault))),
                Err(error) if !self.is_absence(&error).await => return Err(error),
                Ok(outcome) => return Ok(outcome),
                Err(_) if Instant::now() > deadline => return Err(self.ended(&self.db.absence().await)),
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
            Error::Internal => !self.db.answers().await,
            _ => false,
        }
    }

    /// The error that ends the run. It says what happened to the written batches.
    fn ended(&self, why: &Error) -> Error {
        let kept = match self.mode {
            Mode::Plan(_) => "It was a dry run: nothing is kept.",
            Mode::Write { .. } => "What is imported so far stays. Then run the import again: it goes on.",
        };
        Error::invalid(why.code(), format!("{why} {kept}"))
    }

    async fn attempt(&mut self, ready: &Arc<Ready>) -> Result<Outcome> {
        let mut ready = Ready::clone(ready);
        let none = Planned::default();
        let planned = match &self.mode {
            Mode::Plan(planned) => planned,
            Mode::Write { .. } => &none,
        };
        let known = self.store.take_known(self.db.reading(), planned, &mut ready).await?;
        let mut outcome = if ready.is_empty() { ready.into_outcome() } else { self.apply(ready).await? };
        for (node_type, unchanged) in known {
            outcome.tallies.entry(node_type).or_default().unchanged += unchanged;
        }
        Ok(outcome)
    }

    /// Writes what is new or changed, or works out what that would be.
    async fn apply(&mut self, ready: Ready) -> Result<Outcome> {
        let has_begun = match &mut self.mode {
            Mode::Plan(planned) => {
                let outcome = self.store.plan(self.db.reading(), &self.origin.clock, &ready, planned).await;
                if outcome.is_ok() {
                    planned.keep();
                } else {
                    planned.forget();
                }
                return outcome;
            }
            Mode::Write { has_begun } => *has_begun,
        };
        let (store, clock, ready) = (self.store.clone(), self.origin.clock.clone(), Arc::new(ready));
        let run = (!has_begun).then(|| self.run());
        let (origin, begin) = (self.origin.clone(), Instant::now());
        let outcome = self.db.write(origin, move |tx| write(tx, &store, &clock, &ready, run.as_ref())).await?;
        self.let_others_write(begin.elapsed()).await;
        self.mode = Mode::Write { has_begun: true };
        Ok(outcome)
    }

    async fn write_end(&mut self, is_complete: bool) -> Result<Outcome> {
        let Mode::Write { has_begun } = self.mode else { return Ok(Outcome::default()) };
        let (run, import) = ((!has_begun).then(|| self.run()), self.store.import);
        self.db.write(self.origin.clone(), move |tx| end(tx, import, run.as_ref(), is_complete)).await?;
        Ok(Outcome::default())
    }

    /// Leaves SQLite's lock alone from time to time.
    async fn let_others_write(&mut self, held: Duration) {
        self.held += held;
        if self.db.backend() == DbBackend::Sqlite && self.held > HELD {
            self.held = Duration::ZERO;
            tokio::time::sleep(GAP).await;
        }
    }

    /// The run as a row.
    fn run(&self) -> import::ActiveModel {
        let Source { system, scope } = &self.store.source;
        import::ActiveModel {
            id: Set(self.store.import),
            system: Set(system.to_string()),
            scope: Set(scope.to_string()),
            actor: Set(self.origin.actor.to_string()),
            at: Set(self.origin.clock.now()),
            complete: Set(false),
        }
    }
}

/// Would later batches get this error, too?
pub(super) fn ends(error: &Error) -> bool {
    matches!(error, Error::Timeout)
        || matches!(error.code(), Code::DatabaseUnreachable | Code::DatabaseUpgraded | Code::StorageFailed)
}

fn write<'tx>(
    tx: &'tx Tx,
    store: &Store,
    clock: &Clock,
    ready: &Arc<Ready>,
    run: Option<&import::ActiveModel>,
) -> BoxFuture<'tx, Result<Outcome>> {
    let (store, clock, ready, run) = (store.clone(), clock.clone(), ready.clone(), run.cloned());
    Box::pin(async move {
        if let Some(run) = run {
            tx.begin_import(run).await?;
        }
        store.write(tx, &clock, &ready).await
    })
}

fn end<'tx>(
    tx: &'tx Tx,
    import: Uuid,
    run: Option<&import::ActiveModel>,
    is_complete: bool,
) -> BoxFuture<'tx, Result<()>> {
    let run = run.cloned();
    Box::pin(async move {
        if let Some(run) = run {
            tx.begin_import(run).await?;
        }
        if is_complete { tx.complete_import(import).await } else { Ok(()) }
    })
}
