//! Nodes: whatever has an id can be found again by it.

use std::collections::BTreeSet;

use entity::node_type::NodeType;
use folkmoot::graphql::relay::id;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Backend, TestApp};

/// All places at which the demo data has an id: one node of each type, at least.
const IDS: &str = r#"{
    group(slug: "kubernetes-london") {
        id
        organizers { id }
        fundraisers { id }
        sponsorships { nodes { id organization { id } } }
        events { nodes { id venue { id } } }
        talks(first: 5) { nodes { id topics { id } speakers { person { id } } } }
    }
}"#;

fn ids(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(id) if name == "id" => drop(found.insert(id.clone())),
                    value => ids(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| ids(value, found)),
        _ => {}
    }
}

#[rstest]
#[tokio::test]
async fn every_id_leads_back_to_its_node(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load_demo().await;
    let mut found = BTreeSet::new();
    ids(&app.query(IDS).await, &mut found);
    let types: BTreeSet<_> = found.iter().map(|id| id.split('_').next().unwrap()).collect();
    let expected = [
        "Event",
        "Fundraiser",
        "Group",
        "Membership",
        "Organization",
        "Person",
        "Sponsorship",
        "Talk",
        "Topic",
        "Venue",
    ];
    assert!(types.iter().eq(&expected), "{types:?}");

    let fields = "__typename id createdAt updatedAt version externalRefs { system id } provenance { source }";
    let ids: Vec<_> = found.iter().collect();
    let data = app.query(&format!("{{ nodes(ids: {ids:?}) {{ {fields} }} }}")).await;
    for (id, node) in ids.iter().zip(data["nodes"].as_array().unwrap()) {
        assert_eq!(node["id"], **id);
        assert!(id.starts_with(node["__typename"].as_str().unwrap()), "{node}");
        assert_eq!(node["version"], 1);
        let one = app.query(&format!("{{ node(id: {id:?}) {{ {fields} }} }}")).await;
        assert_eq!(one["node"], *node, "alone or among others");
    }
}

#[rstest]
#[tokio::test]
async fn nodes_come_in_the_order_of_their_ids_with_null_for_what_is_not_there(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(json!({ "topics": [{ "key": "a", "name": "A" }, { "key": "b", "name": "B" }] })).await;
    let data = app.query("{ topics { nodes { id name } } }").await;
    let [a, b] = [0, 1].map(|index| data["topics"]["nodes"][index]["id"].as_str().unwrap());
    let unknown = id::encode(NodeType::Talk, Uuid::nil()).to_string();
    // The key is that of a topic, the type is not.
    let mixed = a.replace("Topic_", "Event_");
    let rsvp = id::encode(NodeType::Rsvp, Uuid::nil()).to_string();
    let ids = [b, &unknown, a, &mixed, b, &rsvp];
    let data = app.query(&format!("{{ nodes(ids: {ids:?}) {{ ... on Topic {{ name }} }} }}")).await;
    assert_eq!(data["nodes"], json!([{ "name": "B" }, null, { "name": "A" }, null, { "name": "B" }, null]));
    assert_eq!(app.query("{ nodes(ids: []) { id } }").await, json!({ "nodes": [] }));
}

#[rstest]
#[tokio::test]
async fn a_bad_id_is_an_error_beside_the_good_ones(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(json!({ "topics": [{ "key": "a", "name": "A" }] })).await;
    let good = app.query("{ topics { nodes { id } } }").await["topics"]["nodes"][0]["id"].clone();
    for bad in
        ["", "nonsense", "Topic_", "Topic_AAAA", "Nothing_AAAAAAAAAAAAAAAAAAAAAA", "topic_AAAAAAAAAAAAAAAAAAAAAA"]
    {
        let (code, message) = app.error(&format!("{{ node(id: {bad:?}) {{ id }} }}")).await;
        assert_eq!(code, "BAD_ID", "{bad}");
        assert!(message.contains("not an id"), "{message}");
        let both = app.answer(&format!("{{ nodes(ids: [{bad:?}, {good}]) {{ id }} }}"), json!({})).await;
        assert_eq!(both["data"]["nodes"], json!([null, { "id": good }]), "{both}");
        assert_eq!(both["errors"][0]["path"], json!(["nodes", 0]), "{both}");
    }
    let (code, message) = app.error(&format!("{{ event(id: {good}) {{ id }} }}")).await;
    assert_eq!((code.as_str(), message.as_str()), ("BAD_ID", "This id is of the type `Topic`, not `Event`."));
}

#[rstest]
#[tokio::test]
async fn more_than_a_hundred_ids_are_refused(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let ids = |count: u128| (1..=count).map(|n| id::encode(NodeType::Talk, Uuid::from_u128(n)).to_string()).collect();
    let many: Vec<String> = ids(100);
    let data = app.query(&format!("{{ nodes(ids: {many:?}) {{ id }} }}")).await;
    assert_eq!(data["nodes"], json!(vec![Value::Null; 100]));
    let too_many: Vec<String> = ids(101);
    let (code, message) = app.error(&format!("{{ nodes(ids: {too_many:?}) {{ id }} }}")).await;
    assert_eq!(code, "TOO_MANY_IDS", "{message}");
}

#[rstest]
#[tokio::test]
async fn singular_fields_take_an_id_or_a_slug_and_not_both(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let id = id::encode(NodeType::Group, Uuid::nil()).to_string();
    for field in ["group", "event", "talk", "person", "venue", "organization", "topic"] {
        assert_eq!(app.query(&format!(r#"{{ {field}(slug: "nobody") {{ id }} }}"#)).await, json!({ field: null }));
        let (code, _) = app.error(&format!("{{ {field} {{ id }} }}")).await;
        assert_eq!(code, "BAD_ARGUMENTS", "{field}");
        let (code, _) = app.error(&format!(r#"{{ {field}(id: "{id}", slug: "x") {{ id }} }}"#)).await;
        assert_eq!(code, "BAD_ARGUMENTS", "{field}");
    }
}
