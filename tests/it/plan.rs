//! How the databases find the rows: by index, on tables of some thousand rows, planned as after an import.

use chrono::{DateTime, Utc};
use folkmoot::{db::Db, domain, interchange::demo};
use rstest::rstest;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::{Value, json};

use crate::support::{
    Backend, TestApp,
    rows::{event, execute, group, named, talk},
};

const GROUPS: usize = 100;
const VENUES: usize = 200;
const TOPICS: usize = 300;
const PEOPLE: usize = 1000;
const EVENTS: usize = 2000;
const TALKS: usize = 6000;

/// Tables that no list may read from end to end. (PostgreSQL hashes the smaller ones as long as that is cheaper.)
const LARGE: &[&str] = &["events", "event_hosts", "event_topics", "talks"];

/// Twenty years of a busy town.
async fn history(app: &TestApp) {
    let date = |n: usize| format!("{}-{:02}-{:02}", 2004 + n / 100, 1 + n % 12, 1 + n % 28);
    let events: Vec<_> = (0..EVENTS)
        .map(|n| {
            let date = if n % 50 == 0 { Value::Null } else { json!(date(n)) };
            event(
                &format!("event {n}"),
                date,
                json!({
                    "hosts": [{ "group": format!("group {}", n % GROUPS), "role": "LEAD" }],
                    "venue": format!("venue {}", n % VENUES), "topics": [format!("topic {}", n % TOPICS)],
                }),
            )
        })
        .collect();
    let talks: Vec<_> = (0..TALKS)
        .map(|n| {
            talk(
                &format!("talk {n}"),
                json!({
                    "event": format!("event {}", n % EVENTS), "group": format!("group {}", n % GROUPS),
                    "position": n / EVENTS, "held_on": date(n % EVENTS), "topics": [format!("topic {}", n % TOPICS)],
                    "speakers": [{ "person": format!("person {}", n % PEOPLE), "role": "SPEAKER" }],
                }),
            )
        })
        .collect();
    app.load(json!({
        "groups": (0..GROUPS).map(|n| group(&format!("group {n}"), json!({}))).collect::<Vec<_>>(),
        "venues": (0..VENUES).map(|n| named(&format!("venue {n}"), json!({}))).collect::<Vec<_>>(),
        "topics": (0..TOPICS).map(|n| named(&format!("topic {n}"), json!({}))).collect::<Vec<_>>(),
        "people": (0..PEOPLE).map(|n| named(&format!("person {n}"), json!({}))).collect::<Vec<_>>(),
        "events": events, "talks": talks,
    }))
    .await;
    app.db.analyze().await.unwrap();
}

/// A connection that takes every read to cost about the same, as on an SSD: on some thousand rows PostgreSQL would else
/// rather read a table from end to end than jump in it twenty times.
async fn explainer(app: &TestApp) -> DatabaseConnection {
    let connection =
        Database::connect(ConnectOptions::new(&app.database.url).max_connections(1).to_owned()).await.unwrap();
    if app.db.backend() == DbBackend::Postgres {
        connection.execute_unprepared("SET random_page_cost = 1.1").await.unwrap();
    }
    connection
}

/// What the database would do, a line a step.
async fn plan(connection: &DatabaseConnection, statement: &Statement) -> String {
    let backend = statement.db_backend;
    let explain = if backend == DbBackend::Postgres { "EXPLAIN" } else { "EXPLAIN QUERY PLAN" };
    let explained = Statement { sql: format!("{explain} {}", statement.sql), ..statement.clone() };
    let rows = connection.query_all_raw(explained).await.unwrap();
    let column = if backend == DbBackend::Postgres { "QUERY PLAN" } else { "detail" };
    rows.iter().map(|row| row.try_get::<String>("", column).unwrap()).collect::<Vec<_>>().join("\n")
}

/// The steps of a plan that read a large table from end to end.
fn scans(plan: &str) -> Vec<&str> {
    let scans = |line: &str| {
        let mut words = line.split_whitespace().skip_while(|word| !["SCAN", "Seq"].contains(word));
        let table = match words.next() {
            Some("SCAN") if !line.contains("USING") => words.next(),
            Some("Seq") => words.nth(2),
            _ => None,
        };
        table.is_some_and(|table| LARGE.contains(&table))
    };
    plan.lines().filter(|line| scans(line)).collect()
}

#[rstest]
#[tokio::test]
async fn rows_are_found_by_index(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    history(&app).await;
    let page = "nodes { name } pageInfo { endCursor }";
    let deep = app.query(&format!("{{ events(first: 100) {{ {page} }} }}")).await;
    let cursor = deep["events"]["pageInfo"]["endCursor"].to_string();
    let deep = app.query(&format!("{{ events(first: 100, after: {cursor}) {{ {page} }} }}")).await;
    let cursor = deep["events"]["pageInfo"]["endCursor"].to_string();
    let rising = app.query(&format!("{{ events(first: 100, orderBy: {{ field: STARTS_AT }}) {{ {page} }} }}")).await;
    let rising = rising["events"]["pageInfo"]["endCursor"].to_string();
    let explainer = explainer(&app).await;
    let mut bad = Vec::new();
    for query in [
        format!("{{ events(first: 50, after: {cursor}) {{ nodes {{ name }} }} }}"),
        format!("{{ events(last: 50, before: {cursor}) {{ nodes {{ name }} }} }}"),
        format!("{{ events(first: 50, orderBy: {{ field: STARTS_AT }}, after: {rising}) {{ nodes {{ name }} }} }}"),
        format!("{{ events(last: 50, orderBy: {{ field: STARTS_AT }}, before: {rising}) {{ nodes {{ name }} }} }}"),
        "{ events(first: 50, orderBy: { field: NAME }) { nodes { name } } }".into(),
        "{ talks(first: 50) { nodes { title } } }".into(),
        "{ talks(first: 50, orderBy: { field: TITLE }) { nodes { title } } }".into(),
        "{ people(first: 50) { nodes { name } } }".into(),
        "{ speakers(first: 20) { nodes { name } } }".into(),
        "{ events(filter: { group: \"group-7\" }) { nodes { name } } }".into(),
        "{ talks(filter: { group: \"group-7\" }) { nodes { title } } }".into(),
        "{ talks(filter: { speaker: \"person-7\" }) { nodes { title } } }".into(),
        "{ events(filter: { speaker: \"person-7\" }) { nodes { title: name } } }".into(),
        "{ events(filter: { topic: \"topic-7\" }) { nodes { title: name } } }".into(),
        "{ people(filter: { spokeFor: \"group-7\" }) { nodes { title: name } } }".into(),
        "{ event(slug: \"event-7\") { name venue { name } hosts { group { name } } topics { name } externalRefs { id }
            talks(first: 20) { nodes { title speakers { person { name } } topics { name } event { name } } } } }".into(),
        "{ group(slug: \"group-7\") { name events(first: 20) { nodes { name venue { name }
            talks(first: 20) { nodes { title speakers { person { name } } } } } } } }".into(),
        "{ groups(first: 20) { nodes { events(first: 5) { nodes { name } totalCount } } } }".into(),
        "{ group(slug: \"group-7\") { talks(first: 20) { nodes { title } totalCount } } }".into(),
        "{ group(slug: \"group-7\") { speakers(first: 20) { nodes { name } } } }".into(),
        "{ group(slug: \"group-7\") { venues(first: 20) { nodes { name } } } }".into(),
        "{ group(slug: \"group-7\") { topics(first: 20) { nodes { name } } } }".into(),
        "{ group(slug: \"group-7\") { stats { year } } }".into(),
        "{ person(slug: \"person-7\") { name talks(first: 20) { nodes { title event { name } group { name } } } } }".into(),
        "{ person(slug: \"person-7\") { name events(first: 20) { nodes { name } } } }".into(),
        "{ venue(slug: \"venue-7\") { events(first: 20) { nodes { name } } } }".into(),
        "{ topic(slug: \"topic-7\") { talks(first: 20) { nodes { title } } events { nodes { name } } groups { nodes { name } } } }".into(),
    ] {
        let (_, statements) = app.observed(&query).await;
        for statement in statements {
            let plan = plan(&explainer, &statement).await;
            println!("{backend:?} {query}\n  {}\n{plan}\n", statement.sql);
            for scan in scans(&plan) {
                bad.push(format!("{query}\n  {}\n  {}", statement.sql, scan.trim()));
            }
        }
    }
    assert!(bad.is_empty(), "{} statements read a whole table:\n{}", bad.len(), bad.join("\n"));
}

#[rstest]
#[tokio::test]
async fn the_next_turn_of_an_event_is_found_by_index(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    history(&app).await;
    let explainer = explainer(&app).await;
    for (now, is_one) in [("2004-01-01", true), ("2014-01-01", true), ("2034-01-01", false)] {
        let now: DateTime<Utc> = format!("{now}T00:00:00Z").parse().unwrap();
        let mut next = None;
        let work = async { next = domain::event::next_turn(app.db.reads(), now).await.unwrap() };
        let statements = app.observed_while(work).await;
        assert_eq!(next.is_some(), is_one);
        assert_eq!(statements.len(), 2);
        for statement in statements {
            let plan = plan(&explainer, &statement).await;
            assert!(
                ["events_over_at", "events_starts_at_ascending"].iter().any(|index| plan.contains(index)),
                "{plan}"
            );
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "{plan}");
        }
    }
    let past = "{ events(filter: { phase: [PAST] }, first: 20) { nodes { name } } }";
    for statement in app.observed(past).await.1 {
        let plan = plan(&explainer, &statement).await;
        assert!(plan.contains("events_starts_at_descending"), "{plan}");
    }
}

#[rstest]
#[tokio::test]
async fn statistics_of_small_tables_do_not_mislead(#[values(Backend::Sqlite)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    demo::load(&app.db, &app.clock).await.unwrap();
    execute(&app, "ANALYZE").await;
    // What every server and every import begins with.
    Db::connect(&app.database.url, 1, None).await.unwrap().close().await.unwrap();
    let explainer = explainer(&app).await;
    for list in ["speakers", "topics", "venues"] {
        let query = format!("{{ group(slug: \"kubernetes-london\") {{ {list}(first: 20) {{ nodes {{ id }} }} }} }}");
        for statement in app.observed(&query).await.1 {
            let plan = plan(&explainer, &statement).await;
            assert!(!["SCAN people", "SCAN topics", "SCAN venues"].iter().any(|scan| plan.contains(scan)), "{plan}");
        }
    }
}
