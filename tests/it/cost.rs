//! What requests cost: estimate, charge and refund follow the same rules, which `docs/cost.md` explains.

use folkmoot::graphql::{
    limits::{
        FIELDS_AN_OBJECT, Limits,
        cost::{DESCRIBED_A_NODE, LEAVES_AN_OBJECT, NAME_A_FIELD, RENDERED, SMALL_LIST},
    },
    meter::{
        CHOSEN_CHANGES, COUNT, COUNT_AT_ROOT, FILTER_AT_ROOT, FILTER_VALUES_A_POINT, OBJECTS_A_POINT, QUERY_WORD,
        RENDERED_AN_OBJECT, SEARCH, SENT_AN_OBJECT,
    },
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Backend, TestApp,
    builders::{batch, event, group, talk, with},
};

const DOCUMENT: &str = include_str!("../../docs/cost.md");

/// A number as people write it: 4,194,304.
fn written(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn counted(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{} {noun}s", written(number)) }
}

#[test]
fn the_tables_say_what_the_program_does() {
    let limits = Limits::default();
    let rows = [
        format!("| {LEAVES_AN_OBJECT} fields without fields of their own, of one object | 1 object |"),
        format!("| {DESCRIBED_A_NODE} objects of an introspection | 1 object |"),
        format!(
            "| a text in another format than Markdown | {}; in the end 1 object for each {} bytes that had to be rendered |",
            counted(RENDERED, "object"),
            written(RENDERED_AN_OBJECT)
        ),
        format!("| {} bytes of text in the answer | 1 object |", written(SENT_AN_OBJECT)),
        format!("| `totalCount` of a list at the root | {} |", counted(COUNT_AT_ROOT, "point")),
        format!("| `totalCount` of a list below a node | {} |", counted(COUNT, "point")),
        format!("| `changes` of some types, or of a group | {} |", counted(CHOSEN_CHANGES, "point")),
        format!("| `search` | {} |", counted(SEARCH, "point")),
        format!("| a filter of a list at the root, beside its values | {} |", counted(FILTER_AT_ROOT, "point")),
        format!("| {FILTER_VALUES_A_POINT} values of a filter | 1 point |"),
        format!("| each word of a `query` in a filter | {} |", counted(QUERY_WORD, "point")),
        format!("| a proposal for an unknown slug in a filter | {} |", counted(SEARCH, "point")),
        format!("| objects of an answer | {} |", written(limits.nodes)),
        format!("| fields of an answer | {FIELDS_AN_OBJECT} for each"),
        format!("| points of a request | {} |", written(limits.cost)),
        format!("| bytes of text in an answer | {} |", written(limits.answer)),
    ];
    for row in rows {
        assert!(DOCUMENT.contains(&row), "docs/cost.md lacks {row}");
    }
    assert_eq!(OBJECTS_A_POINT, 10, "docs/cost.md says so in words");
    assert_eq!(SMALL_LIST, 3, "docs/cost.md says so in words");
    assert!(DOCUMENT.contains(&format!("one field for each {NAME_A_FIELD}")), "docs/cost.md says so in words");
}

/// What a request may cost, and what it came to.
async fn cost(app: &TestApp, query: &str) -> (u64, u64) {
    let request = json!({ "query": query, "extensions": { "cost": true } });
    let answer = app.http().post(app.url("/graphql")).json(&request).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    let cost = &answer["extensions"]["cost"];
    let points = |name: &str| cost[name].as_u64().unwrap_or_else(|| panic!("{query}: {answer}"));
    (points("requested"), points("actual"))
}

async fn load_talks(app: &TestApp, count: usize, text: &str) {
    let talks = (0..count).map(|n| talk(&format!("Talk {n}"), json!({ "event": "Evening", "abstract_text": text })));
    let talks: Vec<Value> = talks.collect();
    app.load(batch(json!({ "events": [event("Evening", json!({}))], "talks": talks }))).await;
}

async fn start(backend: Backend) -> Option<TestApp> {
    let app = TestApp::start(backend).await?;
    load_talks(&app, 30, &"word *word* ".repeat(200)).await;
    Some(app)
}

#[rstest]
#[tokio::test]
async fn what_was_read_is_what_was_expected(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend).await else { return };
    for (query, expected) in [
        ("{ talks(first: 30) { nodes { title } } }", (3, 3)),
        ("{ talks(first: 100) { nodes { title } } }", (10, 3)),
        ("{ talks(first: 30) { nodes { title } totalCount } }", (8, 8)),
        ("{ search(query: \"talk\", first: 30) { nodes { __typename } } }", (13, 13)),
        ("{ talks(first: 30, filter: { query: \"talk one\" }) { nodes { title } } }", (15, 12)),
        // Filters cost the same whether they find something or not.
        ("{ events(filter: { or: [{ query: \"a\" }, { query: \"b\" }] }) { totalCount } }", (18, 18)),
    ] {
        assert_eq!(cost(&app, query).await, expected, "{query}");
    }
}

#[rstest]
#[tokio::test]
async fn an_introspection_is_paid_for(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let (requested, actual) = cost(&app, "{ __schema { types { name fields { name type { name } } } } }").await;
    assert!(actual > 2, "{actual}");
    assert_eq!(requested, actual);
}

#[rstest]
#[tokio::test]
async fn texts_are_paid_for_when_they_are_rendered(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend).await else { return };
    let text = format!("{backend:?} *long* ").repeat(2000);
    app.load(json!({ "groups": [with(group("Other"), json!({ "description": text }))] })).await;
    let query = "{ group(slug: \"other\") { description(format: HTML) } }";
    let (_, first) = cost(&app, query).await;
    assert!(first >= 3, "30 kB were rendered: {first}");
    let (_, again) = cost(&app, query).await;
    assert!(again < first, "it was rendered before: {again}");
}

#[rstest]
#[tokio::test]
async fn equal_fields_are_executed_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend).await else { return };
    let once = "{ talks(first: 30) { nodes { title event { name slug } } } }";
    let often = format!(
        "{{ ...q ... on Query {{ ...q }} talks(first: 30) {{ nodes {{ {} }} }} }} fragment q on Query {{ talks(first: 30) {{ nodes {{ event {{ name slug }} }} }} }}",
        "title event { name } ... on Node { ... on Talk { title } } ".repeat(50)
    );
    let (answer, statements) = app.statements_of(&often).await;
    assert_eq!((answer, statements.len()), {
        let (answer, statements) = app.statements_of(once).await;
        (answer, statements.len())
    });
    assert_eq!(cost(&app, once).await, cost(&app, &often).await);
}

#[rstest]
#[tokio::test]
async fn an_answer_has_a_size(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_settings(backend, |settings| settings.answer_limit = Some(5000)).await else {
        return;
    };
    load_talks(&app, 4, &"word ".repeat(400)).await;
    let answer = app.answer("{ talks { nodes { abstract } } }", json!({})).await;
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "two of four have room: {answer}");
    assert_eq!(errors[0]["extensions"]["code"], "ANSWER_TOO_LARGE");
    assert_eq!(errors[0]["path"][3], "abstract");
    let answer = app.answer("{ talks(first: 2) { nodes { abstract } } }", json!({})).await;
    assert_eq!(answer["errors"], Value::Null);
}

#[rstest]
#[tokio::test]
async fn twenty_pages_at_once_are_answered(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_settings(backend, |settings| settings.rate_limit = None).await else { return };
    app.load_demo().await;
    let slugs = app.query("{ events(first: 100) { nodes { slug } } }").await;
    let slugs: Vec<&str> =
        slugs["events"]["nodes"].as_array().unwrap().iter().map(|event| event["slug"].as_str().unwrap()).collect();
    let page = |n: usize| {
        // Each document is a new one.
        let query = format!(
            "query Page{n}($slug: String!) {{ event(slug: $slug) {{ name venue {{ name }} hosts {{ group {{ name }} }}
                talks(first: 100) {{ nodes {{ title speakers {{ person {{ name }} }} }} }} }} }}"
        );
        let request = json!({ "query": query, "variables": { "slug": slugs[n % slugs.len()] } });
        app.http().post(app.url("/graphql")).json(&request).send()
    };
    for burst in 0..25 {
        let answers = futures_util::future::join_all((0..20).map(|n| page(burst * 20 + n))).await;
        for answer in answers {
            let answer = answer.unwrap();
            let (status, text) = (answer.status(), answer.text().await.unwrap());
            assert_eq!(status, 200, "in burst {burst}: {text}");
        }
    }
}
