//! A database that goes away, and comes back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use folkmoot::error::Error;
use futures_util::future::join_all;
use rstest::rstest;
use sea_orm::{ConnectionTrait, Database, DbErr, RuntimeErr, sqlx};
use serde_json::{Value, json};

use crate::{
    support::{Backend, TestApp, builders::*, postgres::Own, process::eventually},
    websocket::{LIVE, Socket},
};

#[rstest]
#[tokio::test]
async fn a_read_whose_connection_is_gone_is_tried_on_another(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let ask = async || app.answer("{ events { totalCount nodes { hosts { group { name } } } } }", json!({})).await;
    // Several requests at once open several connections.
    join_all((0..16).map(|_| ask())).await;
    if backend == Backend::Postgres {
        let other = Database::connect(&app.database.url).await.unwrap();
        let all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        other.execute_unprepared(all).await.unwrap();
        other.close().await.unwrap();
    }
    for answer in join_all((0..16).map(|_| ask())).await {
        assert_eq!(answer, json!({ "data": { "events": { "totalCount": 0, "nodes": [] } } }));
    }
    // Writes come back as well.
    app.load(json!({ "topics": [{ "key": "a", "name": "a" }] })).await;
    assert_eq!(app.query("{ topics { totalCount } }").await, json!({ "topics": { "totalCount": 1 } }));
}

#[test]
fn errors_of_the_network_are_no_defects() {
    let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    let ended = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    for cause in [sqlx::Error::Io(refused), sqlx::Error::Io(ended), sqlx::Error::PoolTimedOut, sqlx::Error::PoolClosed]
    {
        let cause = Arc::new(cause);
        for error in [DbErr::Conn, DbErr::Query, DbErr::Exec] {
            let told = Error::from(error(RuntimeErr::SqlxError(cause.clone())));
            assert_eq!(told, Error::Unavailable, "{cause}");
            assert_eq!(told.retry_after(), Some(1));
        }
    }
    let ours = DbErr::Query(RuntimeErr::SqlxError(Arc::new(sqlx::Error::RowNotFound)));
    assert_eq!(Error::from(ours), Error::Internal);
}

/// How long a request may wait for a connection, and how long a busy machine may take for the rest.
const PATIENCE: Duration = Duration::from_secs(5);
const SLACK: Duration = Duration::from_secs(3);

/// The queries that clients send.
const QUESTIONS: &[&str] = &[
    "{ events { totalCount nodes { name hosts { group { name } } } } }",
    "{ group(slug: \"kubernetes-london\") { name talks(first: 3) { nodes { title } } } }",
    "{ search(query: \"kubernetes\") { nodes { __typename } } }",
    "{ changes { nodes { id } } topics { totalCount } }",
    "{ events(filter: { group: \"kubernetes-london\" }) { nodes { name } } }",
];

/// Whether a query was answered. If not, it must have failed in time, with the right code and the time after which to
/// retry.
async fn is_answered(client: &reqwest::Client, url: &str, number: usize) -> bool {
    let begin = Instant::now();
    let question = json!({ "query": QUESTIONS[number % QUESTIONS.len()] });
    let accepted = ["application/json", "application/graphql-response+json"][number % 2];
    let answer = client.post(url).header("accept", accepted).json(&question).send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert!(begin.elapsed() < PATIENCE + SLACK, "{question} took {:?}: {body}", begin.elapsed());
    let Some(errors) = body.get("errors") else { return true };
    for error in errors.as_array().unwrap() {
        assert_eq!(error["extensions"]["code"], "UNAVAILABLE", "{question}: {body}");
        assert_eq!(error["extensions"]["retryAfter"], 1, "{question}: {body}");
    }
    // If the execution had begun, a part of it failed and the status is 200.
    let (expected, retry_after) = if body.get("data").is_some() { (200, None) } else { (503, Some("1")) };
    assert_eq!(status, expected, "{body}");
    assert_eq!(headers.get("retry-after").map(|value| value.to_str().unwrap()), retry_after, "{body}");
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_subscriptions_outlive_a_database_that_falls_and_comes_back() {
    let Some(mut server) = Own::start().await else { return };
    let app = Arc::new(TestApp::start_on(server.url()).await);
    app.load(batch(json!({ "events": [event("before", json!({}))] }))).await;
    let mut socket = Socket::opened(&app).await;
    socket.ask("s", LIVE).await;
    let (client, url) = (app.http().clone(), app.url("/graphql"));

    // Some clients send queries all the time, also while the server goes down.
    let falls = Arc::new(AtomicBool::new(false));
    let answered = Arc::new([const { AtomicUsize::new(0) }; 4]);
    let live = (0..4).map(|who| {
        let (client, url, falls, answered) = (client.clone(), url.clone(), falls.clone(), answered.clone());
        tokio::spawn(async move {
            for number in who.. {
                if falls.load(Ordering::Relaxed) {
                    return;
                }
                let count = usize::from(is_answered(&client, &url, number).await);
                answered[who].fetch_add(count, Ordering::Relaxed);
            }
        })
    });
    let live: Vec<_> = live.collect();
    let have_asked = async || answered.iter().all(|count| count.load(Ordering::Relaxed) > 10).then_some(());
    eventually(|| "they ask while it is there".to_owned(), have_asked).await;
    server.stop();
    falls.store(true, Ordering::Relaxed);
    for asked in join_all(live).await {
        asked.unwrap();
    }

    for _ in 0..2 {
        let answers = join_all((0..25).map(|number| is_answered(&client, &url, number))).await;
        assert!(answers.iter().all(|answered| !answered), "there was nothing to answer from");
    }
    assert_eq!(client.get(app.url("/readyz")).send().await.unwrap().status(), 503);

    server.restart();
    let begin = Instant::now();
    eventually(|| "no answer".to_owned(), async || is_answered(&client, &url, 0).await.then_some(())).await;
    assert!(begin.elapsed() < PATIENCE, "the first answer took {:?}", begin.elapsed());
    for number in 0..10 {
        assert!(is_answered(&client, &url, number).await);
    }
    assert_eq!(client.get(app.url("/readyz")).send().await.unwrap().status(), 200);
    app.load(batch(json!({ "events": [event("after", json!({}))] }))).await;
    let heard = socket.hear().await;
    assert_eq!(heard["payload"]["data"]["changes"]["node"]["name"], "after", "{heard}");
}

#[rstest]
#[tokio::test]
async fn a_subscription_may_wait_longer_than_a_request_may_take(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let app = TestApp::start_with_settings(backend, |settings| settings.request_timeout = Some(1)).await;
    let Some(app) = app else { return };
    let mut socket = Socket::opened(&app).await;
    socket.ask("s", LIVE).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    app.load(batch(json!({ "events": [event("late", json!({}))] }))).await;
    let heard = socket.hear().await;
    assert_eq!(heard["payload"]["data"]["changes"]["node"]["name"], "late", "{heard}");
}
