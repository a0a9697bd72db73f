//! The words with which migrations alter tables, on both databases: what they change, and what they leave as it was.

use migration::table::{
    PartialDate, Then, add_column, change_words, compare_bytes, create, drop_column, drop_index, flag, index, integer,
    key, node, one_of, reference, rename_column, table, text, time, unique, uuid,
};
use rstest::rstest;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, ExprTrait, Statement,
    TransactionTrait, sea_query::Expr,
};
use sea_orm_migration::SchemaManager;

use crate::support::{
    Backend,
    app::{TestApp, TestDatabase},
};

/// Runs a step in a transaction, as migrations do.
async fn step(
    db: &DatabaseConnection,
    work: impl AsyncFnOnce(&SchemaManager<'_>) -> Result<(), DbErr>,
) -> Result<(), DbErr> {
    let transaction = db.begin().await?;
    work(&SchemaManager::new(&transaction)).await?;
    transaction.commit().await
}

async fn run(db: &DatabaseConnection, sql: &str) -> Result<(), DbErr> {
    db.execute_unprepared(sql).await.map(drop)
}

/// The first column of what a query finds.
async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

const BOOKS: &str = "SELECT concat_ws(' ', id, version, title, status, part_of_id) FROM books ORDER BY id";
const LOANS: &str = "SELECT concat_ws(' ', id, book_id, last_book_id) FROM loans ORDER BY id";
const STATUS: &[&str] = &["NEW", "WORN"];

/// A step may move to another thread, so the futures of its words must be `Send`.
fn movable<F: Future + Send>(word: F) -> F {
    word
}

/// A key that ends in this letter.
fn id(end: char) -> String {
    format!("00000000-0000-7000-8000-00000000000{end}")
}

/// A library: two books, of which the second is part of the first, on a shelf, and three loans of them.
async fn library(db: &DatabaseConnection) {
    let tables = vec![
        table("shelves").col(uuid("id").primary_key()).to_owned(),
        node("books")
            .col(text("title").not_null())
            .col(one_of("status", STATUS).not_null().default("NEW"))
            .partial_date("printed_on", "printed_on_precision")
            .col(uuid("shelf_id"))
            .col(uuid("part_of_id"))
            .foreign_key(&mut key("shelf_id", "shelves", Then::Cascade))
            .foreign_key(&mut key("part_of_id", "books", Then::SetNull))
            .check(Expr::col("status").ne("WORN").or(Expr::col("shelf_id").is_not_null()))
            .to_owned(),
        table("loans")
            .col(uuid("id").primary_key())
            .col(uuid("book_id").not_null())
            .col(uuid("last_book_id"))
            .foreign_key(&mut key("book_id", "books", Then::Cascade))
            .foreign_key(&mut key("last_book_id", "books", Then::SetNull))
            .to_owned(),
    ];
    let indexes = vec![unique("books", &["title"]), index("books", &["status", "id"]), index("loans", &["book_id"])];
    step(db, async |manager| create(manager, tables, indexes).await).await.unwrap();
    let [shelf, one, two] = [id('a'), id('1'), id('2')];
    run(db, &format!("INSERT INTO shelves VALUES ('{shelf}')")).await.unwrap();
    for (book, title, whole) in [(&one, "b", "NULL".to_owned()), (&two, "A", format!("'{one}'"))] {
        let values = format!(
            "'{book}', '2020-01-01T00:00:00+00:00', '2020-01-01T00:00:00+00:00', '{title}', '{shelf}', {whole}"
        );
        let columns = "id, created_at, updated_at, title, shelf_id, part_of_id";
        run(db, &format!("INSERT INTO books ({columns}) VALUES ({values})")).await.unwrap();
    }
    for (loan, book, last) in [('7', &one, &two), ('8', &two, &one), ('9', &one, &one)] {
        run(db, &format!("INSERT INTO loans VALUES ('{}', '{book}', '{last}')", id(loan))).await.unwrap();
    }
}

/// A trigger that counts changes of books in their version.
async fn count_changes(db: &DatabaseConnection) {
    let statements: &[&str] = match db.get_database_backend() {
        DbBackend::Postgres => &[
            "CREATE FUNCTION books_count() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN NEW.version := OLD.version + 1; RETURN NEW; END $$",
            "CREATE TRIGGER books_count BEFORE UPDATE OF id, title ON books FOR EACH ROW EXECUTE FUNCTION books_count()",
        ],
        _ => &["CREATE TRIGGER books_count AFTER UPDATE OF id, title ON books BEGIN
            UPDATE books SET version = version + 1 WHERE id = NEW.id; END"],
    };
    for statement in statements {
        run(db, statement).await.unwrap();
    }
}

async fn indexes_of_books(db: &DatabaseConnection) -> Vec<String> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => "SELECT indexdef FROM pg_indexes WHERE tablename = 'books' ORDER BY 1",
        _ => "SELECT coalesce(sql, name) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'books' ORDER BY 1",
    };
    texts(db, sql).await
}

/// Text columns that do not compare by bytes.
async fn compared_by_language(db: &DatabaseConnection) -> Vec<String> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'
             AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C' ORDER BY 1"
        }
        _ => "SELECT name FROM sqlite_master WHERE sql LIKE '% COLLATE %' ORDER BY 1",
    };
    texts(db, sql).await
}

/// One connection, as the writes of SQLite have it.
async fn connect(database: &TestDatabase) -> DatabaseConnection {
    let mode = if database.url.starts_with("sqlite:") { "?mode=rwc" } else { "" };
    let mut options = ConnectOptions::new(format!("{}{mode}", database.url));
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

async fn library_on(backend: Backend) -> Option<(TestDatabase, DatabaseConnection)> {
    let database = TestDatabase::empty(backend).await?;
    let db = connect(&database).await;
    library(&db).await;
    Some((database, db))
}

#[rstest]
#[tokio::test]
async fn columns_come_and_go(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((_database, db)) = library_on(backend).await else { return };
    let before = texts(&db, BOOKS).await;
    let up = step(&db, async |manager| {
        movable(add_column(manager, "books", text("isbn"))).await?;
        add_column(manager, "books", integer("pages").not_null().default(7).to_owned()).await?;
        add_column(manager, "books", flag("is_lost")).await?;
        add_column(manager, "books", time("read_at")).await?;
        add_column(manager, "books", one_of("cover", &["HARD", "SOFT"]).not_null().default("HARD").to_owned()).await?;
        add_column(manager, "books", reference("home_id", "shelves", Then::SetNull)).await?;
        manager.create_index(index("books", &["home_id"])).await
    });
    up.await.unwrap();
    assert_eq!(texts(&db, BOOKS).await, before);
    let added = "SELECT concat_ws(' ', isbn, pages, read_at, cover, home_id) FROM books WHERE NOT is_lost";
    assert_eq!(texts(&db, added).await, ["7 HARD", "7 HARD"]);
    assert_eq!(compared_by_language(&db).await, [""; 0]);
    run(&db, "UPDATE books SET cover = 'SILK'").await.unwrap_err();
    run(&db, "UPDATE books SET pages = NULL").await.unwrap_err();
    run(&db, &format!("UPDATE books SET home_id = '{}'", id('b'))).await.unwrap_err();
    // Deleting a shelf sets the columns that refer to it to NULL.
    run(&db, &format!("INSERT INTO shelves VALUES ('{}')", id('b'))).await.unwrap();
    run(&db, &format!("UPDATE books SET home_id = '{}'", id('b'))).await.unwrap();
    run(&db, &format!("DELETE FROM shelves WHERE id = '{}'", id('b'))).await.unwrap();
    assert_eq!(texts(&db, added).await, ["7 HARD", "7 HARD"]);

    let down = step(&db, async |manager| {
        drop_index(manager, "books", &["home_id"]).await?;
        for column in ["home_id", "cover", "read_at", "is_lost", "pages", "isbn"] {
            drop_column(manager, "books", column).await?;
        }
        Ok(())
    });
    down.await.unwrap();
    assert_eq!(texts(&db, BOOKS).await, before);
    run(&db, "SELECT cover FROM books").await.unwrap_err();
}

#[rstest]
#[tokio::test]
async fn indexes_come_and_go(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((_database, db)) = library_on(backend).await else { return };
    let before = indexes_of_books(&db).await;
    step(&db, async |manager| manager.create_index(unique("books", &["version", "title"])).await).await.unwrap();
    let with = indexes_of_books(&db).await;
    assert_eq!(with.len(), before.len() + 1);
    assert!(with.iter().any(|index| index.contains("books_version_title")), "{with:?}");
    step(&db, async |manager| drop_index(manager, "books", &["version", "title"]).await).await.unwrap();
    assert_eq!(indexes_of_books(&db).await, before);
}

#[rstest]
#[tokio::test]
async fn a_renamed_column_keeps_its_rows_checks_and_indexes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((_database, db)) = library_on(backend).await else { return };
    let before = texts(&db, BOOKS).await;
    let rename = step(&db, async |manager| {
        movable(rename_column(manager, "books", "status", "condition")).await?;
        rename_column(manager, "books", "title", "name").await
    });
    rename.await.unwrap();
    let renamed = BOOKS.replace("status", "condition").replace("title", "name");
    assert_eq!(texts(&db, &renamed).await, before);
    assert_eq!(compared_by_language(&db).await, [""; 0]);
    run(&db, "UPDATE books SET condition = 'GONE'").await.unwrap_err();
    run(&db, "UPDATE books SET name = 'same'").await.unwrap_err();
    // Its check is found under its new name.
    step(&db, async |manager| change_words(manager, "books", "condition", &["NEW", "GONE"]).await).await.unwrap();
    run(&db, "UPDATE books SET condition = 'GONE'").await.unwrap();
}

#[rstest]
#[tokio::test]
async fn a_list_of_words_grows_and_nothing_else_changes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some((_database, db)) = library_on(backend).await else { return };
    count_changes(&db).await;
    let before = (texts(&db, BOOKS).await, texts(&db, LOANS).await, indexes_of_books(&db).await);
    run(&db, "UPDATE books SET status = 'LOST'").await.unwrap_err();
    let widen = async |manager: &SchemaManager<'_>| {
        movable(change_words(manager, "books", "status", &["NEW", "WORN", "LOST"])).await
    };
    step(&db, widen).await.unwrap();
    step(&db, widen).await.unwrap();
    assert_eq!((texts(&db, BOOKS).await, texts(&db, LOANS).await, indexes_of_books(&db).await), before);
    assert_eq!(compared_by_language(&db).await, [""; 0]);

    // The column holds the new word and no other, and keeps what else was said of it and of the table.
    run(&db, &format!("UPDATE books SET status = 'LOST' WHERE id = '{}'", id('2'))).await.unwrap();
    for refused in [
        "UPDATE books SET status = 'BURNT'",
        "UPDATE books SET status = NULL",
        "UPDATE books SET status = 'WORN', shelf_id = NULL",
        "UPDATE books SET printed_on = '2020-01-01'",
        "UPDATE books SET title = 'same'",
        "UPDATE loans SET book_id = id",
    ] {
        run(&db, refused).await.unwrap_err();
    }
    run(&db, "UPDATE books SET title = 'c' WHERE title = 'A'").await.unwrap();
    assert_eq!(texts(&db, "SELECT title FROM books WHERE version = 2").await, ["c"], "the trigger runs, once a change");
    // Foreign keys still delete rows or set references to NULL.
    run(&db, &format!("DELETE FROM books WHERE id = '{}'", id('1'))).await.unwrap();
    assert_eq!(texts(&db, BOOKS).await, [format!("{} 2 c LOST", id('2'))]);
    assert_eq!(texts(&db, LOANS).await, [format!("{} {}", id('8'), id('2'))]);

    // The word cannot be removed while a row has it.
    let narrow = async |manager: &SchemaManager<'_>| change_words(manager, "books", "status", STATUS).await;
    step(&db, narrow).await.unwrap_err();
    assert_eq!(texts(&db, LOANS).await.len(), 1, "nothing of it was done");
    run(&db, "DELETE FROM shelves").await.unwrap();
    assert_eq!(texts(&db, LOANS).await.len(), 0);
    step(&db, narrow).await.unwrap();
}

/// The number of rows of each table around events.
async fn counts(db: &DatabaseConnection) -> Vec<String> {
    let tables = [
        "events",
        "event_hosts",
        "event_topics",
        "agenda_items",
        "attendance_summaries",
        "talks",
        "resources",
        "provenance",
    ];
    let counts = tables.map(|table| format!("SELECT concat_ws(' ', '{table}', count(*)) FROM {table}"));
    texts(db, &counts.join(" UNION ALL ")).await
}

#[rstest]
#[tokio::test]
async fn a_history_stays_whole(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    let db = connect(&app.database).await;
    let before = counts(&db).await;
    let kinds = &["MEETUP", "CONFERENCE", "WORKSHOP", "TRAINING", "SOCIAL", "FUNDRAISER", "RETREAT"];
    step(&db, async |manager| change_words(manager, "events", "kind", kinds).await).await.unwrap();
    let statuses = &["DELIVERED", "CONFIRMED", "ACCEPTED", "CANCELLED"];
    step(&db, async |manager| change_words(manager, "talks", "status", statuses).await).await.unwrap();
    step(&db, async |manager| change_words(manager, "event_hosts", "role", &["LEAD", "CO_HOST", "GUEST"]).await)
        .await
        .unwrap();
    assert_eq!(counts(&db).await, before);
    if backend == Backend::Sqlite {
        assert_eq!(texts(&db, "SELECT \"table\" FROM pragma_foreign_key_check").await, [""; 0]);
    }
    run(&db, "UPDATE events SET kind = 'RETREAT', starts_at = '2019-01-01T00:00:00+00:00' WHERE slug = 'kubernetes-birthday'")
        .await
        .unwrap();
    let hosts =
        "SELECT slug FROM events AS e JOIN event_hosts AS h ON h.event_id = e.id WHERE h.starts_at = e.starts_at
        AND kind = 'RETREAT'";
    assert!(!texts(&db, hosts).await.is_empty(), "the copies of starts still follow");
}

#[rstest]
#[tokio::test]
async fn a_column_that_has_no_words_gets_none(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((_database, db)) = library_on(backend).await else { return };
    for (table, column) in [("books", "title"), ("books", "nothing"), ("nothing", "status")] {
        step(&db, async |manager| change_words(manager, table, column, STATUS).await).await.unwrap_err();
    }
    assert_eq!(texts(&db, BOOKS).await.len(), 2);
}

#[rstest]
#[tokio::test]
async fn keys_that_were_given_once_are_not_given_again(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(database) = TestDatabase::migrated(backend).await else { return };
    let db = connect(&database).await;
    let change = format!(
        "INSERT INTO changes (operation, node_type, node_id, at) VALUES ('DELETE', 'Event', '{}', '2020-01-01T00:00:00+00:00')",
        id('1')
    );
    run(&db, &change).await.unwrap();
    run(&db, &change.replace(&id('1'), &id('2'))).await.unwrap();
    run(&db, "DELETE FROM changes").await.unwrap();
    let hide = async |manager: &SchemaManager<'_>| {
        change_words(manager, "changes", "operation", &["UPSERT", "DELETE", "MERGE", "HIDE"]).await
    };
    step(&db, hide).await.unwrap();
    run(&db, &change.replace("'DELETE'", "'HIDE'")).await.unwrap();
    assert_eq!(texts(&db, "SELECT concat_ws(' ', seq, operation) FROM changes").await, ["3 HIDE"]);
}

#[rstest]
#[tokio::test]
async fn a_column_learns_to_compare_bytes(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some((_database, db)) = library_on(backend).await else { return };
    if backend == Backend::Postgres {
        let other = "ALTER TABLE books ALTER COLUMN title TYPE text COLLATE \"und-x-icu\"";
        run(&db, other).await.unwrap();
        assert_eq!(compared_by_language(&db).await, ["books.title"]);
        assert_eq!(texts(&db, "SELECT title FROM books ORDER BY title").await, ["A", "b"]);
    }
    run(&db, "UPDATE books SET title = 'a' WHERE title = 'A'").await.unwrap();
    run(&db, "UPDATE books SET title = 'B' WHERE title = 'b'").await.unwrap();
    let learn = async |manager: &SchemaManager<'_>| movable(compare_bytes(manager, "books", ["title"])).await;
    step(&db, learn).await.unwrap();
    assert_eq!(compared_by_language(&db).await, [""; 0]);
    // Another statement text: for the earlier one this connection has a plan by the old collation.
    assert_eq!(texts(&db, "SELECT title FROM books ORDER BY 1").await, ["B", "a"]);
    run(&db, "UPDATE books SET title = 'same'").await.unwrap_err();
}

#[rstest]
#[tokio::test]
async fn all_text_is_compared_by_bytes(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(database) = TestDatabase::migrated(backend).await else { return };
    let db = connect(&database).await;
    assert_eq!(compared_by_language(&db).await, [""; 0]);
}
