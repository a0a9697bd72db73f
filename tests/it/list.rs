//! Lists: pages in both directions, orders, cursors and filters, at the root and below nodes.

use std::time::Duration;

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use rstest::rstest;
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};

use crate::support::{
    Backend, TestApp,
    rows::{event, execute, group, named, sponsorship, talk},
};

/// A list somewhere in the API, and by which fields it can be ordered.
struct List {
    /// The query around it, with `LIST` in its place.
    path: String,
    field: String,
    orders: Vec<String>,
}

/// A page of a list, as edges, nodes and `pageInfo` tell it alike.
#[derive(Debug)]
struct Page {
    names: Vec<String>,
    cursors: Vec<String>,
    has_previous: bool,
    has_next: bool,
    total: usize,
}

impl List {
    fn root(field: &str) -> Self {
        Self { path: "{ LIST }".into(), field: field.into(), orders: Vec::new() }
    }

    /// Below the node of this type that has this slug.
    fn below(parent: &str, slug: &str, field: &str) -> Self {
        let parent = parent.to_lowercase();
        Self { path: format!("{{ {parent}(slug: {slug:?}) {{ LIST }} }}"), field: field.into(), orders: Vec::new() }
    }

    /// All lists of the API. They come from the schema, so that a new one is tested as soon as it exists. Each is below the
    /// node of its type that is called `{type}-0`.
    async fn all(app: &TestApp) -> Vec<Self> {
        let schema = app
            .query(
                "{ __schema { types {
                    name
                    fields { name args { name type { name } } }
                    inputFields { name type { ofType { name } } }
                    enumValues { name }
                } } }",
            )
            .await;
        let types = schema["__schema"]["types"].as_array().unwrap();
        let named = |name: &Value| types.iter().find(|t| t["name"] == *name).unwrap();
        let mut lists = Vec::new();
        for parent in types {
            for field in parent["fields"].as_array().into_iter().flatten() {
                let Some(order) = find(&field["args"], "orderBy") else { continue };
                let sort =
                    &find(&named(&order["type"]["name"])["inputFields"], "field").unwrap()["type"]["ofType"]["name"];
                let orders = named(sort)["enumValues"].as_array().unwrap().iter().map(|value| text(&value["name"]));
                let (parent, field) = (text(&parent["name"]), text(&field["name"]));
                let list = match parent.as_str() {
                    "Query" => Self::root(&field),
                    parent => Self::below(parent, &format!("{}-0", parent.to_lowercase()), &field),
                };
                lists.push(Self { orders: orders.collect(), ..list });
            }
        }
        lists
    }

    fn query(&self, arguments: &str, selection: &str) -> String {
        let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
        self.path.replace("LIST", &format!("list: {}{arguments} {{ {selection} }}", self.field))
    }

    async fn ask(&self, app: &TestApp, arguments: &str, selection: &str) -> Value {
        let mut data = app.query(&self.query(arguments, selection)).await;
        let list = data.as_object().unwrap().values().next().unwrap();
        let pointer = if list.get("list").is_some() { "/list" } else { "" };
        let (first, _) = data.as_object().unwrap().iter().next().unwrap();
        let pointer = format!("/{first}{pointer}");
        data.pointer_mut(&pointer).unwrap().take()
    }

    /// A page, once it is clear that `edges`, `nodes` and `pageInfo` agree. Rows go by name, or by id if they have none.
    async fn page(&self, app: &TestApp, arguments: &str) -> Page {
        let named = ["sponsorships", "talks"].iter().all(|field| *field != self.field);
        let name = if named { "name: name" } else { "name: id" };
        let selection = format!(
            "edges {{ cursor node {{ id {name} }} }} nodes {{ id {name} }} totalCount
             pageInfo {{ hasPreviousPage hasNextPage startCursor endCursor }}"
        );
        let list = self.ask(app, arguments, &selection).await;
        let edges = list["edges"].as_array().unwrap();
        let nodes: Vec<Value> = edges.iter().map(|edge| edge["node"].clone()).collect();
        assert_eq!(list["nodes"], Value::from(nodes), "nodes are the nodes of the edges");
        let (first, last) = (edges.first(), edges.last());
        assert_eq!(list["pageInfo"]["startCursor"], first.map_or(Value::Null, |edge| edge["cursor"].clone()));
        assert_eq!(list["pageInfo"]["endCursor"], last.map_or(Value::Null, |edge| edge["cursor"].clone()));
        Page {
            names: edges.iter().map(|edge| text(&edge["node"]["name"])).collect(),
            cursors: edges.iter().map(|edge| text(&edge["cursor"])).collect(),
            has_previous: list["pageInfo"]["hasPreviousPage"].as_bool().unwrap(),
            has_next: list["pageInfo"]["hasNextPage"].as_bool().unwrap(),
            total: usize::try_from(list["totalCount"].as_u64().unwrap()).unwrap(),
        }
    }

    async fn names(&self, app: &TestApp, arguments: &str) -> Vec<String> {
        self.page(app, arguments).await.names
    }

    /// The whole list, page by page from its start.
    async fn forwards(&self, app: &TestApp, size: usize, arguments: &str) -> Vec<String> {
        let (mut names, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.page(app, &format!("first: {size}{after}, {arguments}")).await;
            assert_eq!(page.has_previous, !names.is_empty());
            names.extend(page.names);
            if !page.has_next {
                return names;
            }
            after = format!(", after: {:?}", page.cursors.last().unwrap());
            assert!(names.len() < 1000, "this never ends");
        }
    }

    /// The whole list, page by page from its end, its last row first.
    async fn backwards(&self, app: &TestApp, size: usize, arguments: &str) -> Vec<String> {
        let (mut names, mut before) = (Vec::new(), String::new());
        loop {
            let page = self.page(app, &format!("last: {size}{before}, {arguments}")).await;
            assert_eq!(page.has_next, !names.is_empty());
            names.extend(page.names.into_iter().rev());
            if !page.has_previous {
                return names;
            }
            before = format!(", before: {:?}", page.cursors.first().unwrap());
            assert!(names.len() < 1000, "this never ends");
        }
    }
}

fn find<'a>(among: &'a Value, name: &str) -> Option<&'a Value> {
    among.as_array()?.iter().find(|one| one["name"] == name)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Everything belongs to number 0 of its kind, so every list of the API has at least nine rows. Many rows are equal in
/// the columns by which they are ordered, or have nothing there.
async fn load_fixture(app: &TestApp) {
    let nine = |one: &dyn Fn(usize) -> Value| (0..9).map(one).collect::<Vec<_>>();
    let eighteen = |one: &dyn Fn(usize) -> Value| (0..18).map(one).collect::<Vec<_>>();
    let topics: Vec<_> = (0..9).map(|n| format!("topic {n}")).collect();
    let titles = [Some("Hello"), Some("World"), None];
    let day = |n: usize| [json!("2024-05-06"), json!("2023-11-11"), Value::Null][n % 3].clone();
    app.load(json!({
        "organizations": nine(&|n| named(&format!("organization {n}"), json!({}))),
        "venues": nine(&|n| named(&format!("venue {n}"), json!({ "organization": "organization 0" }))),
        "people": nine(&|n| named(&format!("person {n}"), json!({
            "affiliations": [{ "organization": "organization 0" }],
        }))),
        "topics": nine(&|n| named(&format!("topic {n}"), json!({}))),
        "groups": nine(&|n| group(&format!("group {n}"), json!({
            "topics": if n == 0 { topics.clone() } else { vec!["topic 0".to_owned()] },
        }))),
        "events": eighteen(&|n| event(
            &format!("event {n}"),
            [json!("2024-05-06"), json!("2024-05"), json!("2024"), Value::Null][n % 4].clone(),
            json!({
                "venue": format!("venue {}", n.saturating_sub(9)), "topics": ["topic 0"],
                "hosts": [{ "group": "group 0", "role": "LEAD" }],
            }),
        )),
        "talks": eighteen(&|n| talk(&format!("talk {n}"), json!({
            "title": titles[n % 3], "event": format!("event {}", n.saturating_sub(9)),
            "position": n / 4, "held_on": day(n), "topics": ["topic 0"], "group": "group 0",
            "speakers": [
                { "person": "person 0", "role": "SPEAKER" },
                { "person": format!("person {}", n.saturating_sub(9)), "role": "CO_SPEAKER" },
            ],
        }))),
        "sponsorships": eighteen(&|n| sponsorship(&format!("sponsorship {n}"), json!({
            "organization": "organization 0", "starts_on": day(n),
            "group": (n < 9).then_some("group 0"), "event": (n >= 9).then_some("event 0"),
        }))),
    }))
    .await;
}

#[rstest]
#[tokio::test]
async fn every_list_reads_the_same_from_both_ends_in_every_order(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_fixture(&app).await;
    let lists = List::all(&app).await;
    assert!(lists.len() >= 25, "the schema has fewer lists than before");
    for list in lists {
        for order in &list.orders {
            for direction in ["ASC", "DESC"] {
                let order = format!("orderBy: {{ field: {order}, direction: {direction} }}");
                let what = format!("{} {} {order}", list.path, list.field);
                let forwards = list.forwards(&app, 4, &order).await;
                let mut backwards = list.backwards(&app, 5, &order).await;
                backwards.reverse();
                assert_eq!(forwards, backwards, "{what}");
                assert_eq!(forwards, list.names(&app, &format!("first: 100, {order}")).await, "{what}");
                let mut distinct = forwards.clone();
                distinct.sort();
                distinct.dedup();
                assert_eq!(distinct.len(), forwards.len(), "a row came twice: {what}");
                assert_eq!(list.page(&app, "first: 1").await.total, forwards.len(), "a row was lost: {what}");
                assert!(forwards.len() >= 9, "too few rows to tell: {what}");
            }
        }
    }
}

#[rstest]
#[tokio::test]
async fn events_without_a_date_come_last_in_both_directions(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let at_six = json!({ "starts_at": "2024-05-06T18:00:00Z" });
    app.load(json!({ "events": [
        event("some day", Value::Null, json!({})),
        event("at six", "2024-05-06", at_six.clone()),
        event("one day", Value::Null, json!({})),
        event("that day", "2024-05-06", json!({})),
        event("at six, too", "2024-05-06", at_six),
        event("that year", "2024", json!({})),
        event("that month", "2024-05", json!({})),
    ] }))
    .await;
    let events = List::root("events");
    // What is known less exactly begins with the first moment of its day, month or year.
    let ascending = ["that year", "that month", "that day", "at six", "at six, too", "some day", "one day"];
    let descending = ["at six, too", "at six", "that day", "that month", "that year", "one day", "some day"];
    for size in 1..=7 {
        let order = "orderBy: { field: STARTS_AT, direction: ASC }";
        assert_eq!(events.forwards(&app, size, order).await, ascending);
        assert!(events.backwards(&app, size, order).await.iter().eq(ascending.iter().rev()));
        let order = "orderBy: { field: STARTS_AT, direction: DESC }";
        assert_eq!(events.forwards(&app, size, order).await, descending);
        assert!(events.backwards(&app, size, order).await.iter().eq(descending.iter().rev()));
    }
    assert_eq!(events.names(&app, "").await, descending, "the latest first, unless asked otherwise");
    assert_eq!(events.names(&app, "orderBy: { field: STARTS_AT }").await, ascending, "a direction left out is ASC");
}

#[rstest]
#[tokio::test]
async fn names_are_ordered_without_accents_and_capitals(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    // Byte by byte, as SQLite does it: a space comes before any letter, digits before letters, Greek behind Latin.
    let names = ["2nd Rust Day", "ab d", "ABC", "Éclair", "eclipse", "Ωmega"];
    let shuffled = [3, 0, 5, 2, 4, 1].map(|n: usize| named(names[n], json!({})));
    app.load(json!({ "organizations": shuffled })).await;
    assert_eq!(List::root("organizations").names(&app, "").await, names);
    assert_eq!(List::root("organizations").forwards(&app, 1, "").await, names);
}

#[rstest]
#[tokio::test]
async fn cursors_stay_good_when_rows_come_and_go(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let day = |name: &str, day: &str| event(name, day, json!({ "hosts": [{ "group": "us", "role": "LEAD" }] }));
    let first = [day("b", "2024-01-02"), day("d", "2024-01-04"), day("f", "2024-01-06"), day("h", "2024-01-08")];
    app.load(json!({ "groups": [group("us", json!({}))], "events": first })).await;
    let lists = [List::root("events"), List::below("Group", "us", "events")];
    for order in ["orderBy: { field: NAME }", "orderBy: { field: STARTS_AT }"] {
        for list in &lists {
            let before = list.page(&app, &format!("first: 2, {order}")).await;
            assert_eq!(before.names, ["b", "d"]);
            let cursor = &before.cursors[1];

            execute(&app, "DELETE FROM events WHERE name = 'd'").await;
            app.load(json!({ "events": [day("c", "2024-01-03"), day("e", "2024-01-05")] })).await;

            let after = list.page(&app, &format!("first: 2, {order}, after: {cursor:?}")).await;
            assert_eq!(after.names, ["e", "f"], "the cursor's own row is gone, its place is not");
            let behind = list.page(&app, &format!("last: 2, {order}, before: {cursor:?}")).await;
            assert_eq!(behind.names, ["b", "c"]);

            execute(&app, "DELETE FROM events WHERE name IN ('c', 'e')").await;
            execute(&app, "DELETE FROM external_refs WHERE external_id IN ('c', 'd', 'e')").await;
            app.load(json!({ "events": [day("d", "2024-01-04")] })).await;
        }
    }
}

/// A group's events are read along a copy of their starts. The database updates the copy with each event.
#[rstest]
#[tokio::test]
async fn an_event_that_moves_moves_in_the_lists_of_its_groups(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let on = |date: Value| {
        let hosts = json!([{ "group": "us", "role": "LEAD" }, { "group": "them", "role": "CO_HOST" }]);
        json!({ "events": [event("moved", date, json!({ "hosts": hosts }))] })
    };
    let hosts = json!({ "hosts": [{ "group": "us", "role": "LEAD" }, { "group": "them", "role": "LEAD" }] });
    let others = [event("spring", "2024-04-01", hosts.clone()), event("autumn", "2024-10-01", hosts)];
    app.load(json!({ "groups": [group("us", json!({})), group("them", json!({}))], "events": others })).await;
    let lists = [List::root("events"), List::below("Group", "us", "events"), List::below("Group", "them", "events")];
    let sorted = async |expected: [&str; 3]| {
        for list in &lists {
            // Pages of one: a page sorts its rows by the events themselves, so only a cursor uses the copy.
            assert_eq!(list.forwards(&app, 1, "orderBy: { field: STARTS_AT }").await, expected);
        }
    };

    app.load(on(json!("2024-12-01"))).await;
    sorted(["spring", "autumn", "moved"]).await;
    app.load(on(json!("2024-02-01"))).await;
    sorted(["moved", "spring", "autumn"]).await;
    app.load(on(Value::Null)).await;
    sorted(["spring", "autumn", "moved"]).await;
    app.load(on(json!("2024-07-01"))).await;
    sorted(["spring", "moved", "autumn"]).await;
    // The program does not know of this change; only the database does.
    execute(&app, "UPDATE events SET starts_at = '2024-11-01T00:00:00+00:00' WHERE name = 'moved'").await;
    sorted(["spring", "autumn", "moved"]).await;
    app.migrate_anew("m0012_starts_of_hosted_events").await;
    sorted(["spring", "autumn", "moved"]).await;
}

#[rstest]
#[tokio::test]
async fn a_group_that_joins_an_event_while_it_moves_lists_it_in_its_place(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    const JOIN: &str = "INSERT INTO event_hosts (event_id, group_id, role, position)
        SELECT events.id, groups.id, 'CO_HOST', 1 FROM events, groups WHERE events.name = 'moved' AND groups.name = 'them'";
    const MOVE: &str = "UPDATE events SET starts_at = '2024-11-01T00:00:00+00:00' WHERE name = 'moved'";
    for (first, second) in [(JOIN, MOVE), (MOVE, JOIN)] {
        let Some(app) = TestApp::start(backend).await else { return };
        let hosted_by = |host: &str| json!({ "hosts": [{ "group": host, "role": "LEAD" }] });
        app.load(json!({
            "groups": [group("us", json!({})), group("them", json!({}))],
            "events": [event("moved", "2024-02-01", hosted_by("us")), event("autumn", "2024-10-01", hosted_by("them"))],
        }))
        .await;
        let connect = async || sea_orm::Database::connect(&app.database.url).await.unwrap();
        let (early, late) = (connect().await, connect().await);
        let begun = early.begin().await.unwrap();
        begun.execute_unprepared(first).await.unwrap();
        let other = async { late.execute_unprepared(second).await.unwrap() };
        let end = async {
            // Long enough for the other one to begin, and to wait.
            tokio::time::sleep(Duration::from_millis(200)).await;
            begun.commit().await.unwrap();
        };
        tokio::join!(other, end);
        let order = List::below("Group", "them", "events").forwards(&app, 1, "orderBy: { field: STARTS_AT }").await;
        assert_eq!(order, ["autumn", "moved"], "{first}");
    }
}

#[rstest]
#[tokio::test]
async fn page_info_says_whether_there_is_more(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let names = ["a", "b", "c", "d", "e"];
    let hosts = json!({ "hosts": [{ "group": "us", "role": "LEAD" }] });
    let events = names.map(|name| event(name, "2024-05-06", hosts.clone()));
    app.load(json!({ "groups": [group("us", json!({}))], "events": events })).await;
    for list in [List::root("events"), List::below("Group", "us", "events")] {
        let cursors = list.page(&app, "orderBy: { field: NAME }").await.cursors;
        let [a, b, _, d, e] = cursors.as_slice() else { panic!("{cursors:?}") };
        for (arguments, page, has_previous, has_next) in [
            ("first: 2".to_owned(), "ab", false, true),
            ("first: 5".to_owned(), "abcde", false, false),
            (format!("first: 2, after: {b:?}"), "cd", true, true),
            (format!("first: 3, after: {b:?}"), "cde", true, false),
            (format!("first: 2, after: {e:?}"), "", true, false),
            (format!("first: 9, after: {a:?}, before: {d:?}"), "bc", true, false),
            ("last: 2".to_owned(), "de", true, false),
            ("last: 5".to_owned(), "abcde", false, false),
            (format!("last: 2, before: {d:?}"), "bc", true, true),
            (format!("last: 3, before: {d:?}"), "abc", false, true),
            (format!("last: 2, before: {a:?}"), "", false, true),
            (format!("last: 1, after: {a:?}, before: {d:?}"), "c", true, true),
        ] {
            let found = list.page(&app, &format!("orderBy: {{ field: NAME }}, {arguments}")).await;
            let expected = (page.to_owned(), has_previous, has_next, 5);
            assert_eq!(
                (found.names.concat(), found.has_previous, found.has_next, found.total),
                expected,
                "{arguments}"
            );
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_page_has_1_to_100_rows_and_20_unless_asked(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let topics: Vec<_> = (0..130).map(|n| named(&format!("topic {n:03}"), json!({}))).collect();
    let all: Vec<_> = (0..130).map(|n| format!("topic {n:03}")).collect();
    app.load(json!({ "topics": topics, "groups": [group("us", json!({ "topics": all }))] })).await;
    for list in [List::root("topics"), List::below("Group", "us", "topics")] {
        assert_eq!(list.names(&app, "").await, all[..20]);
        assert_eq!(list.names(&app, "first: 1").await, all[..1]);
        assert_eq!(list.names(&app, "first: 100").await, all[..100]);
        assert_eq!(list.names(&app, "last: 100").await, all[30..]);
        assert_eq!(list.names(&app, "first: null, last: null, after: null").await, all[..20], "null is not given");
        for arguments in ["first: 0", "first: 101", "first: -1", "last: 0", "last: 101", "first: 2, last: 2"] {
            let (code, message) = app.error(&list.query(arguments, "totalCount")).await;
            assert_eq!(code, "BAD_PAGE", "{arguments}: {message}");
            assert!(message.contains("first") || message.contains("last"), "{message}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_cursor_belongs_to_its_order(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(json!({ "events": [event("a", "2024-05-06", json!({})), event("b", "2024-05-06", json!({}))] })).await;
    let events = List::root("events");
    let cursor = events.page(&app, "orderBy: { field: NAME }").await.cursors.remove(0);
    assert_eq!(events.names(&app, &format!("orderBy: {{ field: NAME }}, after: {cursor:?}")).await, ["b"]);
    for (arguments, why) in [
        (format!("after: {cursor:?}"), "another order"),
        (format!("orderBy: {{ field: NAME, direction: DESC }}, after: {cursor:?}"), "another order"),
        (format!("orderBy: {{ field: CREATED_AT }}, before: {cursor:?}"), "another order"),
        (format!("orderBy: {{ field: NAME }}, after: {:?}", &cursor[1..]), "not a cursor"),
        (format!("orderBy: {{ field: NAME }}, after: {:?}", &cursor[..cursor.len() - 4]), "not a cursor"),
        ("after: \"\"".to_owned(), "not a cursor"),
        ("before: \"tomorrow\"".to_owned(), "not a cursor"),
    ] {
        let (code, message) = app.error(&events.query(&arguments, "nodes { id }")).await;
        assert_eq!(code, "BAD_CURSOR", "{arguments}");
        assert!(message.contains(why), "{arguments}: {message}");
    }
}

#[rstest]
#[tokio::test]
async fn no_cursor_whatever_breaks_the_server(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(json!({ "events": [event("a", "2024-05-06", json!({})), event("b", Value::Null, json!({}))] })).await;
    let encode = |json: &str| data_encoding::BASE64URL_NOPAD.encode(json.as_bytes());
    let id = "01920000-0000-7000-8000-000000000000";
    let value = prop_oneof![
        any::<String>(),
        "[+-]?[0-9]{4,6}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})",
        Just("\0".to_owned()),
        Just("a\0b".to_owned()),
        Just("-262143-01-01T00:00:00Z".to_owned()),
        Just("+262142-12-31T23:59:59Z".to_owned()),
        Just("0000-01-01T00:00:00Z".to_owned()),
        Just("2016-12-31T23:59:60Z".to_owned()),
    ];
    let written = (prop_oneof!["STARTS_AT", "NAME", "CREATED_AT"], "[+-]", value)
        .prop_map(move |(field, direction, value)| encode(&json!([field, direction, value, id]).to_string()));
    let junk = prop_oneof![3 => written, 1 => any::<String>(), 1 => "[A-Za-z0-9_-]{1,60}"];
    let mut runner = TestRunner::deterministic();
    for _ in 0..300 {
        let cursor = junk.new_tree(&mut runner).unwrap().current();
        for field in ["STARTS_AT", "NAME"] {
            let query = "query($field: EventOrderField!, $cursor: String) {
                events(orderBy: { field: $field }, after: $cursor) { nodes { id } }
            }";
            let answer = app.answer(query, json!({ "field": field, "cursor": cursor })).await;
            let code = &answer["errors"][0]["extensions"]["code"];
            assert!(code == "BAD_CURSOR" || answer["data"]["events"].is_object(), "{cursor:?}: {answer}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn the_count_and_the_rows_are_read_only_when_selected(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let hosts = json!({ "hosts": [{ "group": "us", "role": "LEAD" }] });
    let events: Vec<_> = (0..30).map(|n| event(&format!("event {n}"), "2024-05-06", hosts.clone())).collect();
    app.load(json!({ "groups": [group("us", json!({}))], "events": events })).await;
    for (list, above) in [(List::root("events"), 0), (List::below("Group", "us", "events"), 1)] {
        for (selection, counts, reads) in [
            ("__typename", 0, 0),
            ("totalCount", 1, 0),
            ("... on EventConnection { total: totalCount }", 1, 0),
            ("nodes { name }", 0, 1),
            ("rows: edges { node { name } }", 0, 1),
            ("pageInfo { hasNextPage }", 0, 1),
            ("nodes { name } edges { cursor } pageInfo { endCursor } totalCount", 1, 1),
        ] {
            let (_, statements) = app.statements_of(&list.query("first: 2", selection)).await;
            let counting = statements.iter().filter(|sql| sql.contains("count(*)")).count();
            let reading = statements.len() - counting - above;
            assert_eq!((counting, reading), (counts, reads), "{selection}: {statements:#?}");
        }
        let page = list.page(&app, "first: 2, filter: { kind: [MEETUP] }").await;
        assert_eq!((page.names.len(), page.total), (2, 30), "the whole list counts, not the page");
        let cursor = page.cursors[1].as_str();
        assert_eq!(list.page(&app, &format!("first: 2, after: {cursor:?}")).await.total, 30);
        assert_eq!(list.page(&app, "filter: { kind: [SOCIAL] }").await.total, 0);
    }
}

/// The moment of the tests of filters; an event of this day is under way.
const NOON: &str = "2024-06-15T12:00:00Z";

/// Three towns, each a little different from the others.
async fn load_towns(app: &TestApp) {
    app.load(json!({
        "organizations": [named("Acme", json!({})), named("Bolt", json!({})), named("Core", json!({}))],
        "venues": [
            named("Attic", json!({ "city": "Amsterdam", "country": "NL", "organization": "Acme" })),
            named("Basement", json!({ "city": "Berlin", "country": "DE" })),
        ],
        "people": [
            named("Ann", json!({ "affiliations": [{ "organization": "Acme" }] })),
            named("Bob", json!({})), named("Cleo", json!({})), named("Dan", json!({})),
        ],
        "topics": [named("Clouds", json!({})), named("Ruby", json!({})), named("Rust", json!({}))],
        "groups": [
            group("Amsterdam", json!({
                "city": "Amsterdam", "country": "NL", "topics": ["Ruby"],
                "memberships": [{ "person": "Ann", "role": "ORGANIZER" }, { "person": "Dan", "role": "MEMBER" }],
            })),
            group("Berlin", json!({ "city": "Berlin", "country": "DE", "status": "DORMANT", "topics": ["Rust"] })),
            group("London", json!({ "city": "London", "country": "GB", "status": "CLOSED" })),
        ],
        "events": [
            event("Gone", "2024-07-01", json!({
                "kind": "FUNDRAISER", "status": "CANCELLED", "attendance_mode": "ONLINE",
                "hosts": [{ "group": "London", "role": "LEAD" }],
            })),
            event("Next", "2024-09", json!({
                "kind": "CONFERENCE", "status": "TENTATIVE", "attendance_mode": "ONLINE",
                "hosts": [{ "group": "Berlin", "role": "LEAD" }],
            })),
            event("Now", "2024-06-15", json!({
                "kind": "WORKSHOP", "status": "RESCHEDULED", "attendance_mode": "MIXED", "venue": "Basement",
                "starts_at": "2024-06-15T11:00:00Z",
                "hosts": [{ "group": "Berlin", "role": "LEAD" }, { "group": "Amsterdam", "role": "CO_HOST" }],
            })),
            event("Once", "2024-01-10", json!({
                "starts_at": "2024-01-10T18:00:00Z", "venue": "Attic", "topics": ["Ruby"],
                "hosts": [{ "group": "Amsterdam", "role": "LEAD" }],
            })),
            event("Someday", Value::Null, json!({
                "kind": "SOCIAL", "status": "POSTPONED", "hosts": [{ "group": "London", "role": "LEAD" }],
            })),
        ],
        "talks": [
            talk("Blocks", json!({
                "event": "Once", "group": "Amsterdam", "topics": ["Ruby"], "language": "en", "held_on": "2024-01-10",
                "speakers": [{ "person": "Ann", "role": "SPEAKER" }],
            })),
            talk("Borrowing", json!({
                "event": "Now", "group": "Berlin", "topics": ["Rust"], "language": "de", "held_on": "2024-06-15",
                "format": "WORKSHOP", "status": "CONFIRMED",
                "speakers": [{ "person": "Bob", "role": "SPEAKER" }, { "person": "Ann", "role": "CO_SPEAKER" }],
            })),
            talk("Cumulus", json!({
                "group": "London", "topics": ["Clouds"], "format": "LIGHTNING", "status": "CANCELLED",
                "speakers": [{ "person": "Cleo", "role": "SPEAKER" }],
            })),
            talk("Keys", json!({
                "event": "Next", "group": "Berlin", "format": "KEYNOTE", "status": "ACCEPTED", "language": "en",
                "speakers": [{ "person": "Bob", "role": "SPEAKER" }],
            })),
        ],
        "sponsorships": [
            sponsorship("a", json!({ "tier": "Gold", "organization": "Acme", "group": "Amsterdam", "roles": ["FOOD", "VENUE"] })),
            sponsorship("b", json!({
                "tier": "Tin", "organization": "Bolt", "group": "Amsterdam", "status": "ENDED", "roles": ["DRINKS"],
            })),
            sponsorship("c", json!({
                "tier": "Lead", "organization": "Core", "group": "Berlin", "status": "PROPOSED", "roles": ["OTHER"],
            })),
        ],
    }))
    .await;
    // No source says which topic stands for another one.
    execute(app, "UPDATE topics SET canonical_id = (SELECT id FROM topics WHERE name = 'Rust') WHERE name = 'Ruby'")
        .await;
}

/// A list, a filter of it, and the names that pass.
type FilterCase = (&'static str, &'static str, &'static [&'static str]);

const FILTERS: &[FilterCase] = &[
    ("events", "{}", &["Gone", "Next", "Now", "Once", "Someday"]),
    ("events", "{ kind: [WORKSHOP, SOCIAL] }", &["Now", "Someday"]),
    ("events", "{ kind: [] }", &[]),
    ("events", "{ status: [SCHEDULED, CANCELLED] }", &["Gone", "Once"]),
    ("events", "{ status: [] }", &[]),
    ("events", "{ phase: [PAST] }", &["Once"]),
    ("events", "{ phase: [ONGOING] }", &["Now"]),
    ("events", "{ phase: [UPCOMING] }", &["Gone", "Next"]),
    ("events", "{ phase: [UNSCHEDULED] }", &["Someday"]),
    ("events", "{ phase: [PAST, UNSCHEDULED] }", &["Once", "Someday"]),
    ("events", "{ phase: [] }", &[]),
    ("events", "{ mode: [ONLINE, MIXED] }", &["Gone", "Next", "Now"]),
    ("events", "{ mode: [] }", &[]),
    ("events", "{ year: [2023, 2024] }", &["Gone", "Next", "Now", "Once"]),
    ("events", "{ year: [2023] }", &[]),
    ("events", "{ year: [] }", &[]),
    ("events", r#"{ startsAfter: "2024-06-15T11:00:00Z" }"#, &["Gone", "Next", "Now"]),
    ("events", r#"{ startsBefore: "2024-06-15T11:00:00Z" }"#, &["Once"]),
    ("events", r#"{ startsAfter: "2024-06-01T00:00:00+02:00", startsBefore: "2024-06-30T23:00:00Z" }"#, &["Now"]),
    ("events", r#"{ group: "amsterdam" }"#, &["Now", "Once"]),
    ("events", r#"{ venue: "basement" }"#, &["Now"]),
    ("events", r#"{ topic: "ruby" }"#, &["Once"]),
    ("events", r#"{ topic: "rust" }"#, &["Now"]),
    ("events", r#"{ speaker: "ann" }"#, &["Now", "Once"]),
    ("events", r#"{ group: "berlin", speaker: "ann" }"#, &["Now"]),
    ("events", r#"{ not: { group: "berlin" } }"#, &["Gone", "Once", "Someday"]),
    ("events", "{ not: { kind: [] } }", &["Gone", "Next", "Now", "Once", "Someday"]),
    ("events", r#"{ or: [{ kind: [SOCIAL] }, { venue: "attic" }] }"#, &["Once", "Someday"]),
    ("events", "{ or: [{ kind: [] }, { mode: [MIXED] }] }", &["Now"]),
    ("events", "{ or: [{ kind: [] }, {}] }", &["Gone", "Next", "Now", "Once", "Someday"]),
    ("events", "{ not: {} }", &[]),
    ("events", "{ or: [] }", &[]),
    ("events", "{ not: { or: [] } }", &["Gone", "Next", "Now", "Once", "Someday"]),
    ("events", "{ and: [] }", &["Gone", "Next", "Now", "Once", "Someday"]),
    ("events", "{ phase: [UPCOMING, ONGOING, PAST] }", &["Gone", "Next", "Now", "Once"]),
    ("events", r#"{ and: [{ group: "berlin" }, { group: "amsterdam" }] }"#, &["Now"]),
    ("events", r#"{ group: "amsterdam", and: [{ or: [{ mode: [MIXED] }, { kind: [SOCIAL] }] }] }"#, &["Now"]),
    ("events", r#"{ not: { or: [{ group: "amsterdam" }, { group: "berlin" }] } }"#, &["Gone", "Someday"]),
    ("events", r#"{ not: { venue: "attic" } }"#, &["Gone", "Next", "Now", "Someday"]),
    ("events", r#"{ not: { startsAfter: "2024-06-16T00:00:00Z" } }"#, &["Now", "Once", "Someday"]),
    ("talks", "{ format: [TALK, KEYNOTE] }", &["Blocks", "Keys"]),
    ("talks", "{ format: [] }", &[]),
    ("talks", "{ status: [ACCEPTED, CANCELLED] }", &["Cumulus", "Keys"]),
    ("talks", "{ status: [] }", &[]),
    ("talks", r#"{ language: ["en"] }"#, &["Blocks", "Keys"]),
    ("talks", "{ language: [] }", &[]),
    ("talks", r#"{ not: { language: ["en"] } }"#, &["Borrowing", "Cumulus"]),
    ("talks", "{ year: [2024] }", &["Blocks", "Borrowing"]),
    ("talks", "{ year: [2025] }", &[]),
    ("talks", r#"{ heldAfter: "2024-06-15" }"#, &["Borrowing"]),
    ("talks", r#"{ heldBefore: "2024-06-15" }"#, &["Blocks"]),
    ("talks", r#"{ group: "berlin" }"#, &["Borrowing", "Keys"]),
    ("talks", r#"{ group: "amsterdam" }"#, &["Blocks", "Borrowing"]),
    ("talks", r#"{ event: "now" }"#, &["Borrowing"]),
    ("talks", r#"{ speaker: "ann" }"#, &["Blocks", "Borrowing"]),
    ("talks", r#"{ topic: "clouds" }"#, &["Cumulus"]),
    ("talks", "{ hasEvent: false }", &["Cumulus"]),
    ("talks", "{ hasEvent: true }", &["Blocks", "Borrowing", "Keys"]),
    ("talks", r#"{ and: [{ speaker: "ann" }, { speaker: "bob" }] }"#, &["Borrowing"]),
    ("talks", r#"{ or: [{ topic: "clouds" }, { format: [KEYNOTE] }] }"#, &["Cumulus", "Keys"]),
    ("talks", r#"{ not: { event: "now" } }"#, &["Blocks", "Cumulus", "Keys"]),
    ("people", r#"{ spokeFor: "amsterdam" }"#, &["Ann", "Bob"]),
    ("people", r#"{ spokeFor: "london" }"#, &["Cleo"]),
    ("people", r#"{ spokeAbout: "rust" }"#, &["Ann", "Bob"]),
    ("people", r#"{ organizes: "amsterdam" }"#, &["Ann"]),
    ("people", r#"{ organization: "acme" }"#, &["Ann"]),
    ("people", r#"{ not: { spokeFor: "amsterdam" } }"#, &["Cleo", "Dan"]),
    ("people", r#"{ or: [{ spokeFor: "london" }, { organizes: "amsterdam" }] }"#, &["Ann", "Cleo"]),
    ("people", r#"{ and: [{ spokeFor: "berlin" }, { organization: "acme" }] }"#, &["Ann"]),
    ("speakers", "{}", &["Ann", "Bob", "Cleo"]),
    ("speakers", r#"{ not: { spokeFor: "amsterdam" } }"#, &["Cleo"]),
    ("groups", "{ status: [ACTIVE, CLOSED] }", &["Amsterdam", "London"]),
    ("groups", "{ status: [] }", &[]),
    ("groups", r#"{ city: ["Berlin", "London"] }"#, &["Berlin", "London"]),
    ("groups", "{ city: [] }", &[]),
    ("groups", r#"{ country: ["GB"] }"#, &["London"]),
    ("groups", "{ country: [] }", &[]),
    ("groups", r#"{ topic: "clouds" }"#, &["London"]),
    ("groups", r#"{ topic: "rust" }"#, &["Amsterdam", "Berlin"]),
    ("groups", r#"{ and: [{ topic: "rust" }, { city: ["Berlin"] }] }"#, &["Berlin"]),
    ("groups", r#"{ or: [{ status: [CLOSED] }, { country: ["NL"] }] }"#, &["Amsterdam", "London"]),
    ("groups", r#"{ not: { country: ["NL"] } }"#, &["Berlin", "London"]),
    ("venues", r#"{ city: ["Amsterdam"] }"#, &["Attic"]),
    ("venues", "{ city: [] }", &[]),
    ("venues", r#"{ country: ["DE", "GB"] }"#, &["Basement"]),
    ("venues", "{ country: [] }", &[]),
    ("venues", r#"{ group: "berlin" }"#, &["Basement"]),
    ("venues", r#"{ group: "amsterdam" }"#, &["Attic", "Basement"]),
    ("venues", r#"{ not: { group: "berlin" } }"#, &["Attic"]),
    ("venues", r#"{ or: [{ city: ["Berlin"] }, { country: ["NL"] }] }"#, &["Attic", "Basement"]),
    ("venues", r#"{ and: [{ city: ["Berlin"] }, { country: ["NL"] }] }"#, &[]),
    ("organizations", "{ isSponsor: true }", &["Acme", "Bolt"]),
    ("organizations", "{ isSponsor: false }", &["Core"]),
    ("organizations", "{ isVenueHost: true }", &["Acme"]),
    ("organizations", "{ isVenueHost: false }", &["Bolt", "Core"]),
    ("organizations", "{ and: [{ isSponsor: true }, { isVenueHost: false }] }", &["Bolt"]),
    ("organizations", "{ or: [{ isSponsor: false }, { isVenueHost: true }] }", &["Acme", "Core"]),
    ("organizations", "{ not: { isSponsor: true } }", &["Core"]),
    ("topics", "{ isCanonical: true }", &["Clouds", "Rust"]),
    ("topics", "{ isCanonical: false }", &["Ruby"]),
    ("topics", r#"{ group: "amsterdam" }"#, &["Ruby", "Rust"]),
    ("topics", r#"{ group: "london" }"#, &["Clouds"]),
    ("topics", r#"{ and: [{ group: "amsterdam" }, { group: "berlin" }] }"#, &["Rust"]),
    ("topics", r#"{ or: [{ isCanonical: false }, { group: "london" }] }"#, &["Clouds", "Ruby"]),
    ("topics", r#"{ not: { group: "london" } }"#, &["Ruby", "Rust"]),
];

/// Names in alphabetical order.
async fn passing(app: &TestApp, list: &List, filter: &str) -> Vec<String> {
    let name = match list.field.as_str() {
        "talks" => "name: title",
        "sponsorships" => "name: tier",
        _ => "name",
    };
    let selection = format!("nodes {{ {name} }} totalCount");
    let page = list.ask(app, &format!("first: 100, filter: {filter}"), &selection).await;
    let mut names: Vec<_> = page["nodes"].as_array().unwrap().iter().map(|node| text(&node["name"])).collect();
    assert_eq!(page["totalCount"], names.len(), "the count counts what passes: {filter}");
    names.sort();
    names
}

#[rstest]
#[tokio::test]
async fn filters_let_pass_what_they_say(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_at(backend, NOON).await else { return };
    load_towns(&app).await;
    for (list, filter, names) in FILTERS {
        assert_eq!(passing(&app, &List::root(list), filter).await, *names, "{list} {filter}");
    }
    // Sponsorships have no list at the root.
    let given = List::below("Group", "amsterdam", "sponsorships");
    let cases: &[(&str, &[&str])] = &[
        ("{ status: [ACTIVE] }", &["Gold"]),
        ("{ status: [] }", &[]),
        ("{ role: [VENUE, PRIZES] }", &["Gold"]),
        ("{ role: [] }", &[]),
        (r#"{ organization: "bolt" }"#, &["Tin"]),
        (r#"{ not: { organization: "bolt" } }"#, &["Gold"]),
        ("{ or: [{ role: [DRINKS] }, { role: [FOOD] }] }", &["Gold", "Tin"]),
        ("{ and: [{ role: [DRINKS] }, { status: [ACTIVE] }] }", &[]),
    ];
    for (filter, tiers) in cases {
        assert_eq!(passing(&app, &given, filter).await, *tiers, "{filter}");
    }
}

#[rstest]
#[tokio::test]
async fn every_field_of_every_filter_is_tested(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let schema = app.query("{ __schema { types { name kind inputFields { name } } } }").await;
    for filter in schema["__schema"]["types"].as_array().unwrap() {
        let Some(list) = text(&filter["name"]).strip_suffix("Filter").map(str::to_lowercase) else { continue };
        let list = if list == "person" { "people".to_owned() } else { format!("{list}s") };
        for field in filter["inputFields"].as_array().unwrap() {
            let field = text(&field["name"]);
            // `query` has its own tests, and sponsorships stand next to the table.
            let elsewhere = field == "query" || list == "sponsorships";
            let tested = |(on, filter, _): &FilterCase| *on == list && filter.contains(&format!("{field}: "));
            assert!(elsewhere || FILTERS.iter().any(tested), "{list}: {field}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_filter_says_the_same_below_a_node_as_at_the_root(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_at(backend, NOON).await else { return };
    load_towns(&app).await;
    // A list below a node, and the field of the root list's filter that names that node.
    for (parent, field, root, key) in [
        ("Group", "events", "events", "group"),
        ("Group", "talks", "talks", "group"),
        ("Group", "speakers", "people", "spokeFor"),
        ("Group", "venues", "venues", "group"),
        ("Group", "topics", "topics", "group"),
        ("Event", "talks", "talks", "event"),
        ("Person", "talks", "talks", "speaker"),
        ("Person", "events", "events", "speaker"),
        ("Topic", "talks", "talks", "topic"),
        ("Topic", "groups", "groups", "topic"),
        ("Venue", "events", "events", "venue"),
        ("Organization", "people", "people", "organization"),
    ] {
        let parents = match parent {
            "Group" => &["amsterdam", "berlin", "london"][..],
            "Event" => &["once", "now", "next", "someday"],
            "Person" => &["ann", "bob", "cleo", "dan"],
            "Topic" => &["clouds", "ruby", "rust"],
            "Venue" => &["attic", "basement"],
            _ => &["acme", "bolt"],
        };
        let filters = FILTERS.iter().filter(|(list, ..)| *list == root).map(|(_, filter, _)| *filter);
        for filter in filters.chain(["{}"]) {
            for slug in parents {
                let at_root = format!("{{ and: [{{ {key}: {slug:?} }}, {filter}] }}");
                let expected = passing(&app, &List::root(root), &at_root).await;
                let found = passing(&app, &List::below(parent, slug, field), filter).await;
                assert_eq!(found, expected, "{parent} {slug} {field} {filter}");
            }
        }
    }
}

#[rstest]
#[tokio::test]
async fn filters_take_an_id_or_a_slug(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_at(backend, NOON).await else { return };
    load_towns(&app).await;
    let ids = app
        .query(
            "{ amsterdam: group(slug: \"amsterdam\") { id } ann: person(slug: \"ann\") { id }
               attic: venue(slug: \"attic\") { id } rust: topic(slug: \"rust\") { id }
               now: event(slug: \"now\") { id } acme: organization(slug: \"acme\") { id } }",
        )
        .await;
    for (list, field, slug) in [
        ("events", "group", "amsterdam"),
        ("events", "venue", "attic"),
        ("events", "topic", "rust"),
        ("events", "speaker", "ann"),
        ("talks", "group", "amsterdam"),
        ("talks", "event", "now"),
        ("talks", "speaker", "ann"),
        ("talks", "topic", "rust"),
        ("people", "spokeFor", "amsterdam"),
        ("people", "spokeAbout", "rust"),
        ("people", "organizes", "amsterdam"),
        ("people", "organization", "acme"),
        ("groups", "topic", "rust"),
        ("venues", "group", "amsterdam"),
        ("topics", "group", "amsterdam"),
    ] {
        let list = List::root(list);
        let by_slug = passing(&app, &list, &format!("{{ {field}: {slug:?} }}")).await;
        let by_id = passing(&app, &list, &format!("{{ {field}: {} }}", ids[slug]["id"])).await;
        assert!(!by_slug.is_empty(), "{} {field}", list.field);
        assert_eq!(by_slug, by_id, "{} {field}", list.field);

        let stranger = if ["topic", "spokeAbout"].contains(&field) { "amsterdam" } else { "rust" };
        let query = list.query(&format!("filter: {{ {field}: {} }}", ids[stranger]["id"]), "totalCount");
        let (code, message) = app.error(&query).await;
        assert_eq!(code, "BAD_ID", "{message}");
        assert!(
            message.contains(if stranger == "rust" { "of the type `Topic`" } else { "of the type `Group`" }),
            "{message}"
        );
        for nonsense in ["", "Event_", "Group_x", "_"] {
            let query = list.query(&format!("filter: {{ {field}: {nonsense:?} }}"), "totalCount");
            assert_eq!(app.error(&query).await.0, "BAD_ID", "{nonsense}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn values_at_the_edge_of_what_a_database_can_hold_break_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_at(backend, NOON).await else { return };
    load_towns(&app).await;
    let query = "query($events: EventFilter, $talks: TalkFilter, $groups: GroupFilter, $slug: String) {
        events(filter: $events) { totalCount }
        talks(filter: $talks) { totalCount }
        groups(filter: $groups) { totalCount }
        event(slug: $slug) { id }
    }";
    for (variables, counts) in [
        (json!({ "events": { "startsAfter": "0001-01-01T00:00:00Z" }, "slug": "x" }), Some([4, 4, 3])),
        (json!({ "events": { "startsBefore": "9999-12-31T23:59:59Z" }, "slug": "x" }), Some([4, 4, 3])),
        (json!({ "events": { "startsAfter": "-9999-01-01T00:00:00Z" }, "slug": "x" }), None),
        (json!({ "events": { "startsBefore": "+99999-01-01T00:00:00Z" }, "slug": "x" }), None),
        (json!({ "talks": { "heldAfter": "0001-01-01" }, "slug": "x" }), Some([5, 2, 3])),
        (json!({ "talks": { "heldAfter": "-9999-01-01" }, "slug": "x" }), None),
        (json!({ "talks": { "heldBefore": "+99999-01-01" }, "slug": "x" }), None),
        (json!({ "events": { "group": "a\0b" }, "slug": "x" }), None),
        (json!({ "groups": { "city": ["Berlin\0"] }, "slug": "x" }), None),
        (json!({ "talks": { "language": ["\0"] }, "slug": "x" }), None),
        (json!({ "slug": "\0" }), None),
    ] {
        let answer = app.answer(query, variables.clone()).await;
        if let Some(counts) = counts {
            let found = ["events", "talks", "groups"].map(|list| answer["data"][list]["totalCount"].clone());
            assert_eq!(found, counts.map(Value::from), "{variables}: {answer}");
        }
        for error in answer["errors"].as_array().into_iter().flatten() {
            assert_ne!(error["extensions"]["code"], "INTERNAL_SERVER_ERROR", "{variables}");
        }
    }
}
