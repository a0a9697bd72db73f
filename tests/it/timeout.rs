//! Statements that run too long, on either database.

use std::time::{Duration, Instant};

use folkmoot::error::Error;
use rstest::rstest;
use sea_orm::{ConnectionTrait, DbErr, Statement};
use serde_json::json;

use crate::support::{Backend, TestApp};

/// How many numbers there are up to `most`, counted one by one.
async fn count(app: &TestApp, most: u64) -> Result<(), DbErr> {
    let sql = format!(
        "WITH RECURSIVE numbers(n) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT n + 1 FROM numbers WHERE n < {most}) \
         SELECT count(*) FROM numbers"
    );
    app.db.reads().query_one_raw(Statement::from_string(app.db.backend(), sql)).await.map(drop)
}

#[rstest]
#[tokio::test]
async fn a_statement_that_runs_too_long_ends_in_time(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let started = TestApp::start_with_settings(backend, |settings| settings.statement_timeout = Some(1));
    let Some(app) = started.await else { return };
    // More of them than connections, so that each connection ends one and goes on.
    for round in 0..2 {
        let begin = Instant::now();
        let ends = futures_util::future::join_all((0..4).map(|_| count(&app, 100_000_000_000))).await;
        assert!(begin.elapsed() < Duration::from_secs(4), "round {round}: {:?}", begin.elapsed());
        for end in ends {
            assert_eq!(Error::from(end.unwrap_err()), Error::Timeout);
        }
    }
    assert_eq!(Error::Timeout.code(), "TIMEOUT");
    assert_eq!(app.query("{ events { totalCount } }").await, json!({ "events": { "totalCount": 0 } }));
}

#[rstest]
#[tokio::test]
async fn the_time_is_that_of_one_statement(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let started = TestApp::start_with_settings(backend, |settings| settings.statement_timeout = Some(1));
    let Some(app) = started.await else { return };
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(2500) {
        count(&app, 20_000).await.unwrap();
    }
}

#[rstest]
#[tokio::test]
async fn a_reader_who_goes_away_takes_no_connection_along(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let started = TestApp::start_with_settings(backend, |settings| {
        settings.statement_timeout = Some(1);
        settings.database_readers = Some(2);
    });
    let Some(app) = started.await else { return };
    for _ in 0..4 {
        let gone = tokio::time::timeout(Duration::from_millis(50), count(&app, 100_000_000_000)).await;
        assert!(gone.is_err(), "nobody waited for its end");
    }
    // What they began ends with its time, and then the connections are there again, all of them.
    let counts = futures_util::future::join_all((0..8).map(|_| count(&app, 1000))).await;
    assert!(counts.iter().all(Result::is_ok), "{counts:?}");
    assert_eq!(app.query("{ events { totalCount } }").await, json!({ "events": { "totalCount": 0 } }));
}
