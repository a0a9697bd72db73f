//! Records to load, a function for each noun (`event`, `talk`, `group`); functions named `load_…` put rows into a database. Tests name
//! their own helpers alike.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::TestApp;

/// An event on this day of its time zone; `null` is no day, `2024` and `2024-05` are vague ones.
pub fn event(key: &str, date: impl Into<Value>, more: Value) -> Value {
    let event = json!({
        "key": key, "name": key, "kind": "MEETUP", "publication": "PUBLISHED", "status": "SCHEDULED",
        "time_zone": "Europe/London", "attendance_mode": "OFFLINE", "date": date.into(),
    });
    merged(event, more)
}

/// A talk that was given.
pub fn talk(key: &str, more: Value) -> Value {
    merged(json!({ "key": key, "title": key, "format": "TALK", "status": "DELIVERED" }), more)
}

/// A group that meets.
pub fn group(key: &str, more: Value) -> Value {
    merged(json!({ "key": key, "name": key, "time_zone": "Europe/London", "status": "ACTIVE" }), more)
}

/// Something of which the key is also the name: a person, a venue, an organization, a topic.
pub fn named(key: &str, more: Value) -> Value {
    merged(json!({ "key": key, "name": key }), more)
}

/// A sponsorship that runs.
pub fn sponsorship(key: &str, more: Value) -> Value {
    merged(json!({ "key": key, "status": "ACTIVE" }), more)
}

fn merged(mut record: Value, more: Value) -> Value {
    if let (Value::Object(record), Value::Object(more)) = (&mut record, more) {
        record.extend(more);
    }
    record
}

/// Runs SQL directly, for what no record can say: merges, deletions, pictures.
pub async fn execute(app: &TestApp, sql: &str) {
    let connection = sea_orm::Database::connect(&app.database.url).await.unwrap();
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}

/// Gives everybody the same picture: no record brings one.
pub async fn portrait(app: &TestApp) {
    let id = if app.database.url.starts_with("sqlite") {
        "unhex('00000000000000000000000000000001')"
    } else {
        "'00000000-0000-0000-0000-000000000001'::uuid"
    };
    execute(app, &format!("INSERT INTO images (id, url, alt) VALUES ({id}, 'https://faces.example/1.png', 'A face')"))
        .await;
    execute(app, &format!("UPDATE people SET avatar_id = {id}")).await;
}

/// A small fixture in which every relation of every node has something: `count` groups, events, talks, people and so on,
/// number n of each kind tied to number n of the others.
pub async fn load_fixture(app: &TestApp, count: usize) {
    let all = |one: &dyn Fn(usize) -> Value| (0..count).map(one).collect::<Vec<_>>();
    let provenance = json!([{ "source": "a blog post", "kind": "DOCUMENT", "confidence": "STATED" }]);
    let resource = |of: &str| json!([{ "kind": "SLIDES", "url": format!("https://slides.example/{of}") }]);
    app.load(json!({
        "organizations": all(&|n| named(&format!("organization {n}"), json!({
            "logo": { "url": format!("https://logos.example/{n}.png") }, "provenance": provenance,
        }))),
        "venues": all(&|n| named(&format!("venue {n}"), json!({
            "organization": format!("organization {n}"), "rooms": [{ "name": "Cellar" }], "provenance": provenance,
        }))),
        "people": all(&|n| named(&format!("person {n}"), json!({
            "aliases": [format!("nickname {n}")], "links": [{ "kind": "website", "url": "https://person.example/" }],
            "affiliations": [{ "organization": format!("organization {n}") }], "provenance": provenance,
        }))),
        "topics": all(&|n| named(&format!("topic {n}"), json!({ "aliases": [format!("subject {n}")] }))),
        "groups": all(&|n| group(&format!("group {n}"), json!({
            "topics": [format!("topic {n}")], "provenance": provenance,
            "memberships": [{ "person": format!("person {n}"), "role": "ORGANIZER" }],
        }))),
        "events": all(&|n| event(&format!("event {n}"), "2024-05-06", json!({
            "venue": format!("venue {n}"), "topics": [format!("topic {n}")], "provenance": provenance,
            "hosts": [
                { "group": format!("group {n}"), "role": "LEAD" },
                { "group": format!("group {}", (n + 1) % count), "role": "CO_HOST" },
            ],
            "agenda": [{ "kind": "TALK", "talk": format!("talk {n}") }], "attendance": { "headcount": 50 },
            "resources": resource(&format!("event-{n}")),
        }))),
        "talks": all(&|n| talk(&format!("talk {n}"), json!({
            "event": format!("event {n}"), "group": format!("group {n}"), "topics": [format!("topic {n}")],
            "held_on": "2024-05-06", "original_talk": format!("talk {}", (n + 1) % count),
            "speakers": [{ "person": format!("person {n}"), "role": "SPEAKER" }], "provenance": provenance,
            "resources": resource(&format!("talk-{n}")),
        }))),
        "sponsorships": all(&|n| sponsorship(&format!("sponsorship {n}"), json!({
            "organization": format!("organization {n}"), "roles": ["FOOD"], "provenance": provenance,
            "group": (n % 2 == 0).then(|| format!("group {n}")), "event": (n % 2 == 1).then(|| format!("event {n}")),
        }))),
        "fundraisers": all(&|n| json!({
            "key": format!("fundraiser {n}"), "name": "Hats for cats", "group": format!("group {n}"),
            "event": format!("event {n}"), "provenance": provenance,
        })),
    }))
    .await;
    portrait(app).await;
    execute(
        app,
        "UPDATE topics SET canonical_id = (SELECT id FROM topics WHERE name = 'topic 0') WHERE name <> 'topic 0'",
    )
    .await;
}
