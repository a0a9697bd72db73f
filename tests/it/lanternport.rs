//! The invented groups of the demo data: what they have that no true history has, and what happens while the server runs.

use std::collections::BTreeSet;

use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    change::Followed,
    support::{
        Backend, TestApp,
        introspection::{Schema, base, is_required, list, text},
        process::Running,
    },
};

/// Fields without a value in the demo, and why.
const WITHOUT_VALUE: &[(&str, &str, &str)] = &[
    ("Change", "mergedInto", "nothing in the demo was recorded twice, so nothing was merged"),
    ("Membership", "externalRefs", "a role is a part of its group and has no key of its own"),
    ("Membership", "provenance", "the provenance of the group says where its roles come from"),
    ("Resource", "externalRefs", "a resource is a part of its talk or event and has no key of its own"),
    ("Resource", "provenance", "the provenance of the talk or event says where its resources come from"),
];

/// Fields of objects that an answer has a value for, as `Type.field`.
fn note_values(answer: &Value, found: &mut BTreeSet<String>) {
    match answer {
        Value::Array(items) => items.iter().for_each(|item| note_values(item, found)),
        Value::Object(fields) => {
            let typename = fields.get("__typename").map_or("Query", text);
            for (name, value) in fields {
                // In a union, fields are named after their type, too.
                let name = name.strip_prefix(&format!("{typename}_")).unwrap_or(name);
                if !value.is_null() && *value != json!([]) {
                    found.insert(format!("{typename}.{name}"));
                }
                note_values(value, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A query for each field of the root, with arguments that the demo has something for.
fn roots(schema: &Schema, id: &str, slug: impl Fn(&str) -> &'static str) -> Vec<String> {
    let query = |field: &Value| {
        let (name, below) = (text(&field["name"]), base(&field["type"]));
        let takes = |argument: &str| list(&field["args"]).iter().any(|known| known["name"] == argument);
        let arguments = match name {
            "node" => format!("(id: {id:?})"),
            "nodes" => format!("(ids: [{id:?}])"),
            "search" => "(query: \"planner\", first: 100)".to_owned(),
            _ if takes("slug") => format!("(slug: {:?})", slug(name)),
            _ if takes("first") => "(first: 100)".to_owned(),
            _ => String::new(),
        };
        format!("{{ {name}{arguments} {{ {} }} }}", schema.selection(below, 2, "first: 10"))
    };
    schema.fields("Query").iter().map(query).collect()
}

#[rstest]
#[tokio::test]
async fn every_field_of_the_schema_has_a_value(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_without_limits(backend).await else { return };
    app.load_demo().await;
    let schema = Schema::of(&app).await;
    let some = app.query("{ events(first: 1) { nodes { id } } }").await;
    let slug = |name: &str| match name {
        "group" => "lanternport-systems",
        "event" => "papers-we-pretended-to-have-read",
        "talk" => "the-planner-is-guessing-and-so-are-you",
        "person" => "ngozi-adeyemi-okafor",
        "venue" => "the-ropewalk",
        "organization" => "tidewright",
        "topic" => "databases",
        name => panic!("which {name}?"),
    };
    let mut found = BTreeSet::new();
    for query in roots(&schema, text(&some["events"]["nodes"][0]["id"]), slug) {
        note_values(&app.query(&query).await, &mut found);
    }
    for object in schema.of_kind("OBJECT").filter(|object| *object != "Subscription") {
        for field in schema.fields(object) {
            let name = text(&field["name"]);
            // An edge's node is among the nodes of its page.
            let has_value = found.contains(&format!("{object}.{name}"));
            let reason = WITHOUT_VALUE.iter().find(|(of, field, _)| (*of, *field) == (object, name));
            assert_eq!(has_value, reason.is_none(), "{object}.{name}: {reason:?}");
            assert!(
                object == "Query" || !list(&field["args"]).iter().any(is_required),
                "{object}.{name} was not asked"
            );
        }
    }
}

#[rstest]
#[case::winter("2026-01-01T12:00:00Z")]
#[case::before_the_clocks_change("2026-03-24T23:30:00Z")]
#[case::summer("2026-08-06T20:00:00Z")]
#[tokio::test]
async fn there_is_a_year_behind_and_some_evenings_ahead(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[case] now: &str,
) {
    let Some(app) = TestApp::start_at(backend, now).await else { return };
    app.load_demo().await;
    let data = app
        .query(
            r#"{
                group(slug: "lanternport-systems") {
                    description
                    events(first: 100) { nodes { slug phase status datePrecision timeZone startsAt attendanceMode } }
                    upcoming: events(
                        filter: { phase: [UPCOMING], not: { status: [CANCELLED, POSTPONED] } }
                        orderBy: { field: STARTS_AT }
                    ) { nodes { slug } }
                }
                event(slug: "where-the-browser-meets-the-backend") { hosts { role group { slug } } }
                talks(first: 100) { nodes { abstract } }
            }"#,
        )
        .await;
    let group = &data["group"];
    assert!(text(&group["description"]).contains("This group is invented."));
    let upcoming: Vec<_> = list(&group["upcoming"]["nodes"]).iter().map(|event| text(&event["slug"])).collect();
    let expected = [
        "the-planner-is-guessing",
        "where-the-browser-meets-the-backend",
        "lightning-night-ten-minutes-no-slides",
        "logs-are-not-a-database",
        "a-day-at-the-lighthouse",
    ];
    assert_eq!(upcoming, expected);

    let events = list(&group["events"]["nodes"]);
    let count = |field: &str, value: &str| events.iter().filter(|event| event[field] == value).count();
    assert_eq!((events.len(), count("phase", "PAST"), count("phase", "UPCOMING")), (19, 13, 6));
    for (field, value) in [
        ("status", "CANCELLED"),
        ("status", "POSTPONED"),
        ("status", "MOVED_ONLINE"),
        ("datePrecision", "MONTH"),
        ("attendanceMode", "ONLINE"),
        ("attendanceMode", "MIXED"),
    ] {
        assert!(count(field, value) > 0, "{value}");
    }
    for event in events.iter().filter(|event| event["datePrecision"] == "TIME") {
        let starts_at: jiff::Timestamp = text(&event["startsAt"]).parse().unwrap();
        let local = starts_at.in_tz(text(&event["timeZone"])).unwrap().time();
        assert!(["18:30", "13:00", "10:00"].contains(&&local.to_string()[..5]), "{event}: {local}");
    }

    let hosts = json!([
        { "role": "LEAD", "group": { "slug": "lanternport-systems" } },
        { "role": "CO_HOST", "group": { "slug": "lanternport-web" } },
    ]);
    assert_eq!(data["event"]["hosts"], hosts);
    let abstracts = list(&data["talks"]["nodes"]).iter().filter(|talk| !talk["abstract"].is_null()).count();
    assert!(abstracts >= 40, "{abstracts}");
}

#[rstest]
#[tokio::test]
async fn its_pictures_are_served_by_the_server_itself(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_settings(backend, |settings| settings.demo = Some(true)).await else { return };
    app.load_demo().await;
    let data = app
        .query(
            "{
                people(first: 100) { nodes { avatar { url alt width height } } }
                organizations(first: 100) { nodes { logo { url alt width height } } }
            }",
        )
        .await;
    let avatars = list(&data["people"]["nodes"]).iter().map(|person| &person["avatar"]);
    let logos = list(&data["organizations"]["nodes"]).iter().map(|organization| &organization["logo"]);
    let images: Vec<_> = avatars.chain(logos).filter(|image| !image.is_null()).collect();
    assert!(images.len() > 30, "{}", images.len());
    for image in images {
        let (url, alt) = (text(&image["url"]), text(&image["alt"]));
        let answer = app.http().get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        assert_eq!(answer.headers()["content-type"], "image/svg+xml");
        let svg = answer.text().await.unwrap();
        assert!(svg.starts_with("<svg ") && svg.contains("width=\"192\" height=\"192\""), "{url}");
        assert!(svg.len() < 4000, "{url} has {} bytes", svg.len());
        assert_eq!((&image["width"], &image["height"]), (&json!(192), &json!(192)));
        assert!(alt.len() > 10, "{url}: {alt}");
    }
    assert_eq!(app.http().get(app.url("/demo/people/nobody.svg")).send().await.unwrap().status(), 404);

    let Some(other) = TestApp::start(backend).await else { return };
    let path = "/demo/people/marit-veenstra.svg";
    assert_eq!(app.http().get(app.url(path)).send().await.unwrap().status(), 200);
    assert_eq!(other.http().get(other.url(path)).send().await.unwrap().status(), 404, "it is no demo");
}

/// What the log tells after this cursor, and the cursor to go on from.
async fn changes(app: &TestApp, after: &str) -> (Vec<Value>, String) {
    let (mut told, mut after) = (Vec::new(), after.to_owned());
    loop {
        let page = format!(
            "{{ changes(first: 100, after: {after:?}) {{
                nodes {{ operation typename node {{ ... on Event {{ slug attendance {{ going }} }} ... on Talk {{ slug }} }} }}
                pageInfo {{ hasNextPage endCursor }}
            }} }}"
        );
        let page = app.query(&page.replace(", after: \"\"", "")).await["changes"].take();
        told.extend(list(&page["nodes"]).to_owned());
        text(&page["pageInfo"]["endCursor"]).clone_into(&mut after);
        if page["pageInfo"]["hasNextPage"] == false {
            return (told, after);
        }
    }
}

#[rstest]
#[tokio::test]
async fn what_happens_is_told_by_the_log_and_to_subscribers(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_at(backend, "2026-01-01T12:00:00Z").await else { return };
    let mut activity = app.load_demo().await;
    let (_, mut cursor) = changes(&app, "").await;
    let live =
        format!("subscription {{ changes(after: {cursor:?}) {{ operation node {{ ... on Event {{ slug }} }} }} }}");
    let mut followed = Followed::start(&app, &live).await;

    let mut step = async || {
        activity.step().await.unwrap();
        let (mut told, end) = changes(&app, &cursor).await;
        cursor = end;
        assert_eq!(told.len(), 1, "{told:?}");
        told.remove(0)
    };
    let planner = "the-planner-is-guessing";
    for going in [69, 70, 69] {
        let told = step().await;
        assert_eq!(told["node"], json!({ "slug": planner, "attendance": { "going": going } }));
    }
    let heard = followed.next().await;
    assert_eq!(heard["data"]["changes"], json!({ "operation": "UPSERT", "node": { "slug": planner } }));
    let told = step().await;
    assert_eq!(told["node"], json!({ "slug": "the-smallest-useful-dashboard" }), "a talk signs up");

    // All talks come, then all of them go. It begins again, and nothing has grown.
    for _ in 4..16 {
        step().await;
    }
    let talks = "{ talks { totalCount } }";
    let with_all = app.query(talks).await["talks"]["totalCount"].as_u64();
    for _ in 16..32 {
        step().await;
    }
    let without = app.query(talks).await["talks"]["totalCount"].as_u64();
    assert_eq!(with_all, without.map(|talks| talks + 4));
    for _ in 32..64 {
        step().await;
    }
    assert_eq!(app.query(talks).await["talks"]["totalCount"].as_u64(), without);

    // After the next evening people sign up for the one behind it, and after the last one for none.
    app.clock.set("2026-01-20T12:00:00Z".parse().unwrap());
    assert_eq!(step().await["node"]["slug"], "where-the-browser-meets-the-backend");
    app.clock.set("2027-01-01T12:00:00Z".parse().unwrap());
    for _ in 0..8 {
        activity.step().await.unwrap();
    }
    assert_eq!(changes(&app, &cursor).await.0, [] as [Value; 0]);
}

#[tokio::test]
async fn the_command_says_where_its_database_is_and_lets_something_happen() {
    let arguments = ["serve", "--demo", "--demo-interval", "1", "--listen", "127.0.0.1:0"];
    let server = Running::start(&arguments, "sqlite:unused.db");
    let line = server.says("ready: http://").await;
    let file = line.split("database=sqlite:").nth(1).unwrap().split_whitespace().next().unwrap();
    assert!(std::path::Path::new(file).is_file(), "{line}");

    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap();
    let ask = async || {
        let query = json!({ "query": "{ event(slug: \"the-planner-is-guessing\") { version } }" });
        let answer =
            reqwest::Client::new().post(format!("http://{address}/graphql")).json(&query).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["data"]["event"]["version"].as_u64().filter(|version| *version > 2)
    };
    crate::support::process::eventually(|| server.log(), ask).await;
}
