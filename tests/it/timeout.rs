//! Statements that run too long, on either database.

use std::time::{Duration, Instant};

use folkmoot::error::Error;
use rstest::rstest;
use sea_orm::{ConnectionTrait, DbErr, Statement};
use serde_json::json;

use crate::support::{Backend, TestApp};

/// How many numbers there are up to `most`, counted one by one.
pub async fn count(app: &TestApp, most: u64) -> Result<(), DbErr> {
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
    assert_eq!(Error::Timeout.code().as_str(), "TIMEOUT");
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

#[rstest]
#[tokio::test]
async fn others_do_not_wait_for_the_end_of_what_nobody_waits_for(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let started = TestApp::start_with_settings(backend, |settings| {
        settings.statement_timeout = Some(4);
        settings.database_readers = Some(2);
    });
    let Some(app) = started.await else { return };
    let gone = tokio::time::timeout(Duration::from_millis(50), count(&app, 100_000_000_000)).await;
    assert!(gone.is_err(), "nobody waited for its end");
    let begin = Instant::now();
    let counts = futures_util::future::join_all((0..8).map(|_| count(&app, 1000))).await;
    assert!(counts.iter().all(Result::is_ok), "{counts:?}");
    assert!(begin.elapsed() < Duration::from_secs(3), "the other connection served them all: {:?}", begin.elapsed());
}

#[rstest]
#[tokio::test]
async fn who_reads_cannot_write(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let statement = "DELETE FROM events";
    assert!(app.db.reads().execute_unprepared(statement).await.is_err());
    assert!(app.db.reads().execute_raw(Statement::from_string(app.db.backend(), statement)).await.is_err());
}

/// The number of the process of PostgreSQL that answers.
async fn process(app: &TestApp) -> Result<i32, DbErr> {
    let sql = Statement::from_string(app.db.backend(), "SELECT pg_backend_pid() AS process");
    app.db.reads().query_one_raw(sql).await?.unwrap().try_get("", "process")
}

// SQLite has no connections to keep.
#[rstest]
#[tokio::test]
async fn a_connection_is_kept_for_the_next_statement_unless_it_broke(#[values(Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let first = process(&app).await.unwrap();
    for _ in 0..10 {
        assert_eq!(process(&app).await, Ok(first), "nobody else reads, and it did not go away to be looked at");
    }
    let own = sea_orm::Database::connect(&app.database.url).await.unwrap();
    own.execute_unprepared(&format!("SELECT pg_terminate_backend({first})")).await.unwrap();
    assert_ne!(process(&app).await.unwrap(), first, "that it broke is seen when it is used, and another one answers");
    own.close().await.unwrap();
}

/// A column of another type could be written and not read.
#[rstest]
#[tokio::test]
async fn every_type_of_a_column_can_be_read(#[values(Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let sql = "SELECT table_name || '.' || column_name AS name FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name <> 'seaql_migrations' AND data_type NOT IN
        ('text', 'uuid', 'integer', 'bigint', 'double precision', 'date', 'timestamp with time zone', 'boolean')";
    let rows = app.db.reads().query_all_raw(Statement::from_string(app.db.backend(), sql)).await.unwrap();
    let names: Vec<String> = rows.iter().map(|row| row.try_get("", "name").unwrap()).collect();
    assert_eq!(names, ["search_documents.words"], "db/postgres/cells.rs has to know the types of the others");
}
