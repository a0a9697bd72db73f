//! Lists of types as arguments: nothing passes an empty one, as in filters.

use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Backend, TestApp, builders::*};

async fn load_event(app: &TestApp, name: &str) {
    app.load(json!({ "groups": [group(GROUP)], "events": [event(name, json!({}))] })).await;
}

#[rstest]
#[tokio::test]
async fn a_search_in_no_types_finds_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_event(&app, "one").await;
    let page = "{ totalCount nodes { __typename } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }";
    let (data, statements) = app.statements_of(&format!("{{ search(query: \"one\", types: []) {page} }}")).await;
    let nothing = json!({
        "totalCount": 0, "nodes": [],
        "pageInfo": { "hasNextPage": false, "hasPreviousPage": false, "startCursor": null, "endCursor": null },
    });
    assert_eq!(data["search"], nothing);
    assert_eq!(statements, [""; 0], "there is nothing to read");
    for types in ["", ", types: null", ", types: [EVENT, TALK]"] {
        let data = app.query(&format!("{{ search(query: \"one\"{types}) {page} }}")).await;
        assert_eq!(data["search"]["totalCount"], 1, "{types}");
    }
    // Errors in other arguments are reported all the same.
    let long = "a".repeat(201);
    assert_eq!(
        app.error(&format!("{{ search(query: \"{long}\", types: []) {{ totalCount }} }}")).await.0,
        "BAD_SEARCH"
    );
    assert_eq!(app.error("{ search(query: \"one\", types: [], after: \"x\") { totalCount } }").await.0, "BAD_CURSOR");
}

/// A page of the changes of these types: how many, whether there is more, and from where to go on.
async fn changes(app: &TestApp, after: Option<&str>, types: &str) -> (usize, bool, String) {
    let query = format!(
        "query($after: String) {{ changes(after: $after, first: 2, types: {types}) {{
            nodes {{ id }} pageInfo {{ hasNextPage startCursor endCursor }} }} }}"
    );
    let answer = app.answer(&query, json!({ "after": after })).await;
    let (nodes, info) = (&answer["data"]["changes"]["nodes"], &answer["data"]["changes"]["pageInfo"]);
    let nodes = nodes.as_array().unwrap_or_else(|| panic!("{answer}")).len();
    assert_eq!(info["startCursor"].is_null(), nodes == 0, "{answer}");
    (nodes, info["hasNextPage"] == true, info["endCursor"].as_str().unwrap().to_owned())
}

#[rstest]
#[tokio::test]
async fn changes_of_no_types_are_none_and_have_a_cursor_to_go_on_from(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    for name in ["one", "two", "three"] {
        load_event(&app, name).await;
    }
    let (none, more, end) = changes(&app, None, "[]").await;
    assert_eq!((none, more), (0, false));
    assert!(changes(&app, None, "null").await.1, "there are more than a page");
    assert_eq!(changes(&app, Some(&end), "null").await, (0, false, end.clone()), "it is where the log ends");
    load_event(&app, "four").await;
    let (none, more, later) = changes(&app, Some(&end), "[]").await;
    assert_eq!((none, more), (0, false));
    assert_ne!(later, end);
    assert_eq!(changes(&app, Some(&end), "[EVENT]").await.0, 1, "from that cursor on");
    assert_eq!(changes(&app, Some(&later), "[EVENT]").await.0, 0);
}

async fn follow(app: &TestApp, arguments: &str) -> reqwest::Response {
    let query = format!("subscription {{ changes({arguments}) {{ node {{ ... on Event {{ name }} }} }} }}");
    app.http().post(app.url("/graphql/stream")).json(&json!({ "query": query })).send().await.unwrap()
}

#[rstest]
#[tokio::test]
async fn a_subscription_to_no_types_gets_no_change(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(mut app) = TestApp::start(backend).await else { return };
    let (.., start) = changes(&app, None, "[]").await;
    load_event(&app, "before").await;
    let live = follow(&app, "types: []").await;
    let since = follow(&app, &format!("types: [], after: \"{start}\"")).await;
    let mut events = follow(&app, &format!("types: [EVENT], after: \"{start}\"")).await;
    // The subscription begins with its first poll, which may come after the head of the response.
    tokio::time::sleep(Duration::from_millis(300)).await;
    load_event(&app, "after").await;
    let mut heard = String::new();
    while !heard.contains("\"after\"") {
        let chunk = tokio::time::timeout(Duration::from_secs(20), events.chunk()).await.expect("a change in time");
        heard.push_str(std::str::from_utf8(&chunk.unwrap().expect("the stream goes on")).unwrap());
    }
    assert!(heard.contains("\"before\""), "{heard}");
    app.stop();
    for silent in [live, since] {
        let text = silent.text().await.unwrap();
        assert!(!text.contains("\"data\""), "{text}");
        assert!(!text.contains("complete"), "it was open until the server ended: {text}");
    }
}

#[rstest]
#[tokio::test]
async fn every_list_that_an_argument_takes_is_known_here(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let depth = "{ kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
    let schema = app
        .query(&format!("{{ __schema {{ types {{ name fields {{ name args {{ name type {depth} }} }} }} }} }}"))
        .await;
    let mut lists = Vec::new();
    for kind in schema["__schema"]["types"].as_array().unwrap() {
        for field in kind["fields"].as_array().into_iter().flatten() {
            for argument in field["args"].as_array().unwrap() {
                let is_list = |of: &Value| of["kind"] == "LIST" || of["ofType"]["kind"] == "LIST";
                if is_list(&argument["type"]) && !kind["name"].as_str().unwrap().starts_with("__") {
                    lists.push(
                        [&kind["name"], &field["name"], &argument["name"]]
                            .map(|name| name.as_str().unwrap().to_owned())
                            .join(" "),
                    );
                }
            }
        }
    }
    lists.sort();
    // Lists in filters are tested in list.rs, and `nodes` in node.rs.
    assert_eq!(lists, ["Query changes types", "Query nodes ids", "Query search types", "Subscription changes types"]);
}
