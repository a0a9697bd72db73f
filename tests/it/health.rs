//! `/readyz` reads the database, and on SQLite first looks at its file.

use std::{
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
};

use rstest::rstest;
use rusqlite::Connection;
use sea_orm::{ConnectionTrait, Database};

use crate::support::{Backend, app::TestDatabase, process::Running};

async fn probe(address: &str) -> (u16, String) {
    let answer = reqwest::get(format!("{address}/readyz")).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn is_ready(address: &str) {
    assert_eq!(probe(address).await, (200, "ready\n".to_owned()));
}

/// Each probe says so, and the log says it once.
async fn is_not_ready(server: &Running, address: &str, sentence: &str) {
    for _ in 0..3 {
        let (status, said) = probe(address).await;
        assert_eq!(status, 503, "{said}");
        assert!(said.starts_with(sentence), "{said}");
    }
    server.says("not ready").await;
    let log = server.log();
    assert_eq!(log.matches("not ready").count(), 1, "{log}");
    let line = log.lines().find(|line| line.contains("not ready")).unwrap();
    assert!(line.contains(sentence) && line.contains("cause="), "{line}");
    // No other line for each probe. The server may meet the same fault when it prunes the change log.
    assert!(!log.lines().any(|line| line.contains("internal error") && line.contains("request{")), "{log}");
}

#[rstest]
#[tokio::test]
async fn a_database_without_the_row_that_it_always_has_is_not_ready(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(database) = TestDatabase::empty(backend).await else { return };
    let (server, address) = Running::serve(&database.url).await;
    is_ready(&address).await;
    let connection = Database::connect(&database.url).await.unwrap();
    connection.execute_unprepared("ALTER TABLE change_log RENAME TO gone").await.unwrap();
    is_not_ready(&server, &address, "the database cannot be read").await;
    connection.execute_unprepared("ALTER TABLE gone RENAME TO change_log").await.unwrap();
    is_ready(&address).await;
    server.says("ready again").await;
}

/// A server on a file that holds all its pages: none is in the WAL only.
async fn on_a_file() -> (TestDatabase, PathBuf, Running, String) {
    let database = TestDatabase::empty(Backend::Sqlite).await.unwrap();
    let path = PathBuf::from(database.url.strip_prefix("sqlite:").unwrap());
    let (server, address) = Running::serve(&database.url).await;
    let connection = Connection::open(&path).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(connection);
    is_ready(&address).await;
    (database, path, server, address)
}

fn cut(path: &Path, length: u64) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(length).unwrap();
}

#[tokio::test]
async fn a_file_that_is_gone_is_not_ready_until_it_is_back() {
    let (_database, path, server, address) = on_a_file().await;
    let aside = path.with_extension("aside");
    fs::rename(&path, &aside).unwrap();
    is_not_ready(&server, &address, "the database's file is gone").await;
    fs::rename(&aside, &path).unwrap();
    is_ready(&address).await;
    server.says("ready again").await;
}

#[tokio::test]
async fn another_file_in_its_place_is_not_ready() {
    let (_database, path, server, address) = on_a_file().await;
    let other = path.with_extension("other");
    fs::copy(&path, &other).unwrap();
    fs::rename(&other, &path).unwrap();
    is_not_ready(&server, &address, "the database's file is another one than the server opened").await;
}

#[rstest]
#[case::half(2)]
#[case::nothing(u64::MAX)]
#[tokio::test]
async fn a_file_that_was_cut_is_not_ready_and_the_process_lives(#[case] divisor: u64) {
    let (_database, path, mut server, address) = on_a_file().await;
    let whole = fs::metadata(&path).unwrap().len();
    assert!(whole > 100_000, "{whole}");
    cut(&path, whole / divisor);
    is_not_ready(&server, &address, "the database's file was cut short").await;
    let live = reqwest::get(format!("{address}/livez")).await.unwrap();
    assert_eq!(live.status(), 200);
    server.signal(rustix::process::Signal::TERM);
    server.end().await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_not_ready() {
    let (_database, path, server, address) = on_a_file().await;
    let mut bytes = fs::read(&path).unwrap();
    bytes[..16].fill(b'x');
    // The file is overwritten in place with the same length, as `cp` does.
    fs::write(&path, &bytes).unwrap();
    is_not_ready(&server, &address, "the database's file is no database any more").await;
}

#[tokio::test]
async fn a_file_that_grows_and_shrinks_is_ready_all_the_time() {
    let (_database, path, server, address) = on_a_file().await;
    let probes = tokio::spawn(async move {
        for _ in 0..200 {
            is_ready(&address).await;
        }
    });
    let work = tokio::task::spawn_blocking(move || {
        let connection = Connection::open(&path).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
        for round in 0..6 {
            connection.execute_batch("CREATE TABLE filler(a)").unwrap();
            let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
                INSERT INTO filler SELECT randomblob(2000) FROM n";
            connection.execute_batch(fill).unwrap();
            connection.execute_batch("DROP TABLE filler").unwrap();
            if round % 2 == 1 {
                connection.execute_batch("VACUUM").unwrap();
            }
            let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
    });
    work.await.unwrap();
    probes.await.unwrap();
    assert!(!server.log().contains("not ready"), "{}", server.log());
}
