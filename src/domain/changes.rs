//! The change log: the last change of each public node, in the order of the commits. Sync, subscriptions and caches
//! follow it. So it has only what everybody may see, and nothing of drafts.
//!
//! Every commit that changes nodes locks the only row of `change_log` and takes the numbers of its changes from there.
//! So no change appears later with a lower number than one that can be read already. Whoever follows the log misses no
//! open transaction.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{
    by_noun,
    change::{self, Operation},
    change_log, fundraiser, node_group,
    node_type::NodeType,
    noun::{GroupPath, Noun},
    resource, sponsorship, talk,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityName, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
    sea_query::{Alias, Expr, InsertStatement, JoinType, OnConflict, Query, SelectStatement, UnionType},
};
use uuid::Uuid;

pub use self::read::{LogPage, Wanted, groups, head, page, parts_of_event, tells_of, too_old, types_since};
use crate::{
    clock::Clock,
    db::{Db, insert::insert_or_replace, keys::is_any, transaction::Transaction},
    error::Result,
};

mod read;

/// Rows of one statement. Their parameters are well below the limits of both databases.
const ROWS: usize = 500;

/// A change of a node, as a write notes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Changed {
    /// What happened to it.
    pub operation: Operation,
    /// What sort of node it is.
    pub node_type: NodeType,
    /// Its key.
    pub node_id: Uuid,
    /// The node that it became part of.
    pub merged_into_id: Option<Uuid>,
}

/// Locks the log until this transaction ends: waits for the other writes that are about to commit, and lets later ones
/// wait. What is read from now on is still true when this transaction commits.
///
/// A write transaction of SQLite has the lock of the whole database from its beginning.
pub async fn lock(db: &impl ConnectionTrait) -> Result<()> {
    if db.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    let same = Expr::col(change_log::Column::LastSeq);
    change_log::Entity::update_many().col_expr(change_log::Column::LastSeq, same).exec(db).await?;
    Ok(())
}

/// Writes the public changes among these to the log. The log must be locked. `new` are the nodes that this transaction
/// created: the log has nothing of them, and only nodes that are noted, too, depend on them.
#[expect(clippy::implicit_hasher, reason = "there is one caller, with the usual hasher")]
pub async fn append(
    db: &impl ConnectionTrait,
    noted: &[Changed],
    new: &HashSet<Uuid>,
    now: DateTime<Utc>,
) -> Result<()> {
    let noted = by_node(noted);
    let mut candidates: BTreeMap<Uuid, NodeType> = noted.values().map(|c| (c.node_id, c.node_type)).collect();
    let known: BTreeMap<Uuid, NodeType> = candidates.clone().into_iter().filter(|(id, _)| !new.contains(id)).collect();
    for (id, node_type) in dependents(db, &known).await? {
        candidates.entry(id).or_insert(node_type);
    }
    let known: Vec<Uuid> = candidates.keys().filter(|id| !new.contains(id)).copied().collect();
    let was_public = logged(db, &known).await?;
    let is_public = visible(db, &candidates).await?;
    let public: Vec<(Uuid, NodeType)> =
        candidates.clone().into_iter().filter(|(id, _)| is_public.contains(id)).collect();
    let (named, others): (Vec<_>, Vec<_>) = public.into_iter().partition(|(id, _)| noted.contains_key(id));
    note_groups(db, named).await?;
    let joined = joined_groups(db, others).await?;
    let rows = candidates.iter().filter_map(|(id, node_type)| {
        let (is, was) = (is_public.contains(id), was_public.contains(id));
        let changed = |operation| Changed { operation, node_type: *node_type, node_id: *id, merged_into_id: None };
        match noted.get(id) {
            Some(merged) if merged.operation == Operation::Merge => Some(*merged),
            noted if is && (noted.is_some() || !was || joined.contains(id)) => Some(changed(Operation::Upsert)),
            _ if was && !is => Some(changed(Operation::Delete)),
            _ => None,
        }
    });
    replace(db, rows.collect(), now).await
}

/// The change of each node. If a node was merged, its other changes do not matter.
fn by_node(noted: &[Changed]) -> BTreeMap<Uuid, Changed> {
    let is_merge = |changed: &&Changed| changed.operation == Operation::Merge;
    let merges_last = noted.iter().filter(|changed| !is_merge(changed)).chain(noted.iter().filter(is_merge));
    merges_last.map(|changed| (changed.node_id, *changed)).collect()
}

/// The nodes that these make public or bring into a group: what belongs to the events, and the resources of the talks.
async fn dependents(
    db: &impl ConnectionTrait,
    nodes: &BTreeMap<Uuid, NodeType>,
) -> Result<Vec<(Uuid, NodeType)>, DbErr> {
    let mut found = Vec::new();
    macro_rules! add {
        ($noun:ident by $column:ident in $ids:expr => $node_type:ident) => {
            for ids in $ids.chunks(ROWS) {
                let (by, key) = ($noun::Column::$column, $noun::Column::Id);
                let keys = keys(db, $noun::Entity::find(), by, key, ids).await?;
                found.extend(keys.into_iter().map(|id| (id, NodeType::$node_type)));
            }
        };
    }
    let named = |node_type| nodes.iter().filter(move |(_, known)| **known == node_type).map(|(id, _)| *id);
    let events: Vec<Uuid> = named(NodeType::Event).collect();
    add!(talk by EventId in events => Talk);
    let talks: Vec<Uuid> = named(NodeType::Talk).chain(found.iter().map(|(id, _)| *id)).collect();
    add!(sponsorship by EventId in events => Sponsorship);
    add!(fundraiser by EventId in events => Fundraiser);
    add!(resource by EventId in events => Resource);
    add!(resource by TalkId in talks => Resource);
    Ok(found)
}

/// The keys of the rows whose column `by` has one of these values.
async fn keys<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: Select<E>,
    by: E::Column,
    key: E::Column,
    ids: &[Uuid],
) -> Result<Vec<Uuid>, DbErr> {
    let is_one = is_any(db.get_database_backend(), Expr::col(by.as_column_ref()), ids);
    rows.select_only().column(key).filter(is_one).into_tuple().all(db).await
}

/// Which of these nodes are public according to the log.
async fn logged(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashSet<Uuid>, DbErr> {
    let mut logged = HashSet::new();
    for ids in ids.chunks(ROWS) {
        let rows = change::Entity::find().filter(change::Column::Operation.eq(Operation::Upsert));
        logged.extend(keys(db, rows, change::Column::NodeId, change::Column::NodeId, ids).await?);
    }
    Ok(logged)
}

/// Which of these nodes everybody may see.
async fn visible(db: &impl ConnectionTrait, nodes: &BTreeMap<Uuid, NodeType>) -> Result<HashSet<Uuid>, DbErr> {
    let mut visible = HashSet::new();
    for (node_type, ids) in by_type(nodes.iter().map(|(id, node_type)| (*id, *node_type))) {
        for ids in ids.chunks(ROWS) {
            visible.extend(visible_of_type(db, node_type, ids).await?);
        }
    }
    Ok(visible)
}

async fn visible_of_type(db: &impl ConnectionTrait, node_type: NodeType, ids: &[Uuid]) -> Result<Vec<Uuid>, DbErr> {
    by_noun!(node_type, E => keys(db, E::find().filter(E::current()), E::ID, E::ID, ids).await)
}

/// Adds the groups of these nodes to their earlier groups.
async fn note_groups(db: &impl ConnectionTrait, nodes: Vec<(Uuid, NodeType)>) -> Result<(), DbErr> {
    for join in joins(db.get_database_backend(), nodes)? {
        db.execute(&join).await?;
    }
    Ok(())
}

/// The same. Answers which nodes are new in a group.
async fn joined_groups(db: &impl ConnectionTrait, nodes: Vec<(Uuid, NodeType)>) -> Result<HashSet<Uuid>, DbErr> {
    let mut joined = HashSet::new();
    for mut join in joins(db.get_database_backend(), nodes)? {
        for row in db.query_all(join.returning_col(node_group::Column::NodeId)).await? {
            joined.insert(row.try_get_by_index(0)?);
        }
    }
    Ok(joined)
}

/// Statements that add the groups of these nodes: one for each type and [`ROWS`] nodes.
fn joins(backend: DbBackend, nodes: Vec<(Uuid, NodeType)>) -> Result<Vec<InsertStatement>, DbErr> {
    let mut joins = Vec::new();
    for (node_type, ids) in by_type(nodes.into_iter()) {
        for ids in ids.chunks(ROWS) {
            let pairs = groups_of(node_type).into_iter().map(|(mut pairs, id)| {
                pairs.and_where(is_any(backend, id, ids));
                pairs
            });
            let Some(pairs) = pairs.reduce(|mut all, more| all.union(UnionType::All, more).to_owned()) else {
                continue;
            };
            let mut insert = Query::insert();
            insert.into_table(node_group::Entity).columns([node_group::Column::NodeId, node_group::Column::GroupId]);
            insert.on_conflict(OnConflict::new().do_nothing().to_owned());
            insert.select_from(pairs).map_err(|error| DbErr::Custom(error.to_string()))?;
            joins.push(insert);
        }
    }
    Ok(joins)
}

/// Selects of how nodes of this type belong to groups. Each selects pairs of a node and a group, and comes with the
/// column of the node's key.
fn groups_of(node_type: NodeType) -> Vec<(SelectStatement, Expr)> {
    by_noun!(node_type, E => E::GROUPS.iter().map(|path| pairs(E::default().table_name(), *path)).collect())
}

#[expect(clippy::disallowed_methods, reason = "the log says of hidden nodes, too, to which groups they belong")]
fn pairs(table: &'static str, path: GroupPath) -> (SelectStatement, Expr) {
    let column = |table: &'static str, name: &'static str| Expr::col((Alias::new(table), Alias::new(name)));
    let mut pairs = Query::select();
    let mut join = |to: &'static str, key: &'static str, from: &'static str, hop: &'static str| {
        pairs.join(JoinType::InnerJoin, Alias::new(to), column(to, key).eq(column(from, hop)));
    };
    let (table, id, group) = match path {
        GroupPath::Column(name) => (table, "id", column(table, name)),
        GroupPath::Hosts => ("event_hosts", "event_id", column("event_hosts", "group_id")),
        GroupPath::HostsOfEvent => {
            join("event_hosts", "event_id", table, "event_id");
            (table, "id", column("event_hosts", "group_id"))
        }
        GroupPath::GroupOfTalk => {
            join("talks", "id", table, "talk_id");
            (table, "id", column("talks", "group_id"))
        }
        GroupPath::HostsOfTalk => {
            join("talks", "id", table, "talk_id");
            join("event_hosts", "event_id", "talks", "event_id");
            (table, "id", column("event_hosts", "group_id"))
        }
    };
    pairs.expr(column(table, id)).expr(group.clone()).from(Alias::new(table)).and_where(group.is_not_null());
    (pairs, column(table, id))
}

/// Whether nodes of this type belong to no group. Whoever follows a group sees them, too.
pub fn is_shared(node_type: NodeType) -> bool {
    by_noun!(node_type, E => E::GROUPS.is_empty(), private => false)
}

fn by_type(nodes: impl Iterator<Item = (Uuid, NodeType)>) -> HashMap<NodeType, Vec<Uuid>> {
    let mut by_type: HashMap<NodeType, Vec<Uuid>> = HashMap::new();
    for (id, node_type) in nodes {
        by_type.entry(node_type).or_default().push(id);
    }
    by_type
}

/// Puts these changes at the end of the log. They replace earlier changes of the same nodes.
async fn replace(db: &impl ConnectionTrait, rows: Vec<Changed>, now: DateTime<Utc>) -> Result<()> {
    let Some(count) = i64::try_from(rows.len()).ok().filter(|count| *count > 0) else { return Ok(()) };
    let first = advanced(db, count).await? - count + 1;
    let rows = (first..).zip(rows).map(|(seq, row)| change::ActiveModel {
        seq: Set(seq),
        operation: Set(row.operation),
        node_type: Set(row.node_type),
        node_id: Set(row.node_id),
        merged_into_id: Set(row.merged_into_id),
        at: Set(now),
    });
    Ok(insert_or_replace::<change::Entity>(db, rows.collect(), change::Column::NodeId).await?)
}

/// Takes so many numbers from the log. Answers the last of them.
async fn advanced(db: &impl ConnectionTrait, count: i64) -> Result<i64> {
    let mut update = Query::update();
    update
        .table(change_log::Entity)
        .value(change_log::Column::LastSeq, Expr::col(change_log::Column::LastSeq).add(count))
        .returning_col(change_log::Column::LastSeq);
    let row = db.query_one(&update).await?.ok_or_else(read::headless)?;
    Ok(row.try_get_by_index(0)?)
}

/// Moves the last public node of the log to its end, for a change that is of no node. So everybody who follows the log
/// hears of it. The log must be locked.
pub async fn touch(db: &impl ConnectionTrait) -> Result<()> {
    let public = change::Entity::find().filter(change::Column::Operation.eq(Operation::Upsert));
    let Some(last) = public.order_by_desc(change::Column::Seq).one(db).await? else { return Ok(()) };
    let same = Changed {
        operation: last.operation,
        node_type: last.node_type,
        node_id: last.node_id,
        merged_into_id: last.merged_into_id,
    };
    replace(db, vec![same], last.at).await
}

/// Forgets the deletions and merges before this moment. Clients that have not read the log since then must begin anew,
/// and the log tells them.
pub async fn prune(db: &Db, clock: &Clock, before: DateTime<Utc>) -> Result<u64> {
    db.write(clock, move |tx| Box::pin(prune_in(tx.connection(), before))).await
}

async fn prune_in(db: &Transaction, before: DateTime<Utc>) -> Result<u64> {
    lock(db).await?;
    let old = || {
        change::Entity::find()
            .filter(change::Column::Operation.ne(Operation::Upsert))
            .filter(change::Column::At.lt(before))
    };
    let nodes: Vec<(Uuid, i64)> =
        old().select_only().columns([change::Column::NodeId, change::Column::Seq]).into_tuple().all(db).await?;
    let Some(last) = nodes.iter().map(|(_, seq)| *seq).max() else { return Ok(0) };
    let ids: Vec<Uuid> = nodes.iter().map(|(id, _)| *id).collect();
    for ids in ids.chunks(ROWS) {
        let is_one = |column: Expr| is_any(db.get_database_backend(), column, ids);
        change::Entity::delete_many().filter(is_one(Expr::col(change::Column::NodeId))).exec(db).await?;
        node_group::Entity::delete_many().filter(is_one(Expr::col(node_group::Column::NodeId))).exec(db).await?;
    }
    let head = head(db).await?;
    let pruned = Expr::val(Ord::max(last, head.pruned_seq));
    change_log::Entity::update_many().col_expr(change_log::Column::PrunedSeq, pruned).exec(db).await?;
    Ok(ids.len() as u64)
}
