//! Search on `SQLite`: two FTS5 tables beside the documents, one of words, one of three characters in a row of the names.

use std::iter;

use entity::node_type::NodeType;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, Statement, Value,
    sea_query::{Condition, Expr, SelectStatement},
};
use serde_json::json;
use uuid::Uuid;

use super::{
    index::Document,
    shelf::{Step, Term},
};

/// True for documents that have this text inside a name.
pub(super) fn is_inside(text: &str) -> Expr {
    matches_names(quoted(text))
}

/// True for documents whose names hold this.
pub(super) fn has_name(text: &str) -> Expr {
    Expr::cust_with_values("instr(search_documents.names, ?) > 0", [text])
}

/// True for documents whose names hold at least one of each of these lists of texts.
pub(super) fn has_some(lists: &[Vec<String>]) -> Condition {
    let one = |texts: &Vec<String>| texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(" OR ");
    let all: Vec<String> = lists.iter().map(|texts| format!("({})", one(texts))).collect();
    Condition::all().add(matches_names(all.join(" AND ")))
}

/// How many of these texts the names hold.
pub(super) fn in_common(texts: &[String]) -> Expr {
    let count = "(SELECT count(*) FROM json_each(?) WHERE instr(search_documents.names, value) > 0)";
    Expr::cust_with_values(count, [json!(texts).to_string()])
}

fn matches_names(query: String) -> Expr {
    let names = "search_documents.id IN (SELECT rowid FROM search_names WHERE search_names MATCH ?)";
    Expr::cust_with_values(names, [query])
}

/// Finds the documents that have the words of the current step.
pub(super) fn look_up(found: &mut SelectStatement, steps: &[String]) {
    let words = "search_words MATCH (? ->> search_steps.step) AND search_documents.id = search_words.rowid";
    found.cross_join("search_words").and_where(Expr::cust_with_values(words, [json!(steps).to_string()]));
}

/// A step as a query.
pub(super) fn spelled(step: &Step) -> String {
    iter::once(&step.all).chain(&step.but).map(|terms| format!("({})", all(terms))).collect::<Vec<_>>().join(" NOT ")
}

fn all(terms: &[Term]) -> String {
    let spelled = |term: &Term| format!("{}{}", quoted(&term.token), if term.is_prefix { "*" } else { "" });
    terms.iter().map(spelled).collect::<Vec<_>>().join(" AND ")
}

/// Text that FTS5 takes for nothing but text.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Creates or replaces these documents.
pub(super) async fn store(db: &impl ConnectionTrait, node_type: NodeType, documents: &[Document]) -> Result<(), DbErr> {
    let rows: Vec<_> = documents
        .iter()
        .map(|d| json!([d.node_id.simple().to_string(), d.title, d.names, d.fingerprint, d.words, d.weight]))
        .collect();
    let rows = json!(rows).to_string();
    // Without `WHERE true` the parser takes ON CONFLICT for a join's ON.
    let upsert = "INSERT INTO search_documents (node_type, node_id, weight, title, names, fingerprint)
        SELECT ?, unhex(value ->> 0), value ->> 5, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?) WHERE true
        ON CONFLICT (node_id) DO UPDATE SET node_type = excluded.node_type, weight = excluded.weight,
            title = excluded.title, names = excluded.names, fingerprint = excluded.fingerprint";
    run(db, upsert, [node_type.name().into(), rows.clone().into()]).await?;
    let words = "INSERT OR REPLACE INTO search_words (rowid, words)
        SELECT search_documents.id, value ->> 4 FROM json_each(?) JOIN search_documents ON node_id = unhex(value ->> 0)";
    run(db, words, [rows.clone().into()]).await?;
    let names = "INSERT OR REPLACE INTO search_names (rowid, names)
        SELECT search_documents.id, value ->> 2 FROM json_each(?) JOIN search_documents ON node_id = unhex(value ->> 0)";
    run(db, names, [rows.into()]).await
}

/// Takes away the documents of these nodes.
pub(super) async fn remove(db: &impl ConnectionTrait, nodes: &[Uuid]) -> Result<(), DbErr> {
    let keys: Vec<String> = nodes.iter().map(|node| node.simple().to_string()).collect();
    let keys = json!(keys).to_string();
    let nodes = "node_id IN (SELECT unhex(value) FROM json_each(?))";
    for table in ["search_words", "search_names"] {
        let rows = format!("DELETE FROM {table} WHERE rowid IN (SELECT id FROM search_documents WHERE {nodes})");
        run(db, &rows, [keys.clone().into()]).await?;
    }
    run(db, &format!("DELETE FROM search_documents WHERE {nodes}"), [keys.into()]).await
}

async fn run<const N: usize>(db: &impl ConnectionTrait, sql: &str, values: [Value; N]) -> Result<(), DbErr> {
    db.execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)).await?;
    Ok(())
}
