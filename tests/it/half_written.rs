//! SQLite rolls a whole transaction back by itself when a write fails badly, for instance when the disk is full.
//! Wherever it fails, a write must be stored as a whole or not at all. `RAISE(ROLLBACK)` acts like a full disk, at a
//! statement that a test chooses.

use std::{collections::BTreeMap, path::Path};

use folkmoot::interchange::{rubyevents, session::Session};
use rusqlite::{Connection, types::Value as Cell};
use serde_json::{Value, json};

use crate::support::{
    Backend, TestApp,
    rows::{event, group, named, talk},
};

const FIXTURE: &str = "tests/fixtures/rubyevents";

/// A connection that the server does not know of.
fn beside(app: &TestApp) -> Connection {
    Connection::open(app.database.url.strip_prefix("sqlite:").unwrap()).unwrap()
}

/// Every table of ours with every row. The shadow tables of the search are left out: they depend on the order on disk.
fn everything(db: &Connection) -> BTreeMap<String, Vec<Vec<Cell>>> {
    let rows = |table: &str| {
        let mut statement = db.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
        let width = statement.column_count();
        let rows = statement.query_map([], |row| (0..width).map(|at| row.get(at)).collect::<Result<Vec<Cell>, _>>());
        rows.unwrap().map(Result::unwrap).collect()
    };
    tables(db).into_iter().map(|table| (table.clone(), rows(&table))).collect()
}

fn tables(db: &Connection) -> Vec<String> {
    let names =
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%'";
    let mut statement = db.prepare(names).unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

/// Each place to fail: at the n-th new row of a table, at the first change or deletion there.
fn places(db: &Connection) -> Vec<(String, &'static str, i64)> {
    let all = [("INSERT", 0), ("INSERT", 1), ("INSERT", 3), ("UPDATE", 0), ("DELETE", 0)];
    let of = |table: String| all.map(|(what, nth)| (table.clone(), what, nth));
    tables(db).into_iter().flat_map(of).collect()
}

/// From now on, a write at this place rolls its whole transaction back.
fn fail_at(db: &Connection, (table, what, nth): &(String, &str, i64)) {
    let count: i64 = db.query_row(&format!("SELECT count(*) FROM \"{table}\""), [], |row| row.get(0)).unwrap();
    let reached = if *what == "INSERT" {
        format!("(SELECT count(*) FROM \"{table}\") >= {}", count + nth)
    } else {
        "TRUE".to_owned()
    };
    let sql = format!(
        "CREATE TRIGGER disk_full BEFORE {what} ON \"{table}\" WHEN {reached} BEGIN SELECT RAISE(ROLLBACK, 'full'); END"
    );
    db.execute_batch(&sql).unwrap();
}

fn batch(key: &str) -> Value {
    let of = |noun: &str| format!("{noun} {key}");
    json!({
        "people": [named(&of("person"), json!({ "aliases": [of("nickname")] })), named(&of("other"), json!({}))],
        "topics": [named(&of("topic"), json!({}))],
        "groups": [group(&of("group"), json!({ "topics": [of("topic")] }))],
        "events": [event(&of("event"), "2024-05-06", json!({ "hosts": [{ "group": of("group"), "role": "LEAD" }] }))],
        "talks": [talk(&of("talk"), json!({ "event": of("event"), "speakers": [{ "person": of("person"), "role": "SPEAKER" }] }))],
    })
}

#[tokio::test]
async fn a_write_that_fails_anywhere_leaves_nothing() {
    let Some(app) = TestApp::start(Backend::Sqlite).await else { return };
    app.load(batch("first")).await;
    let db = beside(&app);
    let mut failed = 0;
    for (number, at) in places(&db).into_iter().enumerate() {
        fail_at(&db, &at);
        let before = everything(&db);
        let mut session = Session::begin(&app.db, &app.clock, "test", false).await.unwrap();
        session.write("test", serde_json::from_value(batch(&number.to_string())).unwrap()).await.unwrap();
        let written = session.flush().await;
        let skipped = session.report().skipped.len();
        if written.is_err() || skipped > 0 {
            failed += 1;
            assert!(everything(&db) == before, "half of a write stayed after a failure at {at:?}");
        }
        db.execute_batch("DROP TRIGGER disk_full").unwrap();
        // The connection stays usable, and the next write is not part of the one that failed.
        app.load(json!({ "topics": [named(&format!("after {number}"), json!({}))] })).await;
    }
    assert!(failed > 15, "only {failed} writes failed");
}

/// A dry run reads only. So no write can fail, and nothing can stay.
#[tokio::test]
async fn a_dry_run_writes_nothing_at_all() {
    let Some(app) = TestApp::start(Backend::Sqlite).await else { return };
    let db = beside(&app);
    for (number, table) in tables(&db).iter().enumerate() {
        for what in ["INSERT", "UPDATE", "DELETE"] {
            let refuse = "BEGIN SELECT RAISE(ROLLBACK, 'a write'); END";
            db.execute_batch(&format!("CREATE TRIGGER no_{what}_{number} BEFORE {what} ON \"{table}\" {refuse}"))
                .unwrap();
        }
    }
    let mut session = Session::begin(&app.db, &app.clock, rubyevents::SYSTEM, true).await.unwrap();
    rubyevents::import(&mut session, Path::new(FIXTURE)).await.unwrap();
    let report = session.finish().await.unwrap();
    assert!(report.skipped.is_empty() && !report.changed_nothing(), "{report}");
}
