//! The audit: who changed which node when, and the names of what changed.

use entity::person;
use folkmoot::domain::{audit::Actor, write::Origin};
use rstest::rstest;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, Database, EntityTrait, QueryFilter, Statement};
use serde_json::{Value, json};

use crate::support::{Backend, TestApp, builders::*, process::output};

/// What `folkmoot history` prints, without the times.
pub fn history(app: &TestApp, node: &str) -> Result<Vec<String>, String> {
    let line = |line: &str| line.split_once(" UTC  ").unwrap().1.to_owned();
    Ok(output(&["history", node], &app.database.url)?.lines().map(line).collect())
}

fn ada(more: Value) -> Value {
    batch(json!({ "people": [with(person("Ada Quill"), more)] }))
}

async fn row(app: &TestApp) -> person::Model {
    person::Entity::find().filter(person::Column::Slug.eq("ada-quill")).one(app.db.reads()).await.unwrap().unwrap()
}

#[rstest]
#[tokio::test]
async fn the_history_of_a_node_says_who_changed_what(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_from(&app, "one", ada(json!({}))).await;
    load_from(&app, "one", ada(json!({}))).await;
    let links = json!([{ "kind": "website", "url": "https://ada.example.org" }]);
    load_from(&app, "one", ada(json!({ "bio": "Writes parsers.", "links": links }))).await;
    let (before, origin) = (row(&app).await, Origin::new(&app.clock, Actor::Command("rename")));
    app.db
        .write(origin, move |tx| {
            let change = person::ActiveModel { name: Set("Ada Q. Quill".to_owned()), ..Default::default() };
            let change = vec![(before.clone(), change)];
            Box::pin(async move { tx.change::<person::Entity>(change).await })
        })
        .await
        .unwrap();

    let told = [
        "created by import one",
        "changed by import one: bio, person_links",
        "changed by command rename: name, sort_name",
    ];
    assert_eq!(history(&app, "person/ada-quill").unwrap(), told);
    let person = app.query("{ person(slug: \"ada-quill\") { id version } }").await;
    assert_eq!(person["person"]["version"], 3, "each write that changed something is one version");
    assert_eq!(history(&app, person["person"]["id"].as_str().unwrap()).unwrap(), told);
}

#[rstest]
#[tokio::test]
async fn a_deleted_node_has_a_history_and_a_write_that_failed_has_none(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_from(&app, "one", ada(json!({}))).await;
    let key = row(&app).await.id;
    let failed: Result<(), _> = app
        .db
        .write(&app.clock, move |tx| {
            Box::pin(async move {
                tx.delete::<person::Entity>(&[key]).await?;
                Err(folkmoot::error::Error::Internal)
            })
        })
        .await;
    assert!(failed.is_err());
    let id = app.query("{ person(slug: \"ada-quill\") { id } }").await["person"]["id"].as_str().unwrap().to_owned();
    assert_eq!(history(&app, &id).unwrap(), ["created by import one"]);

    app.db
        .write(&app.clock, move |tx| Box::pin(async move { tx.delete::<person::Entity>(&[key]).await.map(drop) }))
        .await
        .unwrap();
    assert_eq!(history(&app, &id).unwrap(), ["created by import one", "deleted by system"]);
    assert!(history(&app, "person/ada-quill").unwrap_err().contains("there is no Person `ada-quill`"));
    assert!(history(&app, "ada-quill").unwrap_err().contains("neither an id nor a type and a slug"));
}

#[rstest]
#[tokio::test]
async fn the_audit_holds_names_of_fields_and_no_values(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_from(&app, "one", ada(json!({ "bio": "canary in the bio" }))).await;
    load_from(&app, "one", ada(json!({ "bio": "another canary" }))).await;
    let db = Database::connect(&app.database.url).await.unwrap();
    let sql = "SELECT CAST(id AS text) || actor || operation || node_type || fields FROM audit";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    let rows: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    db.close().await.unwrap();
    assert!(rows.iter().any(|row| row.contains("CHANGE") && row.contains("bio")), "{rows:?}");
    assert!(rows.iter().all(|row| !row.contains("canary")), "{rows:?}");
}
