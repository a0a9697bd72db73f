//! Writes batches of records: finds out which of them are known, and changes the database to what the records say.
//!
//! - **Identity**: an external reference (system, type, key) names a node. Different keys of one source name different
//!   things. For a record of another source, a node is looked for by name ([`matching`]).
//! - **Idempotence**: each reference has the fingerprint of its record. If it is the same, nothing is written. If it
//!   differs, the node is compared column by column and part by part. Only a real difference makes a new version and an
//!   entry in the change log.
//! - **Nodes of others**: if a record matches a node that somebody else made, the node only gets what it lacks. A node
//!   that the source brought follows the source.
//! - **Texts** have limits, and lose signs that steer a terminal or page ([`texts`]). This happens before anything else
//!   reads them.
//! - An import **adds and changes, it does not delete** nodes that the source no longer names. Parts of a node (links,
//!   speakers, resources) are replaced. Other spellings of names, and roles in groups, are only added.

use std::collections::{HashMap, HashSet};

use entity::node_type::NodeType;
use sea_orm::{ConnectionTrait, DbBackend};
use uuid::Uuid;

use super::{
    record::{Batch, Incomplete},
    report::Tally,
};
use crate::{
    domain::write::Tx,
    error::{Code, Error, Result},
};

mod check;
mod events;
mod groups;
mod identity;
mod images;
mod kind;
mod matching;
mod money;
mod nodes;
mod parts;
mod people;
mod period;
mod places;
mod rows;
mod talks;
mod texts;

/// The prefix of a key that a reader made of a name, because the source has no id for it. Such a key is not a full
/// identity: it may be the same person as a record of the same source that has an id.
pub const NAMED: &str = "name:";

/// Writes the records of one source.
#[derive(Clone, Debug)]
pub struct Store {
    source: String,
    own_address: Option<String>,
}

/// What a batch did.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// By type of node.
    pub tallies: HashMap<NodeType, Tally>,
    /// Records that were left out, and why.
    pub skipped: Vec<String>,
    /// What was lost, or what a person should look at.
    pub notes: Vec<String>,
}

impl Store {
    /// For the records of `source`, for instance `rubyevents`.
    pub fn new(source: impl Into<String>) -> Self {
        Self { source: source.into(), own_address: None }
    }

    /// Takes pictures at addresses that begin with `own_address`, too. It is the address of this server, which need not
    /// be on the public web.
    #[must_use]
    pub fn with_own_address(self, own_address: impl Into<String>) -> Self {
        Self { own_address: Some(own_address.into()), ..self }
    }

    /// Writes a batch inside `tx`. An error means that nothing of the batch may be kept.
    pub async fn write(&self, tx: &Tx, batch: &Batch) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let batch = texts::taken(batch.clone(), &mut outcome)?;
        let mut run = Run {
            tx,
            source: &self.source,
            own_address: self.own_address.as_deref(),
            incomplete: batch.incomplete.iter().collect(),
            known: HashMap::new(),
            images: HashMap::new(),
            outcome,
        };
        Box::pin(run.write(&batch)).await?;
        Ok(run.outcome)
    }
}

/// A batch that is being written.
struct Run<'a> {
    tx: &'a Tx,
    source: &'a str,
    own_address: Option<&'a str>,
    incomplete: HashSet<&'a Incomplete>,
    known: HashMap<NodeType, HashMap<String, identity::Known>>,
    images: HashMap<String, Uuid>,
    outcome: Outcome,
}

impl Run<'_> {
    /// First all records get their keys, then all new rows are written, then all parts. So records of a batch may name
    /// each other in any order.
    async fn write(&mut self, batch: &Batch) -> Result<()> {
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
        self.complete(fundraisers).await
    }

    fn backend(&self) -> DbBackend {
        self.tx.reading().get_database_backend()
    }

    fn tally(&mut self, node_type: NodeType) -> &mut Tally {
        self.outcome.tallies.entry(node_type).or_default()
    }

    fn note(&mut self, node_type: NodeType, key: &str, text: &str) {
        self.outcome.notes.push(format!("{} {key}: {text}", node_type.name()));
    }

    /// The node that a record names in one of its fields.
    fn node(&self, wanted: NodeType, key: &str, by: &Place<'_>) -> Result<Uuid> {
        let known = self.known.get(&wanted).and_then(|known| known.get(key)).filter(|known| known.stands());
        known.map(|known| known.node).ok_or_else(|| {
            let Place { node_type, key: from, field } = by;
            let (from_type, wanted) = (node_type.name(), wanted.name());
            let why = self.why_skipped(wanted, key).map(|why| format!(" ({why})")).unwrap_or_default();
            let message = format!("{from_type} {from}, {field}: no {wanted} {key} is known{why}");
            Error::invalid(Code::UnknownReference, message)
        })
    }

    /// Why a record of this batch was left out. If the whole batch fails because of that, only this message says why.
    fn why_skipped(&self, node_type: &str, key: &str) -> Option<&str> {
        let record = format!("{node_type} {key}: ");
        self.outcome.skipped.iter().find_map(|skipped| skipped.strip_prefix(&record))
    }

    fn node_or_none(&self, wanted: NodeType, key: Option<&str>, by: &Place<'_>) -> Result<Option<Uuid>> {
        key.map(|key| self.node(wanted, key, by)).transpose()
    }
}

/// A place in the batch, for messages.
struct Place<'a> {
    node_type: NodeType,
    key: &'a str,
    field: &'a str,
}
