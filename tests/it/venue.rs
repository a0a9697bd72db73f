//! Venues: where people met.

use rstest::rstest;
use serde_json::json;

use crate::support::{
    Backend, TestApp,
    builders::{batch, each, event},
};

#[rstest]
#[tokio::test]
async fn a_venue_shows_its_rooms_host_and_events(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(batch(json!({
        "organizations": [{ "key": "moj", "name": "Ministry of Justice" }],
        "venues": [
            { "key": "moj", "name": "Ministry of Justice", "city": "London", "country": "GB", "organization": "moj",
              "latitude": 51.5, "longitude": -0.13, "capacity": 120, "accessibility": "Step-free.",
              "rooms": [{ "name": "Basement auditorium", "capacity": 100 }, { "name": "Lobby" }] },
            { "key": "berlin", "name": "Somewhere else", "city": "Berlin", "country": "DE" },
            { "key": "plan", "name": "Only planned", "city": "London", "country": "GB" },
        ],
        "events": [
            event("First", json!({ "date": "2015-02", "venue": "moj" })),
            event("Second", json!({ "date": "2015-03", "venue": "moj" })),
            event("Online", json!({ "date": "2015-04", "attendance_mode": "ONLINE" })),
            event("Plan", json!({ "venue": "plan", "publication": "DRAFT" })),
        ],
    })))
    .await;
    let data = app
        .query(
            r#"{
                venue(slug: "ministry-of-justice") {
                    name city country latitude longitude capacity accessibility
                    rooms { name capacity } organization { name venues { totalCount } }
                    events { totalCount nodes { name } }
                }
                here: events(filter: { venue: "ministry-of-justice", startsAfter: "2015-02-15T00:00:00Z" }) {
                    nodes { name }
                }
                group(slug: "kubernetes-london") { venues { totalCount nodes { name } } }
                met_at: venues(filter: { group: "kubernetes-london" }) { totalCount }
                planned: venue(slug: "only-planned") { events { totalCount } }
                german: venues(filter: { country: ["DE"] }) { nodes { name } }
                not_german: venues(filter: { not: { city: ["Berlin"] } }) { nodes { name } }
                online: events(filter: { mode: [ONLINE] }) { nodes { name venue { name } } }
            }"#,
        )
        .await;
    let expected = json!({
        "name": "Ministry of Justice", "city": "London", "country": "GB", "latitude": 51.5, "longitude": -0.13,
        "capacity": 120, "accessibility": "Step-free.",
        "rooms": [{ "name": "Basement auditorium", "capacity": 100 }, { "name": "Lobby", "capacity": null }],
        "organization": { "name": "Ministry of Justice", "venues": { "totalCount": 1 } },
        "events": { "totalCount": 2, "nodes": [{ "name": "Second" }, { "name": "First" }] },
    });
    assert_eq!(data["venue"], expected);
    assert_eq!(each(&data["here"], "name"), ["Second"]);
    let once = json!({ "totalCount": 1, "nodes": [{ "name": "Ministry of Justice" }] });
    assert_eq!(data["group"]["venues"], once, "met there twice, and nobody met where it was only planned to");
    assert_eq!(data["met_at"]["totalCount"], 1);
    assert_eq!(data["planned"]["events"]["totalCount"], 0);
    assert_eq!(each(&data["german"], "name"), ["Somewhere else"]);
    assert_eq!(each(&data["not_german"], "name"), ["Ministry of Justice", "Only planned"]);
    assert_eq!(data["online"]["nodes"], json!([{ "name": "Online", "venue": null }]));
}
