//! Finds which nodes match a query, and in which order.

use entity::{node_type::NodeType, search_document};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, ExprTrait, FromQueryResult,
    sea_query::{Asterisk, CommonTableExpression, Expr, Order, Query as Sql, SelectStatement, UnionType},
};
use uuid::Uuid;

use super::{
    dialect,
    query::Query,
    rank_bucket::{INSIDE, MatchStep, Position, TIER},
};
use crate::error::Result;

/// A node that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// What sort of node it is.
    pub node_type: NodeType,
    /// Its place among the hits, and its key.
    pub position: Position,
}

/// A row of the statement.
#[derive(FromQueryResult)]
struct Row {
    node_type: NodeType,
    node_id: Uuid,
    title: String,
    /// The number of the match step that found it, or its rank.
    place: i32,
}

/// Which of the hits to return.
#[derive(Clone, Debug, Default)]
pub struct HitPage {
    /// How many at most.
    pub limit: u64,
    /// Whether to read from the end, the last hit first.
    pub backward: bool,
    /// Only hits after this place.
    pub after: Option<Position>,
    /// Only hits before this place.
    pub before: Option<Position>,
}

/// One page of the nodes of these types (of all, if there are none) that match.
pub async fn find(db: &impl ConnectionTrait, query: &Query, types: &[NodeType], page: &HitPage) -> Result<Vec<Hit>> {
    let backend = db.get_database_backend();
    let ranks = MatchStep::ranks();
    let rank = |step| usize::try_from(step).ok().and_then(|step| ranks.get(step)).copied().unwrap_or_default();
    let hits = rows(db, &by_words_in_order(backend, query, types, page), rank).await?;
    match query.inside() {
        Some(text) if hits.is_empty() => {
            rows(db, &inside_in_order(backend, query, text, types, page), |rank| rank).await
        }
        _ => Ok(hits),
    }
}

/// The hits that this statement finds. `rank` makes a rank of a place.
async fn rows(
    db: &impl ConnectionTrait,
    statement: &SelectStatement,
    rank: impl Fn(i32) -> i32 + Send,
) -> Result<Vec<Hit>> {
    let statement = db.get_database_backend().build(statement);
    let rows = Row::find_by_statement(statement).all(db).await?;
    let hit = |row: Row| Hit {
        node_type: row.node_type,
        position: Position { rank: rank(row.place), title: row.title, node_id: row.node_id },
    };
    Ok(rows.into_iter().map(hit).collect())
}

/// For the benchmark of the lower bound: the match steps of a search, how many of them are about whole names, and the
/// text that the names of their hits hold.
#[must_use]
pub fn outline(backend: DbBackend, query: &Query) -> (Vec<String>, usize, String) {
    let (by_name, name) = MatchStep::by_name(query);
    (steps(backend, query), by_name, name)
}

/// How many nodes of these types (of all, if there are none) match.
pub async fn count(db: &impl ConnectionTrait, query: &Query, types: &[NodeType]) -> Result<u64> {
    let hits = hits(db.get_database_backend(), query, types).expr_as(Expr::cust("count(*)"), "hits").to_owned();
    let row = db.query_one(&hits).await?;
    let hits: i64 = row.map_or(Ok(0), |row| row.try_get("", "hits"))?;
    Ok(u64::try_from(hits).unwrap_or(0))
}

/// The keys of the public nodes of one type that match, as a subquery for `id IN (…)`.
fn matching_ids(backend: DbBackend, node_type: NodeType, query: &Query) -> SelectStatement {
    hits(backend, query, &[node_type]).column("node_id").to_owned()
}

/// All public nodes that match, as a subquery for `EXISTS (…)`.
pub(super) fn matching_any(backend: DbBackend, query: &Query) -> SelectStatement {
    hits(backend, query, &[]).column("node_id").to_owned()
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

/// One page of what words find. The statement takes the match steps one after another, as many as the page needs.
fn by_words_in_order(backend: DbBackend, query: &Query, types: &[NodeType], page: &HitPage) -> SelectStatement {
    let step = || Expr::col(("search_steps", "step"));
    let first = |at: &Position| i32::try_from(MatchStep::of(at)).unwrap_or(i32::MAX);
    let (by_name, name) = MatchStep::by_name(query);
    let is_first = step().lt(i32::try_from(by_name).unwrap_or(i32::MAX)).or(dialect(backend).has_name(&name).not());
    let mut hits = by_words(backend, steps(backend, query), types);
    hits.expr_as(step(), "place")
        .and_where(is_first)
        // The steps of the pages before this one are not taken again.
        .and_where_option(page.after.as_ref().map(|after| step().gte(first(after))))
        .and_where_option(page.before.as_ref().map(|before| step().lte(first(before))));
    one_page(hits, step, first, page)
}

/// One page of the documents that have the query inside a name. It is empty if words find anything.
fn inside_in_order(
    backend: DbBackend,
    query: &Query,
    text: &str,
    types: &[NodeType],
    page: &HitPage,
) -> SelectStatement {
    // The greatest weight comes first.
    let rank = || Expr::val(INSIDE * TIER).sub(Expr::col((search_document::Entity, search_document::Column::Weight)));
    let mut hits = inside(backend, text, types);
    hits.expr_as(rank(), "place").with_cte(words_once(backend, query));
    one_page(hits, rank, |at| at.rank, page)
}

/// One page, in the order of this key, the title and the node. A page begins after a position and not after a number of
/// hits. So a late page costs as much as the first one.
fn one_page(
    mut hits: SelectStatement,
    key: impl Fn() -> Expr,
    key_of: impl Fn(&Position) -> i32,
    page: &HitPage,
) -> SelectStatement {
    let document = |column| Expr::col((search_document::Entity, column));
    let hit = || [key(), document(search_document::Column::Title), document(search_document::Column::NodeId)];
    let at = |at: &Position| Expr::tuple([key_of(at).into(), at.title.as_str().into(), at.node_id.into()]);
    for part in hit() {
        hits.order_by_expr(part, if page.backward { Order::Desc } else { Order::Asc });
    }
    hits.and_where_option(page.after.as_ref().map(|after| Expr::tuple(hit()).gt(at(after))))
        .and_where_option(page.before.as_ref().map(|before| Expr::tuple(hit()).lt(at(before))))
        .limit(page.limit)
        .to_owned()
}

/// A select from all hits that has no columns yet.
fn hits(backend: DbBackend, query: &Query, types: &[NodeType]) -> SelectStatement {
    let mut hits = Sql::select();
    match query.inside() {
        None => hits.from_subquery(by_words(backend, spelled(backend, &MatchStep::unranked(query)), &[]), "hits"),
        Some(text) => {
            let mut words = Sql::select().column(Asterisk).from("by_words").to_owned();
            let either = words.union(UnionType::All, inside(backend, text, &[])).to_owned();
            hits.with_cte(words_once(backend, query)).from_subquery(either, "hits")
        }
    };
    hits.and_where_option((!types.is_empty()).then(|| Expr::col("node_type").is_in(types.iter().copied())));
    hits
}

/// The match steps of a search as queries of this database.
fn steps(backend: DbBackend, query: &Query) -> Vec<String> {
    spelled(backend, &MatchStep::ranked(query))
}

fn spelled(backend: DbBackend, steps: &[MatchStep]) -> Vec<String> {
    let dialect = dialect(backend);
    steps.iter().map(|step| dialect.spelled(step)).collect()
}

/// The documents that these match steps find.
fn by_words(backend: DbBackend, steps: Vec<String>, types: &[NodeType]) -> SelectStatement {
    let step = || Expr::col(("search_steps", "step"));
    let mut found = Sql::select();
    // The steps come first, because they decide what is looked for.
    found.from("search_steps").and_where(step().lt(i32::try_from(steps.len()).unwrap_or(i32::MAX)));
    dialect(backend).look_up(&mut found, steps);
    of_types(found.cross_join(search_document::Entity), types).to_owned()
}

/// The common table expression of what words find. Without MATERIALIZED, they would be looked up twice, and PostgreSQL
/// would read all documents to find the first hit.
fn words_once(backend: DbBackend, query: &Query) -> CommonTableExpression {
    let words = by_words(backend, spelled(backend, &MatchStep::unranked(query)), &[]);
    CommonTableExpression::new().table_name("by_words").query(words).materialized(true).to_owned()
}

/// The documents of these types (of all, if there are none) that have this text inside a name. None if words find
/// anything.
fn inside(backend: DbBackend, text: &str, types: &[NodeType]) -> SelectStatement {
    let words = Sql::select().expr(Expr::val(1)).from("by_words").to_owned();
    of_types(Sql::select().from(search_document::Entity), types)
        .and_where(dialect(backend).is_inside(text))
        .and_where(Expr::exists(words).not())
        .to_owned()
}

fn of_types<'a>(statement: &'a mut SelectStatement, types: &[NodeType]) -> &'a mut SelectStatement {
    let column = |column| (search_document::Entity, column);
    let columns = [search_document::Column::NodeType, search_document::Column::NodeId, search_document::Column::Title];
    let is_one = || Expr::col(column(search_document::Column::NodeType)).is_in(types.iter().copied());
    statement.columns(columns.map(column)).and_where_option((!types.is_empty()).then(is_one))
}
