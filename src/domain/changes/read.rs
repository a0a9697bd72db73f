//! Reads the change log: its last number, a page of it, and the nodes that belong to those in it.

use std::collections::{HashMap, HashSet};

use entity::{
    change, change_log, fundraiser, node_group,
    node_type::{NodeType, NodeTypes},
    resource, sponsorship, talk,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, Iterable, Order, QueryFilter,
    sea_query::{Alias, Expr, JoinType, Query, UnionType},
};
use uuid::Uuid;

use super::is_shared;
use crate::{
    db::keys::is_any,
    error::{Code, Error, Result},
};

/// The row that says how far the log is.
pub async fn head(db: &impl ConnectionTrait) -> Result<change_log::Model> {
    let head = change_log::Entity::find_by_id(change_log::ID).one(db).await?;
    head.ok_or_else(headless)
}

pub(super) fn headless() -> Error {
    Error::internal("the change log has lost its head")
}

/// Which changes of the log somebody wants.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only nodes of these types. An empty list is no type; `None` is all types.
    pub types: Option<Vec<NodeType>>,
    /// Only nodes that are or were of this group, and those that belong to no group.
    pub group: Option<Uuid>,
}

/// A piece of the log, and how far the log was when it was read.
#[derive(Debug)]
pub struct LogPage {
    /// The changes in order.
    pub rows: Vec<change::Model>,
    /// Whether more follow.
    pub more: bool,
    /// How far the log was.
    pub head: change_log::Model,
}

/// The changes after this number. It is one statement, so all of the page is of one moment.
pub async fn page(db: &impl ConnectionTrait, after: i64, wanted: &Wanted, limit: u64) -> Result<LogPage> {
    let mut rows = Query::select();
    rows.columns(change::Column::iter())
        .from(change::Entity)
        .and_where(change::Column::Seq.gt(after))
        .order_by(change::Column::Seq, Order::Asc)
        .limit(limit + 1);
    if let Some(types) = &wanted.types {
        rows.and_where(change::Column::NodeType.is_in(types.iter().copied()));
    }
    if let Some(group) = wanted.group {
        let member = Query::select()
            .expr(Expr::val(1))
            .from(node_group::Entity)
            .and_where(
                Expr::col((node_group::Entity, node_group::Column::NodeId))
                    .eq(Expr::col((change::Entity, change::Column::NodeId))),
            )
            .and_where(node_group::Column::GroupId.eq(group))
            .to_owned();
        rows.and_where(
            change::Column::NodeType.is_in(NodeType::iter().filter(|of| is_shared(*of))).or(Expr::exists(member)),
        );
    }
    let page = Alias::new("page");
    let statement = Query::select()
        .columns(change_log::Column::iter().map(|column| (change_log::Entity, column)))
        .columns(change::Column::iter().map(|column| (page.clone(), column)))
        .from(change_log::Entity)
        .join_subquery(JoinType::LeftJoin, rows, page.clone(), Expr::cust("TRUE"))
        .order_by((page, change::Column::Seq), Order::Asc)
        .to_owned();
    let read = db.query_all(&statement).await?;
    let Some(first) = read.first() else { return Err(headless()) };
    let head = change_log::Model::from_query_result(first, "")?;
    let is_row = |row: &&sea_orm::QueryResult| matches!(row.try_get::<Option<i64>>("", "seq"), Ok(Some(_)));
    let rows = read.iter().filter(is_row).map(|row| change::Model::from_query_result(row, ""));
    let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    Ok(LogPage { rows, more, head })
}

/// Whether the log has this node. It has all public nodes, and nodes that were public until their deletion is
/// forgotten.
pub async fn tells_of(db: &impl ConnectionTrait, node: Uuid) -> Result<bool> {
    Ok(change::Entity::find().filter(change::Column::NodeId.eq(node)).one(db).await?.is_some())
}

/// Which types of nodes changed after this number, and how far the log is. It is one statement, so both are of one
/// moment.
pub async fn types_since(db: &impl ConnectionTrait, after: i64) -> Result<(change_log::Model, NodeTypes)> {
    let types = Query::select()
        .distinct()
        .column(change::Column::NodeType)
        .from(change::Entity)
        .and_where(change::Column::Seq.gt(after))
        .to_owned();
    let changed = Alias::new("changed");
    let statement = Query::select()
        .columns(change_log::Column::iter().map(|column| (change_log::Entity, column)))
        .column((changed.clone(), change::Column::NodeType))
        .from(change_log::Entity)
        .join_subquery(JoinType::LeftJoin, types, changed, Expr::cust("TRUE"))
        .to_owned();
    let rows = db.query_all(&statement).await?;
    let head = change_log::Model::from_query_result(rows.first().ok_or_else(headless)?, "")?;
    let types = rows.iter().filter_map(|row| row.try_get::<Option<NodeType>>("", "node_type").transpose());
    Ok((head, types.collect::<Result<_, _>>()?))
}

/// The error for a client that missed changes which are forgotten now.
pub fn too_old() -> Error {
    let message =
        "What happened since this cursor is not known any more. Forget what you hold and begin again without `after`.";
    Error::invalid(Code::CursorTooOld, message)
}

/// The nodes of an event (its talks, sponsorships, fundraisers and resources, and the resources of its talks), and how
/// far the log is. It is one statement, so both are of one moment.
#[expect(clippy::disallowed_methods, reason = "parts are told of whether they are public or not")]
pub async fn parts_of_event(db: &impl ConnectionTrait, event: Uuid) -> Result<(change_log::Model, HashSet<Uuid>)> {
    let mut parts = Query::select();
    parts.column(talk::Column::Id).from(talk::Entity).and_where(talk::Column::EventId.eq(event));
    macro_rules! add {
        ($noun:ident) => {
            let mut own = Query::select();
            own.column($noun::Column::Id).from($noun::Entity).and_where($noun::Column::EventId.eq(event));
            parts.union(UnionType::All, own);
        };
    }
    add!(sponsorship);
    add!(fundraiser);
    add!(resource);
    let of_talk = (talk::Entity, talk::Column::Id);
    let mut of_talks = Query::select();
    of_talks
        .column((resource::Entity, resource::Column::Id))
        .from(resource::Entity)
        .inner_join(talk::Entity, Expr::col(of_talk).equals((resource::Entity, resource::Column::TalkId)))
        .and_where(talk::Column::EventId.eq(event));
    parts.union(UnionType::All, of_talks);
    let part = Alias::new("part");
    let statement = Query::select()
        .columns(change_log::Column::iter().map(|column| (change_log::Entity, column)))
        .expr_as(Expr::col((part.clone(), talk::Column::Id)), "part")
        .from(change_log::Entity)
        .join_subquery(JoinType::LeftJoin, parts, part, Expr::cust("TRUE"))
        .to_owned();
    let rows = db.query_all(&statement).await?;
    let Some(first) = rows.first() else { return Err(headless()) };
    let head = change_log::Model::from_query_result(first, "")?;
    let parts = rows.iter().filter_map(|row| row.try_get::<Option<Uuid>>("", "part").transpose());
    Ok((head, parts.collect::<Result<_, _>>()?))
}

/// The groups of these nodes, now and before.
pub async fn groups(db: &impl ConnectionTrait, nodes: &[Uuid]) -> Result<HashMap<Uuid, Vec<Uuid>>> {
    let is_one = is_any(db.get_database_backend(), Expr::col(node_group::Column::NodeId), nodes);
    let mut groups: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for pair in node_group::Entity::find().filter(is_one).all(db).await? {
        groups.entry(pair.node_id).or_default().push(pair.group_id);
    }
    Ok(groups)
}
