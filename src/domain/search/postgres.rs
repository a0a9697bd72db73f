//! Search on `PostgreSQL`: a `tsvector` of our own tokens and a trigram index on the names.

use std::iter;

use entity::node_type::NodeType;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, Statement, Value,
    sea_query::{Condition, Expr, SelectStatement},
};
use uuid::Uuid;

use super::{
    index::Document,
    shelf::{Step, Term},
};

/// True for documents that have this text inside a name.
pub(super) fn is_inside(text: &str) -> Expr {
    // Folding leaves no sign that means something in a pattern.
    Expr::cust_with_values("search_documents.names LIKE $1", [format!("%{text}%")])
}

/// True for documents whose names hold this.
pub(super) fn has_name(text: &str) -> Expr {
    Expr::cust_with_values("strpos(search_documents.names, $1) > 0", [text])
}

/// True for documents whose names hold at least one of each of these lists of texts.
pub(super) fn has_some(lists: &[Vec<String>]) -> Condition {
    let has_one = |texts: &Vec<String>| {
        let patterns: Vec<String> = texts.iter().map(|text| format!("%{text}%")).collect();
        Expr::cust_with_values("search_documents.names LIKE ANY(CAST($1 AS text[]))", [Value::from(patterns)])
    };
    lists.iter().map(has_one).fold(Condition::all(), Condition::add)
}

/// How many of these texts the names hold.
pub(super) fn in_common(texts: Vec<String>) -> Expr {
    let count =
        "(SELECT count(*) FROM unnest(CAST($1 AS text[])) AS piece WHERE strpos(search_documents.names, piece) > 0)";
    Expr::cust_with_values(count, [Value::from(texts)])
}

/// Finds the documents that have the words of the current step.
pub(super) fn look_up(found: &mut SelectStatement, steps: Vec<String>) {
    let words = "search_documents.words @@ CAST((CAST($1 AS text[]))[search_steps.step + 1] AS tsquery)";
    found.and_where(Expr::cust_with_values(words, [Value::from(steps)]));
}

/// A step as a query.
pub(super) fn spelled(step: &Step) -> String {
    let but = step.but.iter().map(|terms| format!("!({})", all(terms)));
    iter::once(format!("({})", all(&step.all))).chain(but).collect::<Vec<_>>().join(" & ")
}

fn all(terms: &[Term]) -> String {
    let spelled = |term: &Term| format!("{}{}", quoted(&term.token), if term.is_prefix { ":*" } else { "" });
    terms.iter().map(spelled).collect::<Vec<_>>().join(" & ")
}

/// Text that is one lexeme and nothing else.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// The words as a `tsvector`, which has no positions: nothing asks where words stand.
fn vector(document: &Document) -> String {
    document.words.split(' ').filter(|word| !word.is_empty()).map(quoted).collect::<Vec<_>>().join(" ")
}

/// Makes other transactions that are about to refresh the same nodes wait for this one, so that the last of them sees
/// what all of them did. A talk is as public as its event: that one must not change either.
pub(super) async fn lock(db: &impl ConnectionTrait, node_type: NodeType, nodes: &[Uuid]) -> Result<(), DbErr> {
    let table = match node_type {
        NodeType::Group => "groups",
        NodeType::Event => "events",
        NodeType::Talk => "talks",
        NodeType::Person => "people",
        NodeType::Organization => "organizations",
        NodeType::Venue => "venues",
        NodeType::Topic => "topics",
        _ => return Ok(()),
    };
    if node_type == NodeType::Talk {
        let events = "SELECT 1 FROM events WHERE id IN (SELECT event_id FROM talks WHERE id = ANY($1))
            ORDER BY id FOR SHARE";
        run(db, events, [nodes.to_vec().into()]).await?;
    }
    let rows = format!("SELECT 1 FROM {table} WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE");
    run(db, &rows, [nodes.to_vec().into()]).await
}

/// Creates or replaces these documents.
pub(super) async fn store(db: &impl ConnectionTrait, node_type: NodeType, documents: &[Document]) -> Result<(), DbErr> {
    let upsert = "INSERT INTO search_documents (node_type, node_id, weight, title, names, fingerprint, words)
        SELECT $1, node_id, weight, title, names, fingerprint, CAST(words AS tsvector)
        FROM unnest($2, $3, $4, $5, $6, $7) AS rows (node_id, weight, title, names, fingerprint, words)
        ON CONFLICT (node_id) DO UPDATE SET node_type = excluded.node_type, weight = excluded.weight,
            title = excluded.title, names = excluded.names, fingerprint = excluded.fingerprint, words = excluded.words";
    let texts = |text: fn(&Document) -> String| -> Value { documents.iter().map(text).collect::<Vec<_>>().into() };
    let keys: Vec<Uuid> = documents.iter().map(|document| document.node_id).collect();
    let weights: Vec<i32> = documents.iter().map(|document| document.weight).collect();
    let fingerprints: Vec<i64> = documents.iter().map(|document| document.fingerprint).collect();
    let values = [
        node_type.name().into(),
        keys.into(),
        weights.into(),
        texts(|document| document.title.clone()),
        texts(|document| document.names.clone()),
        fingerprints.into(),
        texts(vector),
    ];
    run(db, upsert, values).await
}

/// Takes away the documents of these nodes.
pub(super) async fn remove(db: &impl ConnectionTrait, nodes: &[Uuid]) -> Result<(), DbErr> {
    run(db, "DELETE FROM search_documents WHERE node_id = ANY($1)", [nodes.to_vec().into()]).await
}

async fn run<const N: usize>(db: &impl ConnectionTrait, sql: &str, values: [Value; N]) -> Result<(), DbErr> {
    db.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
    Ok(())
}
