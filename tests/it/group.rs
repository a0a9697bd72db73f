//! Groups: who runs them, and what they are in numbers.

use rstest::rstest;
use serde_json::json;

use crate::support::{
    Backend, TestApp,
    builders::{GROUP, batch, each, event, group, person, speaker, talk, with},
};

#[rstest]
#[tokio::test]
async fn the_years_of_a_group_count_what_took_place(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let at = |title: &str, event: &str, by: &str| talk(title, json!({ "event": event, "speakers": [speaker(by)] }));
    app.load(batch(json!({
        "people": [person("Ann"), person("Ben")],
        "events": [
            event("One", json!({ "date": "2018-02", "attendance": { "headcount": 40 } })),
            event("Two", json!({ "date": "2018", "attendance": { "headcount": 60, "going": 90 } })),
            event("Nobody counted", json!({ "date": "2017-05-01" })),
            // New Year's Eve in London, the next year in UTC + 13.
            event("Auckland", json!({ "starts_at": "2019-12-31T11:30:00Z", "time_zone": "Pacific/Auckland" })),
            event("Undated", json!({ "attendance": { "headcount": 7 } })),
            event("Called off", json!({ "date": "2018-03", "status": "CANCELLED" })),
            event("Draft", json!({ "date": "2018-04", "publication": "DRAFT", "attendance": { "headcount": 5 } })),
        ],
        "talks": [
            at("A", "One", "Ann"), at("B", "Two", "Ann"), at("C", "Two", "Ben"), at("D", "Draft", "Ben"),
            at("E", "Called off", "Ben"),
        ],
    })))
    .await;
    let data =
        app.query(r#"{ group(slug: "kubernetes-london") { stats { year events talks speakers attendance } } }"#).await;
    let expected = json!([
        { "year": 2020, "events": 1, "talks": 0, "speakers": 0, "attendance": null },
        { "year": 2018, "events": 2, "talks": 3, "speakers": 2, "attendance": 100 },
        { "year": 2017, "events": 1, "talks": 0, "speakers": 0, "attendance": null },
    ]);
    assert_eq!(data["group"]["stats"], expected);
}

#[rstest]
#[tokio::test]
async fn organizers_of_a_group_are_public_and_members_are_not(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let memberships = json!([
        { "person": "Ivan", "role": "ORGANIZER", "starts_on": "2016-03" },
        { "person": "Mia", "role": "MEMBER", "starts_on": "2015-01" },
        { "person": "Peter", "role": "CO_ORGANIZER", "starts_on": "2015-02" },
        { "person": "Vera", "role": "VOLUNTEER" },
    ]);
    app.load(json!({
        "people": [person("Ivan"), person("Mia"), person("Peter"), person("Vera")],
        "groups": [with(group(GROUP), json!({ "memberships": memberships, "member_count": 4000 }))],
    }))
    .await;
    let data = app
        .query(
            r#"{
                group(slug: "kubernetes-london") { memberCount organizers { role startsOn person { name } } }
                people(filter: { organizes: "kubernetes-london" }) { nodes { name } }
            }"#,
        )
        .await;
    let expected = json!([
        { "role": "CO_ORGANIZER", "startsOn": "2015-02", "person": { "name": "Peter" } },
        { "role": "ORGANIZER", "startsOn": "2016-03", "person": { "name": "Ivan" } },
        { "role": "VOLUNTEER", "startsOn": null, "person": { "name": "Vera" } },
    ]);
    assert_eq!(data["group"]["organizers"], expected, "the longest-serving first");
    assert_eq!(data["group"]["memberCount"], 4000);
    assert_eq!(each(&data["people"], "name"), ["Ivan", "Peter", "Vera"]);
}

#[rstest]
#[tokio::test]
async fn groups_are_found_by_place_and_status(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let of = |name: &str, more| with(group(name), more);
    app.load(json!({ "groups": [
        of("Zürich", json!({ "city": "Zürich", "country": "CH" })),
        of("zebra", json!({ "status": "CLOSED" })),
        of("Berlin", json!({ "city": "Berlin", "country": "DE", "status": "DORMANT", "founded_on": "2014" })),
    ] }))
    .await;
    let data = app
        .query(
            r#"{
                groups { totalCount nodes { name } }
                swiss: groups(filter: { country: ["CH"] }) { nodes { name } }
                not_swiss: groups(filter: { not: { country: ["CH"] } }) { nodes { name } }
                over: groups(filter: { status: [CLOSED, DORMANT] }) { nodes { name } }
                group(slug: "berlin") { foundedOn memberCount status }
            }"#,
        )
        .await;
    assert_eq!(each(&data["groups"], "name"), ["Berlin", "zebra", "Zürich"], "accents and capitals do not matter");
    assert_eq!(each(&data["swiss"], "name"), ["Zürich"]);
    assert_eq!(each(&data["not_swiss"], "name"), ["Berlin", "zebra"], "what has no country is not Swiss either");
    assert_eq!(each(&data["over"], "name"), ["Berlin", "zebra"]);
    assert_eq!(data["group"], json!({ "foundedOn": "2014", "memberCount": null, "status": "DORMANT" }));
}
