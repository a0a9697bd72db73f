//! Texts that nobody writes by hand, in every place of the schema that takes one: NUL, surrogates, ten thousand
//! letters, marks that change the text direction, the empty text, and cursors that hold such texts. The places come
//! from the schema, so that a new argument is tested as soon as it exists.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use data_encoding::BASE64URL_NOPAD;
use futures_util::{StreamExt, stream};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Backend, TestApp,
    introspection::{Schema, base, is_required, list, text},
    rows::{event, group, named, sponsorship, talk},
};

/// A place that takes a text.
struct Leaf {
    /// A document that has the text as `$text`.
    document: String,
    /// The same with another text there, which returns a cursor of the same list, if the place is that of a cursor.
    page: Option<String>,
    /// Where it is, for people.
    place: String,
}

/// The answers to odd texts that are right: the client is told what is wrong with them.
const RIGHT: [&str; 9] = [
    "BAD_CURSOR",
    "BAD_ID",
    "BAD_SEARCH",
    "BAD_USER_INPUT",
    "CURSOR_TOO_OLD",
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "QUERY_TOO_LARGE",
    "UNKNOWN_NAME",
];

fn odd_texts() -> Vec<String> {
    let garbage = BASE64URL_NOPAD.encode(&[0, 255, 0xed, 0xa0, 0x80, b'[']);
    let id = format!("Group_{}", BASE64URL_NOPAD.encode(&[0; 16]));
    let mut texts = vec!["a\0b".to_owned(), "x".repeat(10_000), "a\u{202e}\u{2066}b\u{9b}".to_owned(), String::new()];
    texts.extend([garbage, id.clone(), id.replace("AAA", "A\0A"), "Group_\0".to_owned()]);
    texts
}

/// Cursors like this one, each with an odd text instead of one of its own.
fn odd_cursors(cursor: &str) -> Vec<String> {
    let json = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok().and_then(|json| serde_json::from_slice(&json).ok());
    let Some(Value::Array(parts)) = json else { return vec![BASE64URL_NOPAD.encode(b"changes:\0:0:0")] };
    let with = |index: usize, odd: &str| {
        let mut parts = parts.clone();
        parts[index] = odd.into();
        BASE64URL_NOPAD.encode(json!(parts).to_string().as_bytes())
    };
    (0..parts.len())
        .flat_map(|index| odd_texts().into_iter().map(move |odd| (index, odd)))
        .map(|(index, odd)| with(index, &odd))
        .collect()
}

/// The names of types whose values are texts.
fn is_text(schema: &Schema, type_name: &str) -> bool {
    schema.kind(type_name) == "SCALAR" && !["Boolean", "Int", "Float", "BigInt"].contains(&type_name)
}

/// How to write a value of this type with `$text` in each place that takes a text, with the type of that place. Filters
/// within filters are entered once.
fn values(schema: &Schema, of: &Value, within: &[&str]) -> Vec<(String, String)> {
    match text(&of["kind"]) {
        "NON_NULL" => values(schema, &of["ofType"], within),
        "LIST" => {
            values(schema, &of["ofType"], within).into_iter().map(|(value, ty)| (format!("[{value}]"), ty)).collect()
        }
        "SCALAR" if is_text(schema, base(of)) => vec![("$text".to_owned(), format!("{}!", base(of)))],
        "INPUT_OBJECT" => {
            let name = base(of);
            if within.iter().filter(|outer| **outer == name).count() > 1 {
                return Vec::new();
            }
            let within = [within, &[name]].concat();
            let fields = list(&schema.types[name]["inputFields"]).iter();
            let inner = |field: &Value| {
                let of_field = values(schema, &field["type"], &within).into_iter();
                let name = text(&field["name"]).to_owned();
                of_field.map(move |(value, ty)| (format!("{{ {name}: {value} }}"), ty)).collect::<Vec<_>>()
            };
            fields.flat_map(inner).collect()
        }
        _ => Vec::new(),
    }
}

/// The shortest path to each object of the schema, with `FIELD` where its own fields stand.
fn ways(schema: &Schema) -> Vec<(String, String)> {
    let mut found = vec![("Query".to_owned(), "query(VARIABLE) { FIELD }".to_owned())];
    let mut seen: HashSet<String> = HashSet::from(["Query".to_owned()]);
    let mut ahead: VecDeque<usize> = VecDeque::from([0]);
    while let Some(at) = ahead.pop_front() {
        let (parent, way) = found[at].clone();
        for field in schema.fields(&parent).iter().filter(|field| !list(&field["args"]).iter().any(is_required)) {
            let below = base(&field["type"]);
            // `event` without an argument is an error; the list of events has some.
            let is_look_up = list(&field["args"]).iter().any(|argument| argument["name"] == "slug");
            if schema.kind(below) == "OBJECT" && !is_look_up && seen.insert(below.to_owned()) {
                let within = way.replace("FIELD", &format!("{} {{ FIELD }}", text(&field["name"])));
                ahead.push_back(found.len());
                found.push((below.to_owned(), within));
            }
        }
    }
    found.push(("Subscription".to_owned(), "subscription(VARIABLE) { FIELD }".to_owned()));
    found
}

/// Every place of the schema that takes a text.
fn leaves(schema: &Schema) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    for (parent, way) in ways(schema) {
        for field in schema.fields(&parent) {
            for argument in list(&field["args"]) {
                for (value, of) in values(schema, &argument["type"], &[]) {
                    leaves.push(leaf(schema, (&parent, &way), field, argument, (&value, &of)));
                }
            }
        }
    }
    leaves
}

fn leaf(
    schema: &Schema,
    (parent, way): (&str, &str),
    field: &Value,
    argument: &Value,
    (value, of): (&str, &str),
) -> Leaf {
    let (name, argument_name) = (text(&field["name"]), text(&argument["name"]));
    let others = list(&field["args"]).iter();
    let others = others.filter(|other| is_required(other) && other["name"] != argument["name"]);
    let others = others.fold(String::new(), |others, other| others + &format!(", {}: \"a\"", text(&other["name"])));
    let below = base(&field["type"]);
    let has = |wanted: &str| schema.kind(below) == "OBJECT" && schema.fields(below).iter().any(|f| f["name"] == wanted);
    let selection = match schema.kind(below) {
        "SCALAR" | "ENUM" => "",
        _ if has("totalCount") => "{ totalCount edges { cursor } pageInfo { endCursor } }",
        _ if has("pageInfo") => "{ pageInfo { endCursor } }",
        _ => "{ __typename }",
    };
    let asked = |arguments: &str| way.replace("FIELD", &format!("probe: {name}({arguments}{others}) {selection}"));
    let is_cursor = matches!(argument_name, "after" | "before") && has("pageInfo");
    let document = asked(&format!("{argument_name}: {value}")).replace("VARIABLE", &format!("$text: {of}"));
    let page = is_cursor.then(|| asked("first: 1").replace("(VARIABLE)", ""));
    Leaf { document, page, place: format!("{parent}.{name}({argument_name}: {value})") }
}

/// Something of every kind, so that every list below a node is read.
async fn load_texts(app: &TestApp) {
    let day = |n: usize| format!("2024-05-0{}", n + 1);
    let two = |one: &dyn Fn(usize) -> Value| (0..2).map(one).collect::<Vec<_>>();
    app.load(json!({
        "organizations": two(&|n| named(&format!("organization {n}"), json!({}))),
        "venues": two(&|n| named(&format!("venue {n}"), json!({ "organization": "organization 0" }))),
        "people": two(&|n| named(&format!("person {n}"), json!({ "affiliations": [{ "organization": "organization 0" }] }))),
        "topics": two(&|n| named(&format!("a topic {n}"), json!({}))),
        "groups": two(&|n| group(&format!("group {n}"), json!({ "topics": ["a topic 0"] }))),
        "events": two(&|n| event(&format!("event {n}"), day(n), json!({
            "venue": "venue 0", "topics": ["a topic 0"], "hosts": [{ "group": "group 0", "role": "LEAD" }],
        }))),
        "talks": two(&|n| talk(&format!("a talk {n}"), json!({
            "event": "event 0", "group": "group 0", "topics": ["a topic 0"], "held_on": day(n),
            "speakers": [{ "person": "person 0", "role": "SPEAKER" }],
        }))),
        "sponsorships": two(&|n| sponsorship(&format!("sponsorship {n}"), json!({
            "organization": "organization 0", "group": (n == 0).then_some("group 0"), "event": (n == 1).then_some("event 0"),
        }))),
    }))
    .await;
}

/// Sends a document, and returns what is wrong with the answer. A subscription that begins is right.
async fn fault(app: &TestApp, leaf: &Leaf, odd: &str) -> Option<String> {
    let body = json!({ "query": leaf.document, "variables": { "text": odd } });
    let is_stream = leaf.document.starts_with("subscription");
    let path = if is_stream { "/graphql/stream" } else { "/graphql" };
    let answer = app.http().post(app.url(path)).json(&body).send().await.unwrap();
    let status = answer.status();
    let told = if is_stream {
        let mut parts = answer.bytes_stream();
        let first = tokio::time::timeout(Duration::from_millis(300), parts.next()).await.ok().flatten();
        first.map(|part| String::from_utf8_lossy(&part.unwrap()).into_owned()).unwrap_or_default()
    } else {
        answer.text().await.unwrap()
    };
    let shown: String = odd.chars().take(40).collect();
    let describe = |what: &str| Some(format!("{what}: {} with {shown:?}: {told}", leaf.place));
    if status.is_server_error() {
        return describe("a status of the server");
    }
    let json = told.lines().find_map(|line| serde_json::from_str::<Value>(line.trim_start_matches("data: ")).ok());
    let Some(json) = json else { return if is_stream { None } else { describe("no JSON") } };
    let codes = list(&json["errors"]).iter().map(|error| text(&error["extensions"]["code"]));
    let wrong: Vec<&str> = codes.filter(|code| !RIGHT.contains(code)).collect();
    if !wrong.is_empty() {
        return describe("a wrong code");
    }
    let is_asked = list(&json["errors"]).iter().all(|error| !text(&error["message"]).contains("no field"));
    if is_asked { None } else { describe("the question is wrong") }
}

/// The texts for this place.
async fn texts_for(app: &TestApp, leaf: &Leaf) -> Vec<String> {
    let mut texts = odd_texts();
    if let Some(page) = &leaf.page {
        let data = app.query(page).await;
        let cursor = find(&data, "endCursor").unwrap_or_else(|| panic!("{} has no page: {data}", leaf.place));
        texts.extend(odd_cursors(&cursor));
    }
    texts
}

/// The first text of this name in an answer.
fn find(data: &Value, name: &str) -> Option<String> {
    match data {
        Value::Object(fields) => match fields.get(name) {
            Some(Value::String(found)) => Some(found.clone()),
            _ => fields.values().find_map(|inner| find(inner, name)),
        },
        Value::Array(items) => items.iter().find_map(|inner| find(inner, name)),
        _ => None,
    }
}

#[rstest]
#[tokio::test]
async fn no_text_in_any_place_breaks_the_server(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_without_limits(backend).await else { return };
    load_texts(&app).await;
    let leaves = leaves(&Schema::of(&app).await);
    for known in [
        "Query.node(id: $text)",
        "Query.nodes(ids: [$text])",
        "Query.search(query: $text)",
        "Query.talks(filter: { event: $text })",
        "Query.events(filter: { or: [{ group: $text }] })",
        "Group.talks(after: $text)",
        "Query.changes(groupId: $text)",
        "Subscription.eventChanged(id: $text)",
    ] {
        assert!(leaves.iter().any(|leaf| leaf.place == known), "{known} is not among the places");
    }
    let mut faults = Vec::new();
    for leaf in &leaves {
        let texts = texts_for(&app, leaf).await;
        let mut found = stream::iter(&texts).map(|odd| fault(&app, leaf, odd)).buffer_unordered(8);
        while let Some(fault) = found.next().await {
            faults.extend(fault);
        }
    }
    assert!(faults.is_empty(), "{} of them:\n{}", faults.len(), faults[..faults.len().min(20)].join("\n"));
    assert_eq!(app.http().get(app.url("/readyz")).send().await.unwrap().status(), 200);
}

#[rstest]
#[tokio::test]
async fn no_escape_in_any_request_breaks_the_server(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let query = "query($text: String) { groups(filter: { query: $text }) { totalCount } }";
    // As JSON writes them, and as documents do.
    for escape in [r"\u0000", r"\ud800", r"\udc00\ud800", r"\ud800a", r"\u202e", r"\u009b", r"\ufffe", r"\ud83d\ude00"]
    {
        let literal = format!(r#"{{ groups(filter: {{ query: \"\{escape}\" }}) {{ totalCount }} }}"#);
        for body in [
            format!(r#"{{ "query": "{query}", "variables": {{ "text": "{escape}" }} }}"#),
            format!(r#"{{ "query": "{literal}" }}"#),
            format!(r#"{{ "query": "{{ __typename }} #{escape}" }}"#),
            format!(r#"{{ "query": "{escape}" }}"#),
            format!(r#"{{ "query": "{{ __typename }}", "operationName": "{escape}" }}"#),
            format!(r#"{{ "documentId": "{escape}" }}"#),
            format!(r#"{{ "{escape}": "{escape}", "extensions": {{ "{escape}": "{escape}" }} }}"#),
        ] {
            let request = app.http().post(app.url("/graphql")).header("content-type", "application/json");
            let answer = request.body(body.clone()).send().await.unwrap();
            assert!(!answer.status().is_server_error(), "{body}");
            let told = answer.text().await.unwrap();
            assert!(!told.contains("INTERNAL_SERVER_ERROR"), "{body}: {told}");
            assert!(serde_json::from_str::<Value>(&told).unwrap().is_object(), "{body}: {told}");
        }
    }
    for odd in ["%00", "%ED%A0%80", "%FF", "%E2%80%AE", ""] {
        for path in [
            format!("/graphql?query={odd}"),
            format!("/playground/{odd}"),
            format!("/{odd}"),
            format!("/graphql?query=%7B__typename%7D&documentId={odd}"),
        ] {
            let answer = app.http().get(app.url(&path)).send().await.unwrap();
            assert!(!answer.status().is_server_error(), "{path}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn errors_repeat_no_control_characters(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let odd = "x\u{1b}[2J\u{9b}\u{202e}y";
    for (query, variables) in [
        ("query($text: ID) { events(filter: { group: $text }) { totalCount } }", json!({ "text": odd })),
        ("query($text: DateTime) { events(filter: { startsAfter: $text }) { totalCount } }", json!({ "text": odd })),
        ("query($text: EventKind!) { events(filter: { kind: [$text] }) { totalCount } }", json!({ "text": odd })),
        ("query($text: EventFilter) { events(filter: $text) { totalCount } }", json!({ "text": { odd: 1 } })),
    ] {
        let answer = app.answer(query, variables).await;
        let message = text(&answer["errors"][0]["message"]);
        assert!(message.contains(r"[2J\u{9b}\u{202e}y"), "{query}: {message:?}");
        assert!(!message.chars().any(folkmoot::error::steers), "{query}: {message:?}");
    }
}
