//! People: one person under several spellings, and people who turned out to be one.

use entity::{node_type::NodeType, person, talk_speaker};
use folkmoot::graphql::relay::id;
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, prelude::Expr};
use serde_json::json;
use uuid::Uuid;

use crate::support::{
    Backend, TestApp,
    builders::{GROUP, batch, each, event, load_from, person, speaker, talk},
    rows::execute,
};

#[rstest]
#[tokio::test]
async fn one_speaker_over_five_years_under_two_spellings_is_one_person(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let given = |title: &str, day: &str, by: &str| talk(title, json!({ "held_on": day, "speakers": [speaker(by)] }));
    load_from(
        &app,
        "a blog post",
        batch(json!({
            "people": [person("Lucas Käldström")],
            "talks": [given("Kubernetes on ARM", "2015-06-01", "Lucas Käldström")],
        })),
    )
    .await;
    // The same name without accents, and under its own spelling a second one.
    load_from(
        &app,
        "a speaker list",
        batch(json!({
            "people": [{ "key": "lk", "name": "Lucas Kaldstrom" }],
            "talks": [given("kubeadm", "2018-01-01", "lk")],
        })),
    )
    .await;
    let known = json!({ "key": "luxas", "name": "Luxas", "aliases": ["Lucas Käldström"] });
    load_from(
        &app,
        "a video site",
        batch(json!({
            "people": [known],
            "talks": [given("Cluster API", "2020-02-01", "luxas")],
        })),
    )
    .await;
    let data = app
        .query(
            r#"{
                people { totalCount nodes { name slug aliases } }
                person(slug: "lucas-kaldstrom") { talks { totalCount nodes { title } } externalRefs { system id } }
                by: talks(filter: { speaker: "lucas-kaldstrom" }) { totalCount }
                speakers { totalCount }
            }"#,
        )
        .await;
    assert_eq!(data["people"]["totalCount"], 1, "{data}");
    assert_eq!(data["people"]["nodes"][0]["name"], "Lucas Käldström", "who was first gave the name");
    assert_eq!(each(&data["person"]["talks"], "title"), ["Cluster API", "kubeadm", "Kubernetes on ARM"]);
    assert_eq!(data["by"]["totalCount"], 3);
    assert_eq!(data["speakers"]["totalCount"], 1);
    let systems: Vec<_> = data["person"]["externalRefs"].as_array().unwrap().iter().map(|r| &r["system"]).collect();
    assert_eq!(systems, ["a blog post", "a speaker list", "a video site"]);
    let spellings = &data["people"]["nodes"][0]["aliases"];
    assert_eq!(*spellings, json!(["Lucas Kaldstrom", "Luxas"]), "what others call the person is kept");
}

#[rstest]
#[tokio::test]
async fn two_people_of_one_name_in_one_register_are_two(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let people = json!([{ "key": "7", "name": "Jane Doe" }, { "key": "8", "name": "Jane Doe" }]);
    app.load(batch(json!({ "people": people }))).await;
    let data = app.query("{ people { totalCount nodes { name slug } } }").await;
    assert_eq!(data["people"]["totalCount"], 2);
    let slugs = each(&data["people"], "slug");
    assert_ne!(slugs[0], slugs[1]);
}

/// A person as a test knows them.
struct Known {
    key: Uuid,
    id: String,
    slug: String,
}

async fn known(app: &TestApp, name: &str) -> Known {
    let found = person::Entity::find().filter(person::Column::Name.eq(name)).one(app.db.reads()).await.unwrap();
    let found = found.unwrap_or_else(|| panic!("nobody is called {name}"));
    Known { key: found.id, id: id::encode(NodeType::Person, found.id).to_string(), slug: found.slug }
}

/// What a merge leaves in the tables: all talks of the old person belong to the other one. The old row refers to that
/// one, and so do the rows that referred to the old one.
async fn merge(app: &TestApp, old: &Known, into: &Known) {
    let (old, into) = (old.key, into.key);
    app.db
        .write(&app.clock, move |tx| {
            Box::pin(async move {
                talk_speaker::Entity::update_many()
                    .col_expr(talk_speaker::Column::PersonId, Expr::value(into))
                    .filter(talk_speaker::Column::PersonId.eq(old))
                    .exec(tx.past_the_rules())
                    .await?;
                person::Entity::update_many()
                    .col_expr(person::Column::MergedIntoId, Expr::value(into))
                    .filter(person::Column::Id.eq(old).or(person::Column::MergedIntoId.eq(old)))
                    .exec(tx.past_the_rules())
                    .await?;
                tx.merged(NodeType::Person, old, into);
                tx.upserted(NodeType::Person, into);
                Ok(())
            })
        })
        .await
        .unwrap();
}

/// Liz gave a talk as Elizabeth, one as Liz and one as E. Rice; then somebody noticed. The oldest name first.
async fn merged_twice(app: &TestApp) -> [Known; 3] {
    let by = |title: &str, event: &str, name: &str| talk(title, json!({ "event": event, "speakers": [speaker(name)] }));
    app.load(batch(json!({
        "people": [person("Elizabeth Rice"), person("E Rice"), person("Liz Rice")],
        "events": [event("Spring", json!({ "date": "2016-04" })), event("Autumn", json!({ "date": "2019-10" }))],
        "talks": [
            by("Security", "Spring", "Elizabeth Rice"),
            by("Containers", "Autumn", "E Rice"),
            by("eBPF", "Autumn", "Liz Rice"),
        ],
    })))
    .await;
    let [elizabeth, e, liz] =
        [known(app, "Elizabeth Rice").await, known(app, "E Rice").await, known(app, "Liz Rice").await];
    merge(app, &elizabeth, &e).await;
    merge(app, &e, &liz).await;
    [elizabeth, e, liz]
}

#[rstest]
#[tokio::test]
async fn a_merged_person_answers_to_old_ids_and_slugs(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let all = merged_twice(&app).await;
    let liz = json!({ "id": all[2].id, "slug": "liz-rice", "name": "Liz Rice", "talks": { "totalCount": 3 } });
    let fields = "id slug name talks { totalCount }";
    for Known { id, slug, .. } in &all {
        let query = format!(
            r#"{{
                by_id: person(id: "{id}") {{ {fields} }}
                by_slug: person(slug: "{slug}") {{ {fields} }}
                node(id: "{id}") {{ ... on Person {{ {fields} }} }}
            }}"#
        );
        assert_eq!(app.query(&query).await, json!({ "by_id": liz, "by_slug": liz, "node": liz }), "{slug}");
    }
    let ids: Vec<_> = all.iter().map(|known| format!("{:?}", known.id)).collect();
    let data = app.query(&format!("{{ nodes(ids: [{}]) {{ ... on Person {{ {fields} }} }} }}", ids.join(", "))).await;
    assert_eq!(data["nodes"], json!([liz, liz, liz]));
}

#[rstest]
#[tokio::test]
async fn a_merged_person_is_listed_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    merged_twice(&app).await;
    let data = app
        .query(
            r#"{
                people { totalCount nodes { name } }
                speakers { totalCount nodes { name } }
                group(slug: "kubernetes-london") { speakers { totalCount nodes { name } } }
                talks { nodes { speakers { person { name } } } }
            }"#,
        )
        .await;
    let once = json!({ "totalCount": 1, "nodes": [{ "name": "Liz Rice" }] });
    assert_eq!(data["people"], once);
    assert_eq!(data["speakers"], once);
    assert_eq!(data["group"]["speakers"], once);
    let by_liz = json!({ "speakers": [{ "person": { "name": "Liz Rice" } }] });
    assert_eq!(data["talks"]["nodes"], json!([by_liz, by_liz, by_liz]));
}

#[rstest]
#[tokio::test]
async fn a_filter_takes_the_old_id_and_slug_of_a_merged_person(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    for Known { id, slug, .. } in &merged_twice(&app).await {
        for name in [id, slug] {
            let query = format!(
                r#"{{
                    talks(filter: {{ speaker: "{name}" }}) {{ totalCount nodes {{ title }} }}
                    events(filter: {{ speaker: "{name}" }}) {{ totalCount }}
                    not: talks(filter: {{ not: {{ speaker: "{name}" }} }}) {{ totalCount }}
                }}"#
            );
            let data = app.query(&query).await;
            assert_eq!(data["talks"]["totalCount"], 3, "{name}");
            assert_eq!(data["events"]["totalCount"], 2, "{name}");
            assert_eq!(data["not"]["totalCount"], 0, "{name}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_person_shows_work_pages_and_groups(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let ann = json!({
        "key": "Ann", "name": "Ann", "bio": "Likes **pods**.", "pronouns": "she/her",
        "links": [{ "kind": "github", "url": "https://github.com/ann" }],
        "affiliations": [{ "organization": "Jetstack", "title": "Engineer", "starts_on": "2016-03" }],
    });
    let roles = json!([
        { "person": "Ann", "role": "CO_ORGANIZER", "starts_on": "2016-03", "ends_on": "2019" },
        { "person": "Ann", "role": "MEMBER", "starts_on": "2015" },
    ]);
    let mut group = crate::support::builders::group(GROUP);
    group["memberships"] = roles;
    app.load(json!({
        "people": [ann], "groups": [group], "organizations": [{ "key": "Jetstack", "name": "Jetstack" }],
    }))
    .await;
    let data = app
        .query(
            r#"{
                person(slug: "ann") {
                    bio(format: HTML) plain: bio(format: PLAIN) pronouns links { kind url }
                    affiliations { organization { name people { totalCount } } title startsOn endsOn }
                    organizes { role startsOn endsOn group { name } }
                }
                organizers: people(filter: { organizes: "kubernetes-london" }) { totalCount }
                of: people(filter: { organization: "jetstack" }) { totalCount }
            }"#,
        )
        .await;
    let jetstack = json!({ "name": "Jetstack", "people": { "totalCount": 1 } });
    let expected = json!({
        "bio": "<p>Likes <strong>pods</strong>.</p>\n", "plain": "Likes pods.", "pronouns": "she/her",
        "links": [{ "kind": "github", "url": "https://github.com/ann" }],
        "affiliations": [{ "organization": jetstack, "title": "Engineer", "startsOn": "2016-03", "endsOn": null }],
        "organizes": [{ "role": "CO_ORGANIZER", "startsOn": "2016-03", "endsOn": "2019", "group": { "name": GROUP } }],
    });
    assert_eq!(data["person"], expected, "that she merely belongs to the group is nobody's business");
    assert_eq!(data["organizers"]["totalCount"], 1);
    assert_eq!(data["of"]["totalCount"], 1);
}

/// A source that was imported before may leave a talk with the old record. The talk still has its speaker.
#[rstest]
#[tokio::test]
async fn a_talk_of_a_merged_person_keeps_its_speaker(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let by = |title: &str, name: &str| talk(title, json!({ "event": "Spring", "speakers": [speaker(name)] }));
    app.load(batch(json!({
        "people": [person("E Rice"), person("Liz Rice")],
        "events": [event("Spring", json!({ "date": "2016-04" }))],
        "talks": [by("Security", "E Rice"), by("Containers", "Liz Rice")],
    })))
    .await;
    let [old, new] = [known(&app, "E Rice").await, known(&app, "Liz Rice").await];
    merge(&app, &old, &new).await;
    let (old, talk) = ("SELECT id FROM people WHERE slug = 'e-rice'", "SELECT id FROM talks WHERE slug = 'security'");
    execute(&app, &format!("UPDATE talk_speakers SET person_id = ({old}) WHERE talk_id = ({talk})")).await;
    let talk = app.query(r#"{ talk(slug: "security") { speakers { person { name } } } }"#).await;
    assert_eq!(talk["talk"]["speakers"].as_array().unwrap().len(), 1, "{talk}");
}
