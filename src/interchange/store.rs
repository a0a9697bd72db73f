//! Writes batches of records: finds out which of them are known, and changes the database to what the records say.
//!
//! - **Identity**: an external reference (source, type, key) names a node. Different keys of one source name different
//!   things. For a record of another source, a node is looked for by name ([`matching`]).
//! - **Idempotence**: each reference has the fingerprint of its record. If it is the same, nothing is written. If it
//!   differs, the node is compared column by column and part by part. Only a real difference makes a new version and an
//!   entry in the change log.
//! - **Whose word counts** ([`merge`]): a field changes if the source changed it and nobody else did. So what people
//!   correct here stays. A node that somebody else made only gets what it lacks. What is deleted here stays deleted.
//! - **Texts** have limits, and lose signs that steer a terminal or page ([`texts`]). This happens before anything else
//!   reads them.
//! - A batch **adds and changes, it does not delete** nodes. What a source no longer names is removed afterwards, and
//!   only if it is asked for ([`super::prune`]).
//! - A **dry run** is the same work without a transaction: what would be written is remembered in [`Planned`], which
//!   later batches read together with the database.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use entity::node_type::NodeType;
use sea_orm::{ConnectionTrait, DbBackend, QueryFilter, QueryOrder, QuerySelect, Value, prelude::*};
use uuid::Uuid;

use super::{
    record::{Batch, Incomplete},
    report::Tally,
    source::Source,
};
use crate::{
    clock::Clock,
    db::{keys::is_any, transaction::Reading},
    domain::{noun::Noun, write::Tx},
    error::{Code, Error, Result},
};

pub use self::{
    planned::Planned,
    ready::{Ready, ready},
};

mod check;
mod events;
mod groups;
mod identity;
mod images;
mod kind;
mod matching;
mod merge;
mod money;
mod nodes;
mod parts;
mod people;
mod period;
mod places;
mod planned;
mod ready;
mod talks;
mod texts;

/// The prefix of a key that a reader made of a name, because the source has no id for it. Such a key is not a full
/// identity: it may be the same person as a record of the same source that has an id.
pub const NAMED: &str = "name:";

/// How many characters of a value a dry run shows.
const SHOWN: usize = 60;

/// Writes the records of one source.
#[derive(Clone, Debug)]
pub struct Store {
    /// The source.
    pub source: Source,
    /// The run of the import.
    pub import: Uuid,
    own_address: Option<String>,
}

/// Something that is said of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The type of the record.
    pub node_type: NodeType,
    /// Its key.
    pub key: String,
    /// What is said.
    pub text: String,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.node_type.name(), self.key, self.text)
    }
}

/// What a batch did.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// By type of node.
    pub tallies: HashMap<NodeType, Tally>,
    /// Records that were left out, and why.
    pub skipped: Vec<Told>,
    /// What was lost, or what a person should look at.
    pub notes: Vec<Told>,
    /// What a dry run would have written, a line for each field.
    pub plan: Vec<String>,
}

impl Outcome {
    fn note(&mut self, node_type: NodeType, key: &str, text: impl Into<String>) {
        self.notes.push(Told { node_type, key: key.to_owned(), text: text.into() });
    }

    fn skip(&mut self, node_type: NodeType, key: &str, text: impl Into<String>) {
        self.skipped.push(Told { node_type, key: key.to_owned(), text: text.into() });
    }
}

impl Store {
    /// For the records of a source.
    #[must_use]
    pub fn new(source: Source, import: Uuid) -> Self {
        Self { source, import, own_address: None }
    }

    /// Takes pictures at addresses that begin with `own_address`, too. It is the address of this server, which need not
    /// be on the public web.
    #[must_use]
    pub fn with_own_address(self, own_address: impl Into<String>) -> Self {
        Self { own_address: Some(own_address.into()), ..self }
    }

    /// Writes a batch inside `tx`. An error means that nothing of the batch may be kept.
    pub async fn write(&self, tx: &Tx, clock: &Clock, ready: &Ready) -> Result<Outcome> {
        self.passes(tx.reading(), Some(tx), clock, ready, &mut Planned::default()).await
    }

    /// Works out what a batch would write, and remembers it in `planned`. An error means that nothing of the batch would
    /// be kept.
    pub async fn plan(&self, db: Reading<'_>, clock: &Clock, ready: &Ready, planned: &mut Planned) -> Result<Outcome> {
        self.passes(db, None, clock, ready, planned).await
    }

    /// Writes the batch. Of several records of one node, each is written after the one before it.
    async fn passes(
        &self,
        reading: Reading<'_>,
        tx: Option<&Tx>,
        clock: &Clock,
        ready: &Ready,
        planned: &mut Planned,
    ) -> Result<Outcome> {
        let (mut outcome, mut assigned, mut later) = (ready.outcome.clone(), HashMap::new(), None);
        loop {
            let batch = later.as_ref().unwrap_or(&ready.batch);
            let mut run = self.run(reading, tx, clock, ready, planned);
            (run.outcome, run.assigned) = (outcome, assigned);
            let done = Box::pin(run.write(batch)).await?;
            (outcome, assigned) = (done.outcome, done.nodes);
            if done.records == Batch::default() {
                return Ok(outcome);
            }
            later = Some(done.records);
        }
    }

    fn run<'a>(
        &'a self,
        reading: Reading<'a>,
        tx: Option<&'a Tx>,
        clock: &'a Clock,
        ready: &'a Ready,
        planned: &'a mut Planned,
    ) -> Run<'a> {
        Run {
            reading,
            tx,
            clock,
            source: &self.source,
            import: self.import,
            own_address: self.own_address.as_deref(),
            incomplete: ready.batch.incomplete.iter().collect(),
            prints: &ready.prints,
            known: HashMap::new(),
            bases: HashMap::new(),
            images: HashMap::new(),
            planned,
            changed: HashSet::new(),
            busy: HashSet::new(),
            assigned: HashMap::new(),
            later: Batch::default(),
            later_nodes: HashMap::new(),
            is_quiet: false,
            outcome: Outcome::default(),
        }
    }
}

/// What a pass over a batch did, and what is left for the next one.
struct Pass {
    outcome: Outcome,
    /// Records of nodes of which another record was written.
    records: Batch,
    /// The nodes of those that no reference knows yet.
    nodes: HashMap<(NodeType, String), Uuid>,
}

/// A batch that is being written, or planned by a dry run.
struct Run<'a> {
    reading: Reading<'a>,
    /// `None` for a dry run.
    tx: Option<&'a Tx>,
    clock: &'a Clock,
    source: &'a Source,
    import: Uuid,
    own_address: Option<&'a str>,
    incomplete: HashSet<&'a Incomplete>,
    prints: &'a HashMap<(NodeType, String), ready::Print>,
    known: HashMap<NodeType, HashMap<String, identity::Known>>,
    /// What the known records last said, as JSON.
    bases: HashMap<(NodeType, String), String>,
    images: HashMap<String, Uuid>,
    planned: &'a mut Planned,
    /// Known nodes that change.
    changed: HashSet<Uuid>,
    /// Nodes of which a record is being written.
    busy: HashSet<Uuid>,
    /// The nodes of records that wait since the pass before, and that no reference knows yet.
    assigned: HashMap<(NodeType, String), Uuid>,
    /// Records that wait for another record of their node, and their nodes.
    later: Batch,
    later_nodes: HashMap<(NodeType, String), Uuid>,
    /// Is the last record read again? Its faults were told when it was new.
    is_quiet: bool,
    outcome: Outcome,
}

impl Run<'_> {
    /// First all records get their keys, then all new rows are written, then all parts. So records of a batch may name
    /// each other in any order.
    async fn write(mut self, batch: &Batch) -> Result<Pass> {
        self.resolve(batch).await?;
        self.load_images(batch).await?;

        let organizations = self.plan(&batch.organizations).await?;
        let venues = self.plan(&batch.venues).await?;
        let people = self.plan(&batch.people).await?;
        let topics = self.plan(&batch.topics).await?;
        let groups = self.plan(&batch.groups).await?;
        let events = self.plan(&batch.events).await?;
        let talks = self.plan(&batch.talks).await?;
        let sponsorships = self.plan(&batch.sponsorships).await?;
        let fundraisers = self.plan(&batch.fundraisers).await?;

        let mut wanted = kind::Wanted::default();
        wanted.of_bases(&venues);
        wanted.of_bases(&people);
        wanted.of_bases(&topics);
        wanted.of_bases(&groups);
        wanted.of_bases(&events);
        wanted.of_bases(&talks);
        wanted.of_bases(&sponsorships);
        wanted.of_bases(&fundraisers);
        self.look_up(wanted).await?;

        let organizations = self.create(organizations).await?;
        let venues = self.create(venues).await?;
        let people = self.create(people).await?;
        let topics = self.create(topics).await?;
        let groups = self.create(groups).await?;
        let events = self.create(events).await?;
        let talks = self.create(talks).await?;
        let sponsorships = self.create(sponsorships).await?;
        let fundraisers = self.create(fundraisers).await?;

        self.complete(organizations).await?;
        self.complete(venues).await?;
        self.complete(people).await?;
        self.complete(topics).await?;
        self.complete(groups).await?;
        self.complete(events).await?;
        self.complete(talks).await?;
        self.complete(sponsorships).await?;
        self.complete(fundraisers).await?;
        Ok(Pass { outcome: self.outcome, records: self.later, nodes: self.later_nodes })
    }

    fn backend(&self) -> DbBackend {
        self.reading.get_database_backend()
    }

    fn new_id(&self) -> Uuid {
        self.clock.new_id()
    }

    fn tally(&mut self, node_type: NodeType) -> &mut Tally {
        self.outcome.tallies.entry(node_type).or_default()
    }

    fn note(&mut self, node_type: NodeType, key: &str, text: &str) {
        if !self.is_quiet {
            self.outcome.note(node_type, key, text);
        }
    }

    fn skip(&mut self, node_type: NodeType, key: &str, reason: &str) {
        self.outcome.skip(node_type, key, reason);
    }

    /// Says what a dry run would write.
    fn tell(&mut self, line: impl FnOnce() -> String) {
        if self.tx.is_none() {
            self.outcome.plan.push(line());
        }
    }

    /// Reads what the source said last, without saying again what is wrong with it.
    fn quietly<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.is_quiet, true);
        let value = read(self);
        self.is_quiet = before;
        value
    }

    /// The rows of these nodes as they are stored. In a transaction they are locked, so that nobody changes them between
    /// the comparison and the write.
    async fn stored<N: Noun>(&self, nodes: &[Uuid]) -> Result<HashMap<Uuid, N::Model>> {
        if nodes.is_empty() {
            return Ok(HashMap::new());
        }
        let is_wanted = is_any(self.backend(), N::ID.into_expr(), nodes);
        let mut rows = N::find().filter(is_wanted).order_by_asc(N::ID);
        if self.tx.is_some() {
            rows = rows.lock_exclusive();
        }
        let rows = rows.all(&self.reading).await?;
        Ok(rows.into_iter().map(|row| (N::id(&row), row)).collect())
    }

    /// The node that a record names in one of its fields. `None` if it was deleted here.
    fn node(&mut self, wanted: NodeType, key: &str, by: &Place<'_>) -> Result<Option<Uuid>> {
        match self.known.get(&wanted).and_then(|known| known.get(key)) {
            Some(known) if known.stands() => Ok(Some(known.node)),
            Some(_) => {
                let text = format!("{} is left out: {} {key} was deleted here", by.field, wanted.name());
                self.note(by.node_type, by.key, &text);
                Ok(None)
            }
            None if self.is_quiet => Ok(None),
            None => Err(self.unknown(wanted, key, by)),
        }
    }

    fn node_or_none(&mut self, wanted: NodeType, key: Option<&str>, by: &Place<'_>) -> Result<Option<Uuid>> {
        key.map_or(Ok(None), |key| self.node(wanted, key, by))
    }

    /// The error of a record that names a node which nobody knows.
    fn unknown(&self, wanted: NodeType, key: &str, by: &Place<'_>) -> Error {
        let Place { node_type, key: from, field } = by;
        let (from_type, name) = (node_type.name(), wanted.name());
        let why = self.why_skipped(wanted, key).map(|why| format!(" ({why})")).unwrap_or_default();
        let message = format!("{from_type} {from}, {field}: no {name} {key} is known{why}");
        Error::invalid(Code::UnknownReference, message)
    }

    /// Why a record of this batch was left out. If the whole batch fails because of that, only this message says why.
    fn why_skipped(&self, node_type: NodeType, key: &str) -> Option<&str> {
        let told = self.outcome.skipped.iter().find(|told| told.node_type == node_type && told.key == key);
        told.map(|told| told.text.as_str())
    }

    /// A value for people.
    fn shown(&self, value: &Value) -> String {
        if *value == value.as_null() {
            return "nothing".to_owned();
        }
        match value {
            Value::Uuid(Some(id)) => self.key_of(*id).unwrap_or_else(|| id.to_string()),
            Value::String(Some(text)) if text.chars().count() > SHOWN => {
                format!("“{}…”", text.chars().take(SHOWN).collect::<String>())
            }
            Value::String(Some(text)) => format!("“{text}”"),
            Value::ChronoDateTimeUtc(Some(time)) => time.to_rfc3339(),
            other => other.to_string().trim_matches('\'').to_owned(),
        }
    }

    /// The key of a node of this batch.
    fn key_of(&self, node: Uuid) -> Option<String> {
        let known = self.known.values().flatten();
        known.into_iter().find(|(_, known)| known.node == node).map(|(key, _)| key.clone())
    }
}

/// A place in the batch, for messages.
struct Place<'a> {
    node_type: NodeType,
    key: &'a str,
    field: &'a str,
}
