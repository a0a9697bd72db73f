//! What one request may ask for: each limit holds at n and refuses n + 1, with one error and before any work is done.

use rstest::rstest;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Backend, TestApp};

/// A document of some size.
type Of<'a> = &'a dyn Fn(usize) -> String;

fn many(count: usize, what: impl Fn(usize) -> String) -> String {
    (0..count).map(what).collect::<Vec<_>>().join(" ")
}

/// The code of the one error; `None` if there is data.
async fn code(app: &TestApp, query: &str) -> Option<String> {
    let answer = app.answer(query, json!({})).await;
    let errors = answer["errors"].as_array()?;
    assert_eq!(errors.len(), 1, "{answer}");
    Some(errors[0]["extensions"]["code"].as_str().unwrap().to_owned())
}

#[rstest]
#[tokio::test]
async fn a_document_is_bounded_in_every_direction(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let event = |inner: String| format!("{{ event(slug: \"x\") {{ {inner} }} }}");
    let spread = |count: usize| {
        // 99 fields a fragment, and 100 for each of its spreads. Beside them are the event and its slug.
        let fields = many(99, |_| "name".into());
        let rest = many((count - 2) % 100, |_| "slug".into());
        let spreads = many((count - 2) / 100, |_| "...f".into());
        format!("{} fragment f on Event {{ {fields} }}", event(format!("{spreads} {rest}")))
    };
    let selections = |depth: usize| {
        let steps = ["talks(first: 1)", "nodes", "event"];
        let open = many(depth - 2, |level| format!("{} {{", steps[level % 3]));
        event(format!("{open} __typename {}", "}".repeat(depth - 2)))
    };
    let values = |depth: usize| {
        let filter = format!("{}{}{}", "{ not: ".repeat(depth - 1), "{}", "}".repeat(depth - 1));
        format!("{{ events(filter: {filter}) {{ totalCount }} }}")
    };
    let nodes =
        |size: usize| format!("{{ events(first: 100) {{ nodes {{ talks(first: {size}) {{ nodes {{ id }} }} }} }} }}");
    let pages = |size: usize| {
        format!(
            "{{ events(first: 100) {{ nodes {{ talks(first: 98) {{ nodes {{ id }} }} }} }} groups(first: {size}) {{ nodes {{ talks {{ totalCount }} }} }} }}"
        )
    };
    let limits: [(&str, Of, usize, &str); 10] = [
        ("tokens", &|n| event(many(n - 10, |_| "name".into())), 5000, "QUERY_TOO_LARGE"),
        ("selections nested", &selections, 20, "QUERY_TOO_DEEP"),
        ("values nested", &values, 20, "QUERY_TOO_DEEP"),
        ("aliases", &|n| event(many(n, |n| format!("a{n}: name"))), 30, "QUERY_TOO_LARGE"),
        (
            "root fields",
            &|n| {
                format!("{{ {} }}", many(n, |n| if n == 0 { "__typename".into() } else { format!("a{n}: __typename") }))
            },
            20,
            "QUERY_TOO_LARGE",
        ),
        (
            "root fields of fragments",
            &|n| {
                format!(
                    "{{ ...f {} }} fragment f on Query {{ {} }}",
                    many(n - 10, |n| format!("a{n}: __typename")),
                    many(10, |n| format!("b{n}: __typename"))
                )
            },
            20,
            "QUERY_TOO_LARGE",
        ),
        ("directives", &|n| event(many(n, |_| "name @include(if: true)".into())), 50, "QUERY_TOO_LARGE"),
        ("selections", &spread, 10_000, "QUERY_TOO_LARGE"),
        ("nodes", &nodes, 99, "QUERY_TOO_EXPENSIVE"),
        ("cost", &pages, 9, "QUERY_TOO_EXPENSIVE"),
    ];
    for (what, document, most, refusal) in limits {
        assert_eq!(code(&app, &document(most)).await, None, "{most} {what}");
        assert_eq!(code(&app, &document(most + 1)).await.as_deref(), Some(refusal), "{} {what}", most + 1);
    }
}

#[rstest]
#[tokio::test]
async fn hostile_documents_are_refused_with_one_error(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let bomb = |spreads: usize, leaf: &str| {
        let fragments =
            many(19, |n| format!("fragment f{n} on Query {{ {} }}", many(spreads, |_| format!("...f{}", n + 1))));
        format!("{{ ...f0 }} {fragments} fragment f19 on Query {{ {leaf} }}")
    };
    for (document, refusal) in [
        ("{".repeat(200_000), "QUERY_TOO_DEEP"),
        ("{a(b:".repeat(40_000), "QUERY_TOO_DEEP"),
        (format!("{{ nodes(ids: {}) {{ id }} }}", "[".repeat(50_000)), "QUERY_TOO_DEEP"),
        (format!("query($a: {}) {{ a }}", "[".repeat(50_000)), "QUERY_TOO_DEEP"),
        (many(100_000, |_| "a".into()), "QUERY_TOO_LARGE"),
        (bomb(2, "__typename"), "QUERY_TOO_LARGE"),
        (bomb(20, "events { totalCount }"), "QUERY_TOO_LARGE"),
        (bomb(2, "...f0"), "QUERY_TOO_LARGE"),
        (bomb(1, "...f0"), "GRAPHQL_VALIDATION_FAILED"),
        (bomb(1, "...nobody"), "GRAPHQL_VALIDATION_FAILED"),
        (format!("{{ events {{ nodes {{ {} }} }} }}", many(4900, |n| format!("x{n}"))), "GRAPHQL_VALIDATION_FAILED"),
        (format!("{{ events({}) {{ totalCount }} }}", many(1600, |n| format!("x{n}: 1"))), "GRAPHQL_VALIDATION_FAILED"),
        (format!("{{ events {{ {} }} }}", "a".repeat(100_000)), "GRAPHQL_PARSE_FAILED"),
        (format!("{{ events(filter: {{ query: \"{}", "\\\"".repeat(50_000)), "GRAPHQL_PARSE_FAILED"),
        // The engine recurses for each.
        (inline_fragments_in_fragments(), "QUERY_TOO_DEEP"),
        // Each operation validates and copies the values of the fragment.
        (format!("{} fragment f on Query {{ nodes(ids: [{}]) {{ id }} }}", many(400, |n| format!("query q{n} {{ ...f }}")), "1.5 ".repeat(2400)), "QUERY_TOO_LARGE"),
        (format!("{} fragment f on Subscription {{ changes(types: [{}]) {{ id }} }}", many(50, |n| format!("subscription s{n} {{ {} }}", "...f ".repeat(20))), "EVENT ".repeat(2400)), "QUERY_TOO_LARGE"),
        // Written out once for each member of the union.
        (format!("{{ node(id: \"x\") {{ ... on SearchResult {{ ... on Group {{ {} }} }} }} }}", "name ".repeat(4000)), "QUERY_TOO_LARGE"),
        ("{ __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }".into(), "QUERY_TOO_EXPENSIVE"),
    ] {
        assert_eq!(code(&app, &document).await.as_deref(), Some(refusal), "{}", &document[..document.len().min(100)]);
    }
    let deep =
        format!("{{\"query\": \"query($a: [ID]) {{ __typename }}\", \"variables\": {{\"a\": {}", "[".repeat(50_000));
    let answer = app.http().post(app.url("/graphql")).header("content-type", "application/json").body(deep).send();
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.json::<Value>().await.unwrap()["errors"][0]["extensions"]["code"], "BAD_REQUEST");
}

/// Four hundred levels, none of them a field.
fn inline_fragments_in_fragments() -> String {
    let (open, close) = ("...{".repeat(18), "}".repeat(18));
    let inner = |n| if n < 19 { format!("...f{}", n + 1) } else { "__typename".into() };
    let fragments = many(20, |n| format!("fragment f{n} on Query {{ {open}{}{close} }}", inner(n)));
    format!("{{ {open}...f0{close} }} {fragments}")
}

#[rstest]
#[tokio::test]
async fn lists_of_values_are_bounded(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let filters = "{ kind: [MEETUP] } ".repeat(300);
    assert_eq!(
        app.error(&format!("{{ events(filter: {{ or: [{filters}] }}) {{ totalCount }} }}")).await.0,
        "BAD_FILTER"
    );
    let nested = |size: usize| {
        format!(
            "{{ events(filter: {{ or: [{0}] }}) {{ totalCount }} }}",
            format!("{{ or: [{}] }} ", "{ query: \"x\" } ".repeat(size)).repeat(9)
        )
    };
    assert_eq!(code(&app, &nested(10)).await, None);
    assert_eq!(code(&app, &nested(11)).await.as_deref(), Some("BAD_FILTER"), "lists within lists multiply");
    let cities = r#""x" "#.repeat(501);
    let query = format!("{{ groups(filter: {{ city: [{cities}] }}) {{ totalCount }} }}");
    assert_eq!(app.error(&query).await.0, "BAD_FILTER");
}

#[rstest]
#[tokio::test]
async fn a_body_has_256_kib_at_most(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let post = async |length: usize| {
        let body = json!({ "query": "{ __typename }" }).to_string();
        let body = body.clone() + &" ".repeat(length - body.len());
        let request = app.http().post(app.url("/graphql")).header("content-type", "application/json");
        request.body(body).send().await.unwrap()
    };
    assert_eq!(post(256 * 1024).await.status(), 200);
    let answer = post(256 * 1024 + 1).await;
    assert_eq!(answer.status(), 413);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "PAYLOAD_TOO_LARGE");
}

#[rstest]
#[tokio::test]
async fn a_client_that_sends_too_much_gets_the_answer(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let ask = async |headers: &str, body: usize| {
        let mut socket = TcpStream::connect(app.address()).await.unwrap();
        let head = format!("POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 4000000\r\n{headers}\r\n");
        socket.write_all(head.as_bytes()).await.unwrap();
        // The server answers long before; a client that writes first and reads then must be able to do so.
        socket.write_all(&vec![b' '; body]).await.unwrap();
        socket.shutdown().await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.expect("no reset");
        answer
    };
    let too_large = ask("content-type: application/json\r\n", 4_000_000).await;
    assert!(too_large.starts_with("HTTP/1.1 413 "), "{too_large}");
    assert!(too_large.contains("PAYLOAD_TOO_LARGE") && too_large.contains("connection: close"), "{too_large}");
    let unsupported = ask("content-type: text/plain\r\n", 4_000_000).await;
    assert!(unsupported.starts_with("HTTP/1.1 415 "), "{unsupported}");
    // A client that asks first is refused at once, and is not told to go on.
    let asked = ask("content-type: application/json\r\nexpect: 100-continue\r\n", 0).await;
    assert!(asked.starts_with("HTTP/1.1 413 "), "{asked}");
}

#[rstest]
#[tokio::test]
async fn variables_have_the_values_that_they_need(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let ask = async |definition: &str, variables: Value| {
        let query = format!("query({definition}) {{ events @skip(if: $a) {{ totalCount }} }}");
        let answer = app.answer(&query, variables).await;
        answer["errors"][0]["extensions"]["code"].as_str().map(str::to_owned)
    };
    let refused = Some("GRAPHQL_VALIDATION_FAILED".to_owned());
    assert_eq!(ask("$a: Boolean!", json!({ "a": true })).await, None);
    assert_eq!(ask("$a: Boolean! = false", json!({})).await, None);
    assert_eq!(ask("$a: Boolean!", json!({})).await, refused);
    assert_eq!(ask("$a: Boolean!", json!({ "a": null })).await, refused);
    assert_eq!(ask("$a: Boolean! = false", json!({ "a": null })).await, refused);
    let nested = |depth: usize| (1..depth).fold(json!({}), |inner, _| json!({ "not": inner }));
    let filtered = "query($f: EventFilter) { events(filter: $f) { totalCount } }";
    assert_eq!(app.answer(filtered, json!({ "f": nested(20) })).await["data"]["events"]["totalCount"], 0);
    let deep = app.answer(filtered, json!({ "f": nested(21) })).await;
    assert_eq!(deep["errors"][0]["extensions"]["code"], "QUERY_TOO_DEEP", "as it would be in the document");
    let many = app.answer("query($a: [ID!]) { __typename }", json!({ "a": vec!["x"; 60_000] })).await;
    assert_eq!(many["errors"][0]["extensions"]["code"], "QUERY_TOO_LARGE");
    let (_, message) = app.error("query($a: [ID!]!) { nodes(ids: $a) { id } }").await;
    assert_eq!(message, "The variable `$a` needs a value of the type `[ID!]!`.");
    let long = json!({ "query": "{ __typename }", "operationName": "a".repeat(201) });
    let answer = app.http().post(app.url("/graphql")).json(&long).send().await.unwrap().text().await.unwrap();
    assert!(answer.len() < 200 && answer.contains("BAD_REQUEST"), "{answer}");
}

#[rstest]
#[tokio::test]
async fn every_limit_can_be_set(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let start = TestApp::start_with_settings(backend, |settings| {
        settings.token_limit = Some(50);
        settings.depth_limit = Some(4);
        settings.alias_limit = Some(1);
        settings.root_field_limit = Some(2);
        settings.directive_limit = Some(1);
        settings.selection_limit = Some(9);
        settings.node_limit = Some(50);
        settings.cost_limit = Some(4);
        settings.body_limit = Some(1000);
        settings.batch_limit = Some(1);
        settings.introspection = Some(false);
        settings.suggestions = Some(false);
    });
    let Some(app) = start.await else { return };
    for (query, refusal) in [
        ("{ event(slug: \"x\") { hosts { group { name } } } }".to_owned(), None),
        ("{ event(slug: \"x\") { hosts { group { fundraisers { name } } } } }".to_owned(), Some("QUERY_TOO_DEEP")),
        (format!("{{ {} }}", many(49, |_| "a".into())), Some("QUERY_TOO_LARGE")),
        ("{ a: __typename b: __typename }".to_owned(), Some("QUERY_TOO_LARGE")),
        ("{ __typename a: __typename __typename }".to_owned(), Some("QUERY_TOO_LARGE")),
        ("{ __typename @skip(if: false) @include(if: true) }".to_owned(), Some("QUERY_TOO_LARGE")),
        (format!("{{ event(slug: \"x\") {{ {} }} }}", many(9, |_| "id".into())), Some("QUERY_TOO_LARGE")),
        ("{ events(first: 51) { nodes { id } } }".to_owned(), Some("QUERY_TOO_EXPENSIVE")),
        ("{ events(first: 41) { nodes { id } } }".to_owned(), Some("QUERY_TOO_EXPENSIVE")),
        ("{ events(first: 40) { nodes { id } } }".to_owned(), None),
        ("{ __schema { description } }".to_owned(), Some("GRAPHQL_VALIDATION_FAILED")),
        ("{ events(fitler: {}) { totalCount } }".to_owned(), Some("GRAPHQL_VALIDATION_FAILED")),
    ] {
        assert_eq!(code(&app, &query).await.as_deref(), refusal, "{query}");
    }
    for query in ["{ evnts { totalCount } }", "{ events(fitler: {}) { totalCount } }"] {
        let (_, message) = app.error(query).await;
        assert!(!message.contains("Did you mean"), "{message}");
    }
}

#[rstest]
#[tokio::test]
async fn a_request_tells_its_cost_on_demand(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let ask = async |cost: Value| {
        let query = "{ events(first: 100) { nodes { name } } search(query: \"x\") { totalCount } }";
        let body = json!({ "query": query, "extensions": { "cost": cost } });
        let answer = app.http().post(app.url("/graphql")).json(&body).send().await.unwrap();
        answer.json::<Value>().await.unwrap()
    };
    assert_eq!(ask(json!(false)).await.get("extensions"), None);
    let answer = ask(json!(true)).await;
    assert_eq!(answer["data"]["events"], json!({ "nodes": [] }));
    assert_eq!(answer["extensions"]["cost"], json!({ "requested": 25, "actual": 15, "nodes": 100 }));
    let answer = ask(json!("dryRun")).await;
    assert_eq!(answer, json!({ "data": null, "extensions": { "cost": { "requested": 25, "nodes": 100 } } }));
    assert_eq!(ask(json!("much")).await["errors"][0]["extensions"]["code"], "BAD_REQUEST");
}

#[rstest]
#[tokio::test]
async fn a_dry_run_does_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let post = async |path: &str, body: Value| app.http().post(app.url(path)).json(&body).send().await.unwrap();
    let live = json!({ "query": "subscription { changes { id } }", "extensions": { "cost": "dryRun" } });
    let stream = post("/graphql/stream", live).await.text();
    let text = tokio::time::timeout(std::time::Duration::from_secs(5), stream).await.expect("it ends").unwrap();
    assert!(text.contains("\"cost\":{") && text.contains("event: complete"), "{text}");

    // This document has not been validated yet.
    let query = "{ events(first: \"x\") { totalCount } }";
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(query));
    let persisted = json!({ "version": 1, "sha256Hash": hash });
    post("/graphql", json!({ "query": query, "extensions": { "cost": "dryRun", "persistedQuery": persisted } })).await;
    let again = post("/graphql", json!({ "extensions": { "persistedQuery": persisted } })).await;
    let again: Value = again.json().await.unwrap();
    assert_eq!(again["errors"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
}

#[rstest]
#[tokio::test]
async fn a_document_that_was_valid_is_checked_again_for_other_values(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let code = async |query: &str, variables: Value| {
        let answer = app.answer(query, variables).await;
        answer["errors"][0]["extensions"]["code"].as_str().map(str::to_owned)
    };
    let invalid = Some("GRAPHQL_VALIDATION_FAILED".to_owned());
    let page = "query($n: Int, $f: EventFilter) { events(first: $n, filter: $f) { nodes { id } } }";
    // Twice: the second time it is known.
    for _ in 0..2 {
        assert_eq!(code(page, json!({ "n": 1, "f": { "kind": ["MEETUP"] } })).await, None);
        assert_eq!(code(page, json!({ "n": 1 })).await, None);
        assert_eq!(code(page, json!({ "n": "one" })).await, invalid);
        assert_eq!(code(page, json!({ "n": 2_147_483_648_u32 })).await, Some("BAD_USER_INPUT".into()));
        assert_eq!(code(page, json!({ "n": 1, "f": { "kind": ["FEAST"] } })).await, invalid);
        assert_eq!(code(page, json!({ "n": 1, "f": { "feast": true } })).await, invalid);
    }
    // A request without the variable must not make the document count as valid: the engine looks at this part only with
    // one.
    let literal = "query($y: Int) { events(filter: { kind: [FEAST], year: [$y] }) { nodes { id } } }";
    assert!(code(literal, json!({})).await.is_some());
    assert_eq!(code(literal, json!({ "y": 2020 })).await, invalid);
    assert_eq!(code(literal, json!({ "y": 2020 })).await, invalid);
    let two = "query A($n: Int) { events(first: $n) { nodes { id } } } query B { nothing }";
    assert_eq!(code(two, json!({ "n": 1 })).await, invalid);
}
