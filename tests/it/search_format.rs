//! The format of the search's documents: who renews them and when, and that nothing is lost meanwhile.

use std::{
    process::{Command, Output},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use folkmoot::{
    domain::search,
    error::{Code, Error},
    interchange::session::Session,
};
use migration::table::outdate_search;
use rstest::rstest;
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use sea_orm_migration::SchemaManager;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::{
    Backend, TestApp,
    process::{Running, eventually},
    rows::{event, execute, group, load_fixture, named, talk},
};

/// The line of the log at the end of a renewal.
const RENEWED: &str = "renewed the documents of the search";

/// A connection that the server does not know of.
async fn beside(app: &TestApp) -> DatabaseConnection {
    Database::connect(&app.database.url).await.unwrap()
}

/// The first column of what a query finds.
async fn texts(app: &TestApp, sql: &str) -> Vec<String> {
    let db = beside(app).await;
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    let texts = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    db.close().await.unwrap();
    texts
}

fn is_sqlite(app: &TestApp) -> bool {
    app.database.url.starts_with("sqlite")
}

/// All documents with all that is indexed. The words on SQLite cannot be read, but the fingerprint is of them, too.
async fn documents(app: &TestApp) -> Vec<String> {
    if !is_sqlite(app) {
        let sql = "SELECT concat_ws('|', node_type, node_id, weight, title, names, fingerprint, words)
            FROM search_documents ORDER BY node_id";
        return texts(app, sql).await;
    }
    for table in ["search_words", "search_names"] {
        let lost = format!(
            "SELECT CAST(id AS text) FROM search_documents WHERE id NOT IN (SELECT rowid FROM {table})
             UNION SELECT CAST(rowid AS text) FROM {table} WHERE rowid NOT IN (SELECT id FROM search_documents)"
        );
        assert_eq!(texts(app, &lost).await, [""; 0], "{table}");
    }
    let sql = "SELECT concat_ws('|', node_type, hex(node_id), weight, title, names, fingerprint)
        FROM search_documents ORDER BY node_id";
    texts(app, sql).await
}

/// The format as the database says it.
async fn format(app: &TestApp) -> String {
    texts(app, "SELECT concat_ws(' ', version, CASE WHEN is_complete THEN 'complete' END) FROM search_format")
        .await
        .remove(0)
}

/// Begins a transaction that writes.
async fn begin(db: &DatabaseConnection) -> DatabaseTransaction {
    let is_sqlite = db.get_database_backend() == DbBackend::Sqlite;
    let sqlite_transaction_mode = is_sqlite.then_some(SqliteTransactionMode::Immediate);
    db.begin_with_options(TransactionOptions { sqlite_transaction_mode, ..Default::default() }).await.unwrap()
}

/// Deletes all documents.
async fn delete_all(tx: &DatabaseTransaction, app: &TestApp) {
    let statements: &[&str] = if is_sqlite(app) {
        &[
            "INSERT INTO search_words (search_words) VALUES ('delete-all')",
            "INSERT INTO search_names (search_names) VALUES ('delete-all')",
            "DELETE FROM search_documents",
        ]
    } else {
        &["LOCK TABLE search_documents IN SHARE ROW EXCLUSIVE MODE", "DELETE FROM search_documents"]
    };
    for statement in statements {
        tx.execute_unprepared(statement).await.unwrap();
    }
}

/// What a step of the migration does that changes the documents: it deletes them, and says so.
async fn outdate(app: &TestApp) {
    let db = beside(app).await;
    let tx = begin(&db).await;
    delete_all(&tx, app).await;
    outdate_search(&SchemaManager::new(&tx)).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await.unwrap();
}

/// What a renewal leaves that was killed at its beginning, if a step had deleted the documents.
async fn interrupt(app: &TestApp) {
    let db = beside(app).await;
    let tx = begin(&db).await;
    delete_all(&tx, app).await;
    tx.execute_unprepared("UPDATE search_format SET is_complete = FALSE").await.unwrap();
    tx.commit().await.unwrap();
    db.close().await.unwrap();
}

async fn bring_up_to_date(app: &TestApp) {
    search::bring_up_to_date::<Error>(&app.db).await.unwrap();
}

/// The documents that a renewal makes of nothing.
async fn documents_of_nothing(app: &TestApp) -> Vec<String> {
    outdate(app).await;
    assert_eq!(documents(app).await, [""; 0]);
    bring_up_to_date(app).await;
    documents(app).await
}

async fn found(app: &TestApp, query: &str) -> Value {
    app.query(&format!("{{ search(query: {query:?}) {{ totalCount }} }}")).await["search"]["totalCount"].take()
}

fn run(arguments: &[&str], app: &TestApp) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_folkmoot"));
    command.args(arguments).env("DATABASE_URL", &app.database.url).output().unwrap()
}

/// Waits until a statement on this database of PostgreSQL waits for a lock.
async fn until_one_waits(app: &TestApp) {
    let sql = "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let waits = async || (!texts(app, sql).await.is_empty()).then_some(());
    eventually(|| "nobody waits for a lock".to_owned(), waits).await;
}

#[rstest]
#[case::deleted(Backend::Sqlite, true)]
#[case::deleted(Backend::Postgres, true)]
#[case::of_another_form(Backend::Sqlite, false)]
#[case::of_another_form(Backend::Postgres, false)]
#[tokio::test]
async fn a_start_renews_the_documents_of_another_format(#[case] backend: Backend, #[case] are_deleted: bool) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_fixture(&app, 4).await;
    let expected = documents_of_nothing(&app).await;
    assert_eq!(expected.len(), 28);
    if are_deleted {
        outdate(&app).await;
    } else {
        execute(&app, "UPDATE search_documents SET fingerprint = 1, weight = 9, title = 'old', names = 'old'").await;
        execute(&app, "UPDATE search_format SET version = version - 1").await;
    }
    let (server, address) = Running::serve(&app.database.url).await;
    let log = server.says(RENEWED).await;
    assert!(log.contains("documents=28"), "{log}");
    assert!(server.log().contains("format=3 nodes=28"), "{}", server.log());
    assert_eq!(documents(&app).await, expected);
    let question = json!({ "query": "{ search(query: \"nickname\") { totalCount } }" });
    let answer = reqwest::Client::new().post(format!("{address}/graphql")).json(&question).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer, json!({ "data": { "search": { "totalCount": 4 } } }));
    assert_eq!(format(&app).await, "3 complete");
    // The next start has nothing to do.
    let output = run(&["migrate", "up"], &app);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("the documents of the search"));
}

#[rstest]
#[tokio::test]
async fn a_new_database_has_the_format_and_says_nothing_of_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    outdate(&app).await;
    let output = run(&["migrate", "up"], &app);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("the documents of the search"));
    assert_eq!(format(&app).await, "3 complete");
}

#[rstest]
#[tokio::test]
async fn processes_that_start_at_once_renew_the_documents_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_fixture(&app, 10).await;
    let expected = documents_of_nothing(&app).await;
    outdate(&app).await;
    let mut processes: Vec<_> = (0..3).map(|_| Running::start(&["migrate", "up"], &app.database.url)).collect();
    let mut renewed = 0;
    for process in &mut processes {
        assert!(process.end().await.success(), "{}", process.log());
        renewed += process.log().matches(RENEWED).count();
    }
    assert_eq!(renewed, 1);
    assert_eq!(documents(&app).await, expected);
}

#[rstest]
#[tokio::test]
async fn a_renewal_that_ends_half_way_goes_on_at_the_next_start(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_fixture(&app, 30).await;
    let expected = documents_of_nothing(&app).await;
    outdate(&app).await;
    let of_topics = "ON search_documents FOR EACH ROW WHEN (NEW.node_type = 'Topic')";
    if is_sqlite(&app) {
        let of_topics = of_topics.replace("ON", "BEFORE INSERT ON");
        execute(&app, &format!("CREATE TRIGGER stop {of_topics} BEGIN SELECT RAISE(ABORT, 'stop'); END")).await;
    } else {
        let stop = "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'stop'; END $$";
        execute(&app, stop).await;
        execute(&app, &format!("CREATE TRIGGER stop BEFORE INSERT {of_topics} EXECUTE FUNCTION stop()")).await;
    }
    assert_eq!(run(&["migrate", "up"], &app).status.code(), Some(1));
    // What is done is done, and nobody takes it for the whole.
    assert_eq!(format(&app).await, "3");
    assert_eq!(documents(&app).await.len(), expected.len() - 30);
    execute(&app, if is_sqlite(&app) { "DROP TRIGGER stop" } else { "DROP TRIGGER stop ON search_documents" }).await;
    assert!(run(&["migrate", "up"], &app).status.success());
    assert_eq!(documents(&app).await, expected);

    // Killed at any moment.
    outdate(&app).await;
    for pause in [5, 15, 25, 35, 50, 80] {
        let process = Running::start(&["migrate", "up"], &app.database.url);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        drop(process);
    }
    assert!(run(&["migrate", "up"], &app).status.success());
    assert_eq!(documents(&app).await, expected);
    assert_eq!(format(&app).await, "3 complete");
}

#[rstest]
#[tokio::test]
async fn searches_and_writes_go_on_while_documents_are_renewed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let people = |name: &str, count| (0..count).map(|n| named(&format!("{name} {n}"), json!({}))).collect::<Vec<_>>();
    app.load(json!({ "people": people("Ada", 2200) })).await;
    let (reader, writer) = (app.start_beside(0).await, app.start_beside(0).await);
    let is_over = AtomicUsize::new(0);
    let renew = async {
        assert_eq!(search::rebuild::<Error>(&app.db).await.unwrap(), 2200 + 1);
        is_over.store(1, Ordering::SeqCst);
    };
    let ask = async {
        let mut answers = 0;
        while is_over.load(Ordering::SeqCst) == 0 {
            assert_eq!(found(&reader, "ada").await, 2200);
            answers += 1;
        }
        answers
    };
    let write = async {
        let mut session = Session::begin(&writer.db, &writer.clock, "test", false).await.unwrap();
        let bob = serde_json::from_value(json!({ "people": people("Bob", 1) })).unwrap();
        session.write("bob", bob).await.unwrap();
        session.flush().await.unwrap();
        let was_over = is_over.load(Ordering::SeqCst);
        session.finish().await.unwrap();
        was_over
    };
    let ((), answers, was_over) = tokio::join!(renew, ask, write);
    assert!(answers >= 3, "only {answers} answers");
    assert_eq!(was_over, 0, "the write waited for the end of it");
    assert_eq!(found(&app, "bob").await, 1);
    assert_eq!(documents(&app).await, documents_of_nothing(&app).await);
}

#[rstest]
#[tokio::test]
async fn a_command_renews_documents_that_are_damaged(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_fixture(&app, 4).await;
    let expected = documents_of_nothing(&app).await;
    // One is left behind, and of a type that is not searched.
    app.load(json!({ "venues": [named("gone", json!({}))] })).await;
    execute(&app, "UPDATE search_documents SET node_type = 'Rsvp' WHERE title = 'gone'").await;
    execute(&app, "DELETE FROM venues WHERE name = 'gone'").await;
    execute(&app, "UPDATE search_documents SET title = 'x', names = 'y'").await;
    // The fingerprints are those of the right documents.
    bring_up_to_date(&app).await;
    assert_ne!(documents(&app).await, expected);
    let output = run(&["search", "rebuild"], &app);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "28 documents\n");
    assert!(output.status.success());
    assert_eq!(documents(&app).await, expected);
    assert_eq!(found(&app, "nickname 3").await, 1);
}

fn batch(name: &str) -> Value {
    let of = |noun: &str| format!("{name} {noun}");
    json!({
        "people": [named(&of("person"), json!({ "aliases": [of("nickname")] }))],
        "topics": [named(&of("topic"), json!({}))],
        "groups": [group("Bakers", json!({}))],
        "events": [event(&of("event"), "2024-05-06", json!({ "hosts": [{ "group": "Bakers", "role": "LEAD" }] }))],
        "talks": [talk(&of("talk"), json!({ "event": of("event") }))],
    })
}

async fn write(session: &mut Session, name: &str) -> Result<(), Error> {
    session.write(name, serde_json::from_value(batch(name)).unwrap()).await?;
    session.flush().await
}

#[rstest]
#[tokio::test]
async fn a_write_in_another_format_is_refused(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let mut session = Session::begin(&app.db, &app.clock, "test", false).await.unwrap();
    write(&mut session, "first").await.unwrap();
    let before = documents(&app).await;
    execute(&app, "UPDATE search_format SET version = version + 1").await;
    let refused = write(&mut session, "second").await.unwrap_err();
    assert_eq!(refused.code(), Code::DatabaseUpgraded);
    assert_eq!(
        refused.to_string(),
        "Another version of Folkmoot has brought this database up to date, so this one writes nothing more. Use that \
         version. What is imported so far stays. Then run the import again: it goes on."
    );
    assert!(session.finish().await.unwrap().skipped.is_empty());
    assert_eq!(documents(&app).await, before);
    assert_eq!(app.query("{ events { totalCount } }").await, json!({ "events": { "totalCount": 1 } }));
    // Here the other version is this one, too.
    bring_up_to_date(&app).await;
    let mut session = Session::begin(&app.db, &app.clock, "test", false).await.unwrap();
    write(&mut session, "second").await.unwrap();
    assert_eq!(found(&app, "second").await, 4);
}

/// On SQLite nobody can tell when the import waits.
#[tokio::test]
async fn an_import_ends_when_another_version_has_upgraded_the_database() {
    let Some(app) = TestApp::start(Backend::Postgres).await else { return };
    let db = beside(&app).await;
    let upgrade = db.begin().await.unwrap();
    upgrade.execute_unprepared("UPDATE change_log SET last_seq = last_seq").await.unwrap();
    upgrade.execute_unprepared("UPDATE search_format SET version = version + 1").await.unwrap();
    let import = ["import", "rubyevents", "tests/fixtures/rubyevents"];
    let mut importing = Running::start(&import, &app.database.url);
    until_one_waits(&app).await;
    upgrade.commit().await.unwrap();
    assert_eq!(importing.end().await.code(), Some(1));
    let (log, told) = (importing.log(), "folkmoot: Another version of Folkmoot has brought this database up to date");
    assert_eq!(log.matches(told).count(), 1, "{log}");
    assert_eq!(log.lines().filter(|line| line.contains("WARN") || line.contains("ERROR")).count(), 0, "{log}");
    assert_eq!(texts(&app, "SELECT name FROM people").await, [""; 0]);
    assert!(Running::start(&import, &app.database.url).end().await.success());
    assert_eq!(documents(&app).await, documents_of_nothing(&app).await);
}

/// How many batches an import of a round has.
const BATCHES: usize = 8;

/// An import that goes on after its first `first` batches when the upgrade begins, and not before.
async fn import(
    app: &TestApp,
    (round, first): (usize, usize),
    written: &AtomicUsize,
    mut begun: watch::Receiver<bool>,
) -> Result<(), Error> {
    let mut session = Session::begin(&app.db, &app.clock, "test", false).await?;
    for number in 0..BATCHES {
        if number == first {
            begun.wait_for(|begun| *begun).await.unwrap();
        }
        write(&mut session, &format!("round {round} part {number}")).await?;
        written.fetch_max(number + 1, Ordering::SeqCst);
    }
    assert!(session.finish().await?.skipped.is_empty());
    Ok(())
}

/// An upgrade begins after each batch of an import, with an import that the upgrade refuses and with one that goes on.
#[rstest]
#[case(Backend::Sqlite, 4)]
#[case(Backend::Postgres, 20)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_during_an_import_loses_nothing(#[case] backend: Backend, #[case] rounds: usize) {
    let Some(app) = TestApp::start(backend).await else { return };
    let other = app.start_beside(0).await;
    for round in 0..rounds {
        let (written, is_another_format, first) = (AtomicUsize::new(0), round % 2 == 0, round * 3 % BATCHES);
        let (begins, begun) = watch::channel(false);
        let importing = async {
            while let Err(error) = import(&app, (round, first), &written, begun.clone()).await {
                assert_eq!(error.code(), Code::DatabaseUpgraded);
                assert!(is_another_format, "a write of the same format was refused");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let upgrade = async {
            let is_time = async || (written.load(Ordering::SeqCst) >= first).then_some(());
            eventually(|| "nothing is written".to_owned(), is_time).await;
            begins.send_replace(true);
            if is_another_format {
                outdate(&other).await;
            } else {
                interrupt(&other).await;
            }
            bring_up_to_date(&other).await;
        };
        tokio::join!(importing, upgrade);
        let documents = documents(&app).await;
        assert_eq!(documents.len(), 1 + (round + 1) * BATCHES * 4);
        assert_eq!(documents, documents_of_nothing(&other).await, "round {round}");
    }
}

/// The renewal is held at its events. Meanwhile there is a new talk, and then its event is not public any more. The
/// write that hides the event does not find a document of it. So the renewal has to see the talk.
#[tokio::test]
async fn what_is_hidden_while_documents_are_renewed_is_not_found() {
    let Some(app) = TestApp::start(Backend::Postgres).await else { return };
    let other = app.start_beside(0).await;
    let turned =
        |publication: &str| json!({ "events": [event("Turned", "2024-05-06", json!({ "publication": publication }))] });
    app.load(json!({ "events": [event("Held", "2024-05-06", json!({}))] })).await;
    app.load(turned("PUBLISHED")).await;
    outdate(&app).await;
    let db = beside(&app).await;
    let hold = db.begin().await.unwrap();
    hold.execute_unprepared("SELECT 1 FROM events WHERE name = 'Held' FOR UPDATE").await.unwrap();
    let writes = async {
        until_one_waits(&app).await;
        app.load(json!({ "talks": [talk("Secret", json!({ "event": "Turned" }))] })).await;
        assert_eq!(found(&app, "secret").await, 1);
        app.load(turned("DRAFT")).await;
        hold.commit().await.unwrap();
    };
    tokio::join!(bring_up_to_date(&other), writes);
    assert_eq!(found(&app, "secret").await, 0);
    assert_eq!(documents(&app).await.len(), 1);
}
