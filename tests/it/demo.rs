//! The demo data through the API: the history of Kubernetes London as far as its sources tell it. What is invented beside
//! it is tested in `lanternport.rs`.

use entity::change;
use rstest::rstest;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::support::{
    Backend, TestApp,
    builders::each,
    introspection::{list, text},
};

#[rstest]
#[tokio::test]
async fn the_whole_speaker_list_is_there(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    let data = app
        .query(
            r#"{
                group(slug: "kubernetes-london") {
                    talks(first: 100, orderBy: { field: POSITION }) {
                        totalCount nodes { title status event { name } speakers { affiliation role person { name } } }
                    }
                    speakers { totalCount }
                    placed: talks(filter: { hasEvent: true }) { nodes { event { name } } }
                }
            }"#,
        )
        .await;
    let talks = &data["group"]["talks"];
    assert_eq!(talks["totalCount"], 71);
    assert_eq!(data["group"]["speakers"]["totalCount"], 68);
    assert!(each(talks, "status").iter().all(|status| **status == "DELIVERED"));

    let untitled: Vec<_> = list(&talks["nodes"]).iter().filter(|talk| talk["title"].is_null()).collect();
    let said: Vec<_> = untitled.iter().map(|talk| &talk["speakers"][0]["affiliation"]).collect();
    let roles = ["Software Engineer, Buoyant", "Ops Solution Architect, Kainos", "Engineer, Spotinst"];
    assert_eq!(said, roles, "a role that stands where a title should is no title");

    let trio: Vec<_> = list(&talks["nodes"]).iter().filter(|talk| list(&talk["speakers"]).len() == 3).collect();
    assert_eq!(trio.len(), 1);
    assert_eq!(trio[0]["title"], "CI/CD with Jenkins X on Kubernetes");
    let names: Vec<_> = list(&trio[0]["speakers"]).iter().map(|speaker| &speaker["person"]["name"]).collect();
    assert_eq!(names, ["James Strachan", "James Rawlings", "Rob Davies"]);

    let birthday = json!({ "event": { "name": "Kubernetes birthday" } });
    assert_eq!(data["group"]["placed"]["nodes"], json!([birthday, birthday]), "the source places two talks, no more");
}

#[rstest]
#[tokio::test]
async fn a_speaker_who_came_again_is_one_person(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    let speakers = "speakers(first: 100) { nodes { name talks { totalCount } } }";
    let data = app.query(&format!("{{ group(slug: \"kubernetes-london\") {{ {speakers} }} }}")).await;
    let again = list(&data["group"]["speakers"]["nodes"]).iter().filter(|speaker| speaker["talks"]["totalCount"] == 2);
    let again: Vec<_> = again.map(|speaker| &speaker["name"]).collect();
    let expected = [
        "Ben Hall",
        "Charlotte Godley",
        "Gabe Monroy",
        "Gareth Rushgrove",
        "James Strachan",
        "Joel Speed",
        "Liz Rice",
        "Paris Apostolopoulos",
    ];
    assert_eq!(again, expected);
}

#[rstest]
#[tokio::test]
async fn events_are_dated_as_exactly_as_the_source_dates_them(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    let data = app
        .query(
            r#"{ events(filter: { group: "kubernetes-london" }, orderBy: { field: STARTS_AT }) { totalCount nodes {
                name startsOn datePrecision phase status venue { name } attendance { headcount going dropOffRate }
            } } }"#,
        )
        .await;
    assert_eq!(data["events"]["totalCount"], 10);
    let told: Vec<_> = list(&data["events"]["nodes"])
        .iter()
        .map(|event| json!([event["name"], event["startsOn"], event["datePrecision"], event["venue"]["name"]]))
        .collect();
    let expected = json!([
        ["Kubernetes London meetup 2", "2015", "YEAR", "OpenCredo office"],
        ["Kubernetes London meetup 1", "2015-02", "MONTH", "Ministry of Justice"],
        ["Kubernetes v1 launch party", "2015-07", "MONTH", "Skills Matter"],
        ["Kubernetes birthday", "2016-08", "MONTH", null],
        ["Kubernetes training", "2017", "YEAR", null],
        ["Kubernetes London meetup, February 2020", "2020-02", "MONTH", null],
        ["5th birthday of Kubernetes London", "2020-03-26", "DAY", null],
        ["Container Camp Zero Day", null, "UNKNOWN", null],
        ["Kubernetes London with Gabe Monroy", null, "UNKNOWN", null],
        ["Kubernetes London at Deliveroo", null, "UNKNOWN", "Deliveroo"],
    ]);
    assert_eq!(json!(told), expected);
    let phases: Vec<_> = each(&data["events"], "phase");
    assert!(phases[..7].iter().all(|phase| **phase == "PAST"), "{phases:?}");
    assert!(phases[7..].iter().all(|phase| **phase == "UNSCHEDULED"), "{phases:?}");
    let first = json!({ "headcount": 100, "going": null, "dropOffRate": null });
    assert_eq!(data["events"]["nodes"][1]["attendance"], first);
}

#[rstest]
#[tokio::test]
async fn the_fifth_birthday_was_cancelled(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    let data = app
        .query(
            r#"{ events(filter: { group: "kubernetes-london", status: [CANCELLED] }) { nodes {
                name slug status startsOn publicCancellationReason cancelledAt venue { name } talks { totalCount }
            } } }"#,
        )
        .await;
    let expected = json!([{
        "name": "5th birthday of Kubernetes London", "slug": "5th-birthday-of-kubernetes-london", "status": "CANCELLED",
        "startsOn": "2020-03-26", "publicCancellationReason": "The coronavirus pandemic", "cancelledAt": null,
        "venue": null, "talks": { "totalCount": 0 },
    }]);
    assert_eq!(data["events"]["nodes"], expected);
}

#[rstest]
#[tokio::test]
async fn the_joint_event_is_in_both_groups(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    let data = app
        .query(
            r#"{
                london: group(slug: "kubernetes-london") { events { totalCount nodes { name } } }
                docker: group(slug: "docker-london") { events { totalCount nodes { name } } }
                event(slug: "container-camp-zero-day") { hosts { role group { name } } }
            }"#,
        )
        .await;
    assert_eq!(data["docker"]["events"], json!({ "totalCount": 1, "nodes": [{ "name": "Container Camp Zero Day" }] }));
    assert_eq!(data["london"]["events"]["totalCount"], 10);
    let hosts = json!([
        { "role": "LEAD", "group": { "name": "Kubernetes London" } },
        { "role": "CO_HOST", "group": { "name": "Docker London" } },
    ]);
    assert_eq!(data["event"]["hosts"], hosts);
}

#[rstest]
#[tokio::test]
async fn money_is_told_as_far_as_it_was_told(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    let data = app
        .query(
            r#"{ group(slug: "kubernetes-london") {
                fundraisers { name heldOn beneficiary goal { minorUnits } raised { minorUnits currency }
                    event { name } provenance { field confidence } }
                sponsorships { nodes { organization { name } status roles startsOn endsOn } }
                events(orderBy: { field: STARTS_AT }, first: 2) { nodes {
                    sponsorships { nodes { organization { name } status startsOn } }
                } }
            } }"#,
        )
        .await;
    let group = &data["group"];
    let fundraisers: Vec<_> =
        list(&group["fundraisers"]).iter().map(|f| json!([f["heldOn"], f["raised"], f["event"]["name"]])).collect();
    let expected = json!([
        ["2019-12", { "minorUnits": 100_000, "currency": "GBP" }, null],
        ["2018-12", null, null],
        ["2017", null, "Kubernetes training"],
    ]);
    assert_eq!(json!(fundraisers), expected);
    let raised = json!({ "field": "raised", "confidence": "APPROXIMATE" });
    assert!(list(&group["fundraisers"][0]["provenance"]).contains(&raised), "the source says: more than that");

    let mut sponsors: Vec<_> = list(&group["sponsorships"]["nodes"])
        .iter()
        .map(|s| json!([s["organization"]["name"], s["status"], s["startsOn"], s["endsOn"]]))
        .collect();
    sponsors.sort_by_key(Value::to_string);
    let expected = json!([
        ["Microsoft", "ENDED", "2017-12", null],
        ["Red Hat", "ACTIVE", null, null],
        [null, "CANCELLED", null, null],
    ]);
    assert_eq!(json!(sponsors), expected);
    let weave = json!([{ "organization": { "name": "Weave.Works" }, "status": "ENDED", "startsOn": "2015-02" }]);
    assert_eq!(group["events"]["nodes"][1]["sponsorships"]["nodes"], weave);
}

#[rstest]
#[tokio::test]
async fn every_node_says_where_it_comes_from(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    let of = "(first: 100) { nodes { id provenance { source kind confidence } externalRefs { system id } } }";
    let data =
        app.query(&format!("{{ groups{of} events{of} talks{of} people{of} venues{of} organizations{of} }}")).await;
    for (name, connection) in data.as_object().unwrap() {
        for node in list(&connection["nodes"]) {
            let sources =
                ["Happy 5th Birthday Kubernetes London (blog post, 2020)", "Invented for the demo of Folkmoot"];
            assert!(sources.contains(&text(&node["provenance"][0]["source"])), "{name}: {node}");
            assert_eq!(node["provenance"][0]["kind"], "DOCUMENT", "{name}: {node}");
            assert_eq!(node["externalRefs"][0]["system"], "demo", "{name}: {node}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn loading_twice_changes_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    let everything = "{ talks(first: 100) { nodes { id title updatedAt version speakers { person { id } } } } \
        events { nodes { id updatedAt version } } people(first: 100) { nodes { id slug version } } }";
    let (before, log) = (app.query(everything).await, change::Entity::find().count(app.db.reads()).await.unwrap());
    assert!(log > 150, "{log}");
    app.load_demo().await;
    assert_eq!(change::Entity::find().count(app.db.reads()).await.unwrap(), log, "the change log is as long as it was");
    assert_eq!(app.query(everything).await, before);
}

/// Each operation of the playground's examples, cut as the page cuts them.
fn examples() -> Vec<&'static str> {
    let examples = include_str!("../../playground/examples.graphql");
    examples.split_inclusive("\n}\n").filter(|part| part.contains('{')).collect()
}

/// Is there anything in it but null, nothing and zero?
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.values().all(is_empty),
        Value::Array(values) => values.iter().all(is_empty),
        Value::String(text) => text.is_empty(),
        value => [json!(null), json!(false), json!(0)].contains(value),
    }
}

#[rstest]
#[tokio::test]
async fn every_example_of_the_playground_without_variables_answers_something(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    // Those with variables take their values from the data: `tests/browser` runs them.
    let whole: Vec<_> = examples().into_iter().filter(|example| !example.contains("($")).collect();
    assert!(whole.len() >= 4, "{}", whole.len());
    for example in whole {
        let answer = app.answer(example, json!({})).await;
        assert_eq!(answer.get("errors"), None, "{example}");
        for (field, value) in answer["data"].as_object().unwrap() {
            assert!(!is_empty(value), "{field} is empty: {example}");
        }
    }
}
