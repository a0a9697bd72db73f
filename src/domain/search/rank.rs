//! Answers: which nodes match, and in which order.

use entity::{node_type::NodeType, search_document};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, ExprTrait, FromQueryResult,
    sea_query::{Alias, CaseStatement, Expr, Order, Query as Sql, SelectStatement},
};
use uuid::Uuid;

use super::{postgres, query::Query, sqlite};
use crate::error::Result;

/// How far apart the tiers are: more than any [`super::index`] weight.
const TIER: i32 = 10;

/// A node that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// What sort of node it is.
    pub node_type: NodeType,
    /// Where it stands among the hits, and which node it is.
    pub position: Position,
}

/// A place in the order of the hits: what a cursor holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// How well the node matches and how much it counts; lower comes first.
    pub rank: i32,
    /// The beginning of its folded title.
    pub title: String,
    /// Its key.
    pub node_id: Uuid,
}

/// A row of the answer. Flat, because rows are.
#[derive(FromQueryResult)]
struct Row {
    node_type: NodeType,
    node_id: Uuid,
    title: String,
    place: i32,
}

/// The best `limit` nodes of these types (of all, if there are none) that match and come after `after`.
pub async fn find(
    db: &impl ConnectionTrait,
    query: &Query,
    types: &[NodeType],
    limit: u64,
    after: Option<&Position>,
) -> Result<Vec<Hit>> {
    let statement = page(db.get_database_backend(), query, types, limit, after);
    let rows = Row::find_by_statement(db.get_database_backend().build(&statement)).all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| Hit {
            node_type: row.node_type,
            position: Position { rank: row.place, title: row.title, node_id: row.node_id },
        })
        .collect())
}

/// How many nodes of these types (of all, if there are none) match.
pub async fn count(db: &impl ConnectionTrait, query: &Query, types: &[NodeType]) -> Result<u64> {
    let statement = documents(db.get_database_backend(), query, types)
        .expr_as(Expr::cust("count(*)"), Alias::new("hits"))
        .to_owned();
    let row = db.query_one(&statement).await?;
    let hits: i64 = row.map_or(Ok(0), |row| row.try_get("", "hits"))?;
    Ok(u64::try_from(hits).unwrap_or(0))
}

/// The keys of the public nodes of one type that match, as a subquery for `id IN (…)`.
#[must_use]
pub fn matching_ids(backend: DbBackend, node_type: NodeType, query: &Query) -> SelectStatement {
    documents(backend, query, &[node_type]).column(column(search_document::Column::NodeId)).to_owned()
}

/// The condition of a list's text filter: `key` names a node that matches. No text, no condition.
pub fn matching(
    backend: DbBackend,
    node_type: NodeType,
    key: impl ColumnTrait,
    query: Option<&str>,
) -> Result<Option<Expr>> {
    let Some(query) = query else { return Ok(None) };
    let ids = matching_ids(backend, node_type, &Query::parse(query)?);
    Ok(Some(Expr::col(key.as_column_ref()).in_subquery(ids)))
}

/// The statement of one page.
pub(super) fn page(
    backend: DbBackend,
    query: &Query,
    types: &[NodeType],
    limit: u64,
    after: Option<&Position>,
) -> SelectStatement {
    let hits = documents(backend, query, types)
        .columns([
            column(search_document::Column::NodeType),
            column(search_document::Column::NodeId),
            column(search_document::Column::Title),
        ])
        .expr_as(place(backend, query), Alias::new("place"))
        .to_owned();
    let mut page = Sql::select()
        .column(sea_orm::sea_query::Asterisk)
        .from_subquery(hits, Alias::new("hits"))
        .order_by(Alias::new("place"), Order::Asc)
        .order_by(Alias::new("title"), Order::Asc)
        .order_by(Alias::new("node_id"), Order::Asc)
        .limit(limit)
        .to_owned();
    if let Some(after) = after {
        let order = ["place", "title", "node_id"].map(|name| Expr::col(Alias::new(name)));
        let last = [Expr::val(after.rank), Expr::val(after.title.as_str()), Expr::val(after.node_id)];
        page.and_where(Expr::tuple(order).gt(Expr::tuple(last)));
    }
    page
}

/// A selection of nothing yet from the documents that match.
fn documents(backend: DbBackend, query: &Query, types: &[NodeType]) -> SelectStatement {
    let mut documents = Sql::select();
    documents.from(search_document::Entity).and_where(match backend {
        DbBackend::Postgres => postgres::is_match(query),
        _ => sqlite::is_match(query),
    });
    if !types.is_empty() {
        documents.and_where(Expr::col(column(search_document::Column::NodeType)).is_in(types.iter().copied()));
    }
    documents
}

/// The rank of a document that matches: the tier, best first, and the weight within it.
fn place(backend: DbBackend, query: &Query) -> Expr {
    let (names_match, words_match) = match backend {
        DbBackend::Postgres => (postgres::has_words(query, true), postgres::has_words(query, false)),
        _ => (sqlite::has_words(query, true), sqlite::has_words(query, false)),
    };
    let name = &query.folded;
    // Names stand on lines of their own. Folding leaves no sign that means something in a pattern.
    let tier: Expr = CaseStatement::new()
        .case(names_like(format!("%\n{name}\n%")), 0)
        .case(names_like(format!("%\n{name}%")), TIER)
        .case(names_match, 2 * TIER)
        .case(words_match, 3 * TIER)
        .finally(4 * TIER)
        .into();
    tier.sub(Expr::col(column(search_document::Column::Weight)))
}

fn names_like(pattern: String) -> Expr {
    Expr::col(column(search_document::Column::Names)).like(pattern)
}

fn column(column: search_document::Column) -> (search_document::Entity, search_document::Column) {
    (search_document::Entity, column)
}
