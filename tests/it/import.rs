//! Imports: what comes in, that a second run changes nothing, and what a broken file costs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use entity::{
    event, event_host, external_ref, membership, node_type::NodeType, person, person_alias, resource, sponsorship,
    talk, talk_speaker, venue,
};
use folkmoot::interchange::{
    record::Batch,
    report::{Report, Tally},
    rubyevents,
    session::Session,
};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::{Backend, TestApp};

/// A copy of the fixture that a test may break.
struct Data {
    directory: TempDir,
}

impl Data {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rubyevents"), directory.path());
        Self { directory }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.directory.path().join(file)
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(file)).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(self.path(file), text.replacen(from, to, 1)).unwrap();
    }

    async fn import(&self, app: &TestApp) -> Report {
        self.import_as(app, false).await
    }

    async fn import_as(&self, app: &TestApp, dry_run: bool) -> Report {
        let mut session = Session::begin(&app.db, &app.clock, rubyevents::SYSTEM, dry_run).await.unwrap();
        rubyevents::import(&mut session, self.directory.path()).await.unwrap();
        session.finish().await.unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::write(target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

async fn start(backend: Backend) -> Option<TestApp> {
    TestApp::start_at(backend, "2026-01-01T12:00:00Z").await
}

async fn changes(app: &TestApp) -> i64 {
    folkmoot::domain::changes::head(app.db.reads()).await.unwrap().last_seq
}

async fn node(app: &TestApp, node_type: NodeType, key: &str) -> Uuid {
    let known = external_ref::Entity::find()
        .filter(external_ref::Column::NodeType.eq(node_type))
        .filter(external_ref::Column::ExternalId.eq(key));
    known.one(app.db.reads()).await.unwrap().unwrap_or_else(|| panic!("{key} is unknown")).node_id
}

async fn talk(app: &TestApp, key: &str) -> talk::Model {
    let id = node(app, NodeType::Talk, key).await;
    talk::Entity::find_by_id(id).one(app.db.reads()).await.unwrap().unwrap()
}

async fn event(app: &TestApp, key: &str) -> event::Model {
    let id = node(app, NodeType::Event, key).await;
    event::Entity::find_by_id(id).one(app.db.reads()).await.unwrap().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test looks at all rows")]
async fn speakers(app: &TestApp, talk_id: Uuid) -> Vec<String> {
    let rows = talk_speaker::Entity::find()
        .filter(talk_speaker::Column::TalkId.eq(talk_id))
        .order_by_asc(talk_speaker::Column::Position)
        .find_also_related(person::Entity)
        .all(app.db.reads())
        .await
        .unwrap();
    rows.into_iter().map(|(_, person)| person.unwrap().slug).collect()
}

fn created(created: usize) -> Tally {
    Tally { created, ..Tally::default() }
}

#[rstest]
#[tokio::test]
async fn it_counts_as_the_source_does(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend).await else { return };
    let report = Data::new().import(&app).await;
    assert_eq!(report.skipped, []);
    let expected = [
        (NodeType::Group, 2),
        (NodeType::Event, 4),
        (NodeType::Talk, 5),
        (NodeType::Person, 5),
        (NodeType::Organization, 2),
        (NodeType::Venue, 1),
        (NodeType::Sponsorship, 4),
        (NodeType::Topic, 3),
        (NodeType::Membership, 4),
    ];
    for (node_type, count) in expected {
        assert_eq!(report.tally(node_type).created, count, "{node_type:?}");
    }
    let written: usize = report.tallies.values().map(|tally| tally.created).sum();
    assert_eq!(changes(&app).await, i64::try_from(written).unwrap(), "one change for each node");
    // The invalid address is dropped, and its talk stays.
    assert_eq!(report.notes.len(), 1, "{report}");
    assert!(report.notes[0].text.contains("ftp://old.example/post"), "{report}");
}

#[rstest]
#[tokio::test]
async fn an_evening_is_an_event_and_its_entries_are_talks(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = start(backend).await else { return };
    Data::new().import(&app).await;

    let march = event(&app, "dunmere-rb-meetup/dunmere-rb-march-2018").await;
    assert_eq!(march.name, "Dunmere.rb March 2018");
    assert_eq!(march.starts_at.unwrap().to_rfc3339(), "2018-03-13T00:00:00+00:00");
    assert_eq!(march.date_precision, event::EventDatePrecision::Day);
    assert_eq!(march.description.as_deref(), Some("The one with the power cut."));
    let april = event(&app, "dunmere-rb-meetup/bo-harrow-dunmere-rb-april-2018").await;
    assert_eq!(april.name, "Dunmere.rb April 2018");
    assert_eq!(april.starts_at.unwrap().to_rfc3339(), "2018-04-09T23:00:00+00:00", "midnight of a British summer");

    let candle = talk(&app, "ada-quill-dunmere-rb-march-2018").await;
    assert_eq!((candle.event_id, candle.held_on), (Some(march.id), march.starts_on), "the day is the evening's");
    assert_eq!((candle.format, candle.status), (talk::TalkFormat::Lightning, talk::TalkStatus::Delivered));
    assert_eq!(candle.language.as_deref(), Some("en"));
    assert_eq!(speakers(&app, candle.id).await, ["ada-quill"], "two spellings are one speaker");
    let video = resource::Entity::find().filter(resource::Column::TalkId.eq(candle.id)).one(app.db.reads()).await;
    assert_eq!(video.unwrap().unwrap().url, "https://www.youtube.com/watch?v=evening0001&t=3723s");

    let unnamed = talk(&app, "todo-dunmere-rb-march-2018").await;
    assert_eq!(unnamed.title, None, "TBA is no title");
    assert_eq!(unnamed.held_on.unwrap().to_string(), "2018-03-14");
    assert_eq!(speakers(&app, unnamed.id).await, ["unlisted-helper"], "TODO is nobody");
    assert_eq!(person_alias::Entity::find().count(app.db.reads()).await.unwrap(), 1);

    // A meetup has no event of its own; its sponsors are the group's, both of them.
    let group = node(&app, NodeType::Group, "dunmere-rb").await;
    let hosted = event_host::Entity::find().filter(event_host::Column::GroupId.eq(group));
    assert_eq!(hosted.count(app.db.reads()).await.unwrap(), 2);
    let sponsors = sponsorship::Entity::find().filter(sponsorship::Column::GroupId.eq(group));
    assert_eq!(sponsors.count(app.db.reads()).await.unwrap(), 2);
}

#[rstest]
#[tokio::test]
async fn a_conference_keeps_its_days_place_and_people(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend).await else { return };
    Data::new().import(&app).await;

    let held = event(&app, "saltmarsh-conf-2019").await;
    assert_eq!(held.starts_at.unwrap().to_rfc3339(), "2019-05-31T15:00:00+00:00");
    assert_eq!(held.ends_at.unwrap().to_rfc3339(), "2019-06-02T14:59:59+00:00", "the last second of the last day");
    let cancelled = event(&app, "saltmarsh-conf-2020").await;
    assert_eq!(cancelled.status, event::EventStatus::Cancelled);
    assert_eq!((cancelled.date_precision, cancelled.ends_at), (event::EventDatePrecision::Year, None));
    assert_eq!(held.venue_id, cancelled.venue_id, "one hall under two spellings");
    let hall = venue::Entity::find_by_id(held.venue_id.unwrap()).one(app.db.reads()).await.unwrap().unwrap();
    assert_eq!((hall.name.as_str(), hall.country.as_deref()), ("Tide Hall", Some("JP")));
    assert_eq!(hall.latitude, Some(35.5), "the first file counts");

    let panel = talk(&app, "panel-saltmarsh-conf-2019").await;
    assert_eq!(speakers(&app, panel.id).await, ["zoe-marsh-2", "ada-quill"], "an accent tells two people apart");
    let group = node(&app, NodeType::Group, "saltmarsh-conf").await;
    let organizers = membership::Entity::find().filter(membership::Column::GroupId.eq(group));
    let organizers = organizers.all(app.db.reads()).await.unwrap();
    assert_eq!(organizers.len(), 1);
    assert_eq!(organizers[0].starts_on.unwrap().to_string(), "2019-01-01");
    assert_eq!(organizers[0].ends_on_precision, Some(entity::date_precision::DatePrecision::Year));
}

#[rstest]
#[tokio::test]
async fn a_second_run_changes_nothing_and_says_so(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend).await else { return };
    let data = Data::new();
    data.import(&app).await;
    let before = changes(&app).await;
    let report = data.import(&app).await;
    assert!(report.changed_nothing(), "{report}");
    assert!(report.to_string().contains("Nothing changed."), "{report}");
    assert_eq!(report.tally(NodeType::Talk), Tally { unchanged: 5, ..Tally::default() });
    assert_eq!(changes(&app).await, before);
}

#[rstest]
#[tokio::test]
async fn a_dry_run_keeps_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend).await else { return };
    let data = Data::new();
    let trial = data.import_as(&app, true).await;
    assert_eq!(trial.tally(NodeType::Talk), created(5));
    assert!(trial.to_string().contains("nothing was kept"), "{trial}");
    assert_eq!(changes(&app).await, 0);
    assert_eq!(person::Entity::find().count(app.db.reads()).await.unwrap(), 0);
    let real = data.import(&app).await;
    assert_eq!(real.tallies, trial.tallies, "it said what would happen");
}

#[rstest]
#[tokio::test]
async fn a_broken_file_loses_only_itself(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend).await else { return };
    let data = Data::new();
    let file = "dunmere-rb/dunmere-rb-meetup/videos.yml";
    data.edit(file, "      start_cue: \"1:02:03\"", "      start_cue: [\"1:02:03\"");
    data.edit("speakers.yml", "  slug: \"bo-harrow\"", "  slug: {}");
    let report = data.import(&app).await;
    let skipped: Vec<_> = report.skipped.iter().map(|skipped| (skipped.file.as_str(), skipped.line)).collect();
    assert_eq!(skipped.len(), 2, "{report}");
    assert_eq!(skipped[0], ("speakers.yml", Some(12)), "{report}");
    assert_eq!(skipped[1].0, file);
    assert!(skipped[1].1.is_some_and(|line| (15..=20).contains(&line)), "{report}");
    assert_eq!(report.tally(NodeType::Group), created(2));
    assert_eq!(report.tally(NodeType::Talk), created(2));
    assert_eq!(report.tally(NodeType::Event), created(2));

    // After the repair only what was lost is imported. A person known only by name becomes the one of the register.
    data.edit(file, "[\"1:02:03\"", "\"1:02:03\"");
    data.edit("speakers.yml", "  slug: {}", "  slug: \"bo-harrow\"");
    let report = data.import(&app).await;
    assert_eq!(report.skipped, []);
    assert_eq!(report.tally(NodeType::Talk), Tally { created: 3, unchanged: 2, ..Tally::default() });
    assert_eq!(person::Entity::find().count(app.db.reads()).await.unwrap(), 5);
}

#[rstest]
#[tokio::test]
async fn a_file_that_breaks_later_takes_nothing_away(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend).await else { return };
    let data = Data::new();
    data.import(&app).await;
    let before = changes(&app).await;
    for file in ["series.yml", "saltmarsh-conf-2019/venue.yml", "saltmarsh-conf-2019/involvements.yml"] {
        fs::write(data.path(&format!("saltmarsh-conf/{file}")), "name: [").unwrap();
    }
    let report = data.import(&app).await;
    assert_eq!(report.skipped.len(), 3, "{report}");
    assert_eq!(event(&app, "saltmarsh-conf-2019").await.version, 1);
    assert!(report.changed_nothing(), "{report}");
    assert_eq!(changes(&app).await, before);
}

#[rstest]
#[tokio::test]
async fn a_changed_record_changes_its_node(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend).await else { return };
    let data = Data::new();
    data.import(&app).await;
    let (before, old) = (changes(&app).await, talk(&app, "zoe-marsh-saltmarsh-conf-2019").await);
    let file = "saltmarsh-conf/saltmarsh-conf-2019/videos.yml";
    data.edit(file, "Opening keynote", "Opening keynote: tides");
    let report = data.import(&app).await;
    assert_eq!(report.tally(NodeType::Talk), Tally { updated: 1, unchanged: 4, ..Tally::default() });
    let new = talk(&app, "zoe-marsh-saltmarsh-conf-2019").await;
    assert_eq!((new.id, new.slug, new.version), (old.id, old.slug, 2), "key and slug stay");
    assert_eq!(changes(&app).await, before + 1);

    // Changes of parts count, too: another speaker, and a recording that moved.
    data.edit(file, "    - Zoë Marsh", "    - Bo Harrow");
    data.edit(file, "\"424242\"", "\"434343\"");
    let report = data.import(&app).await;
    assert_eq!(report.tally(NodeType::Talk).updated, 1, "{report}");
    assert_eq!(report.tally(NodeType::Resource), Tally { created: 1, unchanged: 1, removed: 1, ..Tally::default() });
    assert_eq!(speakers(&app, old.id).await, ["bo-harrow"]);
    assert_eq!(changes(&app).await, before + 4);

    // Text that reads the same is the same.
    data.edit(file, "description: \"Why marshes?\"", "description: \"Why marshes?  \"");
    let report = data.import(&app).await;
    assert!(report.changed_nothing(), "{report}");
}

#[rstest]
#[tokio::test]
async fn a_month_is_a_date_and_what_is_none_takes_nothing_away(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = start(backend).await else { return };
    let (data, file) = (Data::new(), "dunmere-rb/dunmere-rb-meetup/videos.yml");
    let evening = "dunmere-rb-meetup/dunmere-rb-march-2018";
    data.import(&app).await;
    data.edit(file, "date: \"2018-03-13\"", "date: \"2018-03\"");
    let report = data.import(&app).await;
    assert!(report.notes.is_empty(), "{report}");
    assert_eq!(talk(&app, "ada-quill-dunmere-rb-march-2018").await.held_on, None);
    let known = event(&app, evening).await;
    assert_eq!(known.date_precision, event::EventDatePrecision::Month);

    let mut before = "2018-03";
    for mistyped in ["2018-33-13", "2018-3-13"] {
        data.edit(file, &format!("date: \"{before}\""), &format!("date: \"{mistyped}\""));
        let report = data.import(&app).await;
        for node in [format!("Event {evening}"), "Talk ada-quill-dunmere-rb-march-2018".into()] {
            assert!(report.to_string().contains(&format!("{file}: {node}: “{mistyped}” is no YYYY")), "{report}");
        }
        assert!(report.changed_nothing(), "{report}");
        before = mistyped;
    }

    data.edit(file, &format!("date: \"{before}\""), "date: \"2018-03-14\"");
    let report = data.import(&app).await;
    assert_eq!((report.tally(NodeType::Event).updated, report.tally(NodeType::Talk).updated), (1, 1), "{report}");
    assert_eq!(
        event(&app, evening).await.starts_at.map(|at| at.to_rfc3339()).as_deref(),
        Some("2018-03-14T00:00:00+00:00")
    );
}

#[rstest]
#[tokio::test]
async fn a_date_without_a_word_in_it_is_none(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend).await else { return };
    let data = Data::new();
    data.import(&app).await;
    data.edit("saltmarsh-conf/saltmarsh-conf-2019/event.yml", "end_date: \"2019-06-02\"", "end_date: \" \"");
    let report = data.import(&app).await;
    assert!(report.notes.is_empty(), "{report}");
    assert_eq!(event(&app, "saltmarsh-conf-2019").await.ends_at, None);
}

#[rstest]
#[tokio::test]
async fn an_unknown_zone_costs_one_event(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend).await else { return };
    let data = Data::new();
    data.edit("saltmarsh-conf/saltmarsh-conf-2020/event.yml", "Asia/Tokyo", "Asia/Saltmarsh");
    let report = data.import(&app).await;
    assert_eq!(report.skipped.len(), 1, "{report}");
    assert_eq!(report.skipped[0].line, Some(5));
    assert!(report.skipped[0].reason.contains("Asia/Saltmarsh"), "{report}");
    assert_eq!(report.tally(NodeType::Event), created(3));
}

async fn load(app: &TestApp, source: &str, batch: serde_json::Value) -> Report {
    let batch: Batch = serde_json::from_value(batch).unwrap();
    let mut session = Session::begin(&app.db, &app.clock, source, false).await.unwrap();
    session.write("a batch", batch).await.unwrap();
    session.finish().await.unwrap()
}

#[rstest]
#[tokio::test]
async fn another_source_finds_people_by_their_names(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend).await else { return };
    Data::new().import(&app).await;
    let batch = json!({ "people": [
        { "key": "1", "name": "a quill", "bio": "Writes parsers.", "aliases": ["Ada Q."] },
        { "key": "2", "name": "ZOE MARSH" },
        { "key": "3", "name": "Somebody Else" },
    ]});
    let report = load(&app, "elsewhere", batch.clone()).await;
    let expected = Tally { created: 2, updated: 1, ..Tally::default() };
    assert_eq!(report.tally(NodeType::Person), expected, "{report}");
    assert!(report.notes.iter().any(|note| note.text.contains("several nodes of this name")), "{report}");
    let ada = person::Entity::find().filter(person::Column::Slug.eq("ada-quill")).one(app.db.reads()).await;
    let ada = ada.unwrap().unwrap();
    assert_eq!((ada.name.as_str(), ada.bio.as_deref()), ("Ada Quill", Some("Writes parsers.")), "only gaps are filled");
    assert!(load(&app, "elsewhere", batch).await.changed_nothing());
}

#[rstest]
#[tokio::test]
async fn a_batch_with_an_unknown_name_writes_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend).await else { return };
    let batch = json!({
        "people": [{ "key": "1", "name": "Somebody" }],
        "talks": [{ "key": "t", "title": "A talk", "format": "TALK", "status": "DELIVERED", "event": "missing" }],
    });
    let report = load(&app, "elsewhere", batch).await;
    assert_eq!(report.skipped.len(), 1);
    assert_eq!(report.skipped[0].reason, "Talk t, event: no Event missing is known");
    assert_eq!(changes(&app).await, 0);
    assert_eq!(person::Entity::find().count(app.db.reads()).await.unwrap(), 0);
}

#[rstest]
#[tokio::test]
async fn a_text_beyond_its_bound_is_left_out(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend).await else { return };
    let (most, too_long) = ("d".repeat(65_536), "d".repeat(65_537));
    let groups = |description: &str| {
        json!({ "groups": [{ "key": "g", "name": "Ada's", "time_zone": "Europe/London", "description": description,
            "website": format!("https://example.org/{}", "w".repeat(2048)) }] })
    };
    let query = "{ groups { nodes { name website description(format: PLAIN) } } }";
    let report = load(&app, "elsewhere", groups(&too_long)).await;
    let notes: Vec<&str> = report.notes.iter().map(|note| note.text.as_str()).collect();
    let expected = [
        "Group g: description is left out: it has 65537 bytes; 65536 are the most",
        "Group g: website is left out: it has 2068 bytes; 2048 are the most",
    ];
    assert_eq!(notes, expected);
    let group = json!({ "name": "Ada's", "website": null, "description": null });
    assert_eq!(app.query(query).await["groups"]["nodes"], json!([group]));

    let report = load(&app, "elsewhere", groups(&most)).await;
    assert_eq!((report.notes.len(), report.tally(NodeType::Group).updated), (1, 1), "{report}");
    assert!(load(&app, "elsewhere", groups(&most)).await.changed_nothing());
    assert_eq!(app.query(query).await["groups"]["nodes"][0]["description"], most);
}

#[rstest]
#[tokio::test]
async fn a_record_with_too_long_a_name_is_left_out_and_who_names_it_hears_why(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = start(backend).await else { return };
    let people = json!([{ "key": "p", "name": "N".repeat(501) }, { "key": "q", "name": "Ada" }]);
    let report = load(&app, "elsewhere", json!({ "people": people })).await;
    assert_eq!(report.tally(NodeType::Person), created(1));
    assert_eq!(report.skipped.len(), 1, "{report}");
    let why = "name is too long: it has 501 characters; 500 are the most";
    assert_eq!(report.skipped[0].reason, format!("Person p: {why}"));

    let talks = json!([{ "key": "t", "title": "A talk", "speakers": [{ "person": "p", "role": "SPEAKER" }] }]);
    let report = load(&app, "elsewhere", json!({ "people": people, "talks": talks })).await;
    assert_eq!(report.skipped.len(), 1, "{report}");
    assert_eq!(report.skipped[0].reason, format!("Talk t, speakers: no Person p is known ({why})"));
}

#[rstest]
#[tokio::test]
async fn names_lose_control_characters_and_no_letter(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = start(backend).await else { return };
    let batch = json!({
        "topics": [{ "key": "k\u{1b}", "name": "t\u{202e}opic\u{9b}2J" }, { "key": "l", "name": "عربي\u{200f} (C++)\u{202c}" }],
        "groups": [{ "key": "g", "name": "a\u{0}\nb", "time_zone": "Europe/London", "topics": ["k\u{1b}"],
            "description": "one\r\n\r\ntwo\u{1b}\u{2067}" }],
    });
    let report = load(&app, "elsewhere", batch.clone()).await;
    assert!(report.skipped.is_empty() && report.notes.is_empty(), "{report}");
    let data = app
        .query("{ topics { nodes { name slug } } groups { nodes { name description topics { totalCount } } } }")
        .await;
    let topics = json!([{ "name": "topic2J", "slug": "topic2j" }, { "name": "عربي\u{200f} (C++)", "slug": "rby-c" }]);
    assert_eq!(data["topics"]["nodes"], topics);
    let group = json!({ "name": "a b", "description": "one\n\ntwo", "topics": { "totalCount": 1 } });
    assert_eq!(data["groups"]["nodes"], json!([group]));
    assert!(load(&app, "elsewhere", batch).await.changed_nothing());
}
