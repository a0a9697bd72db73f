//! Updates the documents at the end of every write.

use std::collections::{BTreeSet, HashMap, HashSet};

use entity::{
    event, group, node_type::NodeType, organization, person, person_alias, search_document, talk, topic, topic_alias,
    venue,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, Iden, QueryFilter, QuerySelect, Select, Statement,
    sea_query::Expr,
};
use uuid::Uuid;

use super::{dialect, document::SearchDocument};
use crate::{
    db::{self, Db},
    error::Result,
};

/// How many nodes are read and written at once.
const CHUNK: usize = 500;

/// The types of nodes that can be found. Events come before talks, because a talk is only public with its event.
const SEARCHABLE: [NodeType; 7] = [
    NodeType::Group,
    NodeType::Person,
    NodeType::Event,
    NodeType::Talk,
    NodeType::Topic,
    NodeType::Organization,
    NodeType::Venue,
];

/// The weight of a node among equally good matches, 0 to 9. Whoever types the name of a group means the group.
const fn weight(node_type: NodeType) -> i32 {
    match node_type {
        NodeType::Group => 4,
        NodeType::Person => 3,
        NodeType::Event | NodeType::Talk | NodeType::Topic => 2,
        _ => 1,
    }
}

/// The weight of a topic that is replaced by another one. The other one has its name, too, and comes first.
const REPLACED: i32 = 0;

/// The texts of a public node.
#[derive(Debug)]
struct Source {
    id: Uuid,
    weight: i32,
    /// Its names. The first one is its title.
    names: Vec<String>,
    body: Vec<String>,
}

impl Source {
    fn document(&self) -> SearchDocument {
        SearchDocument::new(self.id, self.weight, &self.names, &self.body)
    }
}

/// Updates the documents of these nodes, with a few statements for each type and [`CHUNK`] of nodes.
///
/// Whoever deletes an event must also name its talks here, because afterwards the talks do not have the event any more.
pub async fn refresh(db: &impl ConnectionTrait, nodes: &[(NodeType, Uuid)]) -> Result<()> {
    let mut talks_of_changed_events = Vec::new();
    for node_type in SEARCHABLE {
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
            let turned = refresh_chunk(db, node_type, ids).await?;
            if node_type == NodeType::Event && !turned.is_empty() {
                talks_of_changed_events.extend(talks_of(db, &turned).await?);
            }
        }
    }
    Ok(())
}

/// Whether there is any document.
pub async fn is_filled(db: &Db) -> Result<bool> {
    Ok(search_document::Entity::find().one(db.writes()).await?.is_some())
}

/// Writes the documents of all nodes if there are none, because a step of the migration deleted them.
pub async fn fill(db: &Db) -> Result<()> {
    if !is_filled(db).await? {
        let tx = db.begin_write().await?;
        rebuild(&tx).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Updates the documents of all nodes, for instance when a new version folds text in another way.
pub async fn rebuild(db: &impl ConnectionTrait) -> Result<()> {
    let mut nodes: Vec<(NodeType, Uuid)> = search_document::Entity::find()
        .select_only()
        .columns([search_document::Column::NodeType, search_document::Column::NodeId])
        .into_tuple()
        .all(db)
        .await?;
    let mut add = |node_type, ids: Vec<Uuid>| nodes.extend(ids.into_iter().map(|id| (node_type, id)));
    add(NodeType::Group, keys(db, group::Entity::find(), group::Column::Id).await?);
    add(NodeType::Event, keys(db, event::Entity::find(), event::Column::Id).await?);
    add(NodeType::Talk, keys(db, talk::Entity::find(), talk::Column::Id).await?);
    add(NodeType::Person, keys(db, person::Entity::find(), person::Column::Id).await?);
    add(NodeType::Organization, keys(db, organization::Entity::find(), organization::Column::Id).await?);
    add(NodeType::Venue, keys(db, venue::Entity::find(), venue::Column::Id).await?);
    add(NodeType::Topic, keys(db, topic::Entity::find(), topic::Column::Id).await?);
    refresh(db, &nodes).await
}

/// The keys in a column of these rows.
async fn keys<E: EntityTrait>(db: &impl ConnectionTrait, rows: Select<E>, key: E::Column) -> Result<Vec<Uuid>, DbErr> {
    rows.select_only().column(key).into_tuple().all(db).await
}

/// Updates the documents of some nodes of one type. Answers which nodes became public or are not public any more.
async fn refresh_chunk(db: &impl ConnectionTrait, node_type: NodeType, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    run(db, dialect(db.get_database_backend()).lock(node_type, ids)).await?;
    let stored = fingerprints(db, ids).await?;
    let sources = sources(db, node_type, ids).await?;
    let public: HashSet<Uuid> = sources.iter().map(|source| source.id).collect();
    let gone: Vec<Uuid> = ids.iter().filter(|id| stored.contains_key(id) && !public.contains(id)).copied().collect();
    let mut changed: Vec<SearchDocument> = sources.iter().map(Source::document).collect();
    changed.retain(|document| stored.get(&document.node_id) != Some(&document.fingerprint));
    changed.sort_by_key(|document| document.node_id);
    store(db, node_type, &changed).await?;
    remove(db, &gone).await?;
    let new = public.into_iter().filter(|id| !stored.contains_key(id));
    Ok(new.chain(gone.iter().copied()).collect())
}

async fn store(db: &impl ConnectionTrait, node_type: NodeType, documents: &[SearchDocument]) -> Result<(), DbErr> {
    if documents.is_empty() {
        return Ok(());
    }
    run(db, dialect(db.get_database_backend()).store(node_type, documents)).await
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

fn is_any<C: ColumnTrait>(db: &impl ConnectionTrait, column: C, keys: &[Uuid]) -> Expr {
    db::keys::is_any(db.get_database_backend(), Expr::col(column.as_column_ref()), keys)
}

/// The texts of those of these nodes that are public.
async fn sources(db: &impl ConnectionTrait, node_type: NodeType, ids: &[Uuid]) -> Result<Vec<Source>, DbErr> {
    match node_type {
        NodeType::Group => {
            use group::Column::{City, Country, Description, Id, Name};
            read(db, node_type, group::Entity::find(), ids, [Id, Name, Description, City, Country]).await
        }
        NodeType::Event => {
            use event::Column::{Description, Id, Name};
            read(db, node_type, event::Entity::published(), ids, [Id, Name, Description]).await
        }
        NodeType::Talk => {
            use talk::Column::{Abstract, Id, Title};
            read(db, node_type, talk::Entity::public(), ids, [Id, Title, Abstract]).await
        }
        NodeType::Organization => {
            use organization::Column::{Id, Name};
            read(db, node_type, organization::Entity::find(), ids, [Id, Name]).await
        }
        NodeType::Venue => {
            use venue::Column::{Address, City, Country, Id, Name};
            read(db, node_type, venue::Entity::find(), ids, [Id, Name, Address, City, Country]).await
        }
        NodeType::Person => people(db, ids).await,
        NodeType::Topic => topics(db, ids).await,
        _ => Ok(Vec::new()),
    }
}

/// People are found under their other names, too.
async fn people(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Source>, DbErr> {
    use person::Column::{Bio, Id, Name};
    let mut people = read(db, NodeType::Person, person::Entity::living(), ids, [Id, Name, Bio]).await?;
    let (owner, name) = (person_alias::Column::PersonId, person_alias::Column::Name);
    name_also(&mut people, other_names(db, person_alias::Entity::find(), owner, name, ids).await?);
    Ok(people)
}

/// Topics are found under their other names and under those of the topics that they replace.
async fn topics(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Source>, DbErr> {
    use topic::Column::{CanonicalId, Description, Id, Name};
    let mut topics = read(db, NodeType::Topic, topic::Entity::find(), ids, [Id, Name, Description]).await?;
    let (owner, name) = (topic_alias::Column::TopicId, topic_alias::Column::Name);
    name_also(&mut topics, other_names(db, topic_alias::Entity::find(), owner, name, ids).await?);
    name_also(&mut topics, other_names(db, topic::Entity::find(), CanonicalId, Name, ids).await?);
    let replaced = topic::Entity::find().filter(is_any(db, Id, ids)).filter(CanonicalId.is_not_null());
    let replaced: HashSet<Uuid> = keys(db, replaced, Id).await?.into_iter().collect();
    for topic in topics.iter_mut().filter(|topic| replaced.contains(&topic.id)) {
        topic.weight = REPLACED;
    }
    Ok(topics)
}

/// Reads the key, the title and the texts of these rows, in this order.
async fn read<E: EntityTrait, const N: usize>(
    db: &impl ConnectionTrait,
    node_type: NodeType,
    visible: Select<E>,
    ids: &[Uuid],
    columns: [E::Column; N],
) -> Result<Vec<Source>, DbErr> {
    let rows = visible.select_only().columns(columns).filter(is_any(db, columns[0], ids));
    let rows = db.query_all(&sea_orm::QueryTrait::into_query(rows)).await?;
    let source = |row: sea_orm::QueryResult| {
        let texts = columns[1..].iter().map(|column| row.try_get::<Option<String>>("", column.unquoted()));
        let mut texts = texts.collect::<Result<Vec<_>, _>>()?;
        let body = texts.split_off(1);
        Ok(Source {
            id: row.try_get("", columns[0].unquoted())?,
            weight: weight(node_type),
            names: texts.into_iter().flatten().collect(),
            body: body.into_iter().flatten().collect(),
        })
    };
    rows.into_iter().map(source).collect()
}

/// Other names of these nodes, always in the same order.
async fn other_names<E: EntityTrait>(
    db: &impl ConnectionTrait,
    names: Select<E>,
    owner: E::Column,
    name: E::Column,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, String)>, DbErr> {
    let rows = names.select_only().columns([owner, name]).filter(is_any(db, owner, ids));
    let mut names: Vec<(Uuid, String)> = rows.into_tuple().all(db).await?;
    names.sort();
    Ok(names)
}

fn name_also(sources: &mut [Source], names: Vec<(Uuid, String)>) {
    let mut by_owner: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (owner, name) in names {
        by_owner.entry(owner).or_default().push(name);
    }
    for source in sources {
        source.names.extend(by_owner.remove(&source.id).unwrap_or_default());
    }
}
