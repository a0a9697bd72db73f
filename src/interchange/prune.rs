//! What a source no longer names. It is only known after a complete run: one that read all of the source and left out
//! nothing. Such nodes are reported. With `--prune` they are deleted, if this source brought them, nobody else has
//! written them, no other source knows them, and nothing that stays refers to them.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use entity::{audit, by_noun, external_ref, node_type::NodeType, noun::Noun};
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, prelude::*};
use uuid::Uuid;

use super::source::Source;
use crate::{
    db::{Db, keys::is_any},
    domain::{
        references::referrers,
        write::{Origin, Tx},
    },
    error::{Error, Result},
};

/// How many references are read at once.
const PAGE: u64 = 2_000;
/// How many nodes a transaction deletes.
const NODES: usize = 200;
/// The types of nodes that sources name. Those that refer to others come first.
const TYPES: &[NodeType] = &[
    NodeType::Fundraiser,
    NodeType::Sponsorship,
    NodeType::Talk,
    NodeType::Event,
    NodeType::Group,
    NodeType::Topic,
    NodeType::Venue,
    NodeType::Person,
    NodeType::Organization,
];

/// Why a node stays although its source may forget it.
const OF_ANOTHER: &str = "another source brought it";

/// What a source names in a run. It keeps few bytes of each key, so that a run of a large source needs little memory.
#[derive(Debug, Default)]
pub struct Named {
    /// By the hash of type and key: the hash of what was said.
    said: HashMap<u64, u64>,
    hasher: RandomState,
}

impl Named {
    /// Adds a record. Answers whether it says the same as an earlier record of this key, if there was one.
    pub fn add(&mut self, node_type: NodeType, key: &str, fingerprint: &str) -> bool {
        let said = self.hasher.hash_one(fingerprint);
        *self.said.entry(self.hasher.hash_one((node_type, key))).or_insert(said) == said
    }

    /// Does the source name this key?
    #[must_use]
    pub fn has(&self, node_type: NodeType, key: &str) -> bool {
        self.said.contains_key(&self.hasher.hash_one((node_type, key)))
    }
}

/// A node that the source no longer names.
#[derive(Clone, Debug)]
pub struct Dropped {
    reference: Uuid,
    node: Uuid,
    /// Its type.
    pub node_type: NodeType,
    /// Its key in the source.
    pub key: String,
    /// Did this source bring it? Otherwise only its reference goes.
    is_origin: bool,
    /// Why it cannot be deleted.
    pub stays: Option<&'static str>,
}

impl Dropped {
    /// May it, or its reference, be deleted?
    #[must_use]
    pub fn may_go(&self) -> bool {
        self.stays.is_none() || self.stays == Some(OF_ANOTHER)
    }
}

/// Whose nodes are looked for.
#[derive(Clone, Copy)]
pub struct Of<'a> {
    /// The source.
    pub source: &'a Source,
    /// The run.
    pub run: Uuid,
    /// The origin of its writes.
    pub origin: &'a Origin,
}

/// The living nodes that the source does not name, and which of them have to stay.
pub async fn find(db: &Db, of: &Of<'_>, named: &Named) -> Result<Vec<Dropped>> {
    let mut dropped = Vec::new();
    for node_type in TYPES {
        dropped.extend(of_type(db, of, named, *node_type).await?);
    }
    if !dropped.is_empty() {
        let all = dropped.iter().map(|one| one.node).collect();
        judge(&db.reading(), of.source, &of.origin.actor.to_string(), &mut dropped, &all).await?;
    }
    Ok(dropped)
}

/// The living nodes of a type that the source does not name.
async fn of_type(db: &Db, of: &Of<'_>, named: &Named, node_type: NodeType) -> Result<Vec<Dropped>> {
    let (db, Of { source, run, .. }) = (db.reading(), *of);
    let (mut dropped, mut last) = (Vec::new(), Uuid::nil());
    loop {
        let rows: Vec<(Uuid, String, Uuid, bool, Option<Uuid>)> = source
            .references(node_type)
            .select_only()
            .column(external_ref::Column::Id)
            .column(external_ref::Column::ExternalId)
            .column(external_ref::Column::NodeId)
            .column(external_ref::Column::IsOrigin)
            .column(external_ref::Column::ImportId)
            .filter(external_ref::Column::Id.gt(last))
            .order_by_asc(external_ref::Column::Id)
            .limit(PAGE)
            .into_tuple()
            .all(&db)
            .await?;
        let Some((end, ..)) = rows.last() else { break };
        last = *end;
        let unnamed = rows.into_iter().filter(|(_, key, ..)| !named.has(node_type, key));
        // What a later run brought, this one cannot have seen.
        let unnamed = unnamed.filter(|(.., import)| import.is_none_or(|import| import <= run));
        let unnamed = unnamed.map(|(reference, key, node, is_origin, _)| Dropped {
            reference,
            node_type,
            key,
            node,
            is_origin,
            stays: None,
        });
        dropped.extend(unnamed);
    }
    if dropped.is_empty() {
        return Ok(dropped);
    }
    let nodes: Vec<Uuid> = dropped.iter().map(|one| one.node).collect();
    let living = living(&db, node_type, &nodes).await?;
    let others = of_other_keys(&db, source, named, node_type, &nodes).await?;
    dropped.retain(|one| living.contains(&one.node) && !others.contains(&one.node));
    Ok(dropped)
}

/// Which of these nodes the source names under another key, for instance since it has an id for a person.
async fn of_other_keys(
    db: &impl ConnectionTrait,
    source: &Source,
    named: &Named,
    node_type: NodeType,
    nodes: &[Uuid],
) -> Result<HashSet<Uuid>> {
    let rows: Vec<(Uuid, String)> = source
        .references(node_type)
        .select_only()
        .column(external_ref::Column::NodeId)
        .column(external_ref::Column::ExternalId)
        .filter(is_any(db.get_database_backend(), external_ref::Column::NodeId.into_expr(), nodes))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().filter(|(_, key)| named.has(node_type, key)).map(|(node, _)| node).collect())
}

/// Which of these nodes exist as they are.
async fn living(db: &impl ConnectionTrait, node_type: NodeType, nodes: &[Uuid]) -> Result<HashSet<Uuid>> {
    by_noun!(node_type, E => {
        let rows = E::find().select_only().column(E::ID).filter(is_any(db.get_database_backend(), E::ID.into_expr(), nodes));
        let rows = match E::SUCCESSOR {
            Some(successor) => rows.filter(successor.is_null()),
            None => rows,
        };
        let rows: Vec<Uuid> = rows.into_tuple().all(db).await?;
        Ok(rows.into_iter().collect())
    })
}

/// Finds out which nodes stay, and why. `all` are those that may go in this run.
async fn judge(
    db: &impl ConnectionTrait,
    source: &Source,
    actor: &str,
    dropped: &mut [Dropped],
    all: &HashSet<Uuid>,
) -> Result<()> {
    let nodes: Vec<Uuid> = dropped.iter().map(|one| one.node).collect();
    let origins: HashSet<Uuid> = dropped.iter().filter(|one| one.is_origin).map(|one| one.node).collect();
    let (known, edited) = (known_elsewhere(db, source, &nodes).await?, edited(db, actor, &nodes).await?);
    for one in dropped.iter_mut() {
        one.stays = if !origins.contains(&one.node) {
            Some(OF_ANOTHER)
        } else if known.contains(&one.node) {
            Some("another source knows it, too")
        } else if edited.contains(&one.node) {
            Some("it was changed by somebody else")
        } else {
            None
        };
    }
    keep_referred(db, dropped, all).await
}

/// Nodes that a node which stays refers to stay, too.
async fn keep_referred(db: &impl ConnectionTrait, dropped: &mut [Dropped], all: &HashSet<Uuid>) -> Result<()> {
    let mut named_by: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for node_type in TYPES {
        let nodes: Vec<Uuid> = dropped.iter().filter(|one| one.node_type == *node_type).map(|one| one.node).collect();
        for referrer in referrers(db, *node_type, &nodes).await? {
            named_by.entry(referrer.to).or_default().push(referrer.node_id);
        }
    }
    loop {
        let staying: HashSet<Uuid> = dropped.iter().filter(|one| one.stays.is_some()).map(|one| one.node).collect();
        let stays = |node: &Uuid| staying.contains(node) || !all.contains(node);
        let is_named = |node: &Uuid| named_by.get(node).is_some_and(|by| by.iter().any(stays));
        let mut has_more = false;
        for one in dropped.iter_mut().filter(|one| one.stays.is_none() && is_named(&one.node)) {
            one.stays = Some("something that stays refers to it");
            has_more = true;
        }
        if !has_more {
            return Ok(());
        }
    }
}

/// Which of these nodes other sources know.
async fn known_elsewhere(db: &impl ConnectionTrait, source: &Source, nodes: &[Uuid]) -> Result<HashSet<Uuid>> {
    let rows: Vec<Uuid> = external_ref::Entity::find()
        .select_only()
        .column(external_ref::Column::NodeId)
        .filter(is_any(db.get_database_backend(), external_ref::Column::NodeId.into_expr(), nodes))
        .filter(source.is_other())
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Which of these nodes somebody else than this actor has written.
async fn edited(db: &impl ConnectionTrait, actor: &str, nodes: &[Uuid]) -> Result<HashSet<Uuid>> {
    let rows: Vec<Uuid> = audit::Entity::find()
        .select_only()
        .column(audit::Column::NodeId)
        .filter(is_any(db.get_database_backend(), audit::Column::NodeId.into_expr(), nodes))
        .filter(audit::Column::Actor.ne(actor))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// What became of a node that was to go.
pub type Fate = (Dropped, Result<()>);

/// Deletes those that do not stay, with their references, so that the source can bring them again. Of those that another
/// source brought, the references go. Answers what became of those that were to go.
pub async fn delete(db: &Db, of: &Of<'_>, going: &[Dropped]) -> Result<Vec<Fate>> {
    let all: Arc<HashSet<Uuid>> = Arc::new(going.iter().map(|one| one.node).collect());
    let mut fates = Vec::new();
    for some in going.chunks(NODES) {
        match delete_together(db, of, some, &all).await {
            Err(Error::Invalid { .. }) => fates.extend(delete_one_by_one(db, of, some, &all).await?),
            done => fates.extend(done?),
        }
    }
    Ok(fates)
}

async fn delete_one_by_one(db: &Db, of: &Of<'_>, some: &[Dropped], all: &Arc<HashSet<Uuid>>) -> Result<Vec<Fate>> {
    let mut fates = Vec::new();
    for one in some {
        match delete_together(db, of, std::slice::from_ref(one), all).await {
            Err(error @ Error::Invalid { .. }) => fates.push((one.clone(), Err(error))),
            done => fates.extend(done?),
        }
    }
    Ok(fates)
}

async fn delete_together(db: &Db, of: &Of<'_>, some: &[Dropped], all: &Arc<HashSet<Uuid>>) -> Result<Vec<Fate>> {
    let (some, all, source) = (Arc::new(some.to_vec()), all.clone(), of.source.clone());
    let actor = of.origin.actor.to_string();
    let done = db.write(of.origin.clone(), move |tx| delete_some(tx, &some, &all, &source, &actor)).await?;
    Ok(done.into_iter().map(|one| (one, Ok(()))).collect())
}

fn delete_some<'tx>(
    tx: &'tx Tx,
    some: &Arc<Vec<Dropped>>,
    all: &Arc<HashSet<Uuid>>,
    source: &Source,
    actor: &str,
) -> BoxFuture<'tx, Result<Vec<Dropped>>> {
    let (mut some, all, source, actor) = (some.to_vec(), all.clone(), source.clone(), actor.to_owned());
    Box::pin(async move {
        // Somebody may have written, named or found one of them a moment ago.
        judge(&tx.reading(), &source, &actor, &mut some, &all).await?;
        for node_type in TYPES {
            let of_type = some.iter().filter(|one| one.node_type == *node_type && one.stays.is_none());
            let nodes: Vec<Uuid> = of_type.map(|one| one.node).collect();
            by_noun!(*node_type, E => drop(tx.delete::<E>(&nodes).await?), private => ());
        }
        let references: Vec<Uuid> = some.iter().filter(|one| one.may_go()).map(|one| one.reference).collect();
        tx.forget_references(&references).await?;
        Ok(some)
    })
}
