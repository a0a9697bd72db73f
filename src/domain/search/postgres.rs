//! Search on `PostgreSQL`: a `tsvector` of our own tokens and a trigram index on the names.

use std::iter;

use entity::{by_noun, node_type::NodeType};
use sea_orm::{
    DbBackend, EntityName, Statement, Value,
    sea_query::{Condition, Expr, SelectStatement},
};
use uuid::Uuid;

use super::{
    dialect::Dialect,
    document::SearchDocument,
    rank_bucket::{MatchStep, Term},
};

/// How many of some texts the names hold.
const IN_COMMON: &str =
    "(SELECT count(*) FROM unnest(CAST($1 AS text[])) AS piece WHERE strpos(search_documents.names, piece) > 0)";
/// Creates or replaces documents.
const UPSERT: &str = "INSERT INTO search_documents (node_type, node_id, weight, title, names, fingerprint, words)
        SELECT node_type, node_id, weight, title, names, fingerprint, CAST(words AS tsvector)
        FROM unnest($1, $2, $3, $4, $5, $6, $7) AS rows (node_type, node_id, weight, title, names, fingerprint, words)
        ON CONFLICT (node_id) DO UPDATE SET node_type = excluded.node_type, weight = excluded.weight,
            title = excluded.title, names = excluded.names, fingerprint = excluded.fingerprint, words = excluded.words";
/// Locks the events of talks.
const LOCK_EVENTS: &str = "SELECT 1 FROM events WHERE id IN (SELECT event_id FROM talks WHERE id = ANY($1))
            ORDER BY id FOR SHARE";

/// The dialect of `PostgreSQL`.
pub(super) struct Postgres;

impl Dialect for Postgres {
    fn is_inside(&self, text: &str) -> Expr {
        // A folded text has no sign with a meaning in a pattern.
        Expr::cust_with_values("search_documents.names LIKE $1", [format!("%{text}%")])
    }

    fn has_name(&self, text: &str) -> Expr {
        Expr::cust_with_values("strpos(search_documents.names, $1) > 0", [text])
    }

    fn has_some(&self, lists: &[Vec<String>]) -> Condition {
        let has_one = |texts: &Vec<String>| {
            let patterns: Vec<String> = texts.iter().map(|text| format!("%{text}%")).collect();
            Expr::cust_with_values("search_documents.names LIKE ANY(CAST($1 AS text[]))", [Value::from(patterns)])
        };
        lists.iter().map(has_one).fold(Condition::all(), Condition::add)
    }

    fn in_common(&self, texts: Vec<String>) -> Expr {
        Expr::cust_with_values(IN_COMMON, [Value::from(texts)])
    }

    fn look_up(&self, found: &mut SelectStatement, steps: Vec<String>) {
        let words = "search_documents.words @@ CAST((CAST($1 AS text[]))[search_steps.step + 1] AS tsquery)";
        found.and_where(Expr::cust_with_values(words, [Value::from(steps)]));
    }

    fn spelled(&self, step: &MatchStep) -> String {
        let but = step.but.iter().map(|terms| format!("!({})", all(terms)));
        iter::once(format!("({})", all(&step.all))).chain(but).collect::<Vec<_>>().join(" & ")
    }

    /// A talk is only public with its event. So the events of talks are locked, too.
    fn lock(&self, node_type: NodeType, nodes: &[Uuid], old: &[Uuid]) -> Vec<Statement> {
        let table = by_noun!(node_type, E => E::default().table_name());
        let rows = format!("SELECT 1 FROM {table} WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE");
        let lock = |sql: &str, nodes: &[Uuid]| statement(sql, [nodes.to_vec().into()]);
        let events = (node_type == NodeType::Talk).then(|| lock(LOCK_EVENTS, nodes));
        let rows = (!old.is_empty()).then(|| lock(&rows, old));
        events.into_iter().chain(rows).collect()
    }

    fn store(&self, documents: &[SearchDocument]) -> Vec<Statement> {
        let texts =
            |text: fn(&SearchDocument) -> String| -> Value { documents.iter().map(text).collect::<Vec<_>>().into() };
        let keys: Vec<Uuid> = documents.iter().map(|document| document.node_id).collect();
        let weights: Vec<i32> = documents.iter().map(|document| document.weight).collect();
        let fingerprints: Vec<i64> = documents.iter().map(|document| document.fingerprint).collect();
        let values = [
            texts(|document| document.node_type.name().to_owned()),
            keys.into(),
            weights.into(),
            texts(|document| document.title.clone()),
            texts(|document| document.names.clone()),
            fingerprints.into(),
            texts(vector),
        ];
        vec![statement(UPSERT, values)]
    }

    fn remove(&self, nodes: &[Uuid]) -> Vec<Statement> {
        vec![statement("DELETE FROM search_documents WHERE node_id = ANY($1)", [nodes.to_vec().into()])]
    }
}

fn all(terms: &[Term]) -> String {
    let spelled = |term: &Term| format!("{}{}", quoted(&term.token), if term.is_prefix { ":*" } else { "" });
    terms.iter().map(spelled).collect::<Vec<_>>().join(" & ")
}

/// A text as one lexeme.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// The words as a `tsvector` without positions. No search needs the positions of words.
fn vector(document: &SearchDocument) -> String {
    document.words.split(' ').filter(|word| !word.is_empty()).map(quoted).collect::<Vec<_>>().join(" ")
}

fn statement<const N: usize>(sql: impl Into<String>, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}
