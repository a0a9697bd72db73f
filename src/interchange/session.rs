//! One run of an import. Small batches are written together, at most [`RECORDS`] in a transaction, so that nobody waits
//! long for the import. The next ones are read meanwhile. If writing fails, each batch is written alone, so an error
//! costs only its own batch. Batches that are known as they are open no transaction.
//!
//! A dry run (`--dry-run`) does the same work without any transaction. It prints what would change, field by field.

use std::{collections::HashMap, sync::Arc};

use entity::node_type::NodeType;
use tokio::task::JoinHandle;

use super::{
    prune::{self, Dropped, Named},
    record::Batch,
    report::{Report, Tally},
    source::Source,
    store::{self, Outcome, Ready, Store, Told},
    writer::{Done, Pending, Writer, ends},
};
use crate::{
    clock::Clock,
    db::Db,
    domain::{audit::Actor, write::Origin},
    error::{Error, Result, printable},
};

/// How many records a transaction has at most, unless a batch has more.
const RECORDS: usize = 200;
/// How many groups and events a sample has, or a few more.
const SAMPLE: usize = 200;

/// A run that is under way.
pub struct Session {
    clock: Clock,
    source: Source,
    /// `None` while it writes.
    writer: Option<Box<Writer>>,
    /// It writes while the next batches are read.
    writing: Option<JoinHandle<(Writer, Vec<Done>)>>,
    /// Groups and events, if only a sample is wanted.
    sample: Option<Box<Batch>>,
    prunes: bool,
    prunes_groups: bool,
    pending: Vec<Pending>,
    named: Named,
    tell: Box<dyn FnMut(&str) + Send + Sync>,
    report: Report,
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
        let (origin, store) = (Origin::new(clock, actor), Store::new(source.clone(), import));
        Self {
            clock: clock.clone(),
            source,
            writer: Some(Box::new(Writer::new(db, origin, store, dry_run))),
            writing: None,
            sample: None,
            prunes: false,
            prunes_groups: false,
            pending: Vec::new(),
            named: Named::default(),
            tell: Box::new(|_| {}),
            report: Report::new(dry_run),
        }
    }

    /// Begins to collect a sample of the groups and events of a source: see [`Source::of`]. Nothing is written.
    #[must_use]
    pub fn sampling(db: &Db, clock: &Clock, system: &str) -> Self {
        Self { sample: Some(Box::default()), ..Self::of(db, clock, Source::of_system(system), true) }
    }

    /// Is only a sample wanted?
    #[must_use]
    pub fn is_sampling(&self) -> bool {
        self.sample.is_some()
    }

    /// Does the sample suffice?
    #[must_use]
    pub fn has_enough(&self) -> bool {
        self.sample.as_ref().is_some_and(|sample| sample.groups.len() + sample.events.len() >= SAMPLE)
    }

    /// The sample.
    #[must_use]
    pub fn into_sample(self) -> Batch {
        self.sample.map(|sample| *sample).unwrap_or_default()
    }

    /// Takes pictures of this server, too: see [`Store::with_own_address`].
    #[must_use]
    pub fn with_own_address(mut self, own_address: &str) -> Self {
        if let Some(writer) = &mut self.writer {
            writer.store = writer.store.clone().with_own_address(own_address);
        }
        self
    }

    /// The run brings a part of the source only. So nothing is looked for that the source no longer names.
    #[must_use]
    pub fn of_part(mut self) -> Self {
        self.report.is_partial = true;
        self
    }

    /// Deletes at the end what the source no longer names, see [`prune`]. If a whole group is gone, this may be another
    /// folder. So nothing is deleted then, unless `with_groups` says that the source is meant.
    #[must_use]
    pub fn pruning(self, prunes: bool, with_groups: bool) -> Self {
        Self { prunes, prunes_groups: with_groups, ..self }
    }

    /// Tells what a dry run would write, and what becomes of nodes that the source no longer names, line by line.
    #[must_use]
    pub fn telling(self, tell: impl FnMut(&str) + Send + Sync + 'static) -> Self {
        Self { tell: Box::new(tell), ..self }
    }

    /// The clock of the run.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The source of the run.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// What happened so far.
    pub fn report(&mut self) -> &mut Report {
        &mut self.report
    }

    /// Takes a batch. It is written now or with later ones. If that fails, nothing of the batch is written, and the
    /// report says why. An error that later batches would get, too, ends the run: a database that stays away, that
    /// another version has upgraded, or whose storage fails.
    pub async fn write(&mut self, file: &str, batch: Batch) -> Result<()> {
        if let Some(sample) = &mut self.sample {
            let is_whole = |key: &str| batch.incomplete.iter().all(|incomplete| incomplete.key != key);
            sample.groups.extend(batch.groups.into_iter().filter(|group| is_whole(&group.key)));
            let room = SAMPLE.saturating_sub(sample.events.len());
            sample.events.extend(batch.events.into_iter().take(room));
            return Ok(());
        }
        let mut ready = match store::ready(batch) {
            Ok(ready) => ready,
            Err(error) => {
                self.report.skip(file, None, error.to_string());
                return Ok(());
            }
        };
        self.report.is_partial |= ready.is_partial();
        self.refuse_contradictions(file, &mut ready);
        self.pending.push(Pending { file: file.to_owned(), ready: Arc::new(ready) });
        let records: usize = self.pending.iter().map(|pending| pending.ready.len()).sum();
        if records >= RECORDS { self.begin_writing().await } else { Ok(()) }
    }

    /// Leaves out records that say something else than an earlier record of the run with the same key.
    fn refuse_contradictions(&mut self, file: &str, ready: &mut Ready) {
        let named = &mut self.named;
        let refused = ready.retain(|node_type, key, fingerprint| named.add(node_type, key, fingerprint));
        for (node_type, key) in refused {
            let reason = "the source says something else under this key before; give one of the two another key";
            self.report.skip(file, None, format!("{} {key}: {reason}", node_type.name()));
        }
    }

    /// Writes the batches that wait.
    pub async fn flush(&mut self) -> Result<()> {
        self.begin_writing().await?;
        self.idle().await.map(drop)
    }

    /// Begins to write the batches that wait, as soon as those before are written. The next ones can be read meanwhile.
    async fn begin_writing(&mut self) -> Result<()> {
        self.idle().await?;
        if self.pending.is_empty() {
            return Ok(());
        }
        let batches = std::mem::take(&mut self.pending);
        if let Some(writer) = self.writer.take() {
            self.writing = Some(tokio::spawn(writer.write(batches)));
        }
        Ok(())
    }

    /// The writer, when it has written what it had to write.
    async fn idle(&mut self) -> Result<&mut Writer> {
        if let Some(writing) = self.writing.take() {
            let (writer, done) = writing.await.map_err(Error::internal)?;
            self.writer = Some(Box::new(writer));
            for (batches, done) in done {
                self.take(&batches, done)?;
            }
        }
        self.writer.as_deref_mut().ok_or(Error::Internal)
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

    /// Ends the run: writes what waits, and looks for what the source no longer names.
    pub async fn finish(mut self) -> Result<Report> {
        self.flush().await?;
        if self.report.is_complete() {
            self.look_for_dropped().await?;
        } else if self.prunes {
            let why =
                "nothing is pruned: a part of the source was not brought in, so nobody knows what it no longer names";
            self.report.skip("--prune", None, why);
        }
        let is_complete = self.report.is_complete();
        self.idle().await?.end(is_complete).await?;
        Ok(self.report)
    }

    /// Reports what the source no longer names, and deletes it if the run prunes.
    async fn look_for_dropped(&mut self) -> Result<()> {
        let writer = self.idle().await?;
        let (db, origin, run) = (writer.db.clone(), writer.origin.clone(), writer.store.import);
        let source = self.source.clone();
        let of = prune::Of { source: &source, run, origin: &origin };
        let mut dropped = prune::find(&db, &of, &self.named).await?;
        let is_group = |one: &&Dropped| one.node_type == NodeType::Group && one.may_go();
        if let Some(group) = dropped.iter().find(is_group).filter(|_| self.prunes && !self.prunes_groups) {
            let why = format!(
                "nothing is pruned: the source no longer names Group {}. If that is so, name the source with --scope {}",
                group.key, self.source.scope
            );
            self.report.skip("--prune", None, why);
            self.prunes = false;
        }
        if self.prunes && !self.report.dry_run {
            let (going, staying): (Vec<_>, Vec<_>) = dropped.into_iter().partition(Dropped::may_go);
            dropped = staying;
            for (one, done) in prune::delete(&db, &of, &going).await? {
                match done {
                    Ok(()) => dropped.push(one),
                    Err(why) => self.report.note(&one.key, format!("{} is not deleted: {why}", one.node_type.name())),
                }
            }
        }
        for one in &dropped {
            self.report_dropped(one);
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
