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
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, prelude::*, sea_query::Condition};
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

/// What a source names in a run. It keeps few bytes of each key, so that a run of a large source needs little memory.
#[derive(Debug, Default)]
pub struct Named {
    hashes: HashSet<u64>,
    hasher: RandomState,
}

impl Named {
    /// Adds a key.
    pub fn add(&mut self, node_type: NodeType, key: &str) {
        self.hashes.insert(self.hasher.hash_one((node_type, key)));
    }

    /// Does the source name this key?
    #[must_use]
    pub fn has(&self, node_type: NodeType, key: &str) -> bool {
        self.hashes.contains(&self.hasher.hash_one((node_type, key)))
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
    /// Why it cannot be deleted.
    pub stays: Option<&'static str>,
}

/// The living nodes that the source does not name, and which of them have to stay.
pub async fn find(db: &Db, origin: &Origin, source: &Source, named: &Named) -> Result<Vec<Dropped>> {
    let mut dropped = Vec::new();
    for node_type in TYPES {
        dropped.extend(of_type(db, source, named, *node_type).await?);
    }
    if !dropped.is_empty() {
        judge(db, origin, source, &mut dropped).await?;
    }
    Ok(dropped)
}

/// The living nodes of a type that the source does not name.
async fn of_type(db: &Db, source: &Source, named: &Named, node_type: NodeType) -> Result<Vec<Dropped>> {
    let db = db.reading();
    let (mut dropped, mut last) = (Vec::new(), Uuid::nil());
    loop {
        let rows: Vec<(Uuid, String, Uuid, bool)> = source
            .references(node_type)
            .select_only()
            .column(external_ref::Column::Id)
            .column(external_ref::Column::ExternalId)
            .column(external_ref::Column::NodeId)
            .column(external_ref::Column::IsOrigin)
            .filter(external_ref::Column::Id.gt(last))
            .order_by_asc(external_ref::Column::Id)
            .limit(PAGE)
            .into_tuple()
            .all(&db)
            .await?;
        let Some((end, ..)) = rows.last() else { break };
        last = *end;
        let unnamed = rows.into_iter().filter(|(_, key, ..)| !named.has(node_type, key));
        let unnamed = unnamed.map(|(reference, key, node, is_origin)| Dropped {
            reference,
            node_type,
            key,
            node,
            stays: (!is_origin).then_some("another source brought it"),
        });
        dropped.extend(unnamed);
    }
    if dropped.is_empty() {
        return Ok(dropped);
    }
    let nodes: Vec<Uuid> = dropped.iter().map(|one| one.node).collect();
    let living = living(&db, node_type, &nodes).await?;
    dropped.retain(|one| living.contains(&one.node));
    Ok(dropped)
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

/// Finds out which nodes stay, and why.
async fn judge(db: &Db, origin: &Origin, source: &Source, dropped: &mut [Dropped]) -> Result<()> {
    let db = db.reading();
    let nodes: Vec<Uuid> = dropped.iter().map(|one| one.node).collect();
    let known = known_elsewhere(&db, source, &nodes).await?;
    let edited = edited(&db, &origin.actor.to_string(), &nodes).await?;
    for one in dropped.iter_mut().filter(|one| one.stays.is_none()) {
        if known.contains(&one.node) {
            one.stays = Some("another source knows it, too");
        } else if edited.contains(&one.node) {
            one.stays = Some("it was changed by somebody else");
        }
    }
    keep_referred(&db, dropped).await
}

/// Nodes that a node which stays refers to stay, too.
async fn keep_referred(db: &impl ConnectionTrait, dropped: &mut [Dropped]) -> Result<()> {
    let mut named_by: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for node_type in TYPES {
        let nodes: Vec<Uuid> = dropped.iter().filter(|one| one.node_type == *node_type).map(|one| one.node).collect();
        for referrer in referrers(db, *node_type, &nodes).await? {
            named_by.entry(referrer.to).or_default().push(referrer.node_id);
        }
    }
    loop {
        let going: HashSet<Uuid> = dropped.iter().filter(|one| one.stays.is_none()).map(|one| one.node).collect();
        let is_named = |node: &Uuid| named_by.get(node).is_some_and(|by| by.iter().any(|node| !going.contains(node)));
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
    let is_other = Condition::any()
        .add(external_ref::Column::System.ne(&*source.system))
        .add(external_ref::Column::Scope.ne(&*source.scope));
    let rows: Vec<Uuid> = external_ref::Entity::find()
        .select_only()
        .column(external_ref::Column::NodeId)
        .filter(is_any(db.get_database_backend(), external_ref::Column::NodeId.into_expr(), nodes))
        .filter(is_other)
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

/// Deletes those that do not stay, with their references, so that the source can bring them again. Answers those that
/// could not be deleted, and why.
pub async fn delete(db: &Db, origin: &Origin, dropped: &[Dropped]) -> Result<Vec<(Dropped, Error)>> {
    let going: Vec<Dropped> = dropped.iter().filter(|one| one.stays.is_none()).cloned().collect();
    let mut refused = Vec::new();
    for some in going.chunks(NODES) {
        match delete_together(db, origin, some).await {
            Err(Error::Invalid { .. }) => refused.extend(delete_one_by_one(db, origin, some).await?),
            done => done?,
        }
    }
    Ok(refused)
}

async fn delete_one_by_one(db: &Db, origin: &Origin, some: &[Dropped]) -> Result<Vec<(Dropped, Error)>> {
    let mut refused = Vec::new();
    for one in some {
        match delete_together(db, origin, std::slice::from_ref(one)).await {
            Err(error @ Error::Invalid { .. }) => refused.push((one.clone(), error)),
            done => done?,
        }
    }
    Ok(refused)
}

async fn delete_together(db: &Db, origin: &Origin, some: &[Dropped]) -> Result<()> {
    let (some, actor) = (Arc::new(some.to_vec()), origin.actor.to_string());
    db.write(origin.clone(), move |tx| delete_some(tx, &some, &actor)).await
}

fn delete_some<'tx>(tx: &'tx Tx, some: &Arc<Vec<Dropped>>, actor: &str) -> BoxFuture<'tx, Result<()>> {
    let (some, actor) = (some.clone(), actor.to_owned());
    Box::pin(async move {
        let nodes: Vec<Uuid> = some.iter().map(|one| one.node).collect();
        // Somebody may have written one of them a moment ago.
        let edited = edited(&tx.reading(), &actor, &nodes).await?;
        let going: Vec<&Dropped> = some.iter().filter(|one| !edited.contains(&one.node)).collect();
        for node_type in TYPES {
            let nodes: Vec<Uuid> = going.iter().filter(|one| one.node_type == *node_type).map(|one| one.node).collect();
            by_noun!(*node_type, E => drop(tx.delete::<E>(&nodes).await?), private => ());
        }
        let references: Vec<Uuid> = going.iter().map(|one| one.reference).collect();
        tx.forget_references(&references).await
    })
}
