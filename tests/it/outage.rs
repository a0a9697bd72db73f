//! A database that goes away, and comes back.

use folkmoot::error::Error;
use futures_util::future::join_all;
use rstest::rstest;
use sea_orm::{ConnectionTrait, Database, DbErr, RuntimeErr, sqlx};
use serde_json::json;

use crate::support::{Backend, TestApp};

#[rstest]
#[tokio::test]
async fn a_read_whose_connection_is_gone_is_tried_on_another(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let ask = async || app.answer("{ events { totalCount nodes { hosts { group { name } } } } }", json!({})).await;
    // So that several connections are at hand.
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
fn what_the_network_did_is_no_defect_of_ours() {
    let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    let ended = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    for cause in [sqlx::Error::Io(refused), sqlx::Error::Io(ended), sqlx::Error::PoolTimedOut, sqlx::Error::PoolClosed]
    {
        let cause = std::sync::Arc::new(cause);
        for error in [DbErr::Conn, DbErr::Query, DbErr::Exec] {
            let told = Error::from(error(RuntimeErr::SqlxError(cause.clone())));
            assert_eq!(told, Error::Unavailable, "{cause}");
            assert_eq!(told.retry_after(), Some(1));
        }
    }
    let ours = DbErr::Query(RuntimeErr::SqlxError(std::sync::Arc::new(sqlx::Error::RowNotFound)));
    assert_eq!(Error::from(ours), Error::Internal);
}
