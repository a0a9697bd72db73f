//! Finds what a mistyped text means: nodes with similar names.
//!
//! The databases find candidates by their trigram indexes. The names of a candidate have, for each word of the text,
//! its first letters or its last ones. The candidates with the most letters in common come first. `likeness` decides
//! which of them are similar. So both databases find the same nodes in the same order.

use std::{cmp::Reverse, collections::BTreeMap};

use entity::{node_type::NodeType, search_document};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, ExprTrait, FromQueryResult,
    sea_query::{Expr, Order, Query as Sql, SelectStatement},
};
use uuid::Uuid;

use super::{
    dialect,
    likeness::{Known, Typed},
    query::Query,
    rank,
};
use crate::error::Result;

/// The most candidates that are compared. It bounds the work after the statement.
const CANDIDATES: u64 = 200;

/// A node whose names have a part of the text.
#[derive(FromQueryResult)]
struct Candidate {
    node_id: Uuid,
    names: String,
}

/// The keys of at most `limit` public nodes of this type of which a name looks like the text, the most similar first.
///
/// Each word of the text must be a word of its names, or the beginning of one, with at most one mistake if it has four
/// to seven letters, and two if it has more. Shorter words and numbers must be right. The text may be a slug.
pub async fn similar(db: &impl ConnectionTrait, text: &str, node_type: NodeType, limit: usize) -> Result<Vec<Uuid>> {
    let Ok(query) = Query::parse(text) else { return Ok(Vec::new()) };
    let Some(typed) = Typed::new(&query) else { return Ok(Vec::new()) };
    let mut select = candidates(db.get_database_backend(), &typed);
    select.and_where(search_document::Column::NodeType.eq(node_type));
    let candidates = read(db, &select).await?;
    let mut known = Known::new();
    // Of equally similar nodes, the one whose name is closest in length comes first. Then the order of the statement
    // decides.
    let mut found = Vec::new();
    for (place, candidate) in candidates.iter().enumerate() {
        if let Some((likeness, _)) = typed.nearest(&candidate.names, &mut known) {
            found.push((likeness, excess(&candidate.names, &query), place, candidate.node_id));
        }
    }
    found.sort_unstable();
    Ok(found.into_iter().take(limit).map(|(.., node_id)| node_id).collect())
}

/// The difference in length between the text and the name that is closest in length.
fn excess(names: &str, query: &Query) -> usize {
    let letters = query.folded.chars().count();
    let names = names.split('\n').filter(|name| !name.is_empty());
    names.map(|name| name.chars().count().abs_diff(letters)).min().unwrap_or(usize::MAX)
}

/// What is meant by a query that finds nothing at all: the same query with the words of names in place of those that
/// were mistyped. `None` if it finds something, or if nothing looks like it.
///
/// The fewest mistakes decide, then what most of the candidates are called, then the alphabet.
pub async fn meant(db: &impl ConnectionTrait, query: &Query) -> Result<Option<Query>> {
    let Some(typed) = Typed::new(query) else { return Ok(None) };
    let backend = db.get_database_backend();
    let mut select = candidates(backend, &typed);
    select.and_where(Expr::exists(rank::matching_any(backend, query)).not());
    let candidates = read(db, &select).await?;
    let mut known = Known::new();
    let mut readings: BTreeMap<_, usize> = BTreeMap::new();
    for reading in candidates.iter().filter_map(|candidate| typed.nearest(&candidate.names, &mut known)) {
        *readings.entry(reading).or_default() += 1;
    }
    // Of equally good readings this is the first one, which is the first of the alphabet.
    let best = readings.into_iter().min_by_key(|((likeness, _), count)| (*likeness, Reverse(*count)));
    Ok(best.map(|((_, words), _)| Query::of_folded(words.join(" "))))
}

/// The candidates, those with the most letters in common first. The order depends only on the rows, so it is the same
/// on both databases.
fn candidates(backend: DbBackend, typed: &Typed) -> SelectStatement {
    use search_document::{Column, Entity};
    let dialect = dialect(backend);
    Sql::select()
        .columns([Column::NodeId, Column::Names].map(|column| (Entity, column)))
        .from(Entity)
        .cond_where(dialect.has_some(&typed.anchors()))
        .order_by_expr(dialect.in_common(typed.pieces()), Order::Desc)
        .order_by((Entity, Column::Weight), Order::Desc)
        .order_by((Entity, Column::Title), Order::Asc)
        .order_by((Entity, Column::NodeId), Order::Asc)
        .limit(CANDIDATES)
        .to_owned()
}

async fn read(db: &impl ConnectionTrait, select: &SelectStatement) -> Result<Vec<Candidate>> {
    let statement = db.get_database_backend().build(select);
    Ok(Candidate::find_by_statement(statement).all(db).await?)
}
