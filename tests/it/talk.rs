//! Talks: by whom, at which event, under which title, as far as history says.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Backend, TestApp,
    builders::{GROUP, batch, each, event, person, speaker, talk},
};

#[rstest]
#[tokio::test]
async fn a_talk_by_three_people_keeps_their_order_and_parts(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let speakers = json!([
        { "person": "James Strachan", "role": "SPEAKER", "affiliation": "CloudBees" },
        { "person": "James Rawlings", "role": "CO_SPEAKER" },
        { "person": "Rob Davies", "role": "CO_SPEAKER", "remote": true },
    ]);
    app.load(batch(json!({
        "people": [person("Rob Davies"), person("James Rawlings"), person("James Strachan")],
        "talks": [talk("Jenkins X", json!({ "speakers": speakers }))],
    })))
    .await;
    let data = app
        .query(
            r#"{
                talk(slug: "jenkins-x") { speakers { position role affiliation remote person { name } } }
                speakers { totalCount nodes { name talks { totalCount nodes { title } } } }
                talks { totalCount }
            }"#,
        )
        .await;
    let expected = json!([
        { "position": 0, "role": "SPEAKER", "affiliation": "CloudBees", "remote": false,
          "person": { "name": "James Strachan" } },
        { "position": 1, "role": "CO_SPEAKER", "affiliation": null, "remote": false,
          "person": { "name": "James Rawlings" } },
        { "position": 2, "role": "CO_SPEAKER", "affiliation": null, "remote": true, "person": { "name": "Rob Davies" } },
    ]);
    assert_eq!(data["talk"]["speakers"], expected);
    let one = json!({ "totalCount": 1, "nodes": [{ "title": "Jenkins X" }] });
    let each = |name: &str| json!({ "name": name, "talks": one });
    let speakers = json!([each("James Rawlings"), each("James Strachan"), each("Rob Davies")]);
    assert_eq!(data["speakers"], json!({ "totalCount": 3, "nodes": speakers }));
    assert_eq!(data["talks"]["totalCount"], 1, "one talk, whoever gives it");
}

#[rstest]
#[tokio::test]
async fn a_talk_whose_event_is_unknown_belongs_to_its_group(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(batch(json!({
        "people": [person("Kelsey Hightower")],
        "events": [event("Birthday", json!({ "date": "2016-08" }))],
        "talks": [
            talk("CoreOS", json!({ "speakers": [speaker("Kelsey Hightower")] })),
            talk("kube-lego", json!({ "event": "Birthday" })),
        ],
    })))
    .await;
    let data = app
        .query(
            r#"{
                talk(slug: "coreos") { title event { name } heldOn group { name } }
                unplaced: talks(filter: { hasEvent: false }) { totalCount nodes { title } }
                placed: talks(filter: { hasEvent: true }) { totalCount nodes { title } }
                group(slug: "kubernetes-london") { talks { totalCount } speakers { totalCount } }
                person(slug: "kelsey-hightower") { talks { totalCount } events { totalCount nodes { name } } }
                by_day: talks(filter: { heldAfter: "0001-01-01" }) { totalCount }
            }"#,
        )
        .await;
    let expected = json!({ "title": "CoreOS", "event": null, "heldOn": null, "group": { "name": GROUP } });
    assert_eq!(data["talk"], expected);
    assert_eq!(each(&data["unplaced"], "title"), ["CoreOS"]);
    assert_eq!(each(&data["placed"], "title"), ["kube-lego"]);
    assert_eq!(data["group"], json!({ "talks": { "totalCount": 2 }, "speakers": { "totalCount": 1 } }));
    let nowhere = json!({ "talks": { "totalCount": 1 }, "events": { "totalCount": 0, "nodes": [] } });
    assert_eq!(data["person"], nowhere, "no event is guessed");
    assert_eq!(data["by_day"]["totalCount"], 0);
}

#[rstest]
#[tokio::test]
async fn a_role_is_no_title(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let untitled = json!({
        "key": "talk-53", "status": "DELIVERED", "group": GROUP,
        "speakers": [{ "person": "Thomas", "role": "SPEAKER", "affiliation": "Software Engineer, Buoyant" }],
        "provenance": [{ "field": "title", "source": "A blog post", "kind": "DOCUMENT", "confidence": "UNKNOWN",
            "note": "A role stands where the title should." }],
    });
    app.load(batch(json!({
        "people": [person("Thomas")],
        "talks": [talk("Knative", json!({})), untitled, talk("Ambassador", json!({}))],
    })))
    .await;
    let data = app
        .query(
            "{
                talks(orderBy: { field: TITLE }) {
                    nodes { title slug speakers { affiliation } provenance { field confidence note } }
                }
                down: talks(orderBy: { field: TITLE, direction: DESC }) { nodes { title } }
            }",
        )
        .await;
    assert_eq!(each(&data["talks"], "title"), [&Value::Null, &json!("Ambassador"), &json!("Knative")]);
    assert_eq!(each(&data["down"], "title"), [&json!("Knative"), &json!("Ambassador"), &Value::Null]);
    let untitled = &data["talks"]["nodes"][0];
    assert_eq!(untitled["speakers"], json!([{ "affiliation": "Software Engineer, Buoyant" }]));
    let why = json!([{ "field": "title", "confidence": "UNKNOWN", "note": "A role stands where the title should." }]);
    assert_eq!(untitled["provenance"], why);
    let slug = untitled["slug"].as_str().unwrap();
    assert!(!slug.is_empty(), "an untitled talk has an address, too");
    let again = app.query(&format!(r#"{{ talk(slug: "{slug}") {{ title }} }}"#)).await;
    assert_eq!(again, json!({ "talk": { "title": null } }));
}

#[rstest]
#[tokio::test]
async fn a_talk_that_is_given_again_names_the_first_one(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(batch(json!({
        "talks": [
            talk("Again", json!({ "held_on": "2019-05-01", "original_talk": "First" })),
            talk("First", json!({ "held_on": "2015-02-19" })),
        ],
    })))
    .await;
    let data = app.query("{ talks { nodes { title heldOn originalTalk { title } } } }").await;
    let expected = json!([
        { "title": "Again", "heldOn": "2019-05-01", "originalTalk": { "title": "First" } },
        { "title": "First", "heldOn": "2015-02-19", "originalTalk": null },
    ]);
    assert_eq!(data["talks"]["nodes"], expected, "the latest first");
}

#[rstest]
#[tokio::test]
async fn the_talks_of_an_event_come_in_the_order_of_the_evening(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let at = |position: i32| json!({ "event": "Evening", "position": position });
    app.load(batch(json!({
        "events": [event("Evening", json!({}))],
        "talks": [talk("Second", at(2)), talk("Third", at(3)), talk("First", at(1))],
    })))
    .await;
    let data = app
        .query(
            r#"{ event(slug: "evening") {
                talks { nodes { title } }
                page: talks(first: 2) { nodes { title } pageInfo { hasNextPage hasPreviousPage } }
                end: talks(last: 2) { nodes { title } pageInfo { hasNextPage hasPreviousPage } }
            } }"#,
        )
        .await;
    let event = &data["event"];
    assert_eq!(each(&event["talks"], "title"), ["First", "Second", "Third"]);
    assert_eq!(each(&event["page"], "title"), ["First", "Second"]);
    assert_eq!(event["page"]["pageInfo"], json!({ "hasNextPage": true, "hasPreviousPage": false }));
    assert_eq!(each(&event["end"], "title"), ["Second", "Third"]);
    assert_eq!(event["end"]["pageInfo"], json!({ "hasNextPage": false, "hasPreviousPage": true }));
}

#[rstest]
#[tokio::test]
async fn a_cancelled_talk_is_shown_as_what_it_is(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(batch(json!({
        "people": [person("Ann")],
        "events": [event("Evening", json!({ "date": "2019-05-01" }))],
        "talks": [talk("Storms", json!({ "event": "Evening", "status": "CANCELLED", "speakers": [speaker("Ann")] }))],
    })))
    .await;
    let data = app
        .query(
            r#"{
                event(slug: "evening") { talks { nodes { title status } } }
                group(slug: "kubernetes-london") { stats { year events talks speakers attendance } }
            }"#,
        )
        .await;
    assert_eq!(data["event"]["talks"]["nodes"], json!([{ "title": "Storms", "status": "CANCELLED" }]));
    let year = json!([{ "year": 2019, "events": 1, "talks": 0, "speakers": 0, "attendance": null }]);
    assert_eq!(data["group"]["stats"], year, "it was not given");
}
