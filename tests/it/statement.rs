//! How many SQL statements an answer takes: one a relation, in a text that does not vary with the number of rows.
//!
//! The counts must not depend on timing, so each is taken many times on several threads.

use std::collections::BTreeSet;

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Backend, TestApp,
    rows::{event, group, load_fixture, named, sponsorship, talk},
};

/// How often a count is repeated.
const TIMES: usize = 20;
/// How many parents of a kind there are.
const PARENTS: usize = 100;

/// Every field of every node that has to be loaded, and the number of its statements.
pub const RELATIONS: &[(&str, &[(&str, usize)])] = &[
    (
        "Event",
        &[
            ("externalRefs { system }", 1),
            ("provenance { source }", 1),
            ("venue { name }", 1),
            ("hosts { role group { name } }", 1),
            ("agenda { kind talk { title } }", 1),
            ("attendance { headcount }", 1),
            ("topics { name }", 1),
            ("resources { url }", 1),
            ("fundraisers { name }", 1),
            ("talks { nodes { title } }", 1),
            ("talks { totalCount }", 1),
            ("sponsorships { nodes { status } }", 1),
            ("sponsorships { totalCount }", 1),
        ],
    ),
    (
        "Talk",
        &[
            ("externalRefs { system }", 1),
            ("provenance { source }", 1),
            ("event { name }", 1),
            ("group { name }", 1),
            ("speakers { role person { name } }", 1),
            ("topics { name }", 1),
            ("resources { url }", 1),
            ("originalTalk { title }", 1),
        ],
    ),
    (
        "Person",
        &[
            ("externalRefs { system }", 1),
            ("provenance { source }", 1),
            ("aliases", 1),
            ("avatar { url }", 1),
            ("links { url }", 1),
            ("affiliations { organization { name } }", 1),
            ("organizes { role }", 1),
            ("talks { nodes { title } }", 1),
            ("talks { totalCount }", 1),
            ("events { nodes { name } }", 1),
            ("events { totalCount }", 1),
        ],
    ),
    (
        "Group",
        &[
            ("externalRefs { system }", 1),
            ("provenance { source }", 1),
            ("organizers { role }", 1),
            ("fundraisers { name }", 1),
            // One for the events with their heads, one for the talks with their speakers.
            ("stats { year events talks speakers attendance }", 2),
            ("events { nodes { name } }", 1),
            ("events { totalCount }", 1),
            ("talks { nodes { title } }", 1),
            ("talks { totalCount }", 1),
            ("speakers { nodes { name } }", 1),
            ("speakers { totalCount }", 1),
            ("venues { nodes { name } }", 1),
            ("venues { totalCount }", 1),
            ("sponsorships { nodes { status } }", 1),
            ("sponsorships { totalCount }", 1),
            ("topics { nodes { name } }", 1),
            ("topics { totalCount }", 1),
        ],
    ),
    (
        "Venue",
        &[
            ("externalRefs { system }", 1),
            ("provenance { source }", 1),
            ("rooms { name }", 1),
            ("organization { name }", 1),
            ("events { nodes { name } }", 1),
            ("events { totalCount }", 1),
        ],
    ),
    (
        "Organization",
        &[
            ("externalRefs { system }", 1),
            ("provenance { source }", 1),
            ("logo { url }", 1),
            ("sponsorships { nodes { status } }", 1),
            ("sponsorships { totalCount }", 1),
            ("venues { nodes { name } }", 1),
            ("venues { totalCount }", 1),
            ("people { nodes { name } }", 1),
            ("people { totalCount }", 1),
        ],
    ),
    (
        "Sponsorship",
        &[
            ("externalRefs { system }", 1),
            ("provenance { source }", 1),
            ("organization { name }", 1),
            ("group { name }", 1),
            ("event { name }", 1),
            ("roles", 1),
        ],
    ),
    (
        "Topic",
        &[
            ("externalRefs { system }", 1),
            ("provenance { source }", 1),
            ("aliases", 1),
            ("canonical { name }", 1),
            ("talks { nodes { title } }", 1),
            ("talks { totalCount }", 1),
            ("events { nodes { name } }", 1),
            ("events { totalCount }", 1),
            ("groups { nodes { name } }", 1),
            ("groups { totalCount }", 1),
        ],
    ),
    (
        "Membership",
        &[("externalRefs { system }", 1), ("provenance { source }", 1), ("person { name }", 1), ("group { name }", 1)],
    ),
    (
        "Fundraiser",
        &[("externalRefs { system }", 1), ("provenance { source }", 1), ("group { name }", 1), ("event { name }", 1)],
    ),
    ("Resource", &[("externalRefs { system }", 1), ("provenance { source }", 1)]),
];

/// The ids of the nodes of a type.
pub async fn ids(app: &TestApp, node_type: &str) -> Vec<String> {
    let path = match node_type {
        "Sponsorship" => "organizations(first: 100) { nodes { sponsorships { nodes { id } } } }".to_owned(),
        "Membership" => "people(first: 100) { nodes { organizes { id } } }".to_owned(),
        "Fundraiser" => "groups(first: 100) { nodes { fundraisers { id } } }".to_owned(),
        "Resource" => "talks(first: 100) { nodes { resources { id } } }".to_owned(),
        "Person" => "people(first: 100) { nodes { id } }".to_owned(),
        other => format!("{}s(first: 100) {{ nodes {{ id }} }}", other.to_lowercase()),
    };
    let data = app.query(&format!("{{ {path} }}")).await.to_string();
    let ids: Vec<_> =
        data.split('"').filter(|text| text.starts_with(&format!("{node_type}_"))).map(str::to_owned).collect();
    assert!(ids.len() >= 2, "{node_type}: {data}");
    ids
}

pub fn nodes_query(ids: &[String], node_type: &str, selection: &str) -> String {
    format!("{{ nodes(ids: {ids:?}) {{ ... on {node_type} {{ {selection} }} }} }}")
}

/// Whether a field of this node has a value.
fn has_something(node: &Value) -> bool {
    match node {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Number(number) => number.as_i64() != Some(0),
        Value::Object(fields) => fields.values().all(has_something),
        _ => true,
    }
}

#[rstest]
#[case::event("Event")]
#[case::talk("Talk")]
#[case::person("Person")]
#[case::group("Group")]
#[case::venue("Venue")]
#[case::organization("Organization")]
#[case::sponsorship("Sponsorship")]
#[case::topic("Topic")]
#[case::membership("Membership")]
#[case::fundraiser("Fundraiser")]
#[case::resource("Resource")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_relation_of_many_parents_is_one_statement(
    #[case] node_type: &str,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_fixture(&app, PARENTS).await;
    let ids = ids(&app, node_type).await;
    let (_, relations) = RELATIONS.iter().find(|(name, _)| *name == node_type).unwrap();
    for (relation, expected) in *relations {
        let query = nodes_query(&ids, node_type, relation);
        for _ in 0..TIMES / 4 {
            let (data, statements) = app.statements_of(&query).await;
            // The first statement is that of `nodes`.
            assert_eq!(statements.len() - 1, *expected, "{node_type}.{relation}: {statements:#?}");
            let nodes = data["nodes"].as_array().unwrap();
            let with = nodes.iter().filter(|node| has_something(node)).count();
            // Half of the sponsorships are of a group, the others of an event; resources were not imported as such.
            let nothing = ["Membership", "Resource"].contains(&node_type)
                || (node_type == "Topic" && *relation == "provenance { source }");
            let some = if nothing { 0 } else { nodes.len() / 3 };
            assert!(with >= some, "{node_type}.{relation} of {with} of {}: nothing to load", nodes.len());
        }
    }
}

#[rstest]
#[tokio::test]
async fn every_relation_is_counted(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    // These come with the row of their node.
    let with_the_row = ["Event.capacity", "Fundraiser.goal", "Fundraiser.raised"];
    let schema = app
        .query(
            "{ __schema { types {
                name interfaces { name }
                fields { name type { kind ofType { kind ofType { kind } } } }
            } } }",
        )
        .await;
    let mut nodes = 0;
    for node in schema["__schema"]["types"].as_array().unwrap() {
        if node["interfaces"].as_array().is_none_or(Vec::is_empty) {
            continue;
        }
        nodes += 1;
        let name = node["name"].as_str().unwrap();
        let (_, relations) = RELATIONS.iter().find(|(node_type, _)| *node_type == name).expect(name);
        for field in node["fields"].as_array().unwrap() {
            let loads = ["OBJECT", "LIST", "INTERFACE"].iter().any(|kind| field["type"].to_string().contains(kind));
            let field = field["name"].as_str().unwrap();
            let counted = relations.iter().any(|(relation, _)| relation.split(' ').next() == Some(field));
            let known = with_the_row.contains(&format!("{name}.{field}").as_str());
            assert!(!loads || counted || known, "{name}.{field} is not counted");
        }
    }
    assert_eq!(nodes, RELATIONS.len());
}

/// An event page as a site would show it.
const EVENT_PAGE: &str = "
    name startsAt
    venue { name city }
    hosts { role group { name slug } }
    talks(first: 100) {
        nodes { title abstract speakers { role affiliation person { name slug } } topics { name slug } }
    }
    topics { name slug }
    sponsorships(first: 100) { nodes { tier roles organization { name website } } }
";

/// Two events: one with as little as possible of everything, one with plenty.
async fn load_small_and_large(app: &TestApp) {
    let all = |kind: &str| (0..30).map(|n| named(&format!("{kind} {n}"), json!({}))).collect::<Vec<_>>();
    let talks = |event: &str, count: usize| -> Vec<Value> {
        let one = |n: usize| {
            talk(
                &format!("{event} talk {n}"),
                json!({
                    "event": event, "position": n, "topics": [format!("topic {n}"), "topic 29"],
                    "speakers": [
                        { "person": format!("person {n}"), "role": "SPEAKER" }, { "person": "person 29", "role": "CO_SPEAKER" },
                    ],
                }),
            )
        };
        (0..count).map(one).collect()
    };
    let sponsorships = |event: &str, count: usize| -> Vec<Value> {
        let one = |n: usize| {
            let organization = format!("organization {n}");
            sponsorship(
                &format!("{event} {n}"),
                json!({ "event": event, "organization": organization, "roles": ["FOOD"] }),
            )
        };
        (0..count).map(one).collect()
    };
    let talks = [talks("small", 1), talks("large", 28)].concat();
    let sponsorships = [sponsorships("small", 1), sponsorships("large", 28)].concat();
    let hosts = json!([{ "group": "one", "role": "LEAD" }, { "group": "two", "role": "CO_HOST" }]);
    let events = ["small", "large"].map(|name| {
        event(name, "2024-05-06", json!({ "venue": "attic", "hosts": hosts, "topics": ["topic 1", "topic 2"] }))
    });
    app.load(json!({
        "organizations": all("organization"), "people": all("person"), "topics": all("topic"),
        "venues": [named("attic", json!({}))], "groups": [group("one", json!({})), group("two", json!({}))],
        "events": events,
        "talks": talks, "sponsorships": sponsorships,
    }))
    .await;
}

/// Statement texts in one form for one key and for several: SQLite compares a single key, and looks up several in an
/// array.
fn but_for_keys(texts: &[String]) -> Vec<String> {
    let several = r#"IN (SELECT unhex(value) FROM json_each(?) AS "keys")"#;
    texts.iter().map(|text| text.replace(several, "= ?")).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_event_page_takes_one_statement_a_relation(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_small_and_large(&app).await;
    let page = |slug: &str| format!("{{ event(slug: {slug:?}) {{ {EVENT_PAGE} }} }}");
    for _ in 0..TIMES {
        let (small, few) = app.statements_of(&page("small")).await;
        let (large, many) = app.statements_of(&page("large")).await;
        assert_eq!(small["event"]["talks"]["nodes"].as_array().unwrap().len(), 1);
        assert_eq!(large["event"]["talks"]["nodes"].as_array().unwrap().len(), 28);
        assert_eq!(large["event"]["sponsorships"]["nodes"][27]["organization"]["name"], "organization 0");

        // event, venue, hosts, talks, speakers, topics of talks, topics of the event, sponsorships, roles, organizations
        assert_eq!(many.len(), 10, "{many:#?}");
        let texts: BTreeSet<_> = many.iter().collect();
        assert_eq!(texts.len(), many.len(), "no text twice");
        assert_eq!(
            BTreeSet::from_iter(but_for_keys(&few)),
            BTreeSet::from_iter(but_for_keys(&many)),
            "the same statements for few rows as for many"
        );
    }
    let (_, statements) = app.statements_of(&page("large")).await;
    println!("The event page on {backend:?}, {} statements:", statements.len());
    for statement in statements {
        println!("  {statement}");
    }
}

/// Groups with some events each, of two statuses.
async fn load_groups_with_events(app: &TestApp, groups: usize) {
    let events = (0..groups).flat_map(|n| {
        (0..6).map(move |m| {
            event(
                &format!("event {n} {m}"),
                format!("2024-05-0{}", m + 1),
                json!({
                    "hosts": [{ "group": format!("group {n}"), "role": "LEAD" }],
                    "status": if m % 2 == 0 { "SCHEDULED" } else { "CANCELLED" },
                }),
            )
        })
    });
    let groups: Vec<_> = (0..groups).map(|n| group(&format!("group {n}"), json!({}))).collect();
    app.load(json!({ "groups": groups, "events": events.collect::<Vec<_>>() })).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_nested_list_with_filter_order_and_page_is_one_statement_for_all_parents(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_groups_with_events(&app, 50).await;
    let list = |arguments: &str| {
        format!(
            "{{ groups(first: 50) {{ nodes {{ events(filter: {{ status: [CANCELLED] }}, orderBy: {{ field: STARTS_AT }},
                {arguments}) {{ edges {{ cursor node {{ startsOn }} }} pageInfo {{ hasNextPage }} }} }} }} }}"
        )
    };
    let (data, _) = app.statements_of(&list("first: 1")).await;
    let cursor = data["groups"]["nodes"][0]["events"]["edges"][0]["cursor"].as_str().unwrap().to_owned();
    for _ in 0..TIMES {
        for (arguments, day, more) in [
            ("first: 1".to_owned(), "2024-05-02", true),
            ("last: 1".to_owned(), "2024-05-06", false),
            // After this cursor, whichever event it is of.
            (format!("first: 1, after: {cursor:?}"), "2024-05-04", true),
        ] {
            let (data, statements) = app.statements_of(&list(&arguments)).await;
            assert_eq!(statements.len(), 2, "{statements:#?}");
            for group in data["groups"]["nodes"].as_array().unwrap().iter().skip(1) {
                let events = group["events"]["edges"].as_array().unwrap();
                let days: Vec<_> = events.iter().map(|edge| edge["node"]["startsOn"].as_str().unwrap()).collect();
                // An event of another group on the cursor's day may come before or behind it.
                if arguments == "first: 1" || arguments == "last: 1" {
                    assert_eq!(days, [day], "{arguments}");
                    assert_eq!(group["events"]["pageInfo"]["hasNextPage"], more);
                } else {
                    assert!(days == [day] || days == ["2024-05-02"], "{days:?}");
                }
            }
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_field_asked_twice_is_a_statement_for_each_set_of_arguments(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_groups_with_events(&app, 25).await;
    let query = "{ groups(first: 25) { nodes {
        first: events(first: 2) { nodes { name } }
        again: events(first: 2) { nodes { slug } }
        byName: events(first: 2, orderBy: { field: NAME }) { nodes { name } }
        cancelled: events(first: 2, filter: { status: [CANCELLED] }) { nodes { name } totalCount }
    } } }";
    for _ in 0..TIMES {
        let (data, statements) = app.statements_of(query).await;
        // The groups, three different pages, one count.
        assert_eq!(statements.len(), 5, "{statements:#?}");
        let group = &data["groups"]["nodes"][0];
        assert_eq!(group["first"], json!({ "nodes": [{ "name": "event 0 5" }, { "name": "event 0 4" }] }));
        assert_eq!(group["again"], json!({ "nodes": [{ "slug": "event-0-5" }, { "slug": "event-0-4" }] }));
        assert_eq!(group["byName"]["nodes"][0]["name"], "event 0 0");
        assert_eq!(group["cancelled"]["nodes"][1]["name"], "event 0 3");
        assert_eq!(group["cancelled"]["totalCount"], 3);
    }
}

#[rstest]
#[tokio::test]
async fn a_page_is_whole_whoever_else_selects_something_of_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_groups_with_events(&app, 2).await;
    let parts = "fragment Rest on Group { events(first: 4) { pageInfo { hasNextPage } } }";
    let query = format!(
        "{{ group(slug: \"group-0\") {{
            events(first: 4) {{ nodes {{ name }} }}
            again: events(first: 4) {{ nodes {{ slug }} }}
            ...Rest
        }} }} {parts}"
    );
    let (data, statements) = app.statements_of(&query).await;
    assert_eq!(statements.len(), 2, "{statements:#?}");
    let names: Vec<_> = (2..6).rev().map(|n| json!({ "name": format!("event 0 {n}") })).collect();
    let slugs: Vec<_> = (2..6).rev().map(|n| json!({ "slug": format!("event-0-{n}") })).collect();
    let group = &data["group"];
    assert_eq!(group["events"], json!({ "nodes": names, "pageInfo": { "hasNextPage": true } }));
    assert_eq!(group["again"], json!({ "nodes": slugs }));
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_nodes_of_a_type_are_one_statement(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_fixture(&app, 50).await;
    let (events, people) = (ids(&app, "Event").await, ids(&app, "Person").await);
    let mixed: Vec<_> =
        events.iter().zip(&people).flat_map(|(event, person)| [event.clone(), person.clone()]).collect();
    for _ in 0..TIMES {
        let (data, statements) = app.statements_of(&nodes_query(&events, "Event", "id")).await;
        assert_eq!(statements.len(), 1, "{statements:#?}");
        let found: Vec<_> = data["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap()).collect();
        assert_eq!(found, events, "in the order in which they were asked for");
        assert_eq!(app.statements_of(&nodes_query(&mixed, "Node", "id")).await.1.len(), 2, "one a type");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_level_of_hundreds_of_rows_is_still_one_statement_a_relation(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_without_limits(backend).await else { return };
    load_fixture(&app, 100).await;
    // Tokio makes a task yield after some 128 steps; that must not split a batch.
    let query = "{ events(first: 100) { nodes {
        talks(first: 5) { nodes { title speakers { person { talks(first: 3) { nodes { event { name } } } } } } }
        venue { rooms { name } events(first: 2) { nodes { attendance { headcount } } } }
        sponsorships { nodes { roles } }
        fundraisers { name group { organizers { role } } }
    } } }";
    for _ in 0..TIMES {
        let (_, statements) = app.statements_of(query).await;
        assert_eq!(statements.len(), 14, "{statements:#?}");
    }
}

#[rstest]
#[tokio::test]
async fn the_text_of_a_statement_does_not_depend_on_the_number_of_rows(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_fixture(&app, 30).await;
    for (node_type, relations) in RELATIONS {
        let all = ids(&app, node_type).await;
        let some = &all[..all.len().min(3)];
        for (relation, _) in *relations {
            let (_, few) = app.statements_of(&nodes_query(some, node_type, relation)).await;
            let (_, many) = app.statements_of(&nodes_query(&all, node_type, relation)).await;
            assert_eq!(but_for_keys(&few), but_for_keys(&many), "{node_type}.{relation}");
        }
    }
    let list = |first: usize| {
        format!("{{ events(first: {first}) {{ nodes {{ talks(first: {first}) {{ nodes {{ id }} }} }} }} }}")
    };
    assert_eq!(
        app.statements_of(&list(3)).await.1,
        app.statements_of(&list(30)).await.1,
        "nor on the size of the page"
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_at_the_same_time_get_their_own_answers(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_fixture(&app, PARENTS).await;
    let ask = |n: usize| {
        let app = &app;
        async move {
            let query = format!(
                "{{ event(slug: \"event-{n}\") {{ venue {{ name }} talks {{ nodes {{ title speakers {{ person {{ name }} }} }} }} }} }}"
            );
            (n, app.query(&query).await)
        }
    };
    let answers = futures_util::future::join_all((0..200).map(|n| ask(n % PARENTS))).await;
    for (n, answer) in answers {
        let event = &answer["event"];
        assert_eq!(event["venue"]["name"], format!("venue {n}"));
        assert_eq!(event["talks"]["nodes"][0]["title"], format!("talk {n}"));
        assert_eq!(event["talks"]["nodes"][0]["speakers"][0]["person"]["name"], format!("person {n}"));
    }
}

#[rstest]
#[tokio::test]
async fn answers_keep_the_order_of_the_query(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_small_and_large(&app).await;
    let query = "
        query { z: event(slug: \"small\") { ...Loaded kind a: name ... on Event { venue { name } slug } b: name ...Plain }
                a: group(slug: \"two\") { name } m: event(slug: \"small\") { hosts { group { slug name } role } name } }
        fragment Loaded on Event { topics { slug name } name talks { totalCount nodes { title speakers { role person { slug } } } } }
        fragment Plain on Event { status name venue { slug } }";
    let body = json!({ "query": query });
    for _ in 0..TIMES {
        let response = app.http().post(app.url("/graphql")).json(&body).send().await.unwrap();
        let expected = concat!(
            r#"{"data":{"z":{"topics":[{"slug":"topic-1","name":"topic 1"},{"slug":"topic-2","name":"topic 2"}],"#,
            r#""name":"small","talks":{"totalCount":1,"nodes":[{"title":"small talk 0","speakers":["#,
            r#"{"role":"SPEAKER","person":{"slug":"person-0"}},{"role":"CO_SPEAKER","person":{"slug":"person-29"}}]}]},"#,
            r#""kind":"MEETUP","a":"small","venue":{"name":"attic","slug":"attic"},"slug":"small","b":"small","#,
            r#""status":"SCHEDULED"},"a":{"name":"two"},"#,
            r#""m":{"hosts":[{"group":{"slug":"one","name":"one"},"role":"LEAD"},"#,
            r#"{"group":{"slug":"two","name":"two"},"role":"CO_HOST"}],"name":"small"}}}"#
        );
        assert_eq!(response.text().await.unwrap(), expected);
    }
}

#[rstest]
#[tokio::test]
async fn a_statement_that_is_kept_finds_what_this_request_asks_for(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_fixture(&app, 12).await;
    let selection = "name venue { name } topics { name } talks { totalCount nodes { title } }";
    let expected = |n: usize| {
        json!({
            "name": format!("event {n}"), "venue": { "name": format!("venue {n}") },
            "topics": [{ "name": format!("topic {n}") }],
            "talks": { "totalCount": 1, "nodes": [{ "title": format!("talk {n}") }] },
        })
    };
    let mut ids = Vec::new();
    for n in 0..12 {
        let event = app.query(&format!("{{ event(slug: \"event-{n}\") {{ id }} }}")).await;
        ids.push(event["event"]["id"].as_str().unwrap().to_owned());
    }
    // One key and several have texts of their own on SQLite.
    for wanted in [0..1, 3..4, 1..4, 5..11, 11..12] {
        let nodes = app.query(&nodes_query(&ids[wanted.clone()], "Event", selection)).await;
        assert_eq!(nodes["nodes"], wanted.map(expected).collect::<Value>());
    }
    // More pages than the statement cache keeps; then the first ones again.
    for size in (1..=40).chain([1, 2]) {
        let page = format!("{{ topic(slug: \"topic-3\") {{ events(first: {size}) {{ nodes {{ name }} }} }} }}");
        assert_eq!(app.query(&page).await["topic"]["events"]["nodes"], json!([{ "name": "event 3" }]));
        let page = format!("{{ group(slug: \"group-3\") {{ events(first: {size}) {{ nodes {{ name }} }} }} }}");
        let events = app.query(&page).await["group"]["events"]["nodes"].as_array().unwrap().len();
        assert_eq!(events, size.min(2), "hosted by this group, and by the one before");
    }
}
