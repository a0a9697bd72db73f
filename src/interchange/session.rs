//! One run of an import. Small batches are written together, at most [`RECORDS`] in a transaction, so that nobody waits
//! long for the import. If that fails, each of them is written alone, so an error costs only its own batch. Batches that
//! are known as they are open no transaction. If the database goes away, the run waits for it.
//!
//! A dry run (`--dry-run`) does the same work without any transaction. It prints what would change, field by field.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use entity::import;
use futures_util::future::BoxFuture;
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use super::{
    prune::{self, Dropped, Named},
    record::Batch,
    report::{Report, Tally},
    source::Source,
    store::{self, Outcome, Planned, Ready, Store, Told},
};
use crate::{
    clock::Clock,
    db::Db,
    domain::{
        audit::Actor,
        write::{Origin, Tx},
    },
    error::{Code, Error, Result, printable},
};

/// How many records a transaction has at most, unless a batch has more.
const RECORDS: usize = 200;
/// How many groups and events a sample has, or a few more.
const SAMPLE: usize = 200;
/// How long a run waits for a database that is away, and the pauses between two tries.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(2);

/// A run that is under way.
pub struct Session {
    db: Db,
    origin: Origin,
    store: Store,
    mode: Mode,
    prunes: bool,
    pending: Vec<Pending>,
    named: Named,
    tell: Box<dyn FnMut(&str) + Send + Sync>,
    report: Report,
}

/// What becomes of batches.
enum Mode {
    /// They are written. Is the run itself written already?
    Write { has_begun: bool },
    /// It is only worked out what they would change.
    Plan(Box<Planned>),
    /// Their groups and events are collected, to find out which source it is.
    Sample(Box<Batch>),
}

/// What a run does with the database.
#[derive(Clone, Copy)]
enum Work<'a> {
    /// It writes these batches.
    Batches(&'a Arc<Ready>),
    /// It ends.
    End,
}

/// A batch that waits for others to be written with.
struct Pending {
    file: String,
    ready: Arc<Ready>,
}

impl Session {
    /// Begins a run that imports the records of the source that is called like its system.
    pub async fn begin(db: &Db, clock: &Clock, system: &str, dry_run: bool) -> Result<Self> {
        Ok(Self::of(db, clock, Source::of_system(system), dry_run))
    }

    /// Begins a run that imports the records of this source.
    #[must_use]
    pub fn of(db: &Db, clock: &Clock, source: Source, dry_run: bool) -> Self {
        let import = clock.new_id();
        let actor = Actor::Import { source: source.to_string().into(), run: import };
        let mode = if dry_run { Mode::Plan(Box::default()) } else { Mode::Write { has_begun: false } };
        Self {
            db: db.clone(),
            origin: Origin::new(clock, actor),
            store: Store::new(source, import),
            mode,
            prunes: false,
            pending: Vec::new(),
            named: Named::default(),
            tell: Box::new(|_| {}),
            report: Report::new(dry_run),
        }
    }

    /// Begins to collect a sample of the groups and events of a source: see [`Source::of`]. Nothing is written.
    #[must_use]
    pub fn sampling(db: &Db, clock: &Clock, system: &str) -> Self {
        Self { mode: Mode::Sample(Box::default()), ..Self::of(db, clock, Source::of_system(system), true) }
    }

    /// Is only a sample wanted?
    #[must_use]
    pub fn is_sampling(&self) -> bool {
        matches!(self.mode, Mode::Sample(_))
    }

    /// Does the sample suffice?
    #[must_use]
    pub fn has_enough(&self) -> bool {
        match &self.mode {
            Mode::Sample(sample) => sample.groups.len() + sample.events.len() >= SAMPLE,
            Mode::Write { .. } | Mode::Plan(_) => false,
        }
    }

    /// The sample.
    #[must_use]
    pub fn into_sample(self) -> Batch {
        match self.mode {
            Mode::Sample(sample) => *sample,
            Mode::Write { .. } | Mode::Plan(_) => Batch::default(),
        }
    }

    /// Takes pictures of this server, too: see [`Store::with_own_address`].
    #[must_use]
    pub fn with_own_address(self, own_address: &str) -> Self {
        Self { store: self.store.with_own_address(own_address), ..self }
    }

    /// Deletes at the end what the source no longer names, see [`prune`].
    #[must_use]
    pub fn pruning(self, prunes: bool) -> Self {
        Self { prunes, ..self }
    }

    /// Tells what a dry run would write, and what becomes of nodes that the source no longer names, line by line.
    #[must_use]
    pub fn telling(self, tell: impl FnMut(&str) + Send + Sync + 'static) -> Self {
        Self { tell: Box::new(tell), ..self }
    }

    /// The clock of the run.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.origin.clock
    }

    /// The source of the run.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.store.source
    }

    /// What happened so far.
    pub fn report(&mut self) -> &mut Report {
        &mut self.report
    }

    /// Takes a batch. It is written now or with later ones. If that fails, nothing of the batch is written, and the
    /// report says why. An error that later batches would get, too, ends the run: a database that stays away, that
    /// another version has upgraded, or whose storage fails.
    pub async fn write(&mut self, file: &str, batch: Batch) -> Result<()> {
        if let Mode::Sample(sample) = &mut self.mode {
            sample.groups.extend(batch.groups);
            sample.events.extend(batch.events);
            return Ok(());
        }
        let ready = match store::ready(batch) {
            Ok(ready) => ready,
            Err(error) => {
                self.report.skip(file, None, error.to_string());
                return Ok(());
            }
        };
        self.report.is_partial |= ready.is_partial();
        for (node_type, key) in ready.keys() {
            self.named.add(*node_type, key);
        }
        if self.pending.iter().any(|pending| pending.ready.contradicts(&ready)) {
            self.flush().await?;
        }
        self.pending.push(Pending { file: file.to_owned(), ready: Arc::new(ready) });
        let records: usize = self.pending.iter().map(|pending| pending.ready.len()).sum();
        if records >= RECORDS { self.flush().await } else { Ok(()) }
    }

    /// Writes the batches that wait.
    pub async fn flush(&mut self) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        let Some((first, others)) = pending.split_first() else { return Ok(()) };
        let mut all = Ready::clone(&first.ready);
        for other in others {
            all.add(&other.ready);
        }
        match self.attempt_patiently(Work::Batches(&Arc::new(all))).await {
            Err(error) if ends(&error) => return Err(error),
            Err(_) if pending.len() > 1 => {}
            done => return self.take(&pending, done),
        }
        for one in pending {
            let done = self.attempt_patiently(Work::Batches(&one.ready)).await;
            self.take(&[one], done)?;
        }
        Ok(())
    }

    /// Takes what became of batches into the report.
    fn take(&mut self, batches: &[Pending], done: Result<Outcome>) -> Result<()> {
        let file_of = |told: &Told| {
            let batch = batches.iter().find(|batch| batch.ready.has(told)).or_else(|| batches.first());
            batch.map(|batch| batch.file.clone()).unwrap_or_default()
        };
        let reason = match done {
            Ok(outcome) => {
                self.report.add(&outcome.tallies);
                for told in outcome.notes {
                    self.report.note(file_of(&told), told.to_string());
                }
                for told in outcome.skipped {
                    self.report.skip(file_of(&told), None, told.to_string());
                }
                for line in outcome.plan {
                    (self.tell)(&printable(&line));
                }
                return Ok(());
            }
            Err(error) if ends(&error) => return Err(error),
            Err(Error::Internal) => "the database refused it; the log says why".to_owned(),
            Err(error) => error.to_string(),
        };
        let file = batches.first().map(|batch| batch.file.clone()).unwrap_or_default();
        self.report.skip(file, None, reason);
        Ok(())
    }

    /// Does something, and waits if the database is away.
    async fn attempt_patiently(&mut self, work: Work<'_>) -> Result<Outcome> {
        let deadline = Instant::now() + PATIENCE;
        let mut has_said = false;
        loop {
            let done = match work {
                Work::Batches(ready) => self.attempt(ready).await,
                Work::End => self.end().await,
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
            Mode::Plan(_) | Mode::Sample(_) => "It was a dry run: nothing is kept.",
            Mode::Write { .. } => "What is imported so far stays. Then run the import again: it goes on.",
        };
        Error::invalid(why.code(), format!("{why} {kept}"))
    }

    async fn attempt(&mut self, ready: &Arc<Ready>) -> Result<Outcome> {
        let mut ready = Ready::clone(ready);
        let none = Planned::default();
        let planned = match &self.mode {
            Mode::Plan(planned) => planned,
            Mode::Write { .. } | Mode::Sample(_) => &none,
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
                return self.store.plan(self.db.reading(), &self.origin.clock, &ready, planned).await;
            }
            Mode::Write { has_begun } => *has_begun,
            Mode::Sample(_) => return Ok(Outcome::default()),
        };
        let (store, clock, ready) = (self.store.clone(), self.origin.clock.clone(), Arc::new(ready));
        let run = (!has_begun).then(|| self.run());
        let origin = self.origin.clone();
        let outcome = self.db.write(origin, move |tx| write(tx, &store, &clock, &ready, run.as_ref())).await?;
        self.mode = Mode::Write { has_begun: true };
        Ok(outcome)
    }

    /// Writes that the run is over, and whether it was complete.
    async fn end(&mut self) -> Result<Outcome> {
        let Mode::Write { has_begun } = self.mode else { return Ok(Outcome::default()) };
        let run = (!has_begun).then(|| self.run());
        let (import, is_complete) = (self.store.import, self.report.is_complete());
        self.db.write(self.origin.clone(), move |tx| end(tx, import, run.as_ref(), is_complete)).await?;
        Ok(Outcome::default())
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

    /// Ends the run: writes what waits, and looks for what the source no longer names.
    pub async fn finish(mut self) -> Result<Report> {
        self.flush().await?;
        if self.report.is_complete() {
            self.look_for_dropped().await?;
        }
        self.attempt_patiently(Work::End).await?;
        Ok(self.report)
    }

    /// Reports what the source no longer names, and deletes it if the run prunes.
    async fn look_for_dropped(&mut self) -> Result<()> {
        let dropped = prune::find(&self.db, &self.origin, &self.store.source, &self.named).await?;
        for one in &dropped {
            self.report_dropped(one);
        }
        if self.prunes && matches!(self.mode, Mode::Write { .. }) {
            for (one, why) in prune::delete(&self.db, &self.origin, &dropped).await? {
                self.report.note(&one.key, format!("{} is not deleted: {why}", one.node_type.name()));
            }
        }
        Ok(())
    }

    fn report_dropped(&mut self, one: &Dropped) {
        let record = format!("{} {}: the source no longer names it", one.node_type.name(), one.key);
        let goes = self.prunes && one.stays.is_none();
        let tally =
            if goes { Tally { removed: 1, ..Tally::default() } } else { Tally { dropped: 1, ..Tally::default() } };
        self.report.add(&HashMap::from([(one.node_type, tally)]));
        match one.stays {
            Some(why) if self.prunes => self.report.drop(format!("{record}, and it stays: {why}")),
            Some(_) => self.report.drop(record),
            None if goes => (self.tell)(&printable(&format!("remove   {record}"))),
            None => self.report.drop(format!("{record}; --prune removes it")),
        }
    }
}

/// Would later batches get this error, too?
fn ends(error: &Error) -> bool {
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
