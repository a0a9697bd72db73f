//! A database that is not there when a command begins, or goes away while it runs.

use std::{
    io::{Read, Write},
    net::TcpListener,
    process::Command,
};

use folkmoot::{domain::write::Tx, interchange::session::Session};
use rstest::rstest;
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, Statement, TransactionTrait,
};
use serde_json::json;

use crate::support::{
    Backend, TestApp,
    app::TestDatabase,
    dump::Dump,
    postgres::Own,
    process::{Running, eventually},
};

const FIXTURE: &str = "tests/fixtures/rubyevents";
const IMPORT: &[&str] = &["import", "rubyevents", FIXTURE];

/// The last line that a failing command prints.
fn complaint(arguments: &[&str], url: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_folkmoot"));
    let output = command.args(arguments).env("DATABASE_URL", url).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(!said.contains("hunter2") && !said.contains("pool timed out"), "{said}");
    assert_eq!(said.matches("folkmoot: ").count(), 1, "{said}");
    said.lines().last().unwrap().to_owned()
}

#[rstest]
#[case(&["serve", "--listen", "127.0.0.1:0"])]
#[case(&["migrate", "up"])]
#[case(IMPORT)]
fn every_command_says_where_no_server_is(#[case] arguments: &[&str]) {
    let said = complaint(arguments, "postgres://hunter2:hunter2@127.0.0.1:1/x");
    let expected = "folkmoot: cannot use PostgreSQL at 127.0.0.1:1: it refuses the connection, so no server listens there. \
        Start it, or mend host and port of the database URL.";
    assert_eq!(said, expected);
}

#[rstest]
#[case::name(
    "postgres://hunter2:hunter2@nobody.invalid:5433/x",
    "at nobody.invalid:5433: the name of the host is not found"
)]
#[case::socket(
    "postgres://hunter2:hunter2@localhost/x?host=/nowhere",
    "at /nowhere (port 5432): there is no such socket"
)]
#[case::value(
    "postgres://hunter2:hunter2@127.0.0.1:1/x?sslmode=hunter2",
    "the database URL has a value that it cannot have"
)]
#[case::file("sqlite:/nowhere/folkmoot.db", "cannot use the database /nowhere/folkmoot.db: it cannot be opened")]
#[case::no_database_but_a_text("sqlite:Cargo.lock", "cannot use the database Cargo.lock: it is no database")]
fn a_message_says_what_is_wrong(#[case] url: &str, #[case] expected: &str) {
    let said = complaint(&["migrate", "status"], url);
    assert!(said.contains(expected), "{said}");
}

/// A server that answers every connection with this error.
fn refusing(code: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // An error means that the client has closed the connection.
            let _ = stream.and_then(|mut stream| {
                let mut head = [0; 8];
                stream.read_exact(&mut head)?;
                if head[4..] == 80_877_103_u32.to_be_bytes() {
                    // No TLS.
                    stream.write_all(b"N")?;
                    stream.read_exact(&mut head)?;
                }
                let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
                stream.read_exact(&mut vec![0; length - 8])?;
                let fields = format!("SFATAL\0VFATAL\0C{code}\0Mno place for user \"hunter2\"\0\0");
                let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
                stream.write_all(&[b"E", &length[..], fields.as_bytes()].concat())
            });
        }
    });
    port
}

#[rstest]
#[case("28P01", "the password is wrong, or there is no such user. Mend")]
#[case("28000", "it does not let this user in. Mend")]
#[case("3D000", "it has no database of this name. Create")]
#[case("42501", "this user may not connect to this database. GRANT")]
#[case("53300", "it has as many connections as it takes. End")]
#[case("22023", "it refuses the connection (SQLSTATE 22023). The")]
#[case("57P03", "it is starting, stopping or recovering. Try")]
fn a_refusal_is_said_in_words(#[case] code: &'static str, #[case] expected: &str) {
    let port = refusing(code);
    let said = complaint(&["migrate", "status"], &format!("postgres://hunter2:hunter2@127.0.0.1:{port}/x"));
    assert!(said.contains(&format!("cannot use PostgreSQL at 127.0.0.1:{port}: {expected}")), "{said}");
}

/// An import that is blocked at its first talk.
async fn standing(url: &str) -> (DatabaseTransaction, Running) {
    assert!(Running::start(&["migrate", "up"], url).end().await.success());
    let holder = Database::connect(url).await.unwrap();
    let held = holder.begin().await.unwrap();
    held.execute_unprepared("LOCK TABLE talks IN EXCLUSIVE MODE").await.unwrap();
    let import = Running::start(IMPORT, url);
    wait_for_lock(&holder, &import).await;
    (held, import)
}

async fn wait_for_lock(holder: &DatabaseConnection, who: &Running) {
    let sql = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    let waits = Statement::from_string(DbBackend::Postgres, sql);
    let waiting = async || holder.query_all_raw(waits.clone()).await.unwrap();
    eventually(|| who.log(), async || (!waiting().await.is_empty()).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_waits_for_a_database_that_comes_back() {
    let Some(mut server) = Own::start().await else { return };
    let (_held, mut import) = standing(&server.url()).await;
    server.stop();
    import.says("waiting up to 30 seconds").await;
    server.restart();
    assert!(import.end().await.success(), "{}", import.log());
    assert_eq!(import.log().matches("waiting up to").count(), 1, "{}", import.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_ends_with_one_message_if_its_database_stays_away_and_goes_on_when_run_again() {
    let Some(mut server) = Own::start().await else { return };
    let (_held, mut import) = standing(&server.url()).await;
    server.stop();
    assert_eq!(import.end().await.code(), Some(1));
    let log = import.log();
    let last = log.lines().last().unwrap();
    assert!(last.starts_with("folkmoot: cannot use PostgreSQL at 127.0.0.1:"), "{log}");
    assert!(last.contains("it refuses the connection") && last.contains("run the import again"), "{log}");
    assert_eq!((log.matches("folkmoot: ").count(), log.matches("skipped").count()), (1, 0), "{log}");

    server.restart();
    let again = || Command::new(env!("CARGO_BIN_EXE_folkmoot")).args(IMPORT).env("DATABASE_URL", server.url()).output();
    assert!(again().unwrap().status.success());
    let third = again().unwrap();
    assert!(String::from_utf8_lossy(&third.stdout).contains("Nothing changed."), "{third:?}");
    let whole = TestDatabase::migrated(Backend::Postgres).await.unwrap();
    assert!(Running::start(IMPORT, &whole.url).end().await.success());
    Dump::of(&server.url()).await.must_equal(&Dump::of(&whole.url).await, "away, and back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_away_while_a_server_starts_is_named() {
    let Some(mut server) = Own::start().await else { return };
    let url = server.url();
    let holder = Database::connect(&url).await.unwrap();
    let open = holder.begin().await.unwrap();
    open.execute_unprepared("CREATE TABLE seaql_migrations (version varchar)").await.unwrap();
    let mut starting = Running::start(&["serve", "--listen", "127.0.0.1:0"], &url);
    wait_for_lock(&holder, &starting).await;
    server.stop();
    assert_eq!(starting.end().await.code(), Some(1));
    let log = starting.log();
    // By then the server may refuse connections or close them.
    assert!(log.lines().last().unwrap().starts_with("folkmoot: cannot use PostgreSQL at 127.0.0.1:"), "{log}");
}

#[tokio::test]
async fn an_import_waits_for_another_process_that_writes() {
    let Some(app) = TestApp::start(Backend::Sqlite).await else { return };
    let url = &app.database.url;
    assert!(Running::start(IMPORT, url).end().await.success());
    let other = rusqlite::Connection::open(url.strip_prefix("sqlite:").unwrap()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut import = Running::start(IMPORT, url);
    import.says("waiting up to 30 seconds").await;
    other.execute_batch("COMMIT").unwrap();
    assert!(import.end().await.success(), "{}", import.log());
    // The message with which it would have ended if the lock had stayed.
    let said = app.db.absence().await.to_string();
    assert!(said.contains("test.db: another process holds its lock. Let it end"), "{said}");
}

#[tokio::test]
async fn an_import_onto_a_full_disk_ends_with_one_message_and_goes_on_when_run_again() {
    let Some(app) = TestApp::start(Backend::Sqlite).await else { return };
    let limit = async |pages: &str| {
        let tx = Tx::begin(&app.db, &app.clock).await.unwrap();
        let sql = format!("PRAGMA max_page_count = {pages}");
        tx.reading().query_one_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
        tx.roll_back().await.unwrap();
    };
    let people = |number: usize| {
        let of = |n: usize| json!({ "key": format!("{number} {n}"), "name": "Ada Quill", "bio": "much ".repeat(1000) });
        serde_json::from_value(json!({ "people": (0..50).map(of).collect::<Vec<_>>() })).unwrap()
    };
    // SQLite does not set the limit below the present size.
    limit("1").await;
    let mut session = Session::begin(&app.db, &app.clock, "test", false).await.unwrap();
    let mut written = Ok(());
    for number in 0..10 {
        written = session.write("people", people(number)).await;
        if written.is_err() {
            break;
        }
    }
    let error = written.unwrap_err();
    assert_eq!(error.code().as_str(), "STORAGE_FAILED");
    let said = error.to_string();
    assert!(said.contains("test.db: its disk is full") && said.contains("run the import again"), "{said}");
    assert_eq!(session.report().skipped, []);
    // A dry run needs no room.
    let mut session = Session::begin(&app.db, &app.clock, "test", true).await.unwrap();
    session.write("people", people(0)).await.unwrap();
    assert_eq!(session.finish().await.unwrap().skipped, []);
    limit("1000000").await;
    let mut session = Session::begin(&app.db, &app.clock, "test", false).await.unwrap();
    for number in 0..10 {
        session.write("people", people(number)).await.unwrap();
    }
    assert_eq!(session.finish().await.unwrap().skipped, []);
    assert_eq!(app.query("{ people { totalCount } }").await, json!({ "people": { "totalCount": 500 } }));
}

#[rstest]
#[case("53100", "its disk is full")]
#[case("25006", "it can only be read")]
#[tokio::test]
async fn an_import_ends_when_postgresql_can_keep_nothing_more(#[case] code: &str, #[case] expected: &str) {
    let Some(database) = TestDatabase::empty(Backend::Postgres).await else { return };
    assert!(Running::start(&["migrate", "up"], &database.url).end().await.success());
    let connection = Database::connect(&database.url).await.unwrap();
    let fails = format!(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$;
         CREATE TRIGGER fail BEFORE INSERT ON talks EXECUTE FUNCTION fail();"
    );
    connection.execute_unprepared(&fails).await.unwrap();
    connection.close().await.unwrap();
    let said = complaint(IMPORT, &database.url);
    assert!(said.contains("cannot write to PostgreSQL at 127.0.0.1:"), "{said}");
    assert!(said.contains(expected) && said.contains("What is imported so far stays"), "{said}");
}

#[tokio::test]
async fn an_import_skips_nothing_because_its_database_was_dropped() {
    let Some(database) = TestDatabase::empty(Backend::Postgres).await else { return };
    let (_held, import) = standing(&database.url).await;
    let (server, name) = database.url.rsplit_once('/').unwrap();
    let admin = Database::connect(format!("{server}/postgres")).await.unwrap();
    admin.execute_unprepared(&format!("DROP DATABASE \"{name}\" WITH (FORCE)")).await.unwrap();
    admin.close().await.unwrap();
    // It waits as it does for a server that stays away.
    import.says("waiting up to 30 seconds").await;
    let log = import.log();
    assert!(log.contains("does not exist") && !log.contains("internal error"), "{log}");
}

#[cfg(unix)]
#[tokio::test]
async fn an_import_onto_a_disk_that_fails_ends_with_one_message() {
    let Some(database) = TestDatabase::empty(Backend::Sqlite).await else { return };
    assert!(Running::start(&["migrate", "up"], &database.url).end().await.success());
    // No file may grow over 100 KiB from here on, or at least none over 200.
    let limited = format!("trap '' XFSZ; ulimit -f 200; exec {} {}", env!("CARGO_BIN_EXE_folkmoot"), IMPORT.join(" "));
    let import = || {
        let mut command = Command::new("sh");
        command.args(["-c", &limited]).env("DATABASE_URL", &database.url);
        command
    };
    let output = import().output().unwrap();
    let (said, summary) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("test.db: its disk cannot be read or written. Mend that first. What is imported"), "{said}");
    assert_eq!((said.matches("folkmoot: ").count(), summary.matches("skipped").count()), (1, 0), "{said}{summary}");
}

#[rstest]
#[tokio::test]
async fn a_command_speaks_of_no_request(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(database) = TestDatabase::empty(backend).await else { return };
    assert!(Running::start(&["migrate", "up"], &database.url).end().await.success());
    let connection = Database::connect(&database.url).await.unwrap();
    connection.execute_unprepared("ALTER TABLE search_format RENAME TO gone").await.unwrap();
    connection.close().await.unwrap();
    let said = complaint(IMPORT, &database.url);
    assert!(!said.contains("request") && said.contains("log"), "{said}");
}
