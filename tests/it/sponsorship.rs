//! Sponsorships: who supports whom, for how long, and how it ended.

use rstest::rstest;
use serde_json::json;

use crate::support::{
    Backend, TestApp,
    builders::{GROUP, batch, each, event},
};

#[rstest]
#[tokio::test]
async fn a_sponsor_for_a_year_who_leaves_midway_stays_in_the_history(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let organizations = json!([{ "key": "Acme", "name": "Acme" }]);
    let year = |status: &str, ends_on: &str| {
        json!([{
            "key": "acme-2019", "organization": "Acme", "group": GROUP, "tier": "Gold", "status": status,
            "roles": ["VENUE", "FOOD"], "starts_on": "2019-01", "ends_on": ends_on,
        }])
    };
    app.load(batch(json!({ "organizations": organizations, "sponsorships": year("ACTIVE", "2019-12") }))).await;
    app.load(batch(json!({ "organizations": organizations, "sponsorships": year("CANCELLED", "2019-06-15") }))).await;
    let data = app
        .query(
            r#"{
                group(slug: "kubernetes-london") {
                    sponsorships { totalCount nodes {
                        organization { name } event { name } group { name } tier status roles startsOn endsOn version
                    } }
                    broken_off: sponsorships(filter: { status: [CANCELLED] }) { totalCount }
                    running: sponsorships(filter: { status: [ACTIVE] }) { totalCount }
                    food: sponsorships(filter: { role: [FOOD], organization: "acme" }) { totalCount }
                    prizes: sponsorships(filter: { role: [PRIZES] }) { totalCount }
                }
                organization(slug: "acme") { sponsorships { totalCount } }
                organizations(filter: { isSponsor: true }) { totalCount }
            }"#,
        )
        .await;
    let group = &data["group"];
    let expected = json!([{
        "organization": { "name": "Acme" }, "event": null, "group": { "name": GROUP }, "tier": "Gold",
        "status": "CANCELLED", "roles": ["FOOD", "VENUE"], "startsOn": "2019-01", "endsOn": "2019-06-15", "version": 2,
    }]);
    assert_eq!(group["sponsorships"], json!({ "totalCount": 1, "nodes": expected }), "one sponsorship that changed");
    assert_eq!(group["broken_off"]["totalCount"], 1);
    assert_eq!(group["running"]["totalCount"], 0);
    assert_eq!(group["food"]["totalCount"], 1);
    assert_eq!(group["prizes"]["totalCount"], 0);
    assert_eq!(data["organization"]["sponsorships"]["totalCount"], 1);
    assert_eq!(data["organizations"]["totalCount"], 1);
}

#[rstest]
#[tokio::test]
async fn what_is_for_one_event_is_not_for_the_group(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(batch(json!({
        "organizations": [{ "key": "Acme", "name": "Acme" }],
        "events": [event("Evening", json!({}))],
        "sponsorships": [
            { "key": "pizza", "organization": "Acme", "event": "Evening", "status": "ENDED", "roles": ["FOOD"] },
            { "key": "nobody", "group": GROUP, "status": "CANCELLED", "description": "Withdrew. Not named." },
        ],
    })))
    .await;
    let data = app
        .query(
            r#"{
                event(slug: "evening") { sponsorships { nodes { organization { name } group { name } roles } } }
                group(slug: "kubernetes-london") {
                    sponsorships { nodes { organization { name } description roles startsOn endsOn } }
                }
            }"#,
        )
        .await;
    let pizza = json!([{ "organization": { "name": "Acme" }, "group": null, "roles": ["FOOD"] }]);
    assert_eq!(data["event"]["sponsorships"]["nodes"], pizza);
    let unnamed = json!([{
        "organization": null, "description": "Withdrew. Not named.", "roles": [], "startsOn": null, "endsOn": null,
    }]);
    assert_eq!(data["group"]["sponsorships"]["nodes"], unnamed);
}

#[rstest]
#[tokio::test]
async fn those_without_a_date_come_last_in_both_directions(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let of = |tier: &str, starts_on: Option<&str>| json!({ "key": tier, "group": GROUP, "tier": tier, "status": "ENDED", "starts_on": starts_on });
    let sponsorships = [of("unknown", None), of("first", Some("2017-12")), of("second", Some("2019"))];
    app.load(batch(json!({ "sponsorships": sponsorships }))).await;
    let data = app
        .query(
            r#"{ group(slug: "kubernetes-london") {
                sponsorships { nodes { tier } }
                up: sponsorships(orderBy: { field: STARTS_ON }) { nodes { tier } }
            } }"#,
        )
        .await;
    assert_eq!(each(&data["group"]["sponsorships"], "tier"), ["second", "first", "unknown"]);
    assert_eq!(each(&data["group"]["up"], "tier"), ["first", "second", "unknown"]);
}
