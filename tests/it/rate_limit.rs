//! The rate limit: each client's points, and a server that is busy and says so.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Backend, TestApp};

/// A hundred events: 10 points.
const TEN_POINTS: &str = "{ events(first: 100) { nodes { id } } }";
/// All points that a client has in these tests.
const ALL_POINTS: &str = "{ events(first: 100) { nodes { id } } groups(first: 100) { nodes { id } } }";

async fn ask(app: &TestApp, query: &str, forwarded_for: Option<&str>) -> reqwest::Response {
    let request = app.http().post(app.url("/graphql")).json(&json!({ "query": query }));
    let request = match forwarded_for {
        Some(address) => request.header("x-forwarded-for", address),
        None => request,
    };
    request.send().await.unwrap()
}

async fn start(backend: Backend, proxies: &[&str]) -> Option<TestApp> {
    TestApp::start_with_settings(backend, |settings| {
        settings.cost_limit = Some(20);
        settings.rate_limit = Some(20);
        settings.rate_refill = Some(1);
        settings.trusted_proxies = Some(proxies.iter().map(ToString::to_string).collect());
    })
    .await
}

/// Uses up all points of this client; every event is found, so none come back.
async fn exhaust(app: &TestApp, forwarded_for: Option<&str>) -> reqwest::Response {
    for _ in 0..100 {
        let answer = ask(app, "{ search(query: \"x\") { nodes { __typename } } }", forwarded_for).await;
        if answer.status() != 200 {
            return answer;
        }
    }
    panic!("nobody counts");
}

#[rstest]
#[tokio::test]
async fn a_client_that_asks_too_much_waits(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend, &[]).await else { return };
    let answer = exhaust(&app, None).await;
    assert_eq!(answer.status(), 429);
    let seconds: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=20).contains(&seconds), "{seconds}");
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"], json!({ "code": "RATE_LIMITED", "retryAfter": seconds }));
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1);
    assert_eq!(app.http().get(app.url("/livez")).send().await.unwrap().status(), 200);
}

#[rstest]
#[tokio::test]
async fn points_for_what_was_not_found_are_refunded(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend, &[]).await else { return };
    // Each may cost ten points, and costs one as there are no events.
    for _ in 0..8 {
        assert_eq!(ask(&app, TEN_POINTS, None).await.status(), 200);
    }
}

#[rstest]
#[tokio::test]
async fn a_refused_request_costs_a_point(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend, &[]).await else { return };
    for query in
        ["{ nope }", "{ ", "query($a: Int!) { events(first: $a) { totalCount } }", "query A { a } query B { b }"]
    {
        let mut refused = 0;
        while ask(&app, query, None).await.json::<Value>().await.unwrap()["errors"][0]["extensions"]["code"]
            != "RATE_LIMITED"
        {
            refused += 1;
            assert!(refused <= 40, "{query} costs nothing");
        }
    }
    let Some(app) = start(backend, &[]).await else { return };
    // An answered request is charged for its answer alone.
    for _ in 0..9 {
        assert_eq!(ask(&app, TEN_POINTS, None).await.status(), 200);
    }
}

#[rstest]
#[tokio::test]
async fn the_points_can_be_asked_for(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend, &[]).await else { return };
    let query =
        "{ rateLimit { limit remaining refillPerSecond cost nodeCount resetAt } events(first: 100) { nodes { id } } }";
    let answer = ask(&app, query, None).await;
    assert_eq!(answer.headers().get("cache-control"), None);
    let mut limit = answer.json::<Value>().await.unwrap()["data"]["rateLimit"].take();
    assert!(limit["resetAt"].take().as_str().unwrap().ends_with('Z'));
    let expected =
        json!({ "limit": 20, "remaining": 9, "refillPerSecond": 1, "cost": 11, "nodeCount": 101, "resetAt": null });
    assert_eq!(limit, expected);
    let Some(app) = TestApp::start(backend).await else { return };
    assert_eq!(app.query("{ rateLimit { limit } }").await, json!({ "rateLimit": null }));
}

#[rstest]
#[tokio::test]
async fn each_request_of_a_batch_counts(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend, &[]).await else { return };
    let search = json!({ "query": "{ search(query: \"x\") { nodes { __typename } } }" });
    let answer = app.http().post(app.url("/graphql")).json(&json!([search, search, search])).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let answers: Vec<Value> = answer.json().await.unwrap();
    let refused = answers.iter().filter(|answer| answer["errors"][0]["extensions"]["code"] == "RATE_LIMITED").count();
    assert_eq!((answers.len(), refused), (3, 2));
}

#[rstest]
#[tokio::test]
async fn only_a_trusted_proxy_names_the_client(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend, &[]).await else { return };
    assert_eq!(exhaust(&app, Some("192.0.2.1")).await.status(), 429);
    assert_eq!(ask(&app, ALL_POINTS, Some("192.0.2.2")).await.status(), 429, "the header was believed");

    let Some(app) = start(backend, &["127.0.0.0/8", "10.0.0.1"]).await else { return };
    assert_eq!(exhaust(&app, Some("192.0.2.1")).await.status(), 429);
    assert_eq!(ask(&app, ALL_POINTS, Some("192.0.2.2")).await.status(), 200);
    // An entry that is no address ends the search for the client; the entries after it still count.
    for stranger in ["\u{e9}", "unknown"] {
        let spoiled = format!("{stranger}, 192.0.2.1");
        assert_eq!(ask(&app, ALL_POINTS, Some(&spoiled)).await.status(), 429, "{spoiled}");
        let other = format!("{stranger}, 192.0.2.77");
        assert_eq!(ask(&app, "{ __typename }", Some(&other)).await.status(), 200, "{other}");
    }
    // Entries that the client wrote itself stand before those of the proxies.
    assert_eq!(ask(&app, ALL_POINTS, Some("192.0.2.2, 192.0.2.1, 10.0.0.1")).await.status(), 429);
    assert_eq!(exhaust(&app, Some("2001:db8::1")).await.status(), 429);
    assert_eq!(ask(&app, ALL_POINTS, Some("2001:db8::2")).await.status(), 429, "a customer has the whole network");
    assert_eq!(ask(&app, ALL_POINTS, Some("[2001:db8:0:1::2]:443")).await.status(), 200);
}

#[rstest]
#[tokio::test]
async fn a_busy_server_says_so_at_once_and_lives(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let start = TestApp::start_with_settings(backend, |settings| {
        settings.concurrent_requests = Some(2);
        settings.client_requests = Some(100);
        settings.statement_timeout = Some(2);
    });
    let Some(app) = start.await else { return };
    // Each request waits for a connection of the database, since the test holds them all for two seconds.
    let held = futures_util::future::join_all((0..4).map(|_| crate::timeout::count(&app, 100_000_000_000)));
    let asked = (0..12).map(|_| ask(&app, "{ changes { pageInfo { endCursor } } }", None));
    let asked = futures_util::future::join_all(asked);
    let began = std::time::Instant::now();
    let look = async {
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        assert_eq!(app.http().get(app.url("/livez")).send().await.unwrap().status(), 200);
        let late = ask(&app, "{ changes { pageInfo { endCursor } } }", None).await;
        assert_eq!(late.status(), 503);
        assert_eq!(late.headers()["retry-after"], "1");
        assert_eq!(late.json::<Value>().await.unwrap()["errors"][0]["extensions"]["code"], "OVERLOADED");
        assert!(began.elapsed().as_secs() < 4, "it said so before any connection was missed");
    };
    let (_, answers, ()) = futures_util::join!(held, asked, look);
    let served = answers.iter().filter(|answer| answer.status() == 200).count();
    let shed = answers.iter().filter(|answer| answer.status() == 503).count();
    assert_eq!((served, shed), (2, 10));
    assert_eq!(ask(&app, "{ changes { pageInfo { endCursor } } }", None).await.status(), 200);
}

#[rstest]
#[tokio::test]
async fn a_client_that_asks_for_much_waits_for_itself(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let start = TestApp::start_with_settings(backend, |settings| {
        settings.concurrent_requests = Some(2);
        settings.client_requests = Some(1);
        settings.trusted_proxies = Some(vec!["127.0.0.1".into()]);
    });
    let Some(app) = start.await else { return };
    let query = "{ changes { pageInfo { endCursor } } }";
    let held = futures_util::future::join_all((0..4).map(|_| crate::timeout::count(&app, 10_000_000)));
    let asked = futures_util::future::join_all((0..20).map(|_| ask(&app, query, Some("10.0.0.1"))));
    let other = async {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        ask(&app, query, Some("10.0.0.2")).await
    };
    let (_, asked, other) = futures_util::join!(held, asked, other);
    assert!(asked.iter().all(|answer| answer.status() == 200), "one after the other, and none is sent away");
    assert_eq!(other.status(), 200, "of the two permits one is left to others");
}

#[rstest]
#[tokio::test]
async fn a_long_body_is_paid_for_before_it_is_read(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend, &[]).await else { return };
    let send = |length: usize| {
        let body = format!("{{\"nothing\": [{}1]}}", "1,".repeat(length / 2));
        app.http().post(app.url("/graphql")).header("content-type", "application/json").body(body).send()
    };
    assert_eq!(send(8000).await.unwrap().status(), 400, "it has no query");
    for _ in 0..4 {
        assert_eq!(send(32 * 1024).await.unwrap().status(), 400, "it has none either, and costs four points");
    }
    let refused = send(50 * 1024).await.unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(ask(&app, "{ __typename }", None).await.status(), 200, "what is left is enough for others");
}
