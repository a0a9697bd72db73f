//! How the databases find the rows: by index, on tables of some thousand rows, planned as after an import.
//!
//! The paths are what the API offers: every node by key, every relation of every node, every list in every order and
//! with every filter. New ones are included by themselves.

use std::{collections::HashSet, fmt::Write as _};

use chrono::{DateTime, Utc};
use folkmoot::{db::Db, domain};
use rstest::rstest;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};

use crate::{
    statement::{RELATIONS, ids, nodes_query},
    support::{
        Backend, TestApp,
        explain::{Explainer, Step},
        introspection::{Schema, base, list, text, written},
        rows::{event, execute, group, named, portrait, sponsorship, talk},
    },
};

const GROUPS: usize = 100;
const VENUES: usize = 200;
const ORGANIZATIONS: usize = 200;
const TOPICS: usize = 300;
const PEOPLE: usize = 1000;
const SPONSORSHIPS: usize = 1000;
const EVENTS: usize = 2000;
const TALKS: usize = 6000;

/// Tables and indexes that no history makes long: the log's head, and those events that are still drafts.
const SMALL: &[&str] = &["change_log", "events_drafts"];

/// Tables that PostgreSQL must not even want to read from end to end. It hashes the others as long as that is cheaper.
const LARGE: &[&str] =
    &["events", "event_hosts", "event_topics", "talks", "search_documents", "changes", "external_refs"];

/// With these settings PostgreSQL avoids reading a table whole wherever it can. What it still reads whole has no index.
const ROW_BY_ROW: &[&str] = &["enable_seqscan = off", "enable_hashjoin = off", "enable_mergejoin = off"];

/// A random read costs about as much as a sequential one, as on an SSD. Otherwise PostgreSQL would read a table of some
/// thousand rows whole, rather than make twenty random reads.
const SSD: &[&str] = &["random_page_cost = 1.1", "max_parallel_workers_per_gather = 0"];

/// Twenty years of a busy town.
async fn load_history(app: &TestApp) {
    let date = |n: usize| format!("{}-{:02}-{:02}", 2004 + n / 100, 1 + n % 12, 1 + n % 28);
    let provenance = json!([{ "source": "a blog post", "kind": "DOCUMENT", "confidence": "STATED" }]);
    let resources = |of: &str| json!([{ "kind": "SLIDES", "url": format!("https://slides.example/{of}") }]);
    let events: Vec<_> = (0..EVENTS)
        .map(|n| {
            let date = if n % 50 == 0 { Value::Null } else { json!(date(n)) };
            event(
                &format!("event {n}"),
                date,
                json!({
                    "hosts": [{ "group": format!("group {}", n % GROUPS), "role": "LEAD" }], "provenance": provenance,
                    "venue": format!("venue {}", n % VENUES), "topics": [format!("topic {}", n % TOPICS)],
                    "agenda": [{ "kind": "TALK", "talk": format!("talk {n}") }], "attendance": { "headcount": 50 },
                    "resources": resources(&format!("event-{n}")),
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
                    "resources": resources(&format!("talk-{n}")), "provenance": provenance, "language": "en",
                    "original_talk": (n > 0).then(|| format!("talk {}", n - 1)),
                }),
            )
        })
        .collect();
    app.load(json!({
        "organizations": (0..ORGANIZATIONS).map(|n| {
            named(&format!("organization {n}"), json!({ "logo": { "url": format!("https://logos.example/{n}.png") } }))
        }).collect::<Vec<_>>(),
        "groups": (0..GROUPS).map(|n| group(&format!("group {n}"), json!({
            "topics": [format!("topic {}", n % TOPICS)], "provenance": provenance,
            "memberships": (0..5).map(|m| json!({ "person": format!("person {}", 5 * n + m), "role": "ORGANIZER" }))
                .collect::<Vec<_>>(),
        }))).collect::<Vec<_>>(),
        "venues": (0..VENUES).map(|n| named(&format!("venue {n}"), json!({
            "organization": format!("organization {n}"), "rooms": [{ "name": "Cellar" }], "provenance": provenance,
        }))).collect::<Vec<_>>(),
        "topics": (0..TOPICS).map(|n| named(&format!("topic {n}"), json!({ "aliases": [format!("subject {n}")] })))
            .collect::<Vec<_>>(),
        "people": (0..PEOPLE).map(|n| named(&format!("person {n}"), json!({
            "aliases": [format!("nickname {n}")], "links": [{ "kind": "website", "url": "https://person.example/" }],
            "affiliations": [{ "organization": format!("organization {}", n % ORGANIZATIONS) }],
            "provenance": provenance,
        }))).collect::<Vec<_>>(),
        "events": events, "talks": talks,
        "sponsorships": (0..SPONSORSHIPS).map(|n| sponsorship(&format!("sponsorship {n}"), json!({
            "organization": format!("organization {}", n % ORGANIZATIONS), "roles": ["FOOD"],
            "group": (n % 2 == 0).then(|| format!("group {}", n % GROUPS)),
            "event": (n % 2 == 1).then(|| format!("event {n}")),
        }))).collect::<Vec<_>>(),
        "fundraisers": (0..EVENTS).map(|n| json!({
            "key": format!("fundraiser {n}"), "name": "Hats for cats", "group": format!("group {}", n % GROUPS),
            "event": format!("event {n}"),
        })).collect::<Vec<_>>(),
    }))
    .await;
    portrait(app).await;
    app.db.analyze().await.unwrap();
    if app.db.backend() == DbBackend::Postgres {
        vacuum(app).await;
    }
}

/// Does what the autovacuum would do sooner or later. A page whose old rows an open transaction may still see, for
/// instance one of the server, is not marked as all-visible, and an index-only scan then looks more expensive. So it is
/// repeated until no such page is left.
async fn vacuum(app: &TestApp) {
    let unseen = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relallvisible < relpages \
                  AND relnamespace = current_schema()::regnamespace";
    for _ in 0..50 {
        execute(app, "VACUUM ANALYZE").await;
        let unseen = Statement::from_string(DbBackend::Postgres, unseen);
        if app.db.reads().query_all_raw(unseen).await.unwrap().is_empty() {
            return;
        }
    }
    panic!("somebody's transaction does not end");
}

/// How much a statement may read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// Only the wanted rows, found by index.
    Found,
    /// The same; or a list in its order until the page is full, if the planner takes that for shorter.
    Filtered,
    /// A list in its order until the page is full. Counting such a list reads all of it.
    Listed,
}

/// A path to rows, and a query that uses it.
struct Path {
    name: String,
    query: String,
    reads: Reads,
}

impl Path {
    fn new(name: impl Into<String>, query: impl Into<String>, reads: Reads) -> Self {
        Self { name: name.into(), query: query.into(), reads }
    }

    /// The query is the name.
    fn found(query: &str) -> Self {
        Self::new(query, format!("{{ {query} }}"), Reads::Found)
    }
}

/// Every path of the API.
async fn paths(app: &TestApp) -> Vec<Path> {
    let schema = Schema::of(app).await;
    let mut paths = vec![
        Path::found("search(query: \"event 77\") { totalCount nodes { __typename } }"),
        Path::found("search(query: \"event 77\", types: [TALK]) { totalCount nodes { __typename } }"),
        Path::found("search(query: \"evnet 77\") { totalCount nodes { __typename } }"),
        Path::found("changes { nodes { id } }"),
        Path::found("changes(types: [GROUP]) { nodes { id } }"),
    ];
    let end =
        app.query("{ search(query: \"event\") { pageInfo { endCursor } } changes { pageInfo { endCursor } } }").await;
    for (field, cut) in [("search", "query: \"event\", "), ("changes", "")] {
        let cursor = &end[field]["pageInfo"]["endCursor"];
        let query = format!("{{ {field}({cut}after: {cursor}) {{ pageInfo {{ endCursor }} }} }}");
        paths.push(Path::new(format!("{field}({cut}after)"), query, Reads::Found));
    }
    by_key(app, &mut paths).await;
    for (node_type, relations) in RELATIONS {
        let ids: Vec<_> = ids(app, node_type).await.into_iter().take(2).collect();
        for (relation, _) in *relations {
            let query = nodes_query(&ids, node_type, relation);
            paths.push(Path::new(format!("{node_type} {{ {relation} }}"), query, Reads::Found));
            let query = nodes_query(&ids[..1], node_type, relation);
            paths.push(Path::new(format!("one {node_type} {{ {relation} }}"), query, Reads::Found));
        }
    }
    for filtered in ["year: [2010]", "phase: [UPCOMING]", "kind: [MEETUP]", "query: \"event 77\""] {
        let filtered = format!(
            "groups(first: 5) {{ nodes {{ events(filter: {{ {filtered} }}) {{ totalCount nodes {{ id }} }} }} }}"
        );
        paths.push(Path::new(filtered.clone(), format!("{{ {filtered} }}"), Reads::Listed));
    }
    for field in schema.fields("Query") {
        let argument = |name: &str| list(&field["args"]).iter().find(|argument| argument["name"] == name);
        if let (Some(order), Some(filter)) = (argument("orderBy"), argument("filter")) {
            let list = text(&field["name"]);
            by_order(app, &schema, list, base(&order["type"]), &mut paths).await;
            by_filter(&schema, list, base(&filter["type"]), &mut paths);
        }
    }
    paths
}

async fn by_key(app: &TestApp, paths: &mut Vec<Path>) {
    for field in ["group", "event", "talk", "person", "venue", "organization", "topic"] {
        let query = format!("{field}(slug: \"{field}-7\") {{ id }}");
        let id = app.query(&format!("{{ {query} }}")).await[field]["id"].to_string();
        paths.push(Path::found(&query));
        paths.push(Path::new(format!("{field}(id)"), format!("{{ {field}(id: {id}) {{ id }} }}"), Reads::Found));
    }
}

/// The pages behind and before a place in each order.
async fn by_order(app: &TestApp, schema: &Schema, list: &str, order: &str, paths: &mut Vec<Path>) {
    let field = input_fields(schema, order).iter().find(|field| field["name"] == "field").unwrap();
    for field in enum_values(schema, base(&field["type"])) {
        for direction in ["ASC", "DESC"] {
            let order = format!("orderBy: {{ field: {field}, direction: {direction} }}");
            let page = |page: &str| format!("{{ {list}({page}, {order}) {{ pageInfo {{ startCursor endCursor }} }} }}");
            let cursor = app.query(&page("first: 50")).await[list]["pageInfo"]["endCursor"].to_string();
            for (name, arguments) in
                [("after", format!("after: {cursor}")), ("before", format!("last: 20, before: {cursor}"))]
            {
                let name = format!("{list} by {field} {direction}, {name}");
                paths.push(Path::new(name, page(&arguments), Reads::Listed));
            }
        }
    }
}

/// A page and the count with each filter.
fn by_filter(schema: &Schema, list: &str, filter: &str, paths: &mut Vec<Path>) {
    for field in input_fields(schema, filter).iter().filter(|field| base(&field["type"]) != filter) {
        let (name, kind) = (text(&field["name"]), written(&field["type"]));
        let key = |noun: &str| format!("\"{noun}-7\"");
        let value = match (name, kind.as_str()) {
            ("group" | "spokeFor" | "organizes", _) => key("group"),
            ("topic" | "spokeAbout", _) => key("topic"),
            ("speaker", _) => key("person"),
            ("query", _) => "\"event 77\"".into(),
            (_, "ID") => key(name),
            (_, "Boolean") => "true".into(),
            (_, "Date") => "\"2010-01-01\"".into(),
            (_, "DateTime") => "\"2010-01-01T00:00:00Z\"".into(),
            (_, "[Int!]") => "[2010]".into(),
            ("language", _) => "[\"en\"]".into(),
            (_, "[String!]") => "[\"London\"]".into(),
            (_, "[TalkStatus!]") => "[DELIVERED]".into(),
            _ => format!("[{}]", enum_values(schema, base(&field["type"]))[0]),
        };
        let reads = if kind == "ID" || name == "query" { Reads::Filtered } else { Reads::Listed };
        let filtered = format!("{list}(filter: {{ {name}: {value} }})");
        let query = format!("{{ {filtered} {{ totalCount nodes {{ __typename }} }} }}");
        paths.push(Path::new(filtered, query, reads));
    }
}

fn input_fields<'a>(schema: &'a Schema, input: &str) -> &'a [Value] {
    list(&schema.types[input]["inputFields"])
}

fn enum_values<'a>(schema: &'a Schema, name: &str) -> Vec<&'a str> {
    list(&schema.types[name]["enumValues"]).iter().map(|value| text(&value["name"])).collect()
}

/// The table that a statement is about.
fn table(sql: &str) -> &str {
    let mut tables = sql.split(" FROM \"").skip(1).filter_map(|rest| rest.split('"').next());
    tables.find(|table| *table != "parents").unwrap_or_default()
}

/// Here PostgreSQL has two plans of about the same cost, and the order of the rows on disk decides. What it reads is
/// checked, but its plan is not in the snapshot.
const TIED: &str = "speakers(filter: { spokeFor:";

/// Why this is too much to read; nothing if it is not.
fn too_much(sql: &str, steps: &[Step], reads: Reads) -> Option<&'static str> {
    let counts = reads == Reads::Listed && sql.starts_with("SELECT count(*)");
    let is_large = |name: &str| !SMALL.contains(&name);
    let scans = steps.iter().any(|step| matches!(step, Step::Scan(table) if is_large(table)));
    let walks = steps.iter().any(|step| matches!(step, Step::Walk(index) if is_large(index)));
    let stops = reads != Reads::Found && sql.contains(" LIMIT ") && !steps.contains(&Step::Sort);
    if counts {
        None
    } else if scans {
        Some("reads a whole table")
    } else if walks && !stops {
        Some("reads a whole index")
    } else {
        None
    }
}

#[rstest]
#[tokio::test]
async fn every_path_has_its_index(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_history(&app).await;
    let planner = Explainer::of(&app).await.set(SSD).await;
    let finder = Explainer::of(&app).await.set(SSD).await.set(ROW_BY_ROW).await;
    let (mut seen, mut snapshot, mut bad) = (HashSet::new(), String::new(), String::new());
    for Path { name, query, reads } in paths(&app).await {
        for statement in app.observed(&query).await.1 {
            let steps = finder.steps(&statement).await;
            let words: Vec<_> = steps.iter().map(Step::to_string).collect();
            let why = too_much(&statement.sql, &steps, reads).or(wants_too_much(&planner, &statement, reads).await);
            if let Some(why) = why {
                let plan = planner.plan(&statement).await.join("\n    ");
                writeln!(bad, "{name}: {why}: {}\n  {}\n    {plan}", words.join(", "), statement.sql).unwrap();
            }
            let is_tied = backend == Backend::Postgres && name.starts_with(TIED);
            if seen.insert(statement.sql.clone()) && !is_tied {
                writeln!(snapshot, "{name} | {}: {}", table(&statement.sql), words.join(", ")).unwrap();
            }
        }
    }
    assert!(bad.is_empty(), "{bad}");
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("plan_{backend:?}").to_lowercase(), snapshot);
    });
}

#[rstest]
#[tokio::test]
async fn a_list_of_a_group_does_not_begin_with_the_status(#[values(Backend::Sqlite)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(json!({ "groups": [group("Kubernetes London", json!({}))] })).await;
    let planner = Explainer::of(&app).await;
    let list =
        "events(filter: { status: [CANCELLED], group: \"kubernetes-london\" }) { totalCount nodes { __typename } }";
    let statements = app.observed(&format!("{{ {list} }}")).await.1;
    assert!(!statements.is_empty());
    for statement in statements {
        let steps = planner.steps(&statement).await;
        let by_status = |step: &&Step| step.to_string().contains("status");
        assert_eq!(steps.iter().find(by_status), None, "{}", statement.sql);
    }
}

/// Pages behind and before a place, in both directions. On PostgreSQL one sort is that of the parents.
#[rstest]
#[tokio::test]
async fn a_page_of_a_group_s_events_is_read_in_order(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let hosts = json!({ "hosts": [{ "group": "us", "role": "LEAD" }] });
    let events: Vec<_> =
        (1..=9).map(|n| event(&format!("event {n}"), format!("2024-0{n}-01"), hosts.clone())).collect();
    app.load(json!({ "groups": [group("us", json!({}))], "events": events })).await;
    // On a few rows PostgreSQL sorts, unless its settings make sorting expensive.
    let planner =
        Explainer::of(&app).await.set(ROW_BY_ROW).await.set(&["enable_bitmapscan = off", "enable_sort = off"]).await;
    for (direction, index) in [("ASC", "event_hosts_ascending"), ("DESC", "event_hosts_descending")] {
        let page = |arguments: &str| {
            let list = format!("events(orderBy: {{ field: STARTS_AT, direction: {direction} }}, {arguments})");
            format!("{{ group(slug: \"us\") {{ {list} {{ pageInfo {{ endCursor }} }} }} }}")
        };
        let root = |arguments: &str| {
            let list = format!("filter: {{ group: \"us\" }}, orderBy: {{ field: STARTS_AT, direction: {direction} }}");
            format!("{{ events({list}, {arguments}) {{ pageInfo {{ endCursor }} }} }}")
        };
        let (answer, _) = app.observed(&page("first: 5")).await;
        let cursor = &answer["group"]["events"]["pageInfo"]["endCursor"];
        for arguments in [format!("first: 2, after: {cursor}"), format!("last: 2, before: {cursor}")] {
            let is_sort = |line: &&String| line.contains("TEMP B-TREE FOR ORDER BY") || line.contains("Sort Key");
            let is_way = |line: &String| {
                line.contains(index) && (line.contains("(group_id=? AND <expr>") || !line.contains('?'))
            };
            // SQLite reads the page of one parent as it is.
            let below = (page(&arguments), usize::from(backend == Backend::Postgres));
            for (query, sorts) in [below, (root(&arguments), 0)] {
                let statements = app.observed(&query).await.1;
                let page = statements.iter().rfind(|statement| statement.sql.contains("event_hosts")).unwrap();
                let plan = planner.plan(page).await;
                assert_eq!(plan.iter().filter(is_sort).count(), sorts, "{plan:#?}");
                assert!(plan.iter().any(is_way), "{plan:#?}");
            }
        }
    }
}

/// Whether the planner, with its own settings, reads a large table.
async fn wants_too_much(planner: &Explainer, statement: &Statement, reads: Reads) -> Option<&'static str> {
    let is_large = |step: &Step| matches!(step, Step::Scan(table) if LARGE.contains(&table.as_str()));
    let large: Vec<_> = planner.steps(statement).await.into_iter().filter(is_large).collect();
    too_much(&statement.sql, &large, reads)
}

#[rstest]
#[tokio::test]
async fn the_next_phase_change_of_an_event_is_found_by_index(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_history(&app).await;
    let planner = Explainer::of(&app).await;
    for (now, is_one) in [("2004-01-01", true), ("2014-01-01", true), ("2034-01-01", false)] {
        let now: DateTime<Utc> = format!("{now}T00:00:00Z").parse().unwrap();
        let mut next = None;
        let work = async { next = domain::event::next_transition(app.db.reads(), now).await.unwrap() };
        let statements = app.observed_while(work).await;
        assert_eq!(next.is_some(), is_one);
        assert_eq!(statements.len(), 2);
        for statement in statements {
            let plan = planner.plan(&statement).await.join("\n");
            assert!(
                ["events_over_at", "events_starts_at_ascending"].iter().any(|index| plan.contains(index)),
                "{plan}"
            );
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "{plan}");
        }
    }
    let past = "{ events(filter: { phase: [PAST] }, first: 20) { nodes { name } } }";
    for statement in app.observed(past).await.1 {
        let plan = planner.plan(&statement).await.join("\n");
        assert!(plan.contains("events_starts_at_descending"), "{plan}");
    }
}

#[rstest]
#[tokio::test]
async fn statistics_of_small_tables_do_not_mislead(#[values(Backend::Sqlite)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load_demo().await;
    execute(&app, "ANALYZE").await;
    // What every server and every import begins with.
    Db::connect(&app.database.url, 1, None).await.unwrap().close().await.unwrap();
    let explainer = Explainer::of(&app).await;
    for list in ["speakers", "topics", "venues"] {
        let query = format!("{{ group(slug: \"kubernetes-london\") {{ {list}(first: 20) {{ nodes {{ id }} }} }} }}");
        for statement in app.observed(&query).await.1 {
            let plan = explainer.plan(&statement).await.join("\n");
            assert!(!["SCAN people", "SCAN topics", "SCAN venues"].iter().any(|scan| plan.contains(scan)), "{plan}");
        }
    }
}
