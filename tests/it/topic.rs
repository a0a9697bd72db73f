//! Topics: what talks, events and groups are about, seen from both sides.

use entity::topic;
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, prelude::Expr};
use serde_json::json;

use crate::support::{
    Backend, TestApp,
    builders::{GROUP, each, event, group, person, speaker, talk},
};

#[rstest]
#[tokio::test]
async fn a_topic_and_what_is_about_it_name_each_other(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let hosts = json!([{ "group": GROUP, "role": "LEAD" }, { "group": "Docker London", "role": "CO_HOST" }]);
    app.load(json!({
        "topics": [
            { "key": "helm", "name": "Helm", "aliases": ["Helm charts", "helm.sh"] },
            { "key": "docker", "name": "Docker" },
        ],
        "groups": [group(GROUP), group("Docker London"), group("Rust London")],
        "people": [person("Ann")],
        "events": [event("Joint evening", json!({ "topics": ["docker"], "date": "2016", "hosts": hosts }))],
        "talks": [talk("Charts", json!({ "topics": ["helm"], "event": "Joint evening", "speakers": [speaker("Ann")] }))],
    }))
    .await;
    let data = app
        .query(
            r#"{
                topic(slug: "helm") {
                    name aliases canonical { name }
                    talks { totalCount nodes { title topics { name } } }
                    events { totalCount }
                    groups { nodes { name topics { nodes { name } } } }
                }
                at: events(filter: { topic: "helm" }) { nodes { name topics { name } } }
                whole: topic(slug: "docker") { events { nodes { name } } talks { totalCount } }
                about: groups(filter: { topic: "helm" }) { nodes { name } }
                spoke: people(filter: { spokeAbout: "helm" }) { nodes { name } }
                of_group: topics(filter: { group: "docker-london" }) { nodes { name } }
            }"#,
        )
        .await;
    let topic = &data["topic"];
    assert_eq!(topic["aliases"], json!(["Helm charts", "helm.sh"]));
    assert_eq!(topic["canonical"], json!(null));
    let charts = json!({ "totalCount": 1, "nodes": [{ "title": "Charts", "topics": [{ "name": "Helm" }] }] });
    assert_eq!(topic["talks"], charts);
    assert_eq!(topic["events"]["totalCount"], 0, "no event is about it as a whole");
    let about_helm = json!({ "nodes": [{ "name": "Helm" }] });
    let both = json!([{ "name": "Docker London", "topics": about_helm }, { "name": GROUP, "topics": about_helm }]);
    assert_eq!(topic["groups"]["nodes"], both, "a talk at a joint event is a talk of both groups");
    assert_eq!(each(&data["about"], "name"), ["Docker London", GROUP]);
    assert_eq!(each(&data["of_group"], "name"), ["Helm"]);
    assert_eq!(data["at"]["nodes"], json!([{ "name": "Joint evening", "topics": [{ "name": "Docker" }] }]));
    assert_eq!(
        data["whole"],
        json!({ "events": { "nodes": [{ "name": "Joint evening" }] }, "talks": { "totalCount": 0 } })
    );
    assert_eq!(each(&data["spoke"], "name"), ["Ann"]);
}

#[rstest]
#[tokio::test]
async fn another_name_for_a_topic_leads_to_the_one_to_use(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(json!({ "topics": [{ "key": "k8s", "name": "k8s" }, { "key": "kubernetes", "name": "Kubernetes" }] }))
        .await;
    app.db
        .write(&app.clock, |tx| {
            Box::pin(async move {
                let kubernetes = topic::Entity::find().filter(topic::Column::Slug.eq("kubernetes"));
                let kubernetes = kubernetes.one(tx.past_the_rules()).await?.expect("just loaded");
                topic::Entity::update_many()
                    .col_expr(topic::Column::CanonicalId, Expr::value(kubernetes.id))
                    .filter(topic::Column::Slug.eq("k8s"))
                    .exec(tx.past_the_rules())
                    .await?;
                Ok(())
            })
        })
        .await
        .unwrap();
    let data = app
        .query(
            r#"{
                topic(slug: "k8s") { name canonical { name } }
                to_use: topics(filter: { isCanonical: true }) { nodes { name } }
                others: topics(filter: { isCanonical: false }) { nodes { name } }
            }"#,
        )
        .await;
    assert_eq!(data["topic"], json!({ "name": "k8s", "canonical": { "name": "Kubernetes" } }));
    assert_eq!(each(&data["to_use"], "name"), ["Kubernetes"]);
    assert_eq!(each(&data["others"], "name"), ["k8s"]);
}
