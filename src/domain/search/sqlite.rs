//! Search on `SQLite`. Beside the documents there are two FTS5 tables: one of words, and one of trigrams of the names.

use std::{collections::BTreeMap, iter};

use entity::node_type::NodeType;
use sea_orm::{
    DbBackend, Statement, Value,
    sea_query::{Condition, Expr, SelectStatement},
};
use serde_json::json;
use uuid::Uuid;

use super::{
    dialect::Dialect,
    document::SearchDocument,
    rank_bucket::{MatchStep, Term},
};

/// Creates or replaces documents. Without `WHERE true` the parser takes ON CONFLICT for a join's ON.
const UPSERT: &str = "INSERT INTO search_documents (node_type, node_id, weight, title, names, fingerprint)
        SELECT value ->> 0, unhex(value ->> 1), value ->> 2, value ->> 3, value ->> 4, value ->> 5
        FROM json_each(?) WHERE true
        ON CONFLICT (node_id) DO UPDATE SET node_type = excluded.node_type, weight = excluded.weight,
            title = excluded.title, names = excluded.names, fingerprint = excluded.fingerprint";
/// Writes the words of documents, given as an object with the keys of the nodes. FTS5 collects the words of many
/// documents as long as their ids ascend.
const WORDS: &str = "INSERT OR REPLACE INTO search_words (rowid, words)
        SELECT search_documents.id, value FROM json_each(?) JOIN search_documents ON node_id = unhex(key)
        ORDER BY search_documents.id";
/// Writes the names of documents, given in the same way.
const NAMES: &str = "INSERT OR REPLACE INTO search_names (rowid, names)
        SELECT search_documents.id, value FROM json_each(?) JOIN search_documents ON node_id = unhex(key)
        ORDER BY search_documents.id";

/// The dialect of `SQLite`.
pub(super) struct Sqlite;

impl Dialect for Sqlite {
    fn is_inside(&self, text: &str) -> Expr {
        matches_names(quoted(text))
    }

    fn has_name(&self, text: &str) -> Expr {
        Expr::cust_with_values("instr(search_documents.names, ?) > 0", [text])
    }

    fn has_some(&self, lists: &[Vec<String>]) -> Condition {
        let one = |texts: &Vec<String>| texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(" OR ");
        let all: Vec<String> = lists.iter().map(|texts| format!("({})", one(texts))).collect();
        Condition::all().add(matches_names(all.join(" AND ")))
    }

    fn in_common(&self, texts: Vec<String>) -> Expr {
        let count = "(SELECT count(*) FROM json_each(?) WHERE instr(search_documents.names, value) > 0)";
        Expr::cust_with_values(count, [json!(texts).to_string()])
    }

    fn look_up(&self, found: &mut SelectStatement, steps: Vec<String>) {
        let words = "search_words MATCH (? ->> search_steps.step) AND search_documents.id = search_words.rowid";
        found.cross_join("search_words").and_where(Expr::cust_with_values(words, [json!(steps).to_string()]));
    }

    fn spelled(&self, step: &MatchStep) -> String {
        iter::once(&step.all)
            .chain(&step.but)
            .map(|terms| format!("({})", all(terms)))
            .collect::<Vec<_>>()
            .join(" NOT ")
    }

    /// There is only one writer, so no lock is needed.
    fn lock(&self, _: NodeType, _: &[Uuid], _: &[Uuid]) -> Vec<Statement> {
        Vec::new()
    }

    fn store(&self, documents: &[SearchDocument]) -> Vec<Statement> {
        let row = |d: &SearchDocument| json!([d.node_type.name(), hex(d), d.weight, d.title, d.names, d.fingerprint]);
        let rows: serde_json::Value = documents.iter().map(row).collect();
        let by_node = |text: fn(&SearchDocument) -> &str| {
            let texts: BTreeMap<String, &str> =
                documents.iter().map(|document| (hex(document), text(document))).collect();
            json!(texts).to_string()
        };
        vec![
            statement(UPSERT, [rows.to_string().into()]),
            statement(WORDS, [by_node(|document| &document.words).into()]),
            statement(NAMES, [by_node(|document| &document.names).into()]),
        ]
    }

    fn remove(&self, nodes: &[Uuid]) -> Vec<Statement> {
        let keys: Vec<String> = nodes.iter().map(|node| node.simple().to_string()).collect();
        let keys = json!(keys).to_string();
        let nodes = "node_id IN (SELECT unhex(value) FROM json_each(?))";
        let rows =
            |table| format!("DELETE FROM {table} WHERE rowid IN (SELECT id FROM search_documents WHERE {nodes})");
        vec![
            statement(rows("search_words"), [keys.clone().into()]),
            statement(rows("search_names"), [keys.clone().into()]),
            statement(format!("DELETE FROM search_documents WHERE {nodes}"), [keys.into()]),
        ]
    }
}

/// The key of the node of a document. JSON holds no blobs.
fn hex(document: &SearchDocument) -> String {
    document.node_id.simple().to_string()
}

fn matches_names(query: String) -> Expr {
    let names = "search_documents.id IN (SELECT rowid FROM search_names WHERE search_names MATCH ?)";
    Expr::cust_with_values(names, [query])
}

fn all(terms: &[Term]) -> String {
    let spelled = |term: &Term| format!("{}{}", quoted(&term.token), if term.is_prefix { "*" } else { "" });
    terms.iter().map(spelled).collect::<Vec<_>>().join(" AND ")
}

/// A text as a string of FTS5, in which no sign is an operator.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn statement<const N: usize>(sql: impl Into<String>, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
}
