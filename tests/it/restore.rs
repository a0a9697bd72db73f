//! A backup of a SQLite file comes back as `docs/operation.md` says.

use std::{fs, path::PathBuf};

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{Backend, app::TestDatabase, process::Running};

async fn groups(address: &str) -> Value {
    let question = json!({ "query": "{ groups { totalCount } }" });
    let answer = reqwest::Client::new().post(format!("{address}/graphql")).json(&question).send().await.unwrap();
    answer.json().await.unwrap()
}

#[tokio::test]
async fn a_sqlite_file_is_restored_as_the_documents_say() {
    let page = include_str!("../../docs/operation.md");
    for step in ["stop the server, remove `folkmoot.db-wal` and `folkmoot.db-shm`", "only then copy the backup to"] {
        assert!(page.contains(step), "docs/operation.md says something else than this test does");
    }
    assert!(!page.contains("rename it"), "a server does not notice another file of the same name");

    let database = TestDatabase::empty(Backend::Sqlite).await.unwrap();
    let path = PathBuf::from(database.url.strip_prefix("sqlite:").unwrap());
    let beside = |name: &str| PathBuf::from(format!("{}{name}", path.display()));
    let none = json!({ "data": { "groups": { "totalCount": 0 } } });

    let (server, address) = Running::serve(&database.url).await;
    assert_eq!(groups(&address).await, none);
    let backup = path.with_extension("copy");
    Connection::open(&path).unwrap().execute("VACUUM INTO ?", [backup.to_str().unwrap()]).unwrap();
    // Writes after the backup are in the WAL, and stay there when the server is killed.
    let import = ["import", "rubyevents", "tests/fixtures/rubyevents"];
    assert!(Running::start(&import, &database.url).end().await.success());
    assert_eq!(groups(&address).await, json!({ "data": { "groups": { "totalCount": 2 } } }));
    drop(server);
    assert!(fs::metadata(beside("-wal")).unwrap().len() > 0);

    for name in ["-wal", "-shm"] {
        fs::remove_file(beside(name)).unwrap();
    }
    fs::copy(&backup, &path).unwrap();
    let (_server, address) = Running::serve(&database.url).await;
    assert_eq!(groups(&address).await, none);
    let check = |sql: &str| Connection::open(&path).unwrap().query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(check("PRAGMA integrity_check"), "ok");
}
