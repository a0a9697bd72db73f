//! Deleting by hand: what goes, what changes with it, and who is told.

use entity::{external_ref, person, provenance};
use rstest::rstest;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::{
    audit::history,
    support::{Backend, TestApp, builders::*, process::output},
};

/// What `folkmoot delete` prints, or why it failed.
fn delete(app: &TestApp, arguments: &[&str]) -> Result<String, String> {
    output(&[&["delete"][..], arguments].concat(), &app.database.url)
}

/// The end of the change log.
async fn end(app: &TestApp) -> String {
    let log = app.query("{ changes(first: 100) { pageInfo { endCursor hasNextPage } } }").await;
    assert_eq!(log["changes"]["pageInfo"]["hasNextPage"], false);
    log["changes"]["pageInfo"]["endCursor"].as_str().unwrap().to_owned()
}

/// The operations and types of the changes after a cursor, sorted.
async fn changes(app: &TestApp, after: &str) -> Vec<String> {
    let query = format!("{{ changes(after: \"{after}\", first: 100) {{ nodes {{ operation typename }} }} }}");
    let log = app.query(&query).await;
    let change =
        |change: &Value| format!("{} {}", change["operation"].as_str().unwrap(), change["typename"].as_str().unwrap());
    let mut changes: Vec<String> = log["changes"]["nodes"].as_array().unwrap().iter().map(change).collect();
    changes.sort();
    changes
}

async fn load_ada(app: &TestApp) {
    let source = json!({ "provenance": [{ "source": "a letter", "kind": "DOCUMENT", "confidence": "STATED" }] });
    let organizer = json!({ "memberships": [{ "person": "Ada Quill", "role": "ORGANIZER" }] });
    app.load(json!({
        "people": [with(person("Ada Quill"), source), person("Bo Reed")],
        "groups": [with(group(GROUP), organizer)],
        "events": [event("May", json!({}))],
        "talks": [talk("Parsing", json!({ "event": "May", "speakers": [speaker("Ada Quill"), speaker("Bo Reed")] }))],
    }))
    .await;
}

#[rstest]
#[tokio::test]
async fn a_deleted_person_goes_and_her_talk_stays(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_ada(&app).await;
    let talk = "{ talk(slug: \"parsing\") { version speakers { person { name } } } }";
    let before = app.query(talk).await["talk"]["version"].as_i64().unwrap();
    let ada = app.query("{ person(slug: \"ada-quill\") { id } }").await["person"]["id"].as_str().unwrap().to_owned();
    let start = end(&app).await;

    let told = delete(&app, &["person/ada-quill"]).unwrap();
    assert_eq!(told, format!("deleted       {ada}\nwith it       1 Membership\nchanged       1 Group, 1 Talk\n"));
    assert_eq!(app.query(&format!("{{ node(id: \"{ada}\") {{ id }} }}")).await["node"], json!(null));
    assert_eq!(app.query("{ search(query: \"Ada Quill\") { totalCount } }").await["search"]["totalCount"], 0);
    let after = app.query(talk).await["talk"].take();
    assert_eq!(after, json!({ "version": before + 1, "speakers": [{ "person": { "name": "Bo Reed" } }] }));
    let expected = ["DELETE Membership", "DELETE Person", "UPSERT Group", "UPSERT Talk"];
    assert_eq!(changes(&app, &start).await, expected);

    assert_eq!(history(&app, &ada).unwrap(), ["created by import test", "deleted by command delete"]);
    let of_talk = history(&app, "talk/parsing").unwrap();
    assert_eq!(of_talk.last().unwrap(), "changed by command delete: talk_speakers");
    assert!(delete(&app, &[&ada]).unwrap_err().contains(&format!("there is no Person `{ada}`")));
}

#[rstest]
#[tokio::test]
async fn what_cannot_be_without_a_node_goes_with_it(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let slides = json!([{ "kind": "SLIDES", "url": "https://slides.example/1" }]);
    app.load(json!({
        "people": [person("Ada")],
        "organizations": [{ "key": "Barn", "name": "Barn" }],
        "groups": [with(group(GROUP), json!({ "memberships": [{ "person": "Ada", "role": "ORGANIZER" }] }))],
        "events": [event("May", json!({}))],
        "talks": [talk("Parsing", json!({ "event": "May", "resources": slides }))],
        "sponsorships": [{ "key": "Pizza", "organization": "Barn", "group": GROUP, "status": "ACTIVE" }],
        "fundraisers": [{ "key": "Hats", "name": "Hats", "group": GROUP, "event": "May" }],
    }))
    .await;
    let start = end(&app).await;
    let told = delete(&app, &["group/kubernetes-london"]).unwrap();
    assert!(told.contains("with it       1 Membership, 1 Sponsorship, 1 Fundraiser\n"), "{told}");
    assert!(told.contains("changed       1 Event, 1 Talk\n"), "{told}");
    let expected =
        ["DELETE Fundraiser", "DELETE Group", "DELETE Membership", "DELETE Sponsorship", "UPSERT Event", "UPSERT Talk"];
    assert_eq!(changes(&app, &start).await, expected);

    let start = end(&app).await;
    let told = delete(&app, &["talk/parsing"]).unwrap();
    assert!(told.ends_with("with it       1 Resource\nchanged       nothing\n"), "{told}");
    assert_eq!(changes(&app, &start).await, ["DELETE Resource", "DELETE Talk"]);
}

#[rstest]
#[tokio::test]
async fn a_dry_run_deletes_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_ada(&app).await;
    let start = end(&app).await;
    let told = delete(&app, &["person/ada-quill", "--dry-run"]).unwrap();
    assert!(told.contains("with it       1 Membership\nchanged       1 Group, 1 Talk\n"), "{told}");
    assert!(told.ends_with("A dry run: nothing was deleted.\n"), "{told}");
    assert_eq!(changes(&app, &start).await, Vec::<String>::new());
    assert_eq!(history(&app, "person/ada-quill").unwrap(), ["created by import test"]);
}

#[rstest]
#[tokio::test]
async fn what_is_unknown_is_not_deleted(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    for (node, why) in [
        ("person/nobody", "there is no Person `nobody`"),
        ("Person_AAAAAAAAAAAAAAAAAAAAAA", "there is no Person `Person_AAAAAAAAAAAAAAAAAAAAAA`"),
        ("Rsvp_AAAAAAAAAAAAAAAAAAAAAA", "there is no Rsvp"),
        ("nobody", "`nobody` is neither an id nor a type and a slug, such as `talk/opening-words`"),
        ("planet/earth", "`planet/earth` is neither an id nor a type and a slug"),
    ] {
        let told = delete(&app, &[node]).unwrap_err();
        assert!(told.contains(why), "{node}: {told}");
    }
}

#[rstest]
#[tokio::test]
async fn sources_of_facts_go_with_a_node_and_its_reference_stays(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_ada(&app).await;
    assert_eq!(provenance::Entity::find().count(app.db.reads()).await.unwrap(), 1);
    delete(&app, &["person/ada-quill"]).unwrap();
    assert_eq!(provenance::Entity::find().count(app.db.reads()).await.unwrap(), 0);
    let reference = external_ref::Entity::find().filter(external_ref::Column::ExternalId.eq("Ada Quill"));
    assert_eq!(reference.count(app.db.reads()).await.unwrap(), 1, "an import finds what it brought in before");
}

#[rstest]
#[tokio::test]
async fn who_was_merged_into_a_person_goes_with_her(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(batch(json!({ "people": [person("Ada Quill"), person("A. Quill")] }))).await;
    let people = person::Entity::find().all(app.db.reads()).await.unwrap();
    let [old, into] = ["a-quill", "ada-quill"].map(|slug| people.iter().find(|row| row.slug == slug).unwrap().clone());
    app.db
        .write(&app.clock, move |tx| {
            let merge = person::ActiveModel { merged_into_id: Set(Some(into.id)), ..Default::default() };
            let merge = vec![(old.clone(), merge)];
            Box::pin(async move { tx.change::<person::Entity>(merge).await })
        })
        .await
        .unwrap();
    let told = delete(&app, &["person/ada-quill"]).unwrap();
    assert!(told.contains("with it       1 Person\n"), "{told}");
    assert_eq!(app.query("{ people { totalCount } }").await["people"]["totalCount"], 0);
}

#[rstest]
#[tokio::test]
async fn a_draft_is_not_deleted_while_it_hides_talks(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(batch(json!({
        "events": [event("May", json!({ "publication": "DRAFT" }))],
        "talks": [talk("Parsing", json!({ "event": "May" }))],
    })))
    .await;
    let why = "Without it everybody could see what is hidden with it: 1 Talk. Delete that first.";
    assert!(delete(&app, &["event/may"]).unwrap_err().contains(why));
    assert_eq!(app.query("{ talk(slug: \"parsing\") { id } }").await["talk"], json!(null));
    delete(&app, &["talk/parsing"]).unwrap();
    delete(&app, &["event/may"]).unwrap();
}
