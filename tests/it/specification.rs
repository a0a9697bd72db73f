//! Where the engine alone deviates from the specification (docs/upstream.md). The oracle in `tests/clients` tests much
//! more; here is one example of each kind.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Backend, TestApp};

#[rstest]
#[tokio::test]
async fn the_default_of_a_variable_decides_conditions(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    let group = |query: &str| query.replace('G', "group(slug: \"kubernetes-london\")");
    let both = json!({ "group": { "name": "Kubernetes London", "slug": "kubernetes-london" } });
    let name = json!({ "group": { "name": "Kubernetes London" } });
    for (query, data) in [
        ("query($y: Boolean = true) { G { name slug @include(if: $y) } }", &both),
        ("query($y: Boolean = true) { G { name slug @skip(if: $y) } }", &name),
        ("query($y: Boolean! = true) { ...Q @include(if: $y) } fragment Q on Query { G { name } }", &name),
        ("query($y: Boolean! = true) { G { name ... @skip(if: $y) { slug } } }", &name),
    ] {
        assert_eq!(app.query(&group(query)).await, *data, "{query}");
    }
}

#[rstest]
#[tokio::test]
async fn a_condition_that_is_null_is_an_error(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    for query in [
        "query($b: Boolean = true) { __typename @skip(if: $b) a: __typename }",
        "query($b: Boolean = true) { ...F } fragment F on Query { ... @include(if: $b) { __typename } }",
    ] {
        let answer = app.answer(query, json!({ "b": null })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{query}");
        assert_eq!(
            answer["errors"][0]["message"],
            "The variable `$b` is null, but a condition needs a Boolean. Leave it out, and its default holds."
        );
    }
    // The variables of another operation do not matter.
    let body = json!({
        "query": "query A($b: Boolean = true) { __typename @skip(if: $b) } query B($b: Int) { events(first: $b) { totalCount } }",
        "operationName": "B",
        "variables": { "b": null },
    });
    let answer = app.http().post(app.url("/graphql")).json(&body).send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap().get("errors"), None);
}

#[rstest]
#[tokio::test]
async fn an_omitted_variable_leaves_the_default_of_its_argument(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    let markdown = app.query("{ events(first: 3) { nodes { description } } }").await;
    let in_fragment = "query($f: TextFormat) { events(first: 3) { nodes { ...E } } }
        fragment E on Event { description(format: $f) }";
    assert_eq!(app.query(in_fragment).await, markdown);
    // The field of an input object, and an argument without a default.
    let ordered = "query($d: OrderDirection, $n: Int, $s: [EventStatus!]) {
        events(first: $n, filter: { status: $s }, orderBy: { field: NAME, direction: $d }) { nodes { name } } }";
    assert_eq!(
        app.query(ordered).await,
        app.query("{ events(orderBy: { field: NAME, direction: ASC }) { nodes { name } } }").await
    );
    // Null is not the same as omitted: it is a value, and an error of the field where a value is required.
    let answer = app.answer(in_fragment, json!({ "f": null })).await;
    assert_eq!(answer["data"]["events"]["nodes"][0]["description"], Value::Null);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    assert_eq!(
        answer["errors"][0]["message"],
        "A variable is null where a value is needed. Leave it out, and the default holds."
    );
}

#[rstest]
#[tokio::test]
async fn a_fragment_on_a_union_selects_from_objects_and_interfaces(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    let whole = "... on SearchResult { __typename ... on Group { name } ... on Node { version } }";
    let found = json!({ "__typename": "Group", "name": "Kubernetes London", "version": 1 });
    let ids = app.query(r#"{ group(slug: "kubernetes-london") { id organizers { id } } }"#).await;
    let ids = &ids["group"];
    let (group, membership) = (&ids["id"], &ids["organizers"][0]["id"]);
    for query in [
        format!(r#"{{ x: group(slug: "kubernetes-london") {{ {whole} }} }}"#),
        r#"{ x: group(slug: "kubernetes-london") { ...F } } fragment F on SearchResult { ...G } fragment G on SearchResult { W }"#
            .replace('W', whole),
        format!("{{ x: node(id: {group}) {{ {whole} }} }}"),
        format!("{{ x: node(id: {group}) {{ ...F }} }} fragment F on SearchResult {{ {whole} }}"),
        format!("{{ x: node(id: {group}) {{ ... {{ ... on Node {{ {whole} }} }} }} }}"),
    ] {
        assert_eq!(app.query(&query).await["x"], found, "{query}");
    }
    let in_search =
        format!(r#"{{ search(query: "kubernetes london", first: 1) {{ nodes {{ ... on Node {{ {whole} }} }} }} }}"#);
    assert_eq!(app.query(&in_search).await["search"]["nodes"][0], found);
    // A node that is no member of the union has none of these fields.
    let other = format!("{{ node(id: {membership}) {{ {whole} ...F }} }} fragment F on SearchResult {{ __typename }}");
    assert_eq!(app.query(&other).await["node"], json!({}));
}

#[rstest]
#[tokio::test]
async fn what_the_specification_allows_is_answered(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    let exclusive = r#"{ search(query: "kube", first: 1) { nodes {
        ... on Event { ... @include(if: true) { x: slug } } ... on Group { ... @include(if: true) { x: name } } } } }"#;
    assert_eq!(app.query(exclusive).await["search"]["nodes"][0], json!({ "x": "Kubernetes London" }));
    let on_typename = "query($y: Boolean!) { __typename @include(if: $y) }";
    assert_eq!(app.answer(on_typename, json!({ "y": true })).await["data"], json!({ "__typename": "Query" }));
    // A whole number of any size is an id, and JSON does not tell 5.0 from 5.
    assert_eq!(app.error("{ node(id: 99999999999999999999) { id } }").await.0, "BAD_ID");
    let first = "query($n: Int) { events(first: $n) { nodes { id } } }";
    assert_eq!(app.answer(first, json!({ "n": 2.0 })).await["data"]["events"]["nodes"].as_array().unwrap().len(), 2);
    for text in [
        r#"{ search(query: "kube \uD83D\uDE00", first: 1) { totalCount } }"#,
        r#"{ search(query: "kube \u{1F600}", first: 1) { totalCount } }"#,
        "\"\"\"What this is for, é.\"\"\"\nquery A(\"how many\" $n: Int = 1) { events(first: $n) { totalCount } }",
        "\u{feff},,{ # a comment\r ...,\n on Query,{ __typename } ,}",
    ] {
        assert_eq!(app.answer(text, json!({})).await.get("errors"), None, "{text}");
    }
    let described = "{ __type(name: \"EventFilter\") { isOneOf inputFields(includeDeprecated: true) { name } } }";
    assert_eq!(app.query(described).await["__type"]["isOneOf"], false);
}

#[rstest]
#[tokio::test]
async fn a_field_that_stands_several_times_is_answered_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    let twice = r#"{ group(slug: "kubernetes-london") { events(first: 2) { nodes { name } } }
        ... on Query { group(slug: "kubernetes-london") { slug events(first: 2) { nodes { slug } } } } }"#;
    let once = r#"{ group(slug: "kubernetes-london") { events(first: 2) { nodes { name slug } } slug } }"#;
    assert_eq!(app.query(twice).await, app.query(once).await);
}

#[rstest]
#[tokio::test]
async fn the_root_field_of_a_subscription_may_stand_in_fragments(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    for query in [
        "subscription($y: Boolean = true) { changes @include(if: $y) { id } }",
        "subscription { ...F } fragment F on Subscription { ... @skip(if: false) { changes { id } } }",
        "subscription { changes { id } changes { cursor } }",
    ] {
        let request = app.http().post(app.url("/graphql/stream")).json(&json!({ "query": query }));
        let mut stream = request.send().await.unwrap();
        let event = hear(&app, &mut stream).await;
        assert!(event.contains("event: next") && event.contains(r#""changes":{"id":"Topic_"#), "{query}: {event}");
    }
}

/// The first event of a stream. Changes before the subscription begins are not sent, so changes are made until one
/// arrives.
async fn hear(app: &TestApp, stream: &mut reqwest::Response) -> String {
    for number in 0..50 {
        let key = format!("{:?} {number}", std::ptr::from_ref(stream));
        app.load(json!({ "topics": [{ "key": key, "name": key }] })).await;
        if let Ok(event) = tokio::time::timeout(std::time::Duration::from_millis(500), stream.chunk()).await {
            return String::from_utf8(event.unwrap().expect("it stays open").to_vec()).unwrap();
        }
    }
    panic!("nothing is told");
}
