//! The schema as its readers meet it: described throughout, named as GraphQL names things, and shaped as Relay expects.

use rstest::rstest;
use serde_json::Value;

use crate::support::{
    Backend, TestApp,
    introspection::{Schema, base, list, text, written},
};

/// Everything that has a description, with the place where it stands.
fn described(schema: &Schema) -> Vec<(String, &Value)> {
    let mut all = Vec::new();
    for (type_name, of_type) in &schema.types {
        all.push((type_name.clone(), of_type));
        for field in list(&of_type["fields"]) {
            let place = format!("{type_name}.{}", text(&field["name"]));
            all.extend(list(&field["args"]).iter().map(|a| (format!("{place}({}:)", text(&a["name"])), a)));
            all.push((place, field));
        }
        for part in ["inputFields", "enumValues"] {
            all.extend(list(&of_type[part]).iter().map(|p| (format!("{type_name}.{}", text(&p["name"])), p)));
        }
    }
    for directive in &schema.directives {
        let place = format!("@{}", text(&directive["name"]));
        all.extend(list(&directive["args"]).iter().map(|a| (format!("{place}({}:)", text(&a["name"])), a)));
        all.push((place, directive));
    }
    all
}

/// Scalars and directives of the specification are described by it.
fn is_of_the_specification(place: &str) -> bool {
    ["Boolean", "Float", "ID", "Int", "String"].contains(&place) || place.starts_with('@')
}

#[rstest]
#[tokio::test]
async fn everything_is_described_in_whole_sentences(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let schema = Schema::of(&app).await;
    let mut bad = Vec::new();
    let all = described(&schema);
    assert!(all.len() > 600, "{} places", all.len());
    for (place, named) in all.iter().filter(|(place, _)| !is_of_the_specification(place)) {
        let description = text(&named["description"]).trim();
        // A sentence may begin with a name in code, and end with one.
        let begins =
            description.chars().next().is_some_and(|first| first.is_uppercase() || "`0123456789".contains(first));
        let ends = description.ends_with(['.', '…', '?', '!']);
        if !begins || !ends {
            bad.push(format!("{place}: {description:?}"));
        }
        // Words of Rust have no place in the documentation of an API.
        for word in ["DateTime<", "Option<", "Vec<", "[`", "::", "TODO"] {
            if description.contains(word) {
                bad.push(format!("{place}: {description:?} has {word:?}"));
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[rstest]
#[tokio::test]
async fn the_schema_describes_itself(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let query = "query ($yes: Boolean = true, $no: Boolean = false) {
        __schema { description queryType { description } }
        again: __schema @include(if: $yes) { said: description ...rest }
        not: __schema { description @include(if: $no) }
    } fragment rest on __Schema { more: description description: queryType { name } }";
    let answer = app.query(query).await;
    let sdl = app.http().get(app.url("/schema.graphql")).send().await.unwrap().text().await.unwrap();
    let description = text(&answer["__schema"]["description"]);
    assert!(description.contains("meetups") && description.ends_with('.'), "{description}");
    assert!(sdl.contains(&format!("\n\"\"\"\n{description}\n\"\"\"\nschema {{\n")), "the same text in SDL");
    assert_eq!(text(&answer["again"]["said"]), description);
    assert_eq!(text(&answer["again"]["more"]), description);
    assert_eq!(answer["again"]["description"]["name"], "Query", "an alias is no description");
    assert_ne!(text(&answer["__schema"]["queryType"]["description"]), description);
    assert_eq!(answer["not"], serde_json::json!({}));
}

/// The examples of a description, one in each block of GraphQL.
fn examples(description: &str) -> impl Iterator<Item = &str> {
    description.split("```graphql").skip(1).map(|after| after.split("```").next().unwrap_or_default())
}

#[rstest]
#[tokio::test]
async fn the_examples_of_descriptions_can_be_asked(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    // They name what the demo has.
    app.load_demo().await;
    let schema = Schema::of(&app).await;
    let all = described(&schema);
    let mut asked = 0;
    for example in all.iter().flat_map(|(_, named)| examples(text(&named["description"]))) {
        if example.contains("\"…\"") {
            assert_eq!(app.error(example).await.0, "BAD_ID", "{example}");
        } else {
            app.query(example).await;
        }
        asked += 1;
    }
    assert!(asked >= 6, "{asked} examples");
}

#[rstest]
#[tokio::test]
async fn names_follow_the_conventions(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let schema = Schema::of(&app).await;
    let alphanumeric = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric());
    let is_camel = |name: &str| name.starts_with(|c: char| c.is_ascii_lowercase()) && alphanumeric(name);
    let is_pascal = |name: &str| name.starts_with(|c: char| c.is_ascii_uppercase()) && alphanumeric(name);
    let is_screaming = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    for (type_name, described) in &schema.types {
        assert!(is_pascal(type_name), "{type_name}");
        for field in list(&described["fields"]).iter().chain(list(&described["inputFields"])) {
            assert!(is_camel(text(&field["name"])), "{type_name}.{}", field["name"]);
            for argument in list(&field["args"]) {
                assert!(is_camel(text(&argument["name"])), "{type_name}.{}({})", field["name"], argument["name"]);
            }
        }
        for value in list(&described["enumValues"]) {
            assert!(is_screaming(text(&value["name"])), "{type_name}.{}", value["name"]);
        }
        for (kind, suffixes) in [("INPUT_OBJECT", ["Filter", "Order", "Input"].as_slice())] {
            if described["kind"] == kind {
                assert!(suffixes.iter().any(|suffix| type_name.ends_with(suffix)), "{type_name}");
            }
        }
    }
}

#[rstest]
#[tokio::test]
async fn scalars_say_where_they_are_specified(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let schema = Schema::of(&app).await;
    for name in schema.of_kind("SCALAR").filter(|name| !is_of_the_specification(name)) {
        let url = text(&schema.types[name]["specifiedByURL"]);
        assert!(url.starts_with("https://"), "{name}: {url:?}");
    }
}

#[rstest]
#[tokio::test]
async fn every_list_is_a_relay_connection(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let schema = Schema::of(&app).await;
    let mut lists = 0;
    for type_name in schema.of_kind("OBJECT") {
        for field in schema.fields(type_name) {
            let Some(of) = base(&field["type"]).strip_suffix("Connection") else { continue };
            let place = format!("{type_name}.{}", text(&field["name"]));
            lists += 1;
            assert_eq!(written(&field["type"]), format!("{of}Connection!"), "{place}");
            let argument = |name: &str| list(&field["args"]).iter().find(|argument| argument["name"] == name);
            // Search results are ranked, and the change log has a fixed order: neither takes another.
            let own_order = ["Query.search", "Query.changes"].contains(&place.as_str());
            let words = ["filter", "orderBy", "first", "after", "last", "before"];
            let words = words.iter().skip(if own_order { 2 } else { 0 });
            // A log is read forward.
            let words = words.filter(|name| place != "Query.changes" || !["last", "before"].contains(name));
            for name in words {
                let argument = argument(name).unwrap_or_else(|| panic!("{place} takes no {name}"));
                let expected = match *name {
                    "first" | "last" => "Int".to_owned(),
                    "after" | "before" => "String".to_owned(),
                    "filter" => format!("{of}Filter"),
                    _ => format!("{of}Order"),
                };
                assert_eq!(written(&argument["type"]), expected, "{place}({name}:)");
            }
        }
    }
    assert!(lists >= 25, "{lists} lists");
}

#[rstest]
#[tokio::test]
async fn connections_edges_and_page_info_are_those_of_relay(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let schema = Schema::of(&app).await;
    let type_of = |type_name: &str, field: &str| {
        let found = schema.fields(type_name).iter().find(|f| f["name"] == field);
        found.map_or_else(|| panic!("{type_name} has no {field}"), |field| written(&field["type"]))
    };
    let mut connections = 0;
    for name in schema.of_kind("OBJECT") {
        let Some(of) = name.strip_suffix("Connection") else { continue };
        connections += 1;
        assert_eq!(type_of(name, "edges"), format!("[{of}Edge!]!"));
        assert_eq!(type_of(name, "pageInfo"), "PageInfo!");
        // The change log is not counted.
        if of != "Change" {
            assert_eq!(type_of(name, "totalCount"), "Int!");
        }
        assert_eq!(type_of(&format!("{of}Edge"), "cursor"), "String!");
        let node = type_of(&format!("{of}Edge"), "node");
        assert!(node.ends_with('!'), "{of}Edge.node: {node}");
        assert_eq!(type_of(name, "nodes"), format!("[{node}]!"));
    }
    assert!(connections >= 8, "{connections} connections");
    for (field, expected) in [
        ("hasNextPage", "Boolean!"),
        ("hasPreviousPage", "Boolean!"),
        ("startCursor", "String"),
        ("endCursor", "String"),
    ] {
        assert_eq!(type_of("PageInfo", field), expected);
    }
}

#[rstest]
#[tokio::test]
async fn whatever_has_an_id_is_a_node(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let schema = Schema::of(&app).await;
    let common = ["id", "createdAt", "updatedAt", "version", "externalRefs", "provenance"];
    assert!(schema.fields("Node").iter().map(|field| text(&field["name"])).eq(common));
    let mut nodes = 0;
    for name in schema.of_kind("OBJECT") {
        let id = schema.fields(name).iter().find(|field| field["name"] == "id");
        // The id of a change is that of its node.
        let global = name != "Change" && id.is_some_and(|id| base(&id["type"]) == "ID");
        let is_node = list(&schema.types[name]["interfaces"]).iter().any(|interface| interface["name"] == "Node");
        assert_eq!(global, is_node, "{name}");
        if is_node {
            nodes += 1;
            assert_eq!(written(&id.unwrap()["type"]), "ID!", "{name}");
        }
    }
    assert_eq!(nodes, list(&schema.types["Node"]["possibleTypes"]).len());
    for (field, expected) in [("node", "Node"), ("nodes", "[Node]!")] {
        let found = schema.fields("Query").iter().find(|f| f["name"] == field).unwrap();
        assert_eq!(written(&found["type"]), expected, "{field}");
    }
}

/// Names that clients depend on.
#[rstest]
#[tokio::test]
async fn the_root_fields_are_those_of_the_contract(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let schema = Schema::of(&app).await;
    let found: Vec<_> = schema.fields("Query").iter().map(|field| text(&field["name"])).collect();
    let contract = "node nodes group groups event events talk talks person people speakers venue venues organization \
        organizations topic topics search";
    for name in contract.split_whitespace() {
        assert!(found.contains(&name), "{name} is missing: {found:?}");
    }
}
