//! Migrations: up and down on both databases, by several processes at once, and true to the entities.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use entity::{
    node_type::{NodeType, NodeTypes},
    table::invalidated_by,
};
use folkmoot::db::{Db, migrate};
use rstest::rstest;
use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable, Statement,
    TransactionTrait,
    sqlx::{self, Connection, PgConnection},
};

use crate::support::{
    Backend,
    app::TestDatabase,
    process::{Running, eventually},
};

fn folkmoot(arguments: &[&str], url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_folkmoot"));
    command.args(arguments).env("DATABASE_URL", url).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn succeed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[rstest]
#[tokio::test]
async fn up_down_and_up_again(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(database) = TestDatabase::empty(backend).await else { return };
    let run = |arguments: &[&str]| succeed(&folkmoot(arguments, &database.url).output().unwrap());
    let steps = run(&["migrate", "status"]).lines().count();
    assert!(steps >= 7);
    assert!(!run(&["migrate", "status"]).contains("applied"));

    assert!(!run(&["migrate", "up"]).contains("missing"));
    let tables = tables(&database.url).await;
    assert!(tables.contains(&"events".to_owned()));

    let down = run(&["migrate", "down", "--steps", &steps.to_string()]);
    assert!(!down.contains("applied"), "{down}");
    let left = self::tables(&database.url).await;
    assert!(left.iter().all(|table| ["seaql_migrations"].contains(&table.as_str())), "{left:?}");

    assert!(!run(&["migrate", "up"]).contains("missing"));
    assert_eq!(self::tables(&database.url).await, tables);
}

#[rstest]
#[tokio::test]
async fn the_output_need_not_be_read_to_its_end(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(database) = TestDatabase::empty(backend).await else { return };
    let import = ["import", "rubyevents", "tests/fixtures/rubyevents"];
    for arguments in [&["migrate", "up"][..], &["migrate", "status"], &["schema"], &import] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        succeed(&folkmoot(arguments, &database.url).stdout(writer).output().unwrap());
    }
}

#[rstest]
#[tokio::test]
async fn five_processes_that_start_at_once_migrate_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(database) = TestDatabase::empty(backend).await else { return };
    let processes: Vec<_> = (0..5)
        .map(|_| folkmoot(&["migrate", "up", "--log", "sea_orm_migration=info"], &database.url).spawn().unwrap())
        .collect();
    let mut applied = 0;
    for process in processes {
        let output = process.wait_with_output().unwrap();
        assert!(!succeed(&output).contains("missing"));
        applied += String::from_utf8_lossy(&output.stderr).matches("has been applied").count();
    }
    assert_eq!(applied, migrate::status(&connect(&database.url).await).await.unwrap().len(), "each step exactly once");
}

#[rstest]
#[tokio::test]
async fn an_interrupted_migration_is_safe_to_repeat(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(database) = TestDatabase::empty(backend).await else { return };
    // Killed at any moment, each step is there as a whole or not at all. The next run goes on at once: a lock ends with
    // its holder.
    for pause in [0, 5, 15, 25, 35, 50, 80] {
        let mut process = folkmoot(&["migrate", "up"], &database.url).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(pause)).await;
        process.kill().unwrap();
        process.wait().unwrap();
    }
    assert!(!succeed(&folkmoot(&["migrate", "up"], &database.url).output().unwrap()).contains("missing"));
    assert!(tables(&database.url).await.contains(&"search_documents".to_owned()));
}

/// The name of the lock among those of a PostgreSQL database.
const LOCK: i64 = 0x666f_6c6b_6d6f_6f74;

/// The lock, held by a test.
enum Held {
    File(File),
    Session(PgConnection),
}

fn lock_file(url: &str) -> File {
    let path = format!("{}.lock", url.strip_prefix("sqlite:").unwrap());
    OpenOptions::new().create(true).append(true).open(path).unwrap()
}

#[rstest]
#[tokio::test]
async fn a_start_that_waits_for_a_lock_says_who_holds_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(database) = TestDatabase::empty(backend).await else { return };
    // The test holds the lock, as the program does.
    let (held, holder) = match backend {
        Backend::Sqlite => {
            let mut file = lock_file(&database.url);
            file.lock().unwrap();
            writeln!(file, "process 4711").unwrap();
            (Held::File(file), "process 4711".to_owned())
        }
        Backend::Postgres => {
            let mut session = PgConnection::connect(&database.url).await.unwrap();
            let sql = "SELECT pg_backend_pid() FROM (SELECT pg_advisory_lock($1)) AS held";
            let pid: i32 = sqlx::query_scalar(sql).bind(LOCK).fetch_one(&mut session).await.unwrap();
            (Held::Session(session), format!("session {pid} of PostgreSQL"))
        }
    };
    let begin = Instant::now();
    let mut waiting = Running::start(&["migrate", "up"], &database.url);
    let line = waiting.says("waiting for another process").await;
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    assert!(line.contains(&holder), "{line}");
    match held {
        Held::File(file) => drop(file),
        Held::Session(session) => session.close().await.unwrap(),
    }
    assert!(waiting.end().await.success(), "{}", waiting.log());
}

#[cfg(unix)]
#[rstest]
#[tokio::test]
async fn a_migration_that_is_told_to_end_lets_go_of_its_lock(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    use std::os::unix::process::ExitStatusExt;
    let Some(database) = TestDatabase::empty(backend).await else { return };
    // Its first step waits for the write of this connection, which is not committed.
    let other = sea_orm::Database::connect(format!("{}{}", database.url, mode(backend))).await.unwrap();
    if backend == Backend::Sqlite {
        other.execute_unprepared("PRAGMA journal_mode = wal").await.unwrap();
    }
    let open = other.begin().await.unwrap();
    open.execute_unprepared("CREATE TABLE seaql_migrations (version varchar)").await.unwrap();
    let is_held = async || match backend {
        Backend::Sqlite => lock_file(&database.url).try_lock().is_err(),
        Backend::Postgres => {
            let sql = "SELECT 1 FROM pg_locks JOIN pg_database AS d ON d.oid = database
                WHERE locktype = 'advisory' AND d.datname = current_database()";
            !other.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap().is_empty()
        }
    };
    let mut serving = Running::start(&["serve", "--listen", "127.0.0.1:0"], &database.url);
    eventually(|| serving.log(), async || is_held().await.then_some(())).await;
    serving.signal(rustix::process::Signal::TERM);
    let begin = Instant::now();
    eventually(|| serving.log(), async || (!is_held().await).then_some(())).await;
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    assert_eq!(serving.end().await.signal(), Some(15), "{}", serving.log());
    open.rollback().await.unwrap();
    succeed(&folkmoot(&["migrate", "up"], &database.url).output().unwrap());
}

fn mode(backend: Backend) -> &'static str {
    if backend == Backend::Sqlite { "?mode=rwc" } else { "" }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_of_sqlite_is_its_owners() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("private.db");
    let url = format!("sqlite:{}", path.display());
    let db = Db::connect(&url, 1, None).await.unwrap();
    migrate::up(&db).await.unwrap();
    let files: Vec<_> = std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap()).collect();
    assert!(files.len() >= 3, "with -wal and -shm: {files:?}");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
}

/// Tables whose readers' responses are never cached: private tables, those that an import changes without an entry in
/// the log, and the log itself.
const NOT_INVALIDATED: &[&str] = &[
    "audit",
    "change_log",
    "changes",
    "event_private",
    "external_refs",
    "imports",
    "node_groups",
    "person_private",
    "rsvps",
    "search_format",
    "seaql_migrations",
    "sponsorship_private",
    "talk_proposals",
];

/// The suffixes of the shadow tables of SQLite's search, which no statement of ours names.
const SHADOWS: &[&str] = &["_config", "_content", "_data", "_docsize", "_idx"];

#[rstest]
#[tokio::test]
async fn every_table_says_which_nodes_invalidate_it(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(database) = TestDatabase::empty(backend).await else { return };
    let db = connect(&database.url).await;
    migrate::up(&db).await.unwrap();
    let mut tables = tables(&database.url).await;
    tables.retain(|table| !SHADOWS.iter().any(|shadow| table.ends_with(shadow)));
    for table in &tables {
        assert_eq!(invalidated_by(table).is_none(), NOT_INVALIDATED.contains(&table.as_str()), "{table}");
        // The match steps of a search are rows that never change.
        let never_changes = invalidated_by(table) == Some(NodeTypes::of(&[]));
        assert_eq!(never_changes, table == "search_steps", "{table} is a table");
    }
    // Nodes whose deletion deletes a row or clears a reference in it invalidate the table, too.
    let keys = foreign_keys(&db).await;
    assert!(keys.len() > 30, "the foreign keys were not found");
    for Key { table, target, .. } in keys.iter().filter(|key| key.target != "images") {
        if let Some(types) = invalidated_by(table) {
            assert!(types.hold(deleted_with(target, &keys)), "{table} points to {target}");
        }
    }
}

/// A foreign key, and whether its rows are deleted with their target.
struct Key {
    table: String,
    target: String,
    cascades: bool,
}

/// The nodes whose deletion deletes rows of this table.
fn deleted_with(table: &str, keys: &[Key]) -> NodeTypes {
    let own = NodeType::iter().filter(|node_type| table_of(*node_type) == table).collect::<NodeTypes>();
    let around = keys.iter().filter(|key| key.table == table && key.cascades && key.target != table);
    around.fold(own, |all, key| all.and(deleted_with(&key.target, keys)))
}

fn table_of(node_type: NodeType) -> &'static str {
    match node_type {
        NodeType::Group => "groups",
        NodeType::Membership => "memberships",
        NodeType::Event => "events",
        NodeType::Talk => "talks",
        NodeType::Person => "people",
        NodeType::Organization => "organizations",
        NodeType::Venue => "venues",
        NodeType::Sponsorship => "sponsorships",
        NodeType::Topic => "topics",
        NodeType::Resource => "resources",
        NodeType::Rsvp => "rsvps",
        NodeType::Fundraiser => "fundraisers",
    }
}

async fn foreign_keys(db: &Db) -> Vec<Key> {
    let sql = match db.backend() {
        DbBackend::Postgres => {
            "SELECT conrelid::regclass::text || ' ' || confrelid::regclass::text || ' ' || confdeltype::text FROM pg_constraint
             WHERE contype = 'f'"
        }
        _ => {
            "SELECT m.name || ' ' || f.\"table\" || ' ' || f.on_delete FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f
             WHERE m.type = 'table'"
        }
    };
    let key = |line: &String| {
        let words: Vec<&str> = line.splitn(3, ' ').collect();
        Key { table: words[0].into(), target: words[1].into(), cascades: ["c", "CASCADE"].contains(&words[2]) }
    };
    column(db, sql).await.iter().map(key).collect()
}

async fn connect(url: &str) -> Db {
    Db::connect(url, 1, None).await.unwrap()
}

async fn tables(url: &str) -> Vec<String> {
    let db = connect(url).await;
    let sql = match db.backend() {
        DbBackend::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
        _ => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1",
    };
    column(&db, sql).await
}

async fn column(db: &Db, sql: &str) -> Vec<String> {
    let rows = db.reads().query_all_raw(Statement::from_string(db.backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

#[rstest]
#[tokio::test]
async fn entities_are_what_the_migrations_make(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(database) = TestDatabase::empty(backend).await else { return };
    let db = connect(&database.url).await;
    migrate::up(&db).await.unwrap();
    let mut compared = Vec::new();
    macro_rules! compare {
        ($($entity:ident),*) => { $( compared.push(compare::<entity::$entity::Entity>(&db).await); )* };
    }
    compare!(
        affiliation,
        agenda_item,
        attendance_summary,
        audit,
        change,
        change_log,
        event,
        event_host,
        event_private,
        event_topic,
        external_ref,
        fundraiser,
        group,
        group_topic,
        image,
        import,
        membership,
        node_group,
        organization,
        person,
        person_alias,
        person_link,
        person_private,
        provenance,
        resource,
        room,
        rsvp,
        search_document,
        search_format,
        sponsorship,
        sponsorship_private,
        sponsorship_role,
        talk,
        talk_proposal,
        talk_speaker,
        talk_topic,
        topic,
        topic_alias,
        venue
    );
    compared.sort();
    let mut tables = tables(&database.url).await;
    let aside = ["seaql_migrations", "search_words", "search_names", "search_steps"];
    tables.retain(|table| !aside.iter().any(|name| table.starts_with(name)));
    assert_eq!(compared, tables, "a table for each entity and an entity for each table");
}

/// Compares the columns of an entity with those of its table, and returns the name of the table.
async fn compare<E: EntityTrait>(db: &Db) -> String {
    let table = E::default().table_name().to_owned();
    let described: Vec<String> = {
        let mut columns: Vec<String> = E::Column::iter()
            .map(|column| {
                let definition = column.def();
                let null = if definition.is_null() { "null" } else { "not null" };
                format!("{} {} {null}", column.as_str(), kind(definition.get_column_type()))
            })
            .collect();
        columns.sort();
        columns
    };
    let sql = match db.backend() {
        DbBackend::Postgres => format!(
            "SELECT column_name || ' ' || CASE data_type WHEN 'timestamp with time zone' THEN 'time' WHEN 'double precision' \
             THEN 'double' ELSE data_type END || CASE is_nullable WHEN 'YES' THEN ' null' ELSE ' not null' END \
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}' AND data_type <> 'tsvector'"
        ),
        _ => format!(
            "SELECT name || ' ' || CASE lower(type) WHEN 'uuid_text' THEN 'uuid' WHEN 'timestamp_with_timezone_text' THEN 'time' \
             WHEN 'date_text' THEN 'date' ELSE lower(type) END || CASE WHEN \"notnull\" OR pk THEN ' not null' ELSE ' null' END \
             FROM pragma_table_info('{table}')"
        ),
    };
    let mut actual: Vec<String> = column(db, &sql).await.into_iter().map(|column| normal(&column)).collect();
    actual.sort();
    assert_eq!(described, actual, "{table}");
    table
}

fn normal(column: &str) -> String {
    // SQLite has one kind of integer.
    column.replace(" bigint ", " integer ").replace(" integer_text ", " integer ")
}

fn kind(column_type: &ColumnType) -> &'static str {
    match column_type {
        ColumnType::Uuid => "uuid",
        ColumnType::Text | ColumnType::Enum { .. } | ColumnType::String(_) => "text",
        ColumnType::Integer | ColumnType::BigInteger => "integer",
        ColumnType::Double => "double",
        ColumnType::Boolean => "boolean",
        ColumnType::Date => "date",
        ColumnType::TimestampWithTimeZone => "time",
        other => panic!("no name for {other:?}"),
    }
}
