//! Sources: that they come again in any order, that none destroys another, and that what people corrected here stays.

use std::collections::BTreeMap;

use entity::{external_ref, import, person, person_link, talk, talk_speaker};
use folkmoot::{
    domain::{
        audit::Actor,
        parts::Wanted,
        person::LINKS,
        talk::SPEAKERS,
        write::{Origin, Tx},
    },
    interchange::{report::Report, session::Session, source::Source},
};
use futures_util::future::BoxFuture;
use rstest::rstest;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::support::{Backend, TestApp, builders::*};

/// How a run imports.
#[derive(Clone, Copy, Default)]
struct Run {
    dry: bool,
    prunes: bool,
}

/// Imports all of a source.
async fn import(app: &TestApp, scope: &str, batch: Value, run: Run) -> Report {
    let source = Source::named("test", scope).unwrap();
    let mut session = Session::of(&app.db, &app.clock, source, run.dry).pruning(run.prunes, true);
    session.write("all.json", serde_json::from_value(batch).unwrap()).await.unwrap();
    session.finish().await.unwrap()
}

async fn load(app: &TestApp, scope: &str, batch: Value) -> Report {
    let report = import(app, scope, batch, Run::default()).await;
    assert!(report.skipped.is_empty(), "{report}");
    report
}

/// Writes as a person would who corrects something.
async fn by_hand<W>(app: &TestApp, work: W)
where
    W: for<'tx> Fn(&'tx Tx) -> BoxFuture<'tx, folkmoot::error::Result<()>> + Send + Sync + 'static,
{
    app.db.write(Origin::new(&app.clock, Actor::Command("edit")), work).await.unwrap();
}

async fn person_of(app: &TestApp, name: &str) -> Option<person::Model> {
    person::Entity::find().filter(person::Column::Name.eq(name)).one(app.db.reads()).await.unwrap()
}

async fn change_person(app: &TestApp, name: &str, change: person::ActiveModel) {
    let before = person_of(app, name).await.unwrap();
    by_hand(app, move |tx| {
        let change = vec![(before.clone(), change.clone())];
        Box::pin(async move { tx.change::<person::Entity>(change).await.map(drop) })
    })
    .await;
}

async fn delete_person(app: &TestApp, name: &str) {
    let node = person_of(app, name).await.unwrap().id;
    by_hand(app, move |tx| Box::pin(async move { tx.delete::<person::Entity>(&[node]).await.map(drop) })).await;
}

fn ada(more: Value) -> Value {
    json!({ "people": [with(person("Ada Quill"), more)] })
}

fn speakers(talk: &Value) -> Vec<&str> {
    talk["speakers"].as_array().unwrap().iter().map(|speaker| speaker["person"]["name"].as_str().unwrap()).collect()
}

fn notes(report: &Report) -> Vec<&str> {
    report.notes.iter().map(|note| note.text.as_str()).collect()
}

#[rstest]
#[tokio::test]
async fn two_sources_of_one_format_may_use_the_same_keys(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let talks = |group: &str, title: &str| {
        json!({ "groups": [with(super::support::builders::group(group), json!({ "key": "g" }))],
            "talks": [{ "key": "1", "title": title, "status": "DELIVERED", "group": "g" }] })
    };
    load(&app, "here", talks("Ruby Here", "Pages")).await;
    load(&app, "there", talks("Ruby There", "Locks")).await;
    assert!(load(&app, "here", talks("Ruby Here", "Pages")).await.changed_nothing());
    let found = app.query("{ talks { nodes { title group { name } } } }").await;
    let mut found: Vec<String> = found["talks"]["nodes"].as_array().unwrap().iter().map(ToString::to_string).collect();
    found.sort();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("Ruby Here") && found[1].contains("Ruby There"), "{found:?}");
}

#[rstest]
#[tokio::test]
async fn a_folder_that_was_moved_and_has_grown_is_the_same_source(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let sample = |name: &str, website: &str, events: usize| {
        let group = json!({ "key": "g", "name": name, "website": website, "time_zone": "Europe/London" });
        let events = (1..=events).map(|number| {
            let more = json!({ "key": format!("e{number}"), "date": format!("2024-0{number}-01"), "hosts": [{ "group": "g", "role": "LEAD" }] });
            event(&format!("{name} {number}"), more)
        });
        json!({ "groups": [group], "events": events.collect::<Vec<_>>() })
    };
    let scope = async |batch: &Value| {
        let batch = serde_json::from_value(batch.clone()).unwrap();
        Source::of(app.db.reads(), "test", &batch).await.unwrap().scope.to_string()
    };
    let first = sample("Ruby Here", "https://here.example.org", 3);
    assert_eq!(scope(&first).await, "g", "a new source is called like its group");
    load(&app, "g", first.clone()).await;
    assert_eq!(scope(&first).await, "g");
    assert_eq!(scope(&sample("Ruby Here", "https://elsewhere.example.org", 5)).await, "g", "it has grown");
    assert_eq!(scope(&sample("Ruby Yonder", "https://here.example.org", 0)).await, "g", "it has another name");
    let mut renamed = first.clone();
    renamed["groups"][0] = json!({ "key": "g", "name": "Crystal Here", "time_zone": "Europe/London" });
    assert_eq!(scope(&renamed).await, "g", "its events are known");
    assert_eq!(scope(&sample("Ruby There", "https://there.example.org", 5)).await, "g-2", "equal keys mean nothing");
}

#[rstest]
#[tokio::test]
async fn what_was_corrected_here_stays_and_the_rest_follows_the_source(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    load(&app, "a", ada(json!({ "bio": "Old.", "pronouns": "she" }))).await;
    change_person(&app, "Ada Quill", person::ActiveModel { bio: Set(Some("Corrected.".into())), ..Default::default() })
        .await;

    let report = load(&app, "a", ada(json!({ "bio": "New.", "pronouns": "they" }))).await;
    let kept = "Person Ada Quill: bio was changed here and stays; the source says “New.”";
    assert_eq!(notes(&report), [kept]);
    let row = person_of(&app, "Ada Quill").await.unwrap();
    assert_eq!((row.bio.as_deref(), row.pronouns.as_deref()), (Some("Corrected."), Some("they")));

    // It is said once, and the correction stays for ever.
    assert!(load(&app, "a", ada(json!({ "bio": "New.", "pronouns": "they" }))).await.changed_nothing());
    load(&app, "a", ada(json!({ "bio": "Newer.", "pronouns": "they" }))).await;
    assert_eq!(person_of(&app, "Ada Quill").await.unwrap().bio.as_deref(), Some("Corrected."));
    // A value that was taken away here stays away.
    change_person(&app, "Ada Quill", person::ActiveModel { pronouns: Set(None), ..Default::default() }).await;
    load(&app, "a", ada(json!({ "bio": "Newer.", "pronouns": "she" }))).await;
    assert_eq!(person_of(&app, "Ada Quill").await.unwrap().pronouns, None);
}

#[rstest]
#[tokio::test]
async fn parts_follow_the_source_one_by_one(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let talks = |speakers: &[&str]| {
        let people: Vec<Value> = ["Ada", "Bo", "Cy", "Di"].map(person).to_vec();
        let speakers: Vec<Value> = speakers.iter().map(|name| speaker(name)).collect();
        batch(json!({ "people": people, "talks": [talk("Pages", json!({ "speakers": speakers }))] }))
    };
    load(&app, "a", talks(&["Ada", "Bo"])).await;
    // Somebody adds Di and takes Ada away.
    let (bo, di) = (person_of(&app, "Bo").await.unwrap().id, person_of(&app, "Di").await.unwrap().id);
    let node = talk::Entity::find().one(app.db.reads()).await.unwrap().unwrap().id;
    by_hand(&app, move |tx| {
        let row = |position, person| talk_speaker::ActiveModel {
            talk_id: Set(node),
            person_id: Set(person),
            position: Set(position),
            role: Set(talk_speaker::SpeakerRole::Speaker),
            affiliation: Set(None),
            remote: Set(false),
        };
        let wanted = vec![Wanted { owner: node, is_new: false, rows: vec![row(0, bo), row(1, di)] }];
        Box::pin(async move { tx.set_parts(&SPEAKERS, entity::node_type::NodeType::Talk, wanted).await.map(drop) })
    })
    .await;
    // The source adds Cy and takes Bo away.
    load(&app, "a", talks(&["Ada", "Cy"])).await;
    let found = app.query("{ talks { nodes { version speakers { person { name } } } } }").await;
    let talk = &found["talks"]["nodes"][0];
    assert_eq!(speakers(talk), ["Di", "Cy"]);
    assert_eq!(talk["version"], 3);
}

#[rstest]
#[tokio::test]
async fn a_second_source_only_adds_what_is_missing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let links = |address: &str| json!([{ "kind": "website", "url": address }]);
    let one = ada(json!({ "bio": "From one.", "links": links("https://one.example.org") }));
    let two = ada(json!({ "bio": "From two.", "pronouns": "she", "links": links("https://two.example.org") }));
    let mut found = Vec::new();
    for order in [["one", "two"], ["two", "one"]] {
        let Some(app) = TestApp::start(backend).await else { return };
        for source in order {
            load(&app, source, if source == "one" { one.clone() } else { two.clone() }).await;
        }
        for source in ["one", "two", "one"] {
            let again = load(&app, source, if source == "one" { one.clone() } else { two.clone() }).await;
            assert!(again.changed_nothing(), "{again}");
        }
        let row = person_of(&app, "Ada Quill").await.unwrap();
        assert_eq!(row.pronouns.as_deref(), Some("she"));
        let links = person_link::Entity::find().count(app.db.reads()).await.unwrap();
        found.push((row.bio.unwrap(), links));
    }
    assert_eq!(found, [("From one.".to_owned(), 2), ("From two.".to_owned(), 2)], "the first one keeps its word");
}

#[rstest]
#[tokio::test]
async fn what_a_source_no_longer_names_is_reported_and_pruned_only_if_nobody_needs_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let people = ["Edited", "Free", "Known", "Named", "Speaker"].map(person);
    let all = json!({ "people": people });
    let none = json!({ "people": [person("Named")] });
    load(&app, "a", all.clone()).await;
    load(&app, "b", json!({ "people": [person("Known")] })).await;
    let more =
        json!({ "people": [person("Speaker")], "talks": [talk("Pages", json!({ "speakers": [speaker("Speaker")] }))] });
    load(&app, "c", batch(more)).await;
    change_person(&app, "Edited", person::ActiveModel { bio: Set(Some("Here.".into())), ..Default::default() }).await;

    let report = load(&app, "a", none.clone()).await;
    assert!(report.changed_nothing(), "{report}");
    assert_eq!(report.dropped.len(), 4, "{report}");
    assert!(
        report.dropped.contains(&"Person Free: the source no longer names it; --prune removes it".to_owned()),
        "{report}"
    );

    let dry = import(&app, "a", none.clone(), Run { dry: true, prunes: true }).await;
    assert!(person_of(&app, "Free").await.is_some(), "a dry run keeps everything");
    let report = import(&app, "a", none.clone(), Run { dry: false, prunes: true }).await;
    assert_eq!(dry.tallies, report.tallies, "it said what would happen");
    let why = |key: &str, why: &str| format!("Person {key}: the source no longer names it, and it stays: {why}");
    assert_eq!(
        report.dropped,
        [
            why("Edited", "it was changed by somebody else"),
            why("Known", "another source knows it, too"),
            why("Speaker", "another source knows it, too"),
        ]
    );
    assert!(person_of(&app, "Free").await.is_none());
    let gone = app.query("{ changes { nodes { operation } } }").await;
    assert!(each(&gone["changes"], "operation").iter().any(|operation| **operation == "DELETE"));

    // What was pruned can come again.
    let report = load(&app, "a", all).await;
    assert_eq!(report.tally(entity::node_type::NodeType::Person).created, 1, "{report}");
}

#[rstest]
#[tokio::test]
async fn what_was_deleted_here_stays_deleted(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let talks = |title: &str| {
        batch(json!({ "people": [with(person("Ada"), json!({ "bio": title })), person("Bo")],
            "talks": [talk("Pages", json!({ "abstract_text": title, "speakers": [speaker("Ada"), speaker("Bo")] }))] }))
    };
    load(&app, "a", talks("One")).await;
    delete_person(&app, "Ada").await;
    let report = load(&app, "a", talks("Two")).await;
    assert!(notes(&report).contains(&"Person Ada: it was deleted here, and stays so"), "{report}");
    assert!(person_of(&app, "Ada").await.is_none());
    let found = app.query("{ talks { nodes { abstract speakers { person { name } } } } }").await;
    assert_eq!(found["talks"]["nodes"][0]["abstract"], "Two");
    assert_eq!(speakers(&found["talks"]["nodes"][0]), ["Bo"]);
    assert!(load(&app, "a", talks("Two")).await.changed_nothing());
}

#[rstest]
#[tokio::test]
async fn a_run_is_recorded_and_says_whether_it_was_complete(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    load(&app, "a", ada(json!({}))).await;
    import(&app, "a", json!({ "people": [{ "key": "x", "name": "N".repeat(501) }] }), Run::default()).await;
    import(&app, "a", ada(json!({})), Run { dry: true, prunes: false }).await;
    let runs = import::Entity::find().all(app.db.reads()).await.unwrap();
    let runs: Vec<(&str, bool)> = runs.iter().map(|run| (run.scope.as_str(), run.complete)).collect();
    assert_eq!(runs, [("a", true), ("a", false)]);
    let reference = external_ref::Entity::find().one(app.db.reads()).await.unwrap().unwrap();
    assert!(reference.is_origin && reference.record.is_some() && reference.import_id.is_some());
}

/// Numbers that look like chance and are the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn value(&mut self) -> Option<String> {
        let number = self.below(4);
        (number > 0).then(|| format!("value {number}"))
    }
}

const NAMES: [&str; 3] = ["Ada", "Bo", "Cy"];
const SOURCES: [&str; 2] = ["a", "b"];

/// What a source says of a person, or what the person has.
#[derive(Clone, Debug, Default, PartialEq)]
struct Facts {
    bio: Option<String>,
    pronouns: Option<String>,
    links: Vec<String>,
}

/// What should be known of one person, by the rules as documents say them.
#[derive(Clone, Debug)]
struct Known {
    has: Facts,
    origin: &'static str,
    is_edited: bool,
}

/// The rules again, in a few lines.
#[derive(Default)]
struct Model {
    people: BTreeMap<&'static str, Known>,
    /// What each source said last of whom, and whether the node was deleted by hand since.
    said: BTreeMap<(&'static str, &'static str), (Facts, bool)>,
}

/// Which field of the facts.
type Field = fn(&Facts) -> Option<&str>;

/// A field by the three-way rule. `other` is the other source, if it protects what it says.
fn field(has: &mut Option<String>, of: Field, base: Option<&Facts>, new: &Facts, other: Option<&Facts>) {
    let changed = base.is_none_or(|base| of(base) != of(new));
    let mine = has.as_deref() == base.and_then(of);
    let is_said = base.is_some() && has.is_some() && other.is_some_and(|other| of(other) == has.as_deref());
    if changed && mine && !is_said {
        *has = of(new).map(str::to_owned);
    }
}

impl Model {
    fn import(&mut self, source: &'static str, all: &BTreeMap<&'static str, Facts>, prunes: bool) {
        for (name, new) in all {
            match self.said.get(&(source, *name)).cloned() {
                Some((_, true)) => {}
                base => {
                    let base = base.map(|(base, _)| base);
                    self.record(source, name, base.as_ref(), new);
                }
            }
            let is_deleted = self.said.get(&(source, *name)).is_some_and(|(_, is_deleted)| *is_deleted);
            self.said.insert((source, *name), (new.clone(), is_deleted));
        }
        if prunes {
            self.prune(source, all);
        }
    }

    fn record(&mut self, source: &'static str, name: &'static str, base: Option<&Facts>, new: &Facts) {
        let Some(known) = self.people.get_mut(name) else {
            self.people.insert(name, Known { has: new.clone(), origin: source, is_edited: false });
            return;
        };
        // A source that did not bring the person takes away nothing that the other one says, too.
        let others =
            self.said.iter().filter(|((other, one), (_, is_deleted))| *other != source && *one == name && !is_deleted);
        let other = others.map(|(_, (facts, _))| facts).next().filter(|_| known.origin != source && base.is_some());
        field(&mut known.has.bio, |facts| facts.bio.as_deref(), base, new, other);
        field(&mut known.has.pronouns, |facts| facts.pronouns.as_deref(), base, new, other);
        let old = base.map(|base| base.links.clone()).unwrap_or_default();
        let is_said = |link: &String| other.is_some_and(|other| other.links.contains(link));
        known.has.links.retain(|link| new.links.contains(link) || !old.contains(link) || is_said(link));
        let added: Vec<String> =
            new.links.iter().filter(|link| !old.contains(link) && !known.has.links.contains(link)).cloned().collect();
        known.has.links.extend(added);
    }

    fn prune(&mut self, source: &'static str, all: &BTreeMap<&'static str, Facts>) {
        for name in NAMES.into_iter().filter(|name| !all.contains_key(name)) {
            let Some((_, false)) = self.said.get(&(source, name)) else { continue };
            let is_known = SOURCES.iter().any(|other| {
                *other != source && self.said.get(&(*other, name)).is_some_and(|(_, is_deleted)| !is_deleted)
            });
            let goes =
                self.people.get(name).is_some_and(|known| known.origin == source && !known.is_edited && !is_known);
            if goes {
                self.people.remove(name);
            }
            // Of a node that another source brought, only the reference goes.
            if goes || self.people.get(name).is_some_and(|known| known.origin != source) {
                self.said.remove(&(source, name));
            }
        }
    }

    fn delete(&mut self, name: &'static str) {
        self.people.remove(name);
        for source in SOURCES {
            if let Some((_, is_deleted)) = self.said.get_mut(&(source, name)) {
                *is_deleted = true;
            }
        }
    }
}

/// What is in the database.
async fn found(app: &TestApp) -> BTreeMap<String, Facts> {
    let mut found = BTreeMap::new();
    for row in person::Entity::find().all(app.db.reads()).await.unwrap() {
        let links =
            person_link::Entity::find().filter(person_link::Column::PersonId.eq(row.id)).all(app.db.reads()).await;
        let mut links: Vec<String> = links.unwrap().into_iter().map(|link| link.url).collect();
        links.sort();
        found.insert(row.name, Facts { bio: row.bio, pronouns: row.pronouns, links });
    }
    found
}

fn expected(model: &Model) -> BTreeMap<String, Facts> {
    let people = model.people.iter().map(|(name, known)| {
        let mut facts = known.has.clone();
        facts.links.sort();
        ((*name).to_owned(), facts)
    });
    people.collect()
}

fn records(all: &BTreeMap<&'static str, Facts>) -> Value {
    let people = all.iter().map(|(name, facts)| {
        let links: Vec<Value> = facts.links.iter().map(|url| json!({ "kind": "website", "url": url })).collect();
        with(person(name), json!({ "bio": facts.bio, "pronouns": facts.pronouns, "links": links }))
    });
    json!({ "people": people.collect::<Vec<_>>() })
}

fn some_facts(chance: &mut Chance) -> Facts {
    let links = (0..3).filter(|_| chance.below(2) == 0).map(|number| format!("https://example.org/{number}"));
    let links = links.collect();
    Facts { bio: chance.value(), pronouns: chance.value(), links }
}

/// Somebody corrects a field or the links of a person.
async fn edit(app: &TestApp, name: &'static str, known: &mut Known, chance: &mut Chance) {
    let (before, value) = (known.has.clone(), chance.value());
    match chance.below(3) {
        0 => {
            known.has.bio.clone_from(&value);
            change_person(app, name, person::ActiveModel { bio: Set(value), ..Default::default() }).await;
        }
        1 => {
            known.has.pronouns.clone_from(&value);
            change_person(app, name, person::ActiveModel { pronouns: Set(value), ..Default::default() }).await;
        }
        _ => {
            known.has.links = some_facts(chance).links;
            let (links, owner) = (known.has.links.clone(), person_of(app, name).await.unwrap().id);
            by_hand(app, move |tx| {
                let row = |(position, url): (i32, &String)| person_link::ActiveModel {
                    person_id: Set(owner),
                    position: Set(position),
                    kind: Set("website".into()),
                    url: Set(url.clone()),
                    ..Default::default()
                };
                let rows = (0..).zip(&links).map(row).collect();
                let wanted = vec![Wanted { owner, is_new: false, rows }];
                Box::pin(
                    async move { tx.set_parts(&LINKS, entity::node_type::NodeType::Person, wanted).await.map(drop) },
                )
            })
            .await;
        }
    }
    known.is_edited |= known.has != before;
}

/// Imports of two sources in any order, again and again, with corrections, deletions and prunes between them.
#[rstest]
#[case(Backend::Sqlite, 6, 60)]
#[case(Backend::Postgres, 2, 40)]
#[tokio::test]
async fn nothing_is_lost_in_whatever_order_things_happen(
    #[case] backend: Backend,
    #[case] seeds: u64,
    #[case] steps: usize,
) {
    for seed in 0..seeds {
        let Some(app) = TestApp::start(backend).await else { return };
        let (mut model, mut chance, mut told) = (Model::default(), Chance(seed), Vec::new());
        let mut sources: BTreeMap<&str, BTreeMap<&'static str, Facts>> = BTreeMap::new();
        for _ in 0..steps {
            let (source, name) = (SOURCES[chance.below(2)], NAMES[chance.below(3)]);
            match (chance.below(8), model.people.get_mut(name)) {
                (0, Some(_)) => {
                    told.push(format!("delete {name}"));
                    delete_person(&app, name).await;
                    model.delete(name);
                }
                (1 | 2, Some(known)) => {
                    edit(&app, name, known, &mut chance).await;
                    told.push(format!("edit {name}: {:?}", known.has));
                }
                (act, _) => {
                    let all = sources.entry(source).or_default();
                    match chance.below(4) {
                        0 => _ = all.remove(name),
                        _ => _ = all.insert(name, some_facts(&mut chance)),
                    }
                    let prunes = act == 3;
                    told.push(format!("import {source}, prune {prunes}: {all:?}"));
                    let dry = import(&app, source, records(all), Run { dry: true, prunes }).await;
                    let real = import(&app, source, records(all), Run { dry: false, prunes }).await;
                    assert_eq!(dry.tallies, real.tallies, "seed {seed}: a dry run says it: {told:#?}");
                    model.import(source, all, prunes);
                }
            }
            assert_eq!(found(&app).await, expected(&model), "seed {seed}: {told:#?}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_database_of_before_keeps_its_references_and_its_first_import_changes_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let history = batch(json!({ "people": [with(person("Ada"), json!({ "bio": "Here." }))],
        "talks": [talk("Pages", json!({ "speakers": [speaker("Ada")] }))] }));
    load_from(&app, "one", history.clone()).await;
    load_from(&app, "two", json!({ "people": [person("Ada")] })).await;
    let keys = async || {
        let mut rows = external_ref::Entity::find().all(app.db.reads()).await.unwrap();
        rows.sort_by_key(|row| row.id);
        rows
    };
    let before = keys().await;
    app.migrate_anew("m0015_sources").await;
    let after = keys().await;
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((before.id, before.node_id, &before.scope), (after.id, after.node_id, &after.scope));
        assert_eq!((before.is_origin, &after.record), (after.is_origin, &None), "the first one brought the node");
    }
    // Fingerprints of before were made in another way.
    app.db
        .write(&app.clock, |tx| {
            Box::pin(async move {
                let sql = "UPDATE external_refs SET content_hash = 'of before'";
                tx.past_the_rules().execute_unprepared(sql).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
    let mut session = Session::begin(&app.db, &app.clock, "one", false).await.unwrap();
    session.write("all.json", serde_json::from_value(history).unwrap()).await.unwrap();
    let report = session.finish().await.unwrap();
    assert!(report.to_string().contains("Nothing changed."), "{report}");
    assert!(keys().await.iter().filter(|row| row.system == "one").all(|row| row.record.is_some()));
}

/// Imports several files in one run.
async fn import_files(app: &TestApp, scope: &str, files: Vec<Value>, dry: bool) -> Report {
    let source = Source::named("test", scope).unwrap();
    let mut session = Session::of(&app.db, &app.clock, source, dry);
    for (number, file) in files.into_iter().enumerate() {
        session.write(&format!("{number}.json"), serde_json::from_value(file).unwrap()).await.unwrap();
    }
    session.finish().await.unwrap()
}

#[rstest]
#[tokio::test]
async fn a_picture_follows_its_source(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let with_avatar = |url: Value| ada(json!({ "avatar": { "url": url } }));
    let avatar =
        async || app.query("{ people { nodes { avatar { url } } } }").await["people"]["nodes"][0]["avatar"].clone();
    for name in ["one", "two"] {
        let url = format!("https://pictures.example/{name}.png");
        assert!(notes(&load(&app, "a", with_avatar(json!(url))).await).is_empty());
        assert_eq!(avatar().await["url"], json!(url));
    }
    load(&app, "a", with_avatar(json!(null))).await;
    assert_eq!(avatar().await, json!(null));
}

#[rstest]
#[tokio::test]
async fn a_person_who_gets_an_id_is_still_named(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load(&app, "a", json!({ "people": [{ "key": "name:ada quill", "name": "Ada Quill" }] })).await;
    let named = json!({ "people": [{ "key": "ada", "name": "Ada Quill", "bio": "Here." }] });
    let report = import(&app, "a", named.clone(), Run { dry: false, prunes: true }).await;
    assert_eq!((report.dropped.len(), report.tally(entity::node_type::NodeType::Person).removed), (0, 0), "{report}");
    assert_eq!(person_of(&app, "Ada Quill").await.unwrap().bio.as_deref(), Some("Here."));
    assert!(load(&app, "a", named).await.changed_nothing());
}

#[rstest]
#[tokio::test]
async fn two_records_of_one_person_come_in_one_after_the_other(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let links = |number: usize| json!([{ "kind": "website", "url": format!("https://example.org/{number}") }]);
    let both = json!({ "people": [
        { "key": "ada-q", "name": "Ada Q", "aliases": ["Ada Quill"], "links": links(1) },
        { "key": "name:ada quill", "name": "Ada Quill", "aliases": ["A. Quill"], "links": links(2), "bio": "Here." },
    ] });
    let dry = import(&app, "a", both.clone(), Run { dry: true, prunes: false }).await;
    let report = load(&app, "a", both.clone()).await;
    assert_eq!(dry.tallies, report.tallies);
    let row = person_of(&app, "Ada Q").await.unwrap();
    assert_eq!(row.bio.as_deref(), Some("Here."));
    assert_eq!(person_link::Entity::find().count(app.db.reads()).await.unwrap(), 2);
    assert!(load(&app, "a", both).await.changed_nothing());
}

#[rstest]
#[tokio::test]
async fn a_key_that_means_two_things_in_one_run_is_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let files = || vec![ada(json!({ "bio": "One." })), ada(json!({ "bio": "One." })), ada(json!({ "bio": "Two." }))];
    for _ in 0..2 {
        let report = import_files(&app, "a", files(), false).await;
        assert_eq!(report.skipped.len(), 1, "{report}");
        assert_eq!(report.skipped[0].file, "2.json");
        assert!(report.skipped[0].reason.contains("something else under this key"), "{report}");
        assert_eq!(person_of(&app, "Ada Quill").await.unwrap().version, 1);
    }
}

#[rstest]
#[tokio::test]
async fn a_file_that_fails_costs_only_itself_and_a_dry_run_says_so(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let files = || {
        vec![
            batch(json!({ "people": [person("Ada")] })),
            json!({ "people": [person("Bo")], "talks": [talk("Lost", json!({ "event": "missing" }))] }),
            json!({ "people": [{ "key": "name:bo", "name": "Bo" }, person("Cy")] }),
            json!({ "talks": [talk("Pages", json!({ "speakers": [speaker("Ada"), speaker("Cy")] }))] }),
        ]
    };
    let dry = import_files(&app, "a", files(), true).await;
    let real = import_files(&app, "a", files(), false).await;
    assert_eq!((&dry.tallies, &dry.skipped), (&real.tallies, &real.skipped), "{dry}{real}");
    assert_eq!(real.skipped.len(), 1, "{real}");
    assert_eq!(real.tally(entity::node_type::NodeType::Person).created, 3);
    assert!(!real.to_string().contains("Nothing changed."), "{real}");
}

#[rstest]
#[tokio::test]
async fn what_belongs_to_a_deleted_event_stays_out_and_its_record_is_forgotten(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let sponsors = |names: &[&str]| {
        let organizations: Vec<Value> = names.iter().map(|name| person(name)).collect();
        let sponsorships: Vec<Value> =
            names.iter().map(|name| json!({ "key": name, "organization": name, "event": "Spring" })).collect();
        batch(json!({ "organizations": organizations, "events": [event("Spring", json!({ "description": "canary" }))],
            "sponsorships": sponsorships }))
    };
    load(&app, "a", sponsors(&["One"])).await;
    let node = entity::event::Entity::find().one(app.db.reads()).await.unwrap().unwrap().id;
    by_hand(&app, move |tx| Box::pin(async move { tx.delete::<entity::event::Entity>(&[node]).await.map(drop) })).await;
    let report = load(&app, "a", sponsors(&["One", "Two"])).await;
    assert!(notes(&report).iter().any(|note| note.contains("Sponsorship Two: it is left out")), "{report}");
    let kept = external_ref::Entity::find().filter(external_ref::Column::NodeId.eq(node)).one(app.db.reads()).await;
    assert_eq!(kept.unwrap().unwrap().record, None, "nothing is kept of what it said");
}
