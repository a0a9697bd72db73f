//! Server-sent events: one connection an operation, for queries and subscriptions.

use std::time::Duration;

use rstest::rstest;
use serde_json::json;

use crate::support::{Backend, TestApp};

const LIVE: &str = "subscription { changes { id } }";

#[rstest]
#[tokio::test]
async fn a_query_is_one_event_and_an_end(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let query = "{ __typename }";
    let body = json!({ "query": query });
    for request in [
        app.http().post(app.url("/graphql/stream")).json(&body),
        app.http().post(app.url("/graphql")).json(&body).header("accept", "text/event-stream"),
        app.http().get(app.url("/graphql/stream?query=%7B__typename%7D")),
        app.http().get(app.url("/graphql?query=%7B__typename%7D")).header("accept", "text/event-stream"),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["cache-control"], "no-store, no-transform");
        let text = answer.text().await.unwrap();
        let expected = "event: next\ndata: {\"data\":{\"__typename\":\"Query\"}}\n\nevent: complete\ndata: null\n\n";
        assert_eq!(text, expected);
    }
}

#[rstest]
#[tokio::test]
async fn a_request_that_does_not_run_is_told(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let post = |body| app.http().post(app.url("/graphql/stream")).json(&body).send();
    let text = post(json!({ "query": "{ nope }" })).await.unwrap().text().await.unwrap();
    assert!(text.contains("event: next") && text.contains("GRAPHQL_VALIDATION_FAILED"), "{text}");
    assert!(text.ends_with("event: complete\ndata: null\n\n"), "{text}");
    assert_eq!(post(json!([])).await.unwrap().status(), 400);
    assert_eq!(post(json!({ "query": 1 })).await.unwrap().status(), 400);
    // A subscription needs a stream: a plain POST or GET has none.
    let body = json!({ "query": LIVE });
    let plain = app.http().post(app.url("/graphql")).json(&body).send().await.unwrap();
    assert!(plain.text().await.unwrap().contains("STREAM_REQUIRED"));
    let parameters = [("query", LIVE)];
    let address = reqwest::Url::parse_with_params(&app.url("/graphql"), parameters).unwrap();
    let link = app.http().get(address).send().await.unwrap();
    assert_eq!((link.status().as_u16(), link.headers()["allow"].to_str().unwrap()), (405, "POST"));
}

#[rstest]
#[tokio::test]
async fn a_quiet_stream_is_kept_open_and_ends_with_the_server(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let start = TestApp::start_with_settings(backend, |settings| settings.streams.event_stream_ping = Some(1));
    let Some(mut app) = start.await else { return };
    let mut answer = app.http().post(app.url("/graphql/stream")).json(&json!({ "query": LIVE })).send().await.unwrap();
    let chunk = tokio::time::timeout(Duration::from_secs(5), answer.chunk()).await.unwrap().unwrap().unwrap();
    assert!(chunk.starts_with(b":"), "a comment: {chunk:?}");
    app.stop();
    let rest = tokio::time::timeout(Duration::from_secs(10), answer.text()).await;
    assert!(rest.is_ok(), "the stream ends");
}

#[rstest]
#[tokio::test]
async fn a_stream_does_not_live_for_ever(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let start = TestApp::start_with_settings(backend, |settings| settings.streams.longest_life = Some(1));
    let Some(app) = start.await else { return };
    let answer = app.http().post(app.url("/graphql/stream")).json(&json!({ "query": LIVE })).send().await.unwrap();
    let text = tokio::time::timeout(Duration::from_secs(20), answer.text()).await.expect("an end").unwrap();
    assert!(text.starts_with("event: next\ndata: {\"errors\"") && text.contains("STREAM_ENDED"), "{text}");
    assert!(text.ends_with("event: complete\ndata: null\n\n"), "{text}");
}
