//! References between nodes: which rows refer to which nodes, and what a deletion does to them.

use entity::{by_noun, node_type::NodeType};
use folkmoot::domain::references::{REFERRING, Reference, Referrer, Then, referrers};
use rstest::rstest;
use sea_orm::{ConnectionTrait, DbBackend, EntityName, EntityTrait, QuerySelect, Statement};
use serde_json::json;
use uuid::Uuid;

use crate::support::{Backend, TestApp, builders::*};

/// The foreign keys to tables of nodes, as the list of the domain has them.
fn declared() -> Vec<String> {
    let line = |table: &str, column: &str, to: NodeType, then: Then| {
        let on_delete = if then == Then::Stays || then == Then::Replaced { "SET NULL" } else { "CASCADE" };
        format!("{table}.{column} to {}: {on_delete}", table_of(to))
    };
    let mut lines = Vec::new();
    for rows in REFERRING {
        let of_rows = |reference: &Reference| line(rows.table, reference.column, reference.to, reference.then);
        lines.extend(rows.references.iter().map(of_rows));
    }
    lines.sort();
    lines
}

fn table_of(node_type: NodeType) -> &'static str {
    by_noun!(node_type, E => E::default().table_name())
}

/// The foreign keys as the database tells them.
async fn existing(app: &TestApp) -> Vec<String> {
    let sql = match app.db.backend() {
        DbBackend::Postgres => {
            "SELECT conrelid::regclass::text || '.' || a.attname || ' to ' || confrelid::regclass::text || ': ' ||
                 CASE confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE confdeltype::text END
             FROM pg_constraint JOIN pg_attribute AS a ON a.attrelid = conrelid AND a.attnum = ANY (conkey)
             WHERE contype = 'f'"
        }
        _ => {
            "SELECT m.name || '.' || f.\"from\" || ' to ' || f.\"table\" || ': ' || f.on_delete
             FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'"
        }
    };
    let rows = app.db.reads().query_all_raw(Statement::from_string(app.db.backend(), sql)).await.unwrap();
    let mut lines: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    // Pictures are no nodes.
    lines.retain(|line| !line.contains(" to images:"));
    lines.sort();
    lines
}

#[rstest]
#[tokio::test]
async fn every_foreign_key_is_declared(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    assert_eq!(existing(&app).await, declared());
    for rows in REFERRING.iter().filter(|rows| rows.has_nodes()) {
        assert_eq!(rows.table, table_of(rows.node_type));
    }
}

/// The key of the only node of a type.
async fn key(app: &TestApp, node_type: NodeType) -> Uuid {
    by_noun!(node_type, E => {
        let keys = E::find().select_only().column(<E as entity::noun::Noun>::ID).into_tuple();
        keys.one(app.db.reads()).await.unwrap().unwrap()
    })
}

/// The types of the nodes that refer to the only node of a type.
async fn refer_to(app: &TestApp, node_type: NodeType) -> Vec<&'static str> {
    let node = key(app, node_type).await;
    let referrers = referrers(app.db.reads(), node_type, &[node]).await.unwrap();
    assert!(referrers.iter().all(|referrer| referrer.to == node));
    let mut types: Vec<_> = referrers.iter().map(|referrer| referrer.node_type.name()).collect();
    types.sort_unstable();
    types
}

#[rstest]
#[tokio::test]
async fn nodes_refer_to_others_by_columns_and_parts_but_not_to_what_they_are_parts_of(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let organizer = json!({ "memberships": [{ "person": "Ada", "role": "ORGANIZER" }], "topics": ["Compilers"] });
    app.load(json!({
        "people": [with(person("Ada"), json!({ "aliases": ["A."], "affiliations": [{ "organization": "Barn" }] }))],
        "organizations": [{ "key": "Barn", "name": "Barn" }],
        "venues": [{ "key": "Attic", "name": "Attic", "organization": "Barn", "rooms": [{ "name": "Left" }] }],
        "topics": [{ "key": "Compilers", "name": "Compilers" }],
        "groups": [with(group(GROUP), organizer)],
        "events": [event("May", json!({ "venue": "Attic", "agenda": [{ "kind": "TALK", "talk": "Parsing" }] }))],
        "talks": [talk("Parsing", json!({
            "event": "May", "speakers": [speaker("Ada")], "topics": ["Compilers"],
            "resources": [{ "kind": "SLIDES", "url": "https://slides.example/1" }],
        }))],
        "sponsorships": [{ "key": "Pizza", "organization": "Barn", "group": GROUP, "status": "ACTIVE" }],
    }))
    .await;
    for (node_type, expected) in [
        (NodeType::Person, &["Membership", "Talk"][..]),
        (NodeType::Organization, &["Person", "Sponsorship", "Venue"][..]),
        (NodeType::Venue, &["Event"][..]),
        (NodeType::Topic, &["Group", "Talk"][..]),
        (NodeType::Group, &["Event", "Sponsorship", "Talk"][..]),
        (NodeType::Event, &["Talk"][..]),
        (NodeType::Talk, &["Event"][..]),
        (NodeType::Resource, &[][..]),
    ] {
        assert_eq!(refer_to(&app, node_type).await, expected, "{}", node_type.name());
    }
    assert_eq!(referrers(app.db.reads(), NodeType::Talk, &[]).await.unwrap(), Vec::<Referrer>::new());
}
