//! The deliveries of subscriptions: each is paid for and takes a permit, as a request does.

use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    change::Followed,
    support::{Backend, TestApp, builders::*},
};

const EACH: &str = "cursor node { ... on Person { name } }";

/// The cursor of the first change, after which everything else follows.
async fn beginning(app: &TestApp) -> String {
    let page = app.query("{ changes(first: 1) { pageInfo { endCursor } } }").await;
    page["changes"]["pageInfo"]["endCursor"].as_str().unwrap().to_owned()
}

async fn load_people(app: &TestApp, count: usize) {
    let people: Vec<Value> = (0..count).map(|n| person(&format!("person {n}"))).collect();
    for people in people.chunks(100) {
        app.load(json!({ "people": people })).await;
    }
}

/// How many changes came, the cursor of the last one, and the error that ended it.
async fn read(followed: &mut Followed) -> (usize, Value, Value) {
    let (mut told, mut last) = (0, Value::Null);
    loop {
        let answer = followed.next().await;
        if answer["errors"].is_array() {
            return (told, last, answer["errors"][0].clone());
        }
        last = answer["data"]["changes"]["cursor"].clone();
        told += 1;
    }
}

#[rstest]
#[tokio::test]
async fn the_history_costs_as_much_by_a_stream_as_by_pages(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let start = TestApp::start_with_settings(backend, |settings| {
        settings.cost_limit = Some(30);
        settings.rate_limit = Some(30);
        settings.rate_refill = Some(1);
    });
    let Some(app) = start.await else { return };
    load_people(&app, 600).await;
    let after = beginning(&app).await;
    let mut followed =
        Followed::start(&app, &format!("subscription {{ changes(after: \"{after}\") {{ {EACH} }} }}")).await;
    // A change and its person are two objects, and ten objects are a point.
    let (told, last, error) = read(&mut followed).await;
    assert!((120..400).contains(&told), "{told} for 29 points, and one more each second");
    assert_eq!(error["extensions"]["code"], "RATE_LIMITED", "{error}");
    assert_eq!(error["extensions"]["retryAfter"], 1, "{error}");
    assert_eq!(error["extensions"]["after"], last, "who goes on there misses nothing");
    assert_eq!(followed.next().await, Value::Null, "the stream is over");

    // It resumes where it ended, once there are points.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let query = format!("subscription {{ changes(after: {last}) {{ {EACH} }} }}");
    let mut followed = Followed::start(&app, &query).await;
    assert_eq!(followed.next().await["data"]["changes"]["node"]["name"], format!("person {}", told + 1));
}

#[rstest]
#[tokio::test]
async fn an_event_of_an_expensive_subscription_takes_what_it_may_cost(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let start = TestApp::start_with_settings(backend, |settings| {
        settings.cost_limit = Some(100);
        settings.rate_limit = Some(100);
        settings.rate_refill = Some(1);
    });
    let Some(app) = start.await else { return };
    app.load(batch(json!({}))).await;
    let query = "subscription { changes(types: [EVENT]) { node { ... on Event {
        hosts { group { events(first: 100) { nodes { name venue { name } } } } } } } } }";
    let mut followed = Followed::start(&app, query).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    app.load(batch(json!({ "events": [event("one", json!({}))] }))).await;
    assert_eq!(
        followed.next().await["data"]["changes"]["node"]["hosts"][0]["group"]["events"]["nodes"][0]["name"],
        "one"
    );
    // What it did not cost was refunded; now other requests use it up.
    let search = json!({ "query": "{ search(query: \"x\") { nodes { __typename } } }" });
    for _ in 0..8 {
        app.http().post(app.url("/graphql")).json(&search).send().await.unwrap();
    }
    app.load(batch(json!({ "events": [event("two", json!({}))] }))).await;
    let error = followed.next().await["errors"][0].clone();
    assert_eq!(error["extensions"]["code"], "RATE_LIMITED", "{error}");
    assert!(error["message"].as_str().unwrap().ends_with("go on after the last `cursor` that you saw."), "{error}");
}

#[rstest]
#[tokio::test]
async fn a_subscription_that_waits_holds_no_permit(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let start = TestApp::start_with_settings(backend, |settings| settings.concurrent_requests = Some(1));
    let Some(app) = start.await else { return };
    let query = format!("subscription {{ changes {{ {EACH} }} }}");
    let mut followed = Vec::new();
    for _ in 0..20 {
        followed.push(Followed::start(&app, &query).await);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(app.query("{ events { totalCount } }").await["events"]["totalCount"], 0);
    load_people(&app, 3).await;
    for one in &mut followed {
        for n in 0..3 {
            assert_eq!(one.next().await["data"]["changes"]["node"]["name"], format!("person {n}"));
        }
    }
    assert_eq!(app.query("{ events { totalCount } }").await["events"]["totalCount"], 0);
}

#[rstest]
#[tokio::test]
async fn events_that_were_read_hold_no_room(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let start = TestApp::start_with_settings(backend, |settings| {
        settings.answer_limit = Some(50_000);
        settings.client_requests = Some(4);
        settings.rate_limit = Some(0);
    });
    let Some(app) = start.await else { return };
    let bio = "Twenty letters long. ".repeat(2000);
    let query = "subscription { changes(types: [PERSON]) { cursor node { ... on Person { name bio } } } }";
    let after = {
        load_people(&app, 1).await;
        beginning(&app).await
    };
    app.load(json!({ "people": [{ "key": "long", "name": "Long", "bio": bio }] })).await;
    let query = query.replace("(types", &format!("(after: \"{after}\", types"));
    // A client has room for some eight unread answers of this size. Here it reads them all.
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut followed = Followed::start(&app, &query).await;
        assert_eq!(followed.next().await["data"]["changes"]["node"]["name"], "Long");
        streams.push(followed);
    }
    assert_eq!(app.query("{ people { totalCount } }").await["people"]["totalCount"], 2);
}
