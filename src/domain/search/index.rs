//! Updates the documents at the end of every write.

use std::collections::{BTreeSet, HashMap, HashSet};

use entity::{by_noun, node_type::NodeType, noun::Noun, search_document, talk, topic};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Statement};
use uuid::Uuid;

use super::{
    dialect,
    document::SearchDocument,
    source::{SEARCHABLE, Source, is_any, keys, sources},
};
use crate::error::Result;

/// How many nodes are read and written at once.
pub(super) const CHUNK: usize = 500;

/// Which documents are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// Those whose fingerprint is another one.
    Changed,
    /// All, in case that what is stored is damaged.
    All,
}

/// Updates the documents of these nodes: reads them with a few statements for each type, and writes them all together.
/// `new` are those of them that this transaction created. They have no document yet, and only nodes that are named here
/// depend on them.
///
/// Whoever deletes an event must also name its talks here, because afterwards the talks do not have the event any more.
#[expect(clippy::implicit_hasher, reason = "its callers have the usual hasher")]
pub async fn refresh(db: &impl ConnectionTrait, nodes: &[(NodeType, Uuid)], new: &HashSet<Uuid>) -> Result<()> {
    let mut outdated = Outdated::default();
    let mut talks_of_changed_events = Vec::new();
    for node_type in SEARCHABLE.iter().copied() {
        let named = nodes.iter().filter(|(named, _)| *named == node_type).map(|(_, id)| *id);
        let mut ids: BTreeSet<Uuid> = named.collect();
        match node_type {
            NodeType::Talk => ids.extend(talks_of_changed_events.drain(..)),
            NodeType::Topic => ids.extend(replacements(db, &ids).await?),
            _ => {}
        }
        // In the order of keys, so that two transactions cannot deadlock.
        let ids: Vec<Uuid> = ids.into_iter().collect();
        for ids in ids.chunks(CHUNK) {
            let turned = outdated.add(db, node_type, ids, Read { extent: Extent::Changed, new }).await?;
            if node_type == NodeType::Event && !turned.is_empty() {
                talks_of_changed_events.extend(talks_of(db, &turned).await?);
            }
            if outdated.documents.len() >= CHUNK {
                std::mem::take(&mut outdated).write(db).await?;
            }
        }
    }
    outdated.write(db).await
}

/// The nodes of this type, public or not, and those that only have a document. They are in the order of keys.
pub(super) async fn nodes(db: &impl ConnectionTrait, node_type: NodeType) -> Result<Vec<Uuid>> {
    let nodes = by_noun!(node_type, E => keys(db, E::find(), E::ID).await)?;
    let documents = search_document::Entity::find().filter(search_document::Column::NodeType.eq(node_type));
    let documents = keys(db, documents, search_document::Column::NodeId).await?;
    Ok(nodes.into_iter().chain(documents).collect::<BTreeSet<_>>().into_iter().collect())
}

/// Removes the documents of nodes of other types, which an older version may have written.
pub(super) async fn remove_others(db: &impl ConnectionTrait) -> Result<()> {
    let others =
        search_document::Entity::find().filter(search_document::Column::NodeType.is_not_in(SEARCHABLE.iter().copied()));
    let others = keys(db, others, search_document::Column::NodeId).await?;
    for others in others.chunks(CHUNK) {
        remove(db, others).await?;
    }
    Ok(())
}

/// Updates the documents of some nodes of one type.
pub(super) async fn refresh_chunk(
    db: &impl ConnectionTrait,
    node_type: NodeType,
    ids: &[Uuid],
    extent: Extent,
) -> Result<()> {
    let mut outdated = Outdated::default();
    outdated.add(db, node_type, ids, Read { extent, new: &HashSet::new() }).await?;
    outdated.write(db).await
}

/// What is read of nodes.
#[derive(Clone, Copy)]
struct Read<'a> {
    extent: Extent,
    /// The nodes that have no document yet.
    new: &'a HashSet<Uuid>,
}

/// What has to be written. `SQLite` indexes the words of one statement together, so the documents of all types are
/// written by one.
#[derive(Default)]
struct Outdated {
    documents: Vec<SearchDocument>,
    /// The nodes whose documents go.
    gone: Vec<Uuid>,
}

impl Outdated {
    /// Reads some nodes of one type. Answers which of those that are not new became public or are not public any more.
    async fn add(
        &mut self,
        db: &impl ConnectionTrait,
        node_type: NodeType,
        ids: &[Uuid],
        read: Read<'_>,
    ) -> Result<Vec<Uuid>> {
        let Read { extent, new } = read;
        let old: Vec<Uuid> = ids.iter().filter(|id| !new.contains(id)).copied().collect();
        run(db, dialect(db.get_database_backend()).lock(node_type, ids, &old)).await?;
        let stored = fingerprints(db, &old).await?;
        let sources = sources(db, node_type, ids).await?;
        let public: HashSet<Uuid> = sources.iter().map(|source| source.id).collect();
        let gone: Vec<Uuid> =
            old.iter().filter(|id| stored.contains_key(id) && !public.contains(id)).copied().collect();
        let mut changed: Vec<SearchDocument> = sources.iter().map(Source::document).collect();
        changed
            .retain(|document| extent == Extent::All || stored.get(&document.node_id) != Some(&document.fingerprint));
        changed.sort_by_key(|document| document.node_id);
        self.documents.append(&mut changed);
        self.gone.extend(&gone);
        let shown = old.into_iter().filter(|id| public.contains(id) && !stored.contains_key(id));
        Ok(shown.chain(gone).collect())
    }

    async fn write(self, db: &impl ConnectionTrait) -> Result<()> {
        let dialect = dialect(db.get_database_backend());
        for documents in self.documents.chunks(CHUNK) {
            run(db, dialect.store(documents)).await?;
        }
        Ok(remove(db, &self.gone).await?)
    }
}

async fn remove(db: &impl ConnectionTrait, nodes: &[Uuid]) -> Result<(), DbErr> {
    if nodes.is_empty() {
        return Ok(());
    }
    run(db, dialect(db.get_database_backend()).remove(nodes)).await
}

/// Runs these statements one after another.
async fn run(db: &impl ConnectionTrait, statements: Vec<Statement>) -> Result<(), DbErr> {
    for statement in statements {
        db.execute_raw(statement).await?;
    }
    Ok(())
}

async fn fingerprints(db: &impl ConnectionTrait, nodes: &[Uuid]) -> Result<HashMap<Uuid, i64>, DbErr> {
    if nodes.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, i64)> = search_document::Entity::find()
        .select_only()
        .columns([search_document::Column::NodeId, search_document::Column::Fingerprint])
        .filter(is_any(db, search_document::Column::NodeId, nodes))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The talks of these events.
async fn talks_of(db: &impl ConnectionTrait, events: &[Uuid]) -> Result<Vec<Uuid>, DbErr> {
    let talks = talk::Entity::find().filter(is_any(db, talk::Column::EventId, events));
    keys(db, talks, talk::Column::Id).await
}

/// The topics that replace these. They are found under the names of these, too.
async fn replacements(db: &impl ConnectionTrait, topics: &BTreeSet<Uuid>) -> Result<Vec<Uuid>, DbErr> {
    let topics: Vec<Uuid> = topics.iter().copied().collect();
    let mut found = Vec::new();
    for topics in topics.chunks(CHUNK) {
        let replaced = topic::Entity::find().filter(topic::Column::CanonicalId.is_not_null());
        let replaced = replaced.filter(is_any(db, topic::Column::Id, topics));
        found.extend(keys(db, replaced, topic::Column::CanonicalId).await?);
    }
    Ok(found)
}
