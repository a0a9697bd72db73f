//! Statements that run too long, on either database.

use std::time::{Duration, Instant};

use folkmoot::error::Error;
use rstest::rstest;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, Statement, TransactionTrait};
use serde_json::json;

use crate::{
    change::Followed,
    support::{Backend, TestApp, builders::*, process::eventually},
};

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
    // Their statements end at the timeout, and then all connections can be used again.
    let counts = futures_util::future::join_all((0..8).map(|_| count(&app, 1000))).await;
    assert!(counts.iter().all(Result::is_ok), "{counts:?}");
    assert_eq!(app.query("{ events { totalCount } }").await, json!({ "events": { "totalCount": 0 } }));
}

#[rstest]
#[tokio::test]
async fn abandoned_statements_do_not_delay_others(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
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
async fn a_connection_for_reads_cannot_write(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
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

/// How many statements of others run on this database that name this table.
async fn running(own: &DatabaseConnection, table: &str) -> i64 {
    let sql = format!(
        "SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
        AND pid <> pg_backend_pid() AND query LIKE '%\"{table}\"%'"
    );
    own.query_one_raw(Statement::from_string(own.get_database_backend(), sql))
        .await
        .unwrap()
        .unwrap()
        .try_get("", "count")
        .unwrap()
}

/// A transaction that locks this table against readers until it ends.
async fn hold(app: &TestApp, table: &str) -> DatabaseTransaction {
    let own = sea_orm::Database::connect(&app.database.url).await.unwrap().begin().await.unwrap();
    own.execute_unprepared(&format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).await.unwrap();
    own
}

// On SQLite a test cannot block a reader; `db/sqlite.rs` tests the end of its statements.
#[rstest]
#[tokio::test]
async fn a_statement_ends_with_its_request(#[values(Backend::Postgres)] backend: Backend) {
    let started = TestApp::start_with_settings(backend, |settings| {
        settings.request_timeout = Some(1);
        settings.statement_timeout = Some(60);
        settings.database_readers = Some(2);
    });
    let Some(app) = started.await else { return };
    let own = sea_orm::Database::connect(&app.database.url).await.unwrap();
    let held = hold(&app, "events").await;
    for _ in 0..4 {
        assert_eq!(app.error("{ events { nodes { name } } }").await.0, "TIMEOUT");
    }
    // A minute earlier than without the timeout.
    let ended = async || (running(&own, "events").await == 0).then_some(());
    eventually(|| "statements go on".to_owned(), ended).await;
    // Each of the two connections was abandoned four times, and both can be used.
    let others = futures_util::future::join_all((0..8).map(|_| count(&app, 1000))).await;
    assert!(others.iter().all(Result::is_ok), "{others:?}");
    held.rollback().await.unwrap();
    assert_eq!(app.query("{ events { totalCount } }").await, json!({ "events": { "totalCount": 0 } }));
    own.close().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn an_event_of_a_subscription_that_takes_too_long_ends_it_with_a_cursor(
    #[values(Backend::Postgres)] backend: Backend,
) {
    let started = TestApp::start_with_settings(backend, |settings| settings.request_timeout = Some(1));
    let Some(app) = started.await else { return };
    let query = "subscription { changes(types: [PERSON]) { cursor node { ... on Person { name talks(first: 1) { nodes { title } } } } } }";
    app.load(json!({ "people": [person("zero")] })).await;
    let page = app.query("{ changes(first: 1) { pageInfo { endCursor } } }").await;
    let after = &page["changes"]["pageInfo"]["endCursor"];
    app.load(json!({ "people": [person("one")] })).await;
    let mut followed = Followed::start(&app, &query.replace("(types", &format!("(after: {after}, types"))).await;
    let last = followed.next().await["data"]["changes"]["cursor"].clone();
    let held = hold(&app, "talks").await;
    app.load(json!({ "people": [person("two")] })).await;
    let error = followed.next().await["errors"][0].clone();
    assert_eq!(error["extensions"]["code"], "TIMEOUT", "{error}");
    assert_eq!(error["extensions"]["after"], last, "who goes on there misses nothing");
    held.rollback().await.unwrap();
    let mut again = Followed::start(&app, &query.replace("(types", &format!("(after: {last}, types"))).await;
    assert_eq!(again.next().await["data"]["changes"]["node"]["name"], "two");
}

// On PostgreSQL only: SQLite has no connections to keep.
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
