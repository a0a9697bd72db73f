//! Filters and arguments that name a node that does not exist: an error, not an empty list.

use entity::{group, node_type::NodeType};
use folkmoot::graphql::relay::id;
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    Backend, TestApp,
    builders::*,
    introspection::{Schema, base, list, text},
};

const UNKNOWN: &str = "UNKNOWN_NAME";

/// One public node of each noun that a filter can name, and a draft.
async fn load(app: &TestApp) {
    let named = |name: &str| json!({ "key": name, "name": name });
    app.load(batch(json!({
        "groups": [group(GROUP), group("Amsterdam"), group("Berlin")],
        "people": [person("Ann")], "venues": [named("Attic")], "organizations": [named("Acme")],
        "topics": [named("Rust")],
        "events": [event("Spring", json!({ "venue": "Attic" })), event("Secret", json!({ "publication": "DRAFT" }))],
        "talks": [talk("Fish", json!({ "event": "Spring", "topics": ["Rust"], "speakers": [speaker("Ann")] }))],
        "sponsorships": [{ "key": "1", "organization": "Acme", "group": GROUP, "roles": ["FOOD"] }],
    })))
    .await;
}

/// The type of nodes that a field of a filter names, and the slug of one of them.
fn noun(field: &str) -> (NodeType, &'static str) {
    match field {
        "group" | "spokeFor" | "organizes" => (NodeType::Group, "kubernetes-london"),
        "event" => (NodeType::Event, "spring"),
        "topic" | "spokeAbout" => (NodeType::Topic, "rust"),
        "speaker" => (NodeType::Person, "ann"),
        "venue" => (NodeType::Venue, "attic"),
        "organization" => (NodeType::Organization, "acme"),
        other => panic!("{other} names what?"),
    }
}

/// The lists of a type that take a filter, each with a field of it that names a node.
fn naming<'s>(schema: &'s Schema, type_name: &str) -> Vec<(&'s str, &'s str)> {
    let mut naming = Vec::new();
    for field in schema.fields(type_name) {
        let Some(filter) = list(&field["args"]).iter().find(|argument| argument["name"] == "filter") else { continue };
        let inputs = list(&schema.types[base(&filter["type"])]["inputFields"]).iter();
        let ids = inputs.filter(|input| base(&input["type"]) == "ID");
        naming.extend(ids.map(|input| (text(&field["name"]), text(&input["name"]))));
    }
    naming
}

/// A well-formed id of a node that does not exist.
fn id_of_nothing(node_type: NodeType) -> String {
    id::encode(node_type, Uuid::from_u128(7)).to_string()
}

/// The code, the message and the path of the one error.
async fn failure(app: &TestApp, query: &str) -> (String, String, Value) {
    let answer = app.answer(query, json!({})).await;
    let errors = answer["errors"].as_array().unwrap_or_else(|| panic!("{query}: no error: {answer}"));
    assert_eq!(errors.len(), 1, "{query}: {answer}");
    let [code, message] = [&errors[0]["extensions"]["code"], &errors[0]["message"]].map(|said| text(said).to_owned());
    (code, message, errors[0]["path"].clone())
}

#[rstest]
#[tokio::test]
async fn every_name_in_every_filter_must_be_known(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load(&app).await;
    let schema = Schema::of(&app).await;
    let mut asked = 0;
    for (field, input) in naming(&schema, "Query") {
        let (node_type, slug) = noun(input);
        let word = node_type.name().to_lowercase();
        for known in [
            slug.to_owned(),
            app.query(&format!("{{ {word}(slug: \"{slug}\") {{ id }} }}")).await[&word]["id"]
                .as_str()
                .unwrap()
                .to_owned(),
        ] {
            app.query(&format!("{{ {field}(filter: {{ {input}: \"{known}\" }}) {{ totalCount }} }}")).await;
        }
        let of_nothing = id_of_nothing(node_type);
        let no_slug = format!("There is no {word} `zzz-zzz`. Look for it with `search`.");
        let no_id = format!("There is no public {word} with this id.");
        for (name, message) in [("zzz-zzz", no_slug), (of_nothing.as_str(), no_id)] {
            let filter = format!("{{ {input}: \"{name}\" }}");
            for filter in [
                filter.clone(),
                format!("{{ and: [{{}}, {filter}] }}"),
                format!("{{ or: [{{}}, {filter}] }}"),
                format!("{{ not: {filter} }}"),
                format!("{{ and: [{{ or: [{{ not: {filter} }}] }}] }}"),
                format!("{{ {input}: \"{slug}\", or: [{{ {input}: \"{slug}\" }}, {filter}] }}"),
            ] {
                for selection in ["nodes { __typename } totalCount", "totalCount", "__typename"] {
                    let query = format!("{{ {field}(filter: {filter}) {{ {selection} }} }}");
                    let expected = (UNKNOWN.to_owned(), message.clone(), json!([field]));
                    assert_eq!(failure(&app, &query).await, expected, "{query}");
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 500, "{asked}");
}

#[rstest]
#[tokio::test]
async fn the_same_holds_below_nodes(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load(&app).await;
    let schema = Schema::of(&app).await;
    let mut asked = 0;
    for parent in ["group", "event", "person", "venue", "organization", "topic"] {
        let (node_type, slug) = noun(if parent == "person" { "speaker" } else { parent });
        for (field, input) in naming(&schema, node_type.name()) {
            let (named, known) = noun(input);
            for selection in ["nodes { __typename } totalCount", "__typename"] {
                let ask = |name: &str| {
                    let list = format!("{field}(filter: {{ not: {{ {input}: \"{name}\" }} }}) {{ {selection} }}");
                    format!("{{ {parent}(slug: \"{slug}\") {{ id {list} }} }}")
                };
                app.query(&ask(known)).await;
                for name in ["zzz-zzz".to_owned(), id_of_nothing(named)] {
                    let (code, _, path) = failure(&app, &ask(&name)).await;
                    assert_eq!((code.as_str(), path), (UNKNOWN, json!([parent, field])), "{}", ask(&name));
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 50, "{asked}");
    // A wrong name is an error of its own list; the rest is answered.
    let answer = app
        .answer(
            "{ groups { nodes { slug } } topic(slug: \"rust\") { name } x: events(filter: { group: \"zzz\" }) { totalCount } }",
            json!({}),
        )
        .await;
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{answer}");
}

#[rstest]
#[tokio::test]
async fn a_draft_is_as_unknown_as_what_never_was(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load(&app).await;
    let secret = entity::event::Entity::find()
        .filter(entity::event::Column::Name.eq("Secret"))
        .one(app.db.reads())
        .await
        .unwrap()
        .unwrap();
    let id_of_draft = id::encode(NodeType::Event, secret.id).to_string();
    let of_nothing = id_of_nothing(NodeType::Event);
    let ask = async |name: &str| {
        let query = format!("{{ talks(filter: {{ event: \"{name}\" }}) {{ totalCount }} }}");
        let (code, message, path) = failure(&app, &query).await;
        (code, message.replace(name, "…"), path)
    };
    let statements = async |name: &str| {
        let asked = app.statements_while(async { drop(ask(name).await) }).await;
        asked.iter().map(|sql| sql.replace(name, "…")).collect::<Vec<_>>()
    };
    assert_eq!(ask(&secret.slug).await, ask("never-was").await);
    assert_eq!(ask("secre").await, ask("never").await, "and no hint leads to it");
    assert_eq!(ask(&id_of_draft).await, ask(&of_nothing).await);
    assert_eq!(statements(&id_of_draft).await, statements(&of_nothing).await);
    let follow = async |id: &str| {
        let query = format!("subscription {{ eventChanged(id: \"{id}\") {{ id }} }}");
        let answer = app.http().post(app.url("/graphql/stream")).json(&json!({ "query": query })).send().await.unwrap();
        answer.text().await.unwrap()
    };
    assert!(follow(&of_nothing).await.contains(UNKNOWN));
    assert_eq!(follow(&id_of_draft).await, follow(&of_nothing).await);
    // The same name is known once it is public.
    app.load(batch(json!({ "events": [event("Secret", json!({}))] }))).await;
    app.query("{ talks(filter: { event: \"secret\" }) { totalCount } }").await;
    app.query(&format!("{{ talks(filter: {{ event: \"{id_of_draft}\" }}) {{ totalCount }} }}")).await;
}

#[rstest]
#[tokio::test]
async fn singular_fields_are_null_as_before(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let id = id_of_nothing(NodeType::Group);
    let data = app.query(&format!("{{ a: group(slug: \"zzz\") {{ id }} b: group(id: \"{id}\") {{ id }} }}")).await;
    assert_eq!(data, json!({ "a": null, "b": null }));
}

#[rstest]
#[tokio::test]
async fn names_cost_one_statement_a_noun_and_level(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_without_limits(backend).await else { return };
    load(&app).await;
    let names = |count: usize, name: &str| -> String {
        let lists = (0..count).map(|n| {
            let name = match (name, n % 3) {
                ("", 0) => "amsterdam".to_owned(),
                ("", 1) => "berlin".to_owned(),
                ("", _) => "kubernetes-london".to_owned(),
                _ => format!("{name}-{n}"),
            };
            format!("l{n}: events(filter: {{ group: \"{name}\" }}) {{ nodes {{ id }} }} ")
        });
        format!("{{ {} }}", lists.collect::<String>())
    };
    for (query, most) in [
        ("{ events { nodes { id } } }", 1),
        ("{ events(filter: { kind: [MEETUP] }) { nodes { id } } }", 1),
        ("{ events(filter: { group: \"amsterdam\" }) { nodes { id } } }", 2),
        ("{ events(filter: { group: \"amsterdam\" }) { totalCount nodes { id } } }", 3),
        ("{ talks(filter: { speaker: \"ann\", topic: \"rust\" }) { nodes { id } } }", 3),
        ("{ talks(filter: { or: [{ group: \"amsterdam\" }, { group: \"berlin\" }] }) { nodes { id } } }", 2),
        ("{ groups { nodes { talks { nodes { id } } } } }", 2),
        ("{ groups { nodes { talks(filter: { topic: \"rust\" }) { nodes { id } } } } }", 3),
        (&names(15, ""), 16),
    ] {
        let (_, statements) = app.statements_of(query).await;
        assert_eq!(statements.len(), most, "{query}: {statements:#?}");
    }
    // Unknown names cost no more statements than that, and a few hints.
    let query = names(15, "kubernetes-lodon");
    let mut errors = 0;
    let statements = app
        .statements_while(async {
            let answer = app.answer(&query, json!({})).await;
            errors = answer["errors"].as_array().unwrap().len();
        })
        .await;
    assert!(errors > 0);
    assert!(statements.len() <= 16 + 6, "{statements:#?}");
}

#[rstest]
#[tokio::test]
async fn a_response_is_not_cached_once_the_name_is_known_or_no_more(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_with_response_cache(backend, "2024-05-06T12:00:00Z").await else { return };
    load(&app).await;
    let id = async |slug: &str| {
        let data = app.query(&format!("{{ group(slug: \"{slug}\") {{ id }} }}")).await;
        data["group"]["id"].as_str().map(str::to_owned)
    };
    let by = |name: &str| format!("{{ events(filter: {{ group: \"{name}\" }}) {{ totalCount }} }}");
    let none = json!({ "events": { "totalCount": 0 } });
    // Asks until an answer without an error takes no statement.
    let keep = async |query: &str| {
        for _ in 0..200 {
            let mut data = Value::Null;
            let statements = app.statements_while(async { data = app.query(query).await }).await;
            if statements.iter().all(|sql| sql.contains("change_log")) {
                return data;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("no answer is kept of {query}");
    };
    for _ in 0..5 {
        assert_eq!(app.error(&by("fishers")).await.0, UNKNOWN);
    }
    app.load(json!({ "groups": [group("Fishers")] })).await;
    assert_eq!(app.query(&by("fishers")).await, none);
    let by_id = by(&id("fishers").await.unwrap());
    assert_eq!((keep(&by("fishers")).await, keep(&by_id).await), (none.clone(), none));
    move_group(&app, "fishers", "anglers").await;
    assert_eq!(app.error(&by("fishers")).await.0, UNKNOWN);
    keep(&by("anglers")).await;
    keep(&by_id).await;
    delete_group(&app, "anglers").await;
    assert_eq!(app.error(&by("anglers")).await.0, UNKNOWN);
    assert_eq!(app.error(&by_id).await, (UNKNOWN.to_owned(), "There is no public group with this id.".to_owned()));
}

async fn move_group(app: &TestApp, slug: &str, to: &'static str) {
    let id = row_of(app, slug).await.id;
    app.db
        .write(&app.clock, move |tx| {
            Box::pin(async move {
                group::Entity::update_many()
                    .col_expr(group::Column::Slug, Expr::value(to))
                    .filter(group::Column::Id.eq(id))
                    .exec(tx.past_the_rules())
                    .await?;
                tx.upserted(NodeType::Group, id);
                Ok(())
            })
        })
        .await
        .unwrap();
}

async fn row_of(app: &TestApp, slug: &str) -> group::Model {
    group::Entity::find().filter(group::Column::Slug.eq(slug)).one(app.db.reads()).await.unwrap().unwrap()
}

async fn delete_group(app: &TestApp, slug: &str) {
    let id = row_of(app, slug).await.id;
    app.db
        .write(&app.clock, move |tx| {
            Box::pin(async move {
                group::Entity::delete_by_id(id).exec(tx.past_the_rules()).await?;
                tx.deleted(NodeType::Group, id);
                Ok(())
            })
        })
        .await
        .unwrap();
}

#[rstest]
#[tokio::test]
async fn changes_are_of_a_group_that_is_or_was(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load(&app).await;
    let changes = |id: &str, after: &str| {
        format!(
            "{{ changes(groupId: \"{id}\", types: [GROUP]{after}) {{
                nodes {{ operation id }} pageInfo {{ endCursor }} }} }}"
        )
    };
    let id = id::encode(NodeType::Group, row_of(&app, "berlin").await.id).to_string();
    let data = app.query(&changes(&id, "")).await;
    assert_eq!(data["changes"]["nodes"], json!([{ "operation": "UPSERT", "id": id }]));
    let after = format!(", after: {}", data["changes"]["pageInfo"]["endCursor"]);
    delete_group(&app, "berlin").await;
    let data = app.query(&changes(&id, &after)).await;
    assert_eq!(data["changes"]["nodes"], json!([{ "operation": "DELETE", "id": id }]), "its end is told");

    let unknown = id_of_nothing(NodeType::Group);
    let expected = (UNKNOWN.to_owned(), "There is no public group with this id.".to_owned(), json!(["changes"]));
    assert_eq!(failure(&app, &changes(&unknown, "")).await, expected);
    assert_eq!(failure(&app, &changes(&unknown, &after)).await, expected);
    let query = format!("subscription {{ changes(groupId: \"{unknown}\") {{ id }} }}");
    let answer = app.http().post(app.url("/graphql/stream")).json(&json!({ "query": query })).send().await.unwrap();
    let answer = answer.text().await.unwrap();
    assert!(answer.contains(UNKNOWN) && answer.contains("There is no public group with this id."), "{answer}");
}

/// Nodes with names that people mistype, and a draft that no hint may name.
async fn load_named(app: &TestApp) {
    let named = |name: &str| json!({ "key": name, "name": name });
    app.load(batch(json!({
        "groups": [group(GROUP), group("Kubernetes Leiden")],
        "people": [person("Sharron Richards")], "venues": [named("Barbican Centre")],
        "organizations": [named("Jetstack")], "topics": [named("Observability")],
        "events": [
            event("Birthday party", json!({})),
            event("Winter gathering", json!({ "publication": "DRAFT" })),
        ],
    })))
    .await;
}

#[rstest]
#[tokio::test]
async fn the_error_proposes_what_was_meant(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(true, false)] suggestions: bool,
) {
    let start = TestApp::start_with_settings(backend, |settings| settings.suggestions = Some(suggestions));
    let Some(app) = start.await else { return };
    load_named(&app).await;
    for (field, input, typed, meant) in [
        ("events", "group", "kubernetes-lodon", "kubernetes-london"),
        ("events", "group", "kubernets-leidn", "kubernetes-leiden"),
        ("people", "organizes", "Kubernetes-London", "kubernetes-london"),
        ("talks", "event", "brithday-party", "birthday-party"),
        ("events", "speaker", "sharon-richards", "sharron-richards"),
        ("events", "venue", "barbican-center", "barbican-centre"),
        ("people", "organization", "jetstak", "jetstack"),
        ("groups", "topic", "obsevability", "observability"),
    ] {
        let (code, message) =
            app.error(&format!("{{ {field}(filter: {{ {input}: \"{typed}\" }}) {{ totalCount }} }}")).await;
        assert_eq!(code, UNKNOWN);
        assert!(message.ends_with(&format!(" `{typed}`. Did you mean `{meant}`?")), "{message}");
    }
    for (field, input, typed) in [
        ("talks", "event", "winter-gatherin"),
        ("events", "group", "birthday-partie"),
        ("events", "group", "observability"),
        ("events", "group", &"kubernetes-lodon-".repeat(10)),
    ] {
        let (code, message) =
            app.error(&format!("{{ {field}(filter: {{ {input}: \"{typed}\" }}) {{ totalCount }} }}")).await;
        assert_eq!(code, UNKNOWN);
        assert!(!message.contains("Did you mean"), "{message}");
        assert!(message.len() < 200, "{message}");
    }
}

#[rstest]
#[tokio::test]
async fn many_names_are_given_a_few_hints(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_named(&app).await;
    let ask = async |named: fn(usize) -> String| {
        let lists = (0..8).map(|n| {
            let list = format!("talks(filter: {{ event: \"{}\" }}) {{ totalCount }}", named(n));
            format!("g{n}: group(slug: \"kubernetes-london\") {{ {list} }} ")
        });
        let query = format!("{{ {} }}", lists.collect::<String>());
        let mut answer = Value::Null;
        let statements = app.statements_while(async { answer = app.answer(&query, json!({})).await }).await;
        let errors = list(&answer["errors"]);
        assert_eq!(errors.len(), 8, "{answer}");
        let hints = errors.iter().filter(|error| text(&error["message"]).contains("Did you mean `birthday-party`?"));
        (hints.count(), statements.len())
    };
    // The group, the event, and two statements a hint.
    assert_eq!(ask(|_| "birthdy-party".to_owned()).await, (8, 4), "one name is looked for once");
    assert_eq!(ask(|n| format!("birthd{}y-party", "xyzuvwrs".split_at(n).1.split_at(1).0)).await, (3, 8));
}
