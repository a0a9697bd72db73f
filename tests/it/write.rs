//! The one way to write: its deadline, its tries, and what it refuses.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use entity::{membership, node_type::NodeType, person, person_alias, topic};
use folkmoot::{
    domain::{audit::Actor, noun::Noun, parts::Wanted, person::ALIASES, write::Origin},
    error::{Code, Error, Result},
};
use rstest::rstest;
use sea_orm::{ActiveValue::Set, EntityTrait, QueryOrder, QuerySelect};
use serde_json::json;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::support::{Backend, TestApp, builders::*};

fn named(name: &str) -> person::ActiveModel {
    person::ActiveModel { name: Set(name.to_owned()), ..Default::default() }
}

/// A write that may take this long.
fn within(app: &TestApp, time: Duration) -> Origin {
    Origin { deadline: Some(Instant::now() + time), ..Origin::new(&app.clock, Actor::Command("test")) }
}

async fn create<N: Noun>(app: &TestApp, row: N::ActiveModel) -> Result<Vec<Uuid>> {
    let written = app.db.write(&app.clock, move |tx| {
        let row = row.clone();
        Box::pin(async move { tx.create::<N>(vec![row]).await })
    });
    written.await
}

async fn slugs(app: &TestApp) -> Vec<String> {
    let slugs = person::Entity::find().select_only().column(person::Column::Slug).order_by_asc(person::Column::Slug);
    slugs.into_tuple().all(app.db.reads()).await.unwrap()
}

#[rstest]
#[tokio::test]
async fn a_write_whose_time_is_over_before_its_commit_writes_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let written = app.db.write(within(&app, Duration::from_millis(200)), |tx| {
        Box::pin(async move {
            let keys = tx.create::<person::Entity>(vec![named("Ada Quill")]).await?;
            tokio::time::sleep(Duration::from_millis(300)).await;
            Ok(keys)
        })
    });
    assert_eq!(written.await, Err(Error::Timeout));
    assert_eq!(slugs(&app).await, Vec::<String>::new());
    let log = app.query("{ changes(first: 1) { nodes { id } } }").await;
    assert_eq!(log["changes"]["nodes"], json!([]));

    let written = app.db.write(within(&app, Duration::from_mins(1)), |tx| {
        Box::pin(async move { tx.create::<person::Entity>(vec![named("Ada Quill")]).await })
    });
    written.await.unwrap();
    assert_eq!(slugs(&app).await, ["ada-quill"]);
}

#[rstest]
#[tokio::test]
async fn no_attempt_begins_after_the_deadline(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    for (time, expected) in [(Duration::ZERO, 0), (Duration::from_millis(200), 1)] {
        let attempts = Arc::new(AtomicUsize::new(0));
        let counted = attempts.clone();
        let written: Result<()> = app
            .db
            .write(within(&app, time), move |_| {
                counted.fetch_add(1, Ordering::Relaxed);
                Box::pin(async {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    Err(Error::Unavailable)
                })
            })
            .await;
        assert_eq!(written, Err(Error::Timeout));
        assert_eq!(attempts.load(Ordering::Relaxed), expected, "{time:?}");
    }
}

#[rstest]
#[tokio::test]
async fn who_loses_a_race_for_a_slug_gets_the_next_one(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let (created, attempts) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let (told, counted) = (created.clone(), attempts.clone());
    let first = app.db.write(&app.clock, move |tx| {
        let told = told.clone();
        Box::pin(async move {
            tx.create::<person::Entity>(vec![named("Ada Quill")]).await?;
            told.notify_one();
            // Meanwhile the second writer looks for a slug, and does not see this one.
            tokio::time::sleep(Duration::from_millis(500)).await;
            Ok(())
        })
    });
    let second = async {
        created.notified().await;
        let write = app.db.write(&app.clock, move |tx| {
            counted.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move { tx.create::<person::Entity>(vec![named("Ada Quill")]).await })
        });
        write.await
    };
    let (first, second) = tokio::join!(first, second);
    first.unwrap();
    second.unwrap();
    assert_eq!(slugs(&app).await, ["ada-quill", "ada-quill-2"]);
    // SQLite has one writer at a time, so the second one begins when the first one is done.
    let expected = if backend == Backend::Sqlite { 1 } else { 2 };
    assert_eq!(attempts.load(Ordering::Relaxed), expected);
}

#[rstest]
#[tokio::test]
async fn a_value_that_is_taken_for_good_is_an_error_that_names_its_columns(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let ada = || person::ActiveModel { slug: Set("ada".to_owned()), ..named("Ada Quill") };
    let key = create::<person::Entity>(&app, ada()).await.unwrap()[0];
    let error = create::<person::Entity>(&app, ada()).await.unwrap_err();
    assert_eq!(error.to_string(), "people.slug: another row has this value already.");
    assert_eq!(error.code(), Code::BadValue);

    app.load(batch(json!({}))).await;
    let group_id = entity::group::Entity::find().one(app.db.reads()).await.unwrap().unwrap().id;
    let organizes = || membership::ActiveModel {
        group_id: Set(group_id),
        person_id: Set(key),
        role: Set(membership::MembershipRole::Organizer),
        ..Default::default()
    };
    create::<membership::Entity>(&app, organizes()).await.unwrap();
    let error = create::<membership::Entity>(&app, organizes()).await.unwrap_err();
    assert_eq!(error.code(), Code::BadValue);
    for column in ["memberships", "group_id", "person_id", "role"] {
        assert!(error.to_string().contains(column), "{error}");
    }
}

#[rstest]
#[tokio::test]
async fn texts_beyond_their_bounds_are_refused_in_nodes_and_parts(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let error = create::<person::Entity>(&app, named(&"x".repeat(501))).await.unwrap_err();
    assert_eq!(error.code(), Code::BadValue);
    assert_eq!(error.to_string(), "people.name: it has 501 characters; 500 are the most.");

    let key = create::<person::Entity>(&app, named("Ada Quill")).await.unwrap()[0];
    let row = person::Entity::find_by_id(key).one(app.db.reads()).await.unwrap().unwrap();
    for (bio, why) in [("x".repeat(65_537), "it has 65537 bytes; 65536 are the most"), ("a\0b".into(), "NUL")] {
        let (row, bio) = (row.clone(), Some(bio));
        let change = app.db.write(&app.clock, move |tx| {
            let change = vec![(row.clone(), person::ActiveModel { bio: Set(bio.clone()), ..Default::default() })];
            Box::pin(async move { tx.change::<person::Entity>(change).await })
        });
        let error = change.await.unwrap_err();
        assert_eq!(error.code(), Code::BadValue);
        assert!(error.to_string().contains("people.bio: ") && error.to_string().contains(why), "{error}");
    }

    let set = app.db.write(&app.clock, move |tx| {
        let alias = person_alias::ActiveModel {
            person_id: Set(key),
            name: Set("x".repeat(501)),
            match_name: Set("x".to_owned()),
            ..Default::default()
        };
        let wanted = vec![Wanted { owner: key, is_new: false, rows: vec![alias] }];
        Box::pin(async move { tx.set_parts(&ALIASES, NodeType::Person, wanted).await })
    });
    let error = set.await.unwrap_err();
    assert_eq!(error.to_string(), "person_aliases.name: it has 501 characters; 500 are the most.");
}

#[rstest]
#[tokio::test]
async fn a_topic_does_not_stand_for_itself(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let go = topic::ActiveModel { name: Set("Go".to_owned()), ..Default::default() };
    let key = create::<topic::Entity>(&app, go).await.unwrap()[0];
    let row = topic::Entity::find_by_id(key).one(app.db.reads()).await.unwrap().unwrap();
    let change = app.db.write(&app.clock, move |tx| {
        let itself = topic::ActiveModel { canonical_id: Set(Some(key)), ..Default::default() };
        let change = vec![(row.clone(), itself)];
        Box::pin(async move { tx.change::<topic::Entity>(change).await })
    });
    let error = change.await.unwrap_err();
    assert_eq!(error.to_string(), "canonicalId: a topic does not stand for itself.");
}
