//! Answers: which nodes match, and in which order.

use entity::{node_type::NodeType, search_document};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, ExprTrait, FromQueryResult,
    sea_query::{
        Asterisk, CaseStatement, CommonTableExpression, Expr, Order, Query as Sql, SelectStatement, UnionType,
    },
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

/// Which of the hits to return.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// How many at most.
    pub limit: u64,
    /// Whether to read from the end, the last hit first.
    pub backward: bool,
    /// Only those behind this place.
    pub after: Option<Position>,
    /// Only those before this place.
    pub before: Option<Position>,
}

/// One page of the nodes of these types (of all, if there are none) that match.
pub async fn find(db: &impl ConnectionTrait, query: &Query, types: &[NodeType], page: &Page) -> Result<Vec<Hit>> {
    let backend = db.get_database_backend();
    let rows = Row::find_by_statement(backend.build(&statement(backend, query, types, page))).all(db).await?;
    let hit = |row: Row| Hit {
        node_type: row.node_type,
        position: Position { rank: row.place, title: row.title, node_id: row.node_id },
    };
    Ok(rows.into_iter().map(hit).collect())
}

/// How many nodes of these types (of all, if there are none) match.
pub async fn count(db: &impl ConnectionTrait, query: &Query, types: &[NodeType]) -> Result<u64> {
    let hits = hits(db.get_database_backend(), query, types, false).expr_as(Expr::cust("count(*)"), "hits").to_owned();
    let row = db.query_one(&hits).await?;
    let hits: i64 = row.map_or(Ok(0), |row| row.try_get("", "hits"))?;
    Ok(u64::try_from(hits).unwrap_or(0))
}

/// The keys of the public nodes of one type that match, as a subquery for `id IN (…)`.
fn matching_ids(backend: DbBackend, node_type: NodeType, query: &Query) -> SelectStatement {
    hits(backend, query, &[node_type], false).column("node_id").to_owned()
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

/// The statement of one page. The next one begins after a key, so that a late page costs what the first one does.
fn statement(backend: DbBackend, query: &Query, types: &[NodeType], page: &Page) -> SelectStatement {
    const ORDER: [&str; 3] = ["place", "title", "node_id"];
    let mut statement = hits(backend, query, types, true);
    statement.column(Asterisk).limit(page.limit);
    for column in ORDER {
        statement.order_by(column, if page.backward { Order::Desc } else { Order::Asc });
    }
    let place = |at: &Position| Expr::tuple([Expr::val(at.rank), Expr::val(at.title.as_str()), Expr::val(at.node_id)]);
    let hit = || Expr::tuple(ORDER.map(Expr::col));
    statement
        .and_where_option(page.after.as_ref().map(|after| hit().gt(place(after))))
        .and_where_option(page.before.as_ref().map(|before| hit().lt(place(before))));
    statement
}

/// A selection of nothing yet from all that matches; with the place in the order only if that is asked for.
fn hits(backend: DbBackend, query: &Query, types: &[NodeType], placed: bool) -> SelectStatement {
    let with_words = documents(has_words(backend, query, false), placed.then(|| place(backend, query)));
    let mut hits = Sql::select();
    match query.inside() {
        None => hits.from_subquery(with_words, "hits"),
        Some(text) => {
            let inside = is_inside(backend, text).and(Expr::exists(by_words(Expr::val(1))).not());
            let inside = documents(inside, placed.then(|| placed_in(Expr::val(4 * TIER))));
            let either = by_words(Expr::col(Asterisk)).union(UnionType::All, inside).to_owned();
            // Without MATERIALIZED the words would be looked up twice.
            let table =
                CommonTableExpression::new().table_name("by_words").query(with_words).materialized(true).to_owned();
            hits.with_cte(table).from_subquery(either, "hits")
        }
    };
    if !types.is_empty() {
        hits.and_where(Expr::col("node_type").is_in(types.iter().copied()));
    }
    hits
}

fn by_words(what: Expr) -> SelectStatement {
    Sql::select().expr(what).from("by_words").to_owned()
}

fn documents(condition: Expr, place: Option<Expr>) -> SelectStatement {
    let mut documents = Sql::select();
    let columns = [search_document::Column::NodeType, search_document::Column::NodeId, search_document::Column::Title];
    documents.columns(columns.map(|column| (search_document::Entity, column))).from(search_document::Entity);
    if let Some(place) = place {
        documents.expr_as(place, "place");
    }
    documents.and_where(condition).to_owned()
}

/// The place of a document that has all words.
fn place(backend: DbBackend, query: &Query) -> Expr {
    let name = &query.folded;
    let names = || Expr::col((search_document::Entity, search_document::Column::Names));
    // Names stand on lines of their own. Folding leaves no sign that means something in a pattern.
    let tier = CaseStatement::new()
        .case(names().like(format!("%\n{name}\n%")), 0)
        .case(names().like(format!("%\n{name}%")), TIER)
        .case(has_words(backend, query, true), 2 * TIER)
        .finally(3 * TIER);
    placed_in(tier.into())
}

/// The best tier first, and the greatest weight within it.
fn placed_in(tier: Expr) -> Expr {
    tier.sub(Expr::col((search_document::Entity, search_document::Column::Weight)))
}

/// True for documents that have all words, in their names only or anywhere.
fn has_words(backend: DbBackend, query: &Query, in_names: bool) -> Expr {
    match backend {
        DbBackend::Postgres => postgres::has_words(query, in_names),
        _ => sqlite::has_words(query, in_names),
    }
}

/// True for documents that have this text inside a name.
fn is_inside(backend: DbBackend, text: &str) -> Expr {
    match backend {
        DbBackend::Postgres => postgres::is_inside(text),
        _ => sqlite::is_inside(text),
    }
}
