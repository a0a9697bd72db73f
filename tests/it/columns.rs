//! A row is read with the columns of the selected fields only. So each field is selected alone, on every path to its
//! node, and must have the value that it has when the whole row is read.

use std::collections::BTreeMap;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Backend, TestApp,
    introspection::{Schema, base, is_required, list, text},
    rows::{execute, load_fixture},
};

/// The types that are nodes.
fn node_types(schema: &Schema) -> Vec<&str> {
    list(&schema.types["Node"]["possibleTypes"]).iter().map(|possible| text(&possible["name"])).collect()
}

/// Ways from an object to nodes of this type: a field that returns them, a page of them, or a part that holds one. `%`
/// stands for what is selected of the node.
fn ways_from(schema: &Schema, object: &str, to: &str) -> Vec<String> {
    let mut ways = Vec::new();
    for field in schema.fields(object).iter().filter(|field| !list(&field["args"]).iter().any(is_required)) {
        let (name, below) = (text(&field["name"]), base(&field["type"]));
        if below == to {
            let is_one = list(&field["args"]).iter().any(|argument| argument["name"] == "slug");
            let slug = if is_one { format!("(slug: \"{name}-0\")") } else { String::new() };
            ways.push(format!("{name}{slug} {{ % }}"));
        } else if below == format!("{to}Connection") {
            ways.push(format!("{name}(first: 3) {{ nodes {{ % }} }}"));
            ways.push(format!("{name}(first: 3) {{ edges {{ node {{ % }} }} }}"));
        } else if schema.kind(below) == "OBJECT"
            && !node_types(schema).contains(&below)
            && !below.ends_with("Connection")
        {
            ways.extend(ways_from(schema, below, to).iter().map(|way| format!("{name} {{ {way} }}")));
        }
    }
    ways
}

/// Ways to nodes of each type, from the root and from the nodes of each other type: every field of the schema that
/// returns nodes of one type is on one of them. Of each group of ways, one must lead somewhere.
fn ways(schema: &Schema) -> BTreeMap<&str, Vec<Vec<String>>> {
    let types = node_types(schema);
    // From a page, because not each node has something below it.
    let page = |of: &str| ways_from(schema, "Query", of).into_iter().find(|way| way.contains("nodes"));
    let to = |of: &str| {
        if let Some(page) = page(of) {
            return vec![page];
        }
        // The root has no such nodes; nodes that it has lead to them.
        let below = |parent: &&str| Some(page(parent)?.replace('%', ways_from(schema, parent, of).first()?));
        types.iter().filter_map(below).collect()
    };
    let ways = |of: &str| {
        let alone = ways_from(schema, "Query", of).into_iter().map(|way| vec![way]);
        let from = |parent: &&str| {
            let bases = to(parent);
            let below = ways_from(schema, parent, of).into_iter();
            below.map(|below| bases.iter().map(|base| base.replace('%', &below)).collect()).collect::<Vec<_>>()
        };
        alone.chain(types.iter().flat_map(from)).collect()
    };
    types.iter().map(|of| (*of, ways(of))).collect()
}

/// A small fixture in which no column is empty.
async fn load_full_rows(app: &TestApp) {
    load_fixture(app, 3).await;
    for (table, columns) in [
        (
            "events",
            "description = 'About', website = 'https://event.example/', kind = 'SOCIAL', publication = 'ARCHIVED', \
             status = 'CANCELLED', ends_at = '2024-05-07T01:00:00+00:00', cancelled_at = '2024-05-01T00:00:00+00:00', \
             public_cancellation_reason = 'Rain', attendance_mode = 'MIXED', capacity_offline = 5, capacity_online = 6, \
             version = 7, time_zone = 'Europe/Berlin', date_precision = 'MONTH'",
        ),
        ("talks", "abstract = 'About', format = 'LIGHTNING', language = 'de', status = 'CONFIRMED', version = 7"),
        (
            "groups",
            "description = 'About', website = 'https://group.example/', founded_on = '2014-01-01', \
             founded_on_precision = 'YEAR', city = 'London', country = 'GB', status = 'DORMANT', member_count = 5, \
             member_count_on = '2020-01-01', version = 7, time_zone = 'Europe/Berlin'",
        ),
        ("people", "bio = 'About', pronouns = 'she/her', version = 7"),
        (
            "venues",
            "address = 'High Street 1', city = 'London', country = 'GB', latitude = 51.5, longitude = 0.5, \
             capacity = 9, accessibility = 'A ramp', version = 7",
        ),
        ("organizations", "website = 'https://organization.example/', version = 7"),
        ("topics", "description = 'About', version = 7, canonical_id = (SELECT id FROM topics WHERE slug = 'topic-0')"),
        (
            "sponsorships",
            "tier = 'Gold', description = 'Pizza', status = 'ENDED', starts_on = '2020-01-01', \
             starts_on_precision = 'MONTH', ends_on = '2021-01-01', ends_on_precision = 'YEAR', version = 7",
        ),
        (
            "memberships",
            "role = 'VOLUNTEER', starts_on = '2020-01-01', starts_on_precision = 'MONTH', ends_on = '2021-01-01', \
             ends_on_precision = 'YEAR', version = 7",
        ),
        (
            "fundraisers",
            "beneficiary = 'Cats', goal_minor = 500, raised_minor = 700, currency = 'GBP', held_on = '2020-01-01', \
             held_on_precision = 'MONTH', version = 7",
        ),
        ("resources", "title = 'About', version = 7"),
    ] {
        execute(app, &format!("UPDATE {table} SET {columns}")).await;
    }
    let of_event = "group_id = NULL, event_id = (SELECT id FROM events WHERE slug = 'event-0')";
    execute(
        app,
        &format!("UPDATE sponsorships SET {of_event} WHERE id IN (SELECT id FROM sponsorships ORDER BY id LIMIT 1)"),
    )
    .await;
    // Statistics count only events that take place.
    let took_place = "status = 'MOVED_ONLINE', cancelled_at = NULL, public_cancellation_reason = NULL";
    execute(app, &format!("UPDATE events SET {took_place} WHERE slug = 'event-1'")).await;
}

/// A field, and whatever is below it.
fn selected(schema: &Schema, field: &Value) -> String {
    let (name, below) = (text(&field["name"]), base(&field["type"]));
    match schema.kind(below) {
        "SCALAR" | "ENUM" => name.to_owned(),
        _ if below.ends_with("Connection") => format!("{name}(first: 3) {{ totalCount nodes {{ __typename }} }}"),
        _ => format!("{name} {{ {} }}", schema.selection(below, 0, "")),
    }
}

/// Whether the value differs from that of a column that was not read. Lists are never columns.
fn would_be_missed(schema: &Schema, field: &Value, value: &Value) -> bool {
    if let (Value::Object(parts), "OBJECT") = (value, schema.kind(base(&field["type"]))) {
        return parts.values().any(|part| ![&Value::Null, &json!(0)].contains(&part));
    }
    let empty =
        list(&schema.types[base(&field["type"])]["enumValues"]).first().map_or(&Value::Null, |first| &first["name"]);
    ![&Value::Null, &json!(false), &json!(0), &json!(0.0), &json!(""), empty].contains(&value)
}

/// Each node of an answer, by its id.
fn nodes(answer: &Value, found: &mut BTreeMap<String, Value>) {
    match answer {
        Value::Array(items) => items.iter().for_each(|item| nodes(item, found)),
        Value::Object(fields) => match fields.get("nodeId") {
            Some(id) => _ = found.insert(text(id).to_owned(), fields["value"].clone()),
            None => fields.values().for_each(|value| nodes(value, found)),
        },
        _ => {}
    }
}

async fn nodes_of(app: &TestApp, query: &str) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    nodes(&app.query(query).await, &mut found);
    found
}

#[rstest]
#[tokio::test]
async fn a_field_alone_is_what_it_is_of_the_whole_row(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_full_rows(&app).await;
    let schema = Schema::of(&app).await;
    for (node_type, ways) in ways(&schema) {
        for field in schema.fields(node_type).iter().filter(|field| !list(&field["args"]).iter().any(is_required)) {
            let asked = format!("nodeId: id value: {}", selected(&schema, field));
            let mut is_there = false;
            for group in &ways {
                let mut leads = false;
                for way in group {
                    let alone = nodes_of(&app, &format!("{{ {} }}", way.replace('%', &asked))).await;
                    let ids: Vec<_> = alone.keys().collect();
                    let whole =
                        nodes_of(&app, &format!("{{ nodes(ids: {ids:?}) {{ ... on {node_type} {{ {asked} }} }} }}"))
                            .await;
                    leads |= !alone.is_empty();
                    assert_eq!(alone, whole, "{way} of {asked}");
                    is_there |= whole.values().any(|value| would_be_missed(&schema, field, value));
                }
                assert!(leads, "{group:?} lead nowhere");
            }
            assert!(is_there, "{node_type}.{}: nothing has one, so it would not be missed", field["name"]);
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_cursor_needs_no_column_to_be_selected(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_full_rows(&app).await;
    let schema = Schema::of(&app).await;
    for field in schema.fields("Query") {
        let Some(order) = list(&field["args"]).iter().find(|argument| argument["name"] == "orderBy") else { continue };
        let orders = list(&schema.types[base(&order["type"])]["inputFields"]);
        let fields = orders.iter().find(|input| input["name"] == "field").unwrap();
        for value in list(&schema.types[base(&fields["type"])]["enumValues"]) {
            let page = async |after: &str, selected: &str| {
                let order = format!("orderBy: {{ field: {} }}{after}", text(&value["name"]));
                let query = format!("{{ page: {}({order}) {{ {selected} }} }}", text(&field["name"]));
                app.query(&query).await["page"].take()
            };
            let nodes = page("", "nodes { id }").await["nodes"].take();
            let cursors = page("", "edges { cursor }").await;
            assert_eq!(list(&cursors["edges"]).len(), 3);
            for (place, edge) in list(&cursors["edges"]).iter().enumerate() {
                let behind = page(&format!(" after: {}", edge["cursor"]), "nodes { id }").await;
                assert_eq!(
                    list(&behind["nodes"]),
                    &list(&nodes)[place + 1..],
                    "{} of {}",
                    value["name"],
                    field["name"]
                );
            }
        }
    }
}
