//! The messages about invalid documents, and about values that do not fit: one sentence a rule, in our words, with the
//! place and the correction. No message of the engine or of the library comes through.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Backend, TestApp};

/// A document with the place of its error, line and column, and the message.
type Case = (&'static str, (u64, u64), &'static str);

async fn assert_told(app: &TestApp, code: &str, query: &str, variables: Value, (place, message): ((u64, u64), &str)) {
    let body = json!({ "query": query, "variables": variables });
    let request =
        app.http().post(app.url("/graphql")).header("accept", "application/graphql-response+json").json(&body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 400, "{query}");
    let answer: Value = answer.json().await.unwrap();
    let error = &answer["errors"][0];
    assert_eq!(error["message"], message, "{query}");
    assert_eq!(error["extensions"]["code"], code, "{query}");
    let told = &error["locations"][0];
    assert_eq!((told["line"].as_u64(), told["column"].as_u64()), (Some(place.0), Some(place.1)), "{query}");
    assert_eq!(answer["errors"].as_array().map(Vec::len), Some(1), "{query}");
    assert_eq!(answer.get("data"), None, "{query}");
}

/// One document a rule of the specification's chapter on validation.
const RULES: &[Case] = &[
    ("{ evnts { totalCount } }", (1, 3), "`Query` has no field `evnts`. Did you mean `events`?"),
    ("{\n  events { name }\n}", (2, 12), "`EventConnection` has no field `name`. Did you mean `nodes { name }`?"),
    ("{ events { edges { name } } }", (1, 20), "`EventEdge` has no field `name`. Did you mean `node { name }`?"),
    (
        r#"{ node(id: "x") { startsAt } }"#,
        (1, 19),
        "`Node` has no field `startsAt`. Did you mean `... on Event { startsAt }`?",
    ),
    (
        r#"{ search(query: "x") { nodes { startsAt } } }"#,
        (1, 32),
        "`SearchResult` has no field `startsAt`. Did you mean `... on Event { startsAt }`?",
    ),
    (r#"{ event(slug: "x") { title } }"#, (1, 22), "`Event` has no field `title`. Did you mean `name`?"),
    (
        r#"{ event(slug: "x") { hosts { name } } }"#,
        (1, 30),
        "`EventHost` has no field `name`. Did you mean `group { name }`?",
    ),
    (
        "{ events(limit: 1) { totalCount } }",
        (1, 10),
        "`Query.events` has no argument `limit`. There is `filter`, `orderBy`, `first`, `after`, `last`, `before`.",
    ),
    (
        "{ events(filter: { phase: [FINISHED] }) { totalCount } }",
        (1, 28),
        "`EventPhase` has no value `FINISHED`. There is `UPCOMING`, `ONGOING`, `PAST`, `UNSCHEDULED`.",
    ),
    (
        "fragment F on Query { __typename }",
        (1, 1),
        "The document has no operation. Write one, for instance `{ groups { nodes { name } } }`.",
    ),
    ("{ events }", (1, 3), "`events` has fields: say which. For instance `events { nodes { id } }`."),
    (r#"{ event(slug: "x") }"#, (1, 3), "`event` has fields: say which. For instance `event { id }`."),
    (
        r#"{ event(slug: "x") { name { x } } }"#,
        (1, 22),
        "`name` is a value of the type `String` and has no fields. Take its braces out.",
    ),
    (
        r#"{ event(slug: "x") { status { x } } }"#,
        (1, 22),
        "`status` is a value of the type `EventStatus` and has no fields. Take its braces out.",
    ),
    (
        r#"{ group(slug: "x") { x: name ... on Group { x: slug } } }"#,
        (1, 45),
        "`x` stands for two fields, `name` and `slug`. Give one of them another alias, for instance `other: slug`.",
    ),
    (
        "{ events(first: 1) { nodes { name } } ... on Query { events(first: 2) { nodes { name } } } }",
        (1, 54),
        "`events` is asked for twice with different arguments. Give one of them an alias, for instance `other: events(…)`.",
    ),
    (
        r#"{ nodes(ids: ["a"]) { id } nodes(ids: ["a", "b"]) { id } }"#,
        (1, 28),
        "`nodes` is asked for twice with different arguments. Give one of them an alias, for instance `other: nodes(…)`.",
    ),
    (
        r#"{ search(query: "x") { nodes { ... on Event { x: venue { name } } ... on Group { x: name } } } }"#,
        (1, 82),
        "`x` stands for fields of different types. Give one of them another alias.",
    ),
    (
        "{ events(fitler: {}) { totalCount } }",
        (1, 10),
        "`Query.events` has no argument `fitler`. Did you mean `filter`?",
    ),
    ("{ __typename @skip(iff: true) }", (1, 20), "`@skip` has no argument `iff`. Did you mean `if`?"),
    ("{ search { totalCount } }", (1, 3), "`search` needs the argument `query` of the type `String!`."),
    ("{ __typename @skip }", (1, 14), "`@skip` needs the argument `if` of the type `Boolean!`."),
    (
        r#"{ search(query: "a", query: "b") { totalCount } }"#,
        (1, 22),
        "The argument `query` is given twice. Leave one of them out.",
    ),
    ("{ ...X }", (1, 3), "There is no fragment `X` in the document."),
    (
        "{ __typename } fragment F on Event { id }",
        (1, 16),
        "The fragment `F` is used nowhere. Spread it, or take it out.",
    ),
    (
        "{ ...F } fragment F on Query { __typename } fragment F on Query { __typename }",
        (1, 54),
        "Two fragments have the name `F`. Rename one of them.",
    ),
    ("{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }", (1, 10), "The fragment `F` holds itself."),
    ("{ ... on Evnt { id } }", (1, 10), "There is no type `Evnt`. Did you mean `Event`?"),
    ("fragment F on Evnt { id } { ...F }", (1, 15), "There is no type `Evnt`. Did you mean `Event`?"),
    (r#"{ group(slug: "x") { ... on String { x } } }"#, (1, 22), "A fragment cannot be on `String`: it has no fields."),
    ("{ ...F } fragment F on EventFilter { id }", (1, 10), "A fragment cannot be on `EventFilter`: it has no fields."),
    (
        r#"{ group(slug: "x") { ... on Event { id } } }"#,
        (1, 22),
        "No `Group` is of the type `Event`, so this fragment selects nothing here. Take it out.",
    ),
    (
        r#"{ group(slug: "x") { ...F } } fragment F on Event { id }"#,
        (1, 22),
        "No `Group` is of the type `Event`, so this fragment selects nothing here. Take it out.",
    ),
    (
        "{ __typename @skipp(if: true) }",
        (1, 14),
        "There is no directive `@skipp`. Operations may use `@include(if:)` and `@skip(if:)`.",
    ),
    (
        "query @skip(if: true) { __typename }",
        (1, 7),
        "`@skip` may not stand here. `@include` and `@skip` stand on fields and fragments.",
    ),
    (
        "{ __typename @skip(if: true) @skip(if: true) }",
        (1, 30),
        "`@skip` stands twice in one place. Leave one of them out.",
    ),
    (
        "{ search(query: $q) { totalCount } }",
        (1, 17),
        "The variable `$q` is not declared. Declare it after the name of the operation: `query Name($q: …)`.",
    ),
    ("query($q: String) { __typename }", (1, 7), "The variable `$q` is used nowhere. Use it, or take it out."),
    (
        "query($q: ID!, $q: ID!) { node(id: $q) { id } }",
        (1, 16),
        "The variable `$q` is declared twice. Leave one of them out.",
    ),
    (
        "query($q: Event) { __typename }",
        (1, 7),
        "The variable `$q` cannot have the type `Event`: it is one of answers, not of arguments.",
    ),
    ("query($q: Strin) { __typename }", (1, 7), "There is no type `Strin`. Did you mean `String`?"),
    (
        "query($a: TalkFilter) { events(filter: $a) { totalCount } }",
        (1, 32),
        "The variable `$a` has the type `TalkFilter`, but `EventFilter` is needed here. Declare it as `$a: EventFilter`.",
    ),
    (
        "query($a: [EventStatus]) { events(filter: { status: $a }) { totalCount } }",
        (1, 53),
        "The variable `$a` has the type `[EventStatus]`, but `[EventStatus!]` is needed here. Declare it as `$a: [EventStatus!]`.",
    ),
    ("query A { __typename } query A { __typename }", (1, 30), "Two operations have the name `A`. Rename one of them."),
    (
        "{ __typename } query A { __typename }",
        (1, 1),
        "An operation without a name must be the only one of its document. Name it.",
    ),
    ("mutation { createEvent { id } }", (1, 1), "This server has no mutations: it answers queries and subscriptions."),
    (
        "type A { b: Int }",
        (1, 1),
        "A document holds operations and fragments. Definitions of types belong to a schema.",
    ),
    (
        "subscription { changes { id } x: changes { id } }",
        (1, 1),
        "A subscription has exactly one root field. Open several subscriptions.",
    ),
    // Together with something that a draft forbids and this server allows.
    (
        "subscription { changes @skip(if: false) { nope } }",
        (1, 43),
        "`Change` has no field `nope`. Did you mean `node`?",
    ),
    ("subscription { __typename }", (1, 16), "A subscription cannot ask about the schema. Ask in a query."),
    (
        "{ events(filter: { status: [CANCELED] }) { totalCount } }",
        (1, 29),
        "`EventStatus` has no value `CANCELED`. Did you mean `CANCELLED`?",
    ),
    (
        r#"{ events(filter: { status: ["CANCELLED"] }) { totalCount } }"#,
        (1, 29),
        "`EventStatus` is written without quotes: `CANCELLED`.",
    ),
    (
        "{ events(filter: { status: [1] }) { totalCount } }",
        (1, 29),
        "`1` is no `EventStatus`: it takes one of its names, for instance `TENTATIVE`.",
    ),
    (
        "{ events(filter: { stat: [CANCELLED] }) { totalCount } }",
        (1, 26),
        "`EventFilter` has no field `stat`. Did you mean `status`?",
    ),
    (
        "{ events(filter: { kind: [MEETUP], kind: [SOCIAL] }) { totalCount } }",
        (1, 36),
        "The field `kind` stands twice in one input object. Leave one of them out.",
    ),
    (
        "{ events(filter: { startsAfter: { a: 1 } }) { totalCount } }",
        (1, 33),
        "`{a: 1}` is no `DateTime`: it takes an instant like \"2020-03-26T18:30:00Z\".",
    ),
    (
        "{ events(orderBy: {}) { totalCount } }",
        (1, 19),
        "`EventOrder.field` needs a value of the type `EventOrderField!`.",
    ),
    (
        r#"{ events(first: "1") { totalCount } }"#,
        (1, 17),
        "`\"1\"` does not fit: `Int` is needed here. It takes a whole number.",
    ),
    (
        "{ search(query: { a: [1, 2] }) { totalCount } }",
        (1, 17),
        "`{ a: [1, 2] }` does not fit: `String` is needed here. It takes a text in quotes.",
    ),
    (
        "{ __schema { types { fields(includeDeprecated: null) { name } } } }",
        (1, 48),
        "`null` does not fit: `Boolean` is needed here. It takes `true` or `false`.",
    ),
    (
        "{ __typename @skip(if: \"yes\") }",
        (1, 24),
        "`\"yes\"` does not fit: `Boolean` is needed here. It takes `true` or `false`.",
    ),
    ("{ nodes(ids: [null]) { id } }", (1, 15), "`null` does not fit: `ID` is needed here. It takes a text in quotes."),
];

const SYNTAX: &[Case] = &[
    (
        "{ events(",
        (1, 9),
        "The document is not GraphQL: expected an argument, `name: value`, found the end of the document.",
    ),
    (
        "{ events() { totalCount } }",
        (1, 10),
        "The document is not GraphQL: expected an argument, `name: value`, found `)`.",
    ),
    ("{ events { totalCount }", (1, 23), "The document is not GraphQL: expected `}`, found the end of the document."),
    ("{ events { totalCount } } }", (1, 27), "The document is not GraphQL: there is one `}` too many."),
    ("{ events { } }", (1, 12), "The document is not GraphQL: expected a field between `{` and `}`, found `}`."),
    ("{ a(b: ) }", (1, 8), "The document is not GraphQL: expected a value, found `)`."),
    ("{ a(b 1) }", (1, 7), "The document is not GraphQL: expected `)`, found `1`."),
    ("{ a(b) }", (1, 5), "The document is not GraphQL: `b` needs a value, `b: …`."),
    ("{ a(b: { c }) }", (1, 10), "The document is not GraphQL: `c` needs a value, `c: …`."),
    ("{ a(b: 'c') }", (1, 8), "The document is not GraphQL: texts stand in double quotes."),
    ("query() { a }", (1, 7), "The document is not GraphQL: expected a variable, `$name: Type`, found `)`."),
    ("query(n: Int) { a }", (1, 7), "The document is not GraphQL: expected a variable, `$name: Type`, found `n`."),
    ("{ é }", (1, 3), "The document is not GraphQL: unexpected character \"é\"."),
    (
        r#"{ a(b: "\uD83D") }"#,
        (1, 8),
        r#"The document is not GraphQL: unpaired surrogate in unicode escape sequence, found `"\uD83D"`."#,
    ),
    (r#""\q" query A { a }"#, (1, 1), "The document is not GraphQL: a description is no string."),
];

const VALUES: &[Case] = &[
    (
        "{ events(first: 3000000000) { totalCount } }",
        (1, 17),
        "`Int` takes whole numbers from -2147483648 to 2147483647.",
    ),
    ("query($f: Float = 1e999) { __typename }", (1, 19), "`Float` takes numbers of 64 bits."),
    (
        r#"{ events(filter: { startsAfter: "yesterday" }) { totalCount } }"#,
        (1, 33),
        "`\"yesterday\"` is no `DateTime`: it takes an instant like \"2020-03-26T18:30:00Z\".",
    ),
    (
        r#"query($d: Date = "2020") { talks(filter: { heldAfter: $d }) { totalCount } }"#,
        (1, 18),
        "`\"2020\"` is no `Date`: it takes a day like \"2020-03-26\".",
    ),
];

#[rstest]
#[tokio::test]
async fn each_rule_has_its_sentence_and_its_place(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    for (cases, code) in
        [(RULES, "GRAPHQL_VALIDATION_FAILED"), (SYNTAX, "GRAPHQL_PARSE_FAILED"), (VALUES, "BAD_USER_INPUT")]
    {
        for (query, place, message) in cases {
            assert_told(&app, code, query, json!({}), (*place, message)).await;
        }
    }
    for empty in ["", " # nothing", ",\u{feff}"] {
        let (code, message) = app.error(empty).await;
        assert_eq!(code, "GRAPHQL_PARSE_FAILED");
        assert_eq!(message, "The document is empty. Write an operation, for instance `{ groups { nodes { name } } }`.");
    }
}

#[rstest]
#[tokio::test]
async fn no_message_gives_back_what_is_long(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let long = "x".repeat(30_000);
    for query in [
        format!("{{ __typename @skip(if: true \"{long}\") }}"),
        format!("{{ a(b: 1{}) }}", "9".repeat(30_000)),
        format!("query($f: Float = 1{}) {{ __typename }}", "9".repeat(190)),
        format!("{{ search(query: {{ a: \"{long}\" }}) {{ totalCount }} }}"),
        format!("{{ events(filter: {{ startsAfter: \"{long}\" }}) {{ totalCount }} }}"),
        format!("{{ {} }}", "x".repeat(200)),
    ] {
        let (code, message) = app.error(&query).await;
        assert!(message.len() < 600, "{code} {message}");
    }
    let filter = "query($f: EventFilter) { events(filter: $f) { totalCount } }";
    for value in [json!({ "startsAfter": long }), json!({ long.as_str(): 1 }), json!({ "status": long })] {
        let answer = app.answer(filter, json!({ "f": value })).await;
        assert!(answer["errors"][0]["message"].as_str().unwrap().len() < 600, "{answer}");
    }
}

#[rstest]
#[tokio::test]
async fn each_variable_that_does_not_fit_is_told_with_its_path(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let filter = "query($f: EventFilter) { events(filter: $f) { totalCount } }";
    let first = "query($n: Int) { events(first: $n) { totalCount } }";
    let ids = "query($i: [ID!]!) { nodes(ids: $i) { id } }";
    let (invalid, malformed) = ("GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT");
    for (query, variables, code, message) in [
        (ids, json!({}), invalid, "The variable `$i` needs a value of the type `[ID!]!`."),
        (ids, json!({ "i": null }), invalid, "The variable `$i` needs a value of the type `[ID!]!`."),
        (ids, json!({ "i": [true] }), invalid, "The variable `$i[0]` is true; `ID` is needed."),
        (
            ids,
            json!({ "i": ["a", null] }),
            invalid,
            "The variable `$i[1]` is null; it needs a value of the type `ID!`.",
        ),
        (first, json!({ "n": "one" }), invalid, "The variable `$n` is \"one\"; `Int` is needed."),
        (first, json!({ "n": [1] }), invalid, "The variable `$n` is a list; `Int` is needed."),
        (
            first,
            json!({ "n": 3e9 }),
            malformed,
            "The variable `$n` is 3000000000.0; it takes a whole number of 32 bits.",
        ),
        (first, json!({ "n": 1.5 }), malformed, "The variable `$n` is 1.5; it takes a whole number of 32 bits."),
        (filter, json!({ "f": "x" }), invalid, "The variable `$f` is \"x\"; `EventFilter` is needed."),
        (
            filter,
            json!({ "f": { "status": ["CANCELED"] } }),
            invalid,
            "The variable `$f.status[0]` is \"CANCELED\"; `EventStatus` has no such value. Did you mean `CANCELLED`?",
        ),
        (
            filter,
            json!({ "f": { "not": { "kin": 1 } } }),
            invalid,
            "The variable `$f.not` has a field \"kin\"; `EventFilter` has none of this name. Did you mean `kind`?",
        ),
        (
            filter,
            json!({ "f": { "startsAfter": "yesterday" } }),
            malformed,
            "The variable `$f.startsAfter` is \"yesterday\"; it takes an instant like \"2020-03-26T18:30:00Z\".",
        ),
        (
            "query($o: EventOrder!) { events(orderBy: $o) { totalCount } }",
            json!({ "o": { "direction": "ASC" } }),
            invalid,
            "The variable `$o` lacks the field `field` of the type `EventOrderField!`.",
        ),
    ] {
        assert_told(&app, code, query, variables, ((1, 7), message)).await;
    }
}

#[rstest]
#[tokio::test]
async fn an_operation_is_named_where_there_are_several(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let ask = async |query: &str, name: Value| {
        let body = json!({ "query": query, "operationName": name });
        let answer = app.http().post(app.url("/graphql")).json(&body).send().await.unwrap();
        answer.json::<Value>().await.unwrap()
    };
    let message = async |query, name| ask(query, name).await["errors"][0]["message"].as_str().unwrap().to_owned();
    let two = "query A { a: __typename } query B { b: __typename }";
    assert_eq!(ask(two, json!("B")).await["data"], json!({ "b": "Query" }));
    assert_eq!(
        message(two, json!(null)).await,
        "The document has several operations. Name one of them as `operationName`: `A`, `B`."
    );
    assert_eq!(
        message(two, json!("C")).await,
        "The document has no operation `C`. Name one of them as `operationName`: `A`, `B`."
    );
    assert_eq!(
        message("{ __typename }", json!("C")).await,
        "The document has no operation `C`. Its only one has no name: leave `operationName` out."
    );
}

#[rstest]
#[tokio::test]
async fn where_suggestions_are_off_no_name_is_told(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let start = TestApp::start_with_settings(backend, |settings| settings.suggestions = Some(false));
    let Some(app) = start.await else { return };
    for query in [
        "{ evnts { totalCount } }",
        "{ events { name } }",
        "{ events(fitler: {}) { totalCount } }",
        "{ events(filter: { status: [CANCELED] }) { totalCount } }",
        "{ events(filter: { stat: [] }) { totalCount } }",
        "{ ... on Evnt { id } }",
        "{ __typename @skip(iff: true) }",
        "{ events }",
        "{ events { nodes { hosts } } }",
        "{ events(filter: { status: [1] }) { totalCount } }",
    ] {
        let (code, message) = app.error(query).await;
        assert_eq!(code, "GRAPHQL_VALIDATION_FAILED");
        assert!(!message.contains("Did you mean") && !message.contains("or instance"), "{message}");
    }
}

#[rstest]
#[tokio::test]
async fn an_error_of_a_field_has_the_whole_way_to_it(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    for (query, path) in [
        (
            "{ groups(first: 2) { nodes { events(first: 1) { nodes { x: talks(first: 500) { totalCount } } } } } }",
            json!(["groups", "nodes", 0, "events", "nodes", 0, "x"]),
        ),
        (
            r#"{ events { edges { node { hosts { group { talks(filter: { speaker: "x" }) { totalCount } } } } } } }"#,
            json!(["events", "edges", 0, "node", "hosts", 0, "group", "talks"]),
        ),
        (r#"{ nodes(ids: ["x"]) { id } }"#, json!(["nodes", 0])),
        ("{ events(first: 0) { totalCount } }", json!(["events"])),
    ] {
        let answer = app.answer(query, json!({})).await;
        let paths: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|error| &error["path"]).collect();
        assert!(paths.contains(&&path), "{query}: {answer}");
        assert!(
            paths.iter().all(|told| told.as_array().unwrap().last() == path.as_array().unwrap().last()),
            "{answer}"
        );
    }
}
