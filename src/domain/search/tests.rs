//! The same corpus on both databases: the same nodes in the same order, whatever is asked and however it is spelled.
//!
//! `PostgreSQL` takes part if `FOLKMOOT_TEST_POSTGRES` names a server where these tests may create databases.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{
    event, group,
    node_type::NodeType::{self, Event, Group, Organization, Person, Talk, Topic, Venue},
    organization, person, person_alias, talk, topic, topic_alias, venue,
};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, Statement,
    StatementBuilder,
};
use uuid::Uuid;

use super::{Hit, Position, Query, count, find, index, matching_ids, rank};
use crate::{
    clock::Clock,
    db::{Db, migrate},
    domain::{text::fold, write::Tx},
    error::Error,
};

/// A database that goes with the test.
struct Fixture {
    db: Db,
    _file: Option<tempfile::TempDir>,
}

impl std::ops::Deref for Fixture {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

async fn databases() -> Vec<Fixture> {
    let _ = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_test_writer().try_init();
    let directory = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}?mode=rwc", directory.path().join("test.db").display());
    let mut fixtures = vec![Fixture { db: Db::connect(&file, 2, None).await.unwrap(), _file: Some(directory) }];
    if let Some(server) = std::env::var("FOLKMOOT_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) {
        let name = format!("folkmoot_search_{}", Clock::system().new_id().simple());
        let admin = sea_orm::Database::connect(&server).await.unwrap();
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        let mut url = url::Url::parse(&server).unwrap();
        url.set_path(&name);
        fixtures.push(Fixture { db: Db::connect(url.as_str(), 2, None).await.unwrap(), _file: None });
    }
    for fixture in &fixtures {
        migrate::up(fixture, &Clock::system()).await.unwrap();
    }
    fixtures
}

fn epoch() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// A node of the corpus: type, number, name, text.
type Entry = (NodeType, u128, &'static str, &'static str);

const CORPUS: &[Entry] = &[
    (Group, 1, "Kubernetes London", "Everything about containers, in London."),
    (Group, 2, "C++ London", "Modern C++ and its tools"),
    (Group, 3, "C# and F# Berlin", "The .NET community"),
    (Group, 4, "クラウドネイティブ東京", "東京都で毎月開催。Kubernetesの勉強会"),
    (Group, 5, "Zürich Go Meetup", "Für alle, die Go schreiben"),
    (Event, 10, "Kubernetes London #1", "Our first evening, at Skills Matter"),
    (Event, 11, "Kubernetes London #10", "With pizza from the organisers"),
    (Event, 12, "Social", "Drinks"),
    (Event, 13, "Social", "Drinks"),
    (Event, 14, "“Kubernetes”", "A night about one word"),
    (Event, 15, "L’été des conteneurs", "Une soirée d’été"),
    (Event, 16, "Meet and Kubernetes", "AND OR NOT NEAR(a b)"),
    (Talk, 20, "Kubernetes for the Faint of Heart", "Start small."),
    (Talk, 21, "100% uptime with a_b and C:\\temp", "Wildcards % and _ are not special"),
    (Talk, 22, "The Straße to Production", "Grüße aus München"),
    (Talk, 23, "eﬃcient İstanbul", "ligatures and dotted capitals"),
    (Talk, 24, "Из кластера в облако", "Лекция о контейнерах"),
    (Talk, 25, "שלום עולם", "דברי פתיחה"),
    (Talk, 26, "مقدمة في الحاويات", "شرح"),
    (Talk, 27, "쿠버네티스 입문", "컨테이너를 배우는 시간"),
    (Talk, 28, "हिन्दी में कुबेरनेटीज़", "परिचय"),
    (Talk, 29, "Hyperkubernetesation", "Nothing but a long word"),
    (Talk, 30, "東京", "大阪京都"),
    (Talk, 31, "", "An abstract without a title, about istio"),
    (Person, 40, "Lucas Käldström", "CNCF ambassador"),
    (Person, 41, "Siobhán O’Brien", "Writes Go"),
    (Person, 42, "Ana Nuñez", "Kubernetes, Istio and tea"),
    (Person, 43, "Łukasz Øster", ""),
    (Organization, 50, "Weave.Works", ""),
    (Organization, 51, "Kubernetes Solutions Ltd", ""),
    (Venue, 60, "Skills Matter CodeNode", "10 South Place"),
    (Venue, 61, "The Social", "5 Little Portland Street"),
    (Topic, 70, "Kubernetes", "Container orchestration"),
    (Topic, 71, "C++", ""),
    (Topic, 72, "C", ""),
    (Topic, 73, "K8S", ""),
];

async fn insert(tx: &Tx, (node_type, number, name, text): Entry) {
    let db = tx.connection();
    let (key, slug, at) = (Set(id(number)), Set(format!("n{number}")), epoch());
    let (name_column, sort) = (Set(name.to_owned()), Set(fold(name)));
    let text = Set(Some(text.to_owned()).filter(|text| !text.is_empty()));
    match node_type {
        Group => {
            let row = group::ActiveModel {
                id: key,
                created_at: Set(at),
                updated_at: Set(at),
                version: Set(1),
                slug,
                name: name_column,
                sort_name: sort,
                description: text,
                time_zone: Set("UTC".into()),
                status: Set(group::GroupStatus::Active),
                ..Default::default()
            };
            row.insert(db).await.unwrap();
        }
        Event => {
            let row = event::ActiveModel {
                id: key,
                created_at: Set(at),
                updated_at: Set(at),
                version: Set(1),
                slug,
                name: name_column,
                sort_name: sort,
                description: text,
                kind: Set(event::EventKind::Meetup),
                publication: Set(event::Publication::Published),
                status: Set(event::EventStatus::Scheduled),
                time_zone: Set("UTC".into()),
                date_precision: Set(event::EventDatePrecision::Unknown),
                attendance_mode: Set(event::AttendanceMode::Offline),
                ..Default::default()
            };
            row.insert(db).await.unwrap();
        }
        Talk => {
            let row = talk::ActiveModel {
                id: key,
                created_at: Set(at),
                updated_at: Set(at),
                version: Set(1),
                slug,
                title: Set(Some(name.to_owned()).filter(|name| !name.is_empty())),
                sort_title: sort,
                r#abstract: text,
                format: Set(talk::TalkFormat::Talk),
                status: Set(talk::TalkStatus::Delivered),
                position: Set(0),
                ..Default::default()
            };
            row.insert(db).await.unwrap();
        }
        Person => {
            let row = person::ActiveModel {
                id: key,
                created_at: Set(at),
                updated_at: Set(at),
                version: Set(1),
                slug,
                name: name_column,
                sort_name: sort,
                bio: text,
                ..Default::default()
            };
            row.insert(db).await.unwrap();
        }
        Organization => {
            let row = organization::ActiveModel {
                id: key,
                created_at: Set(at),
                updated_at: Set(at),
                version: Set(1),
                slug,
                name: name_column,
                sort_name: sort,
                ..Default::default()
            };
            row.insert(db).await.unwrap();
        }
        Venue => {
            let row = venue::ActiveModel {
                id: key,
                created_at: Set(at),
                updated_at: Set(at),
                version: Set(1),
                slug,
                name: name_column,
                sort_name: sort,
                address: text,
                ..Default::default()
            };
            row.insert(db).await.unwrap();
        }
        Topic => {
            let row = topic::ActiveModel {
                id: key,
                created_at: Set(at),
                updated_at: Set(at),
                version: Set(1),
                slug,
                name: name_column,
                sort_name: sort,
                description: text,
                ..Default::default()
            };
            row.insert(db).await.unwrap();
        }
        other => panic!("{other:?} cannot be found"),
    }
    tx.upserted(node_type, id(number));
}

async fn alias(tx: &Tx, node_type: NodeType, number: u128, name: &str) {
    let (key, owner, match_name, name) = (tx.new_id(), id(number), fold(name), name.to_owned());
    if node_type == Person {
        let row = person_alias::ActiveModel {
            id: Set(key),
            person_id: Set(owner),
            name: Set(name),
            match_name: Set(match_name),
        };
        row.insert(tx.connection()).await.unwrap();
    } else {
        let row = topic_alias::ActiveModel {
            id: Set(key),
            topic_id: Set(owner),
            name: Set(name),
            match_name: Set(match_name),
        };
        row.insert(tx.connection()).await.unwrap();
    }
    tx.upserted(node_type, owner);
}

/// Runs one write through the door that all writes use.
macro_rules! write {
    ($db:expr, |$tx:ident| $work:block) => {
        $db.write(&Clock::system(), move |$tx: &Tx| {
            Box::pin(async move {
                $work;
                Ok(())
            })
        })
        .await
        .unwrap()
    };
}

async fn corpus() -> Vec<Fixture> {
    let databases = databases().await;
    for db in &databases {
        write!(db, |tx| {
            for entry in CORPUS {
                insert(tx, *entry).await;
            }
            alias(tx, Topic, 70, "k8s").await;
            alias(tx, Topic, 70, "Kube").await;
            alias(tx, Person, 42, "Ana Nunes da Silva").await;
            let replaced =
                topic::ActiveModel { id: Set(id(73)), canonical_id: Set(Some(id(70))), ..Default::default() };
            replaced.update(tx.connection()).await.unwrap();
        });
    }
    databases
}

fn number(hit: &Hit) -> u128 {
    hit.position.node_id.as_u128()
}

async fn found(db: &Db, text: &str, types: &[NodeType]) -> Vec<u128> {
    let query = Query::parse(text).unwrap();
    let hits = find(db.reads(), &query, types, 100, None).await.unwrap();
    assert_eq!(count(db.reads(), &query, types).await.unwrap(), hits.len() as u64, "{text}");
    assert_eq!(in_pages(db, &query, types).await, hits, "{text}");
    hits.iter().map(number).collect()
}

async fn in_pages(db: &Db, query: &Query, types: &[NodeType]) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    loop {
        let after: Option<Position> = hits.last().map(|hit| hit.position.clone());
        let page = find(db.reads(), query, types, 2, after.as_ref()).await.unwrap();
        if page.is_empty() {
            return hits;
        }
        hits.extend(page);
    }
}

#[tokio::test]
async fn both_databases_find_the_same_in_the_same_order() {
    let expected: &[(&str, &[u128])] = &[
        // Names that equal the query, names that begin with it, names with its words, texts with them.
        ("kubernetes", &[14, 70, 1, 20, 10, 11, 51, 16, 4, 42]),
        ("Kubernetes", &[14, 70, 1, 20, 10, 11, 51, 16, 4, 42]),
        ("kub", &[1, 14, 70, 20, 10, 11, 51, 16, 4, 42]),
        ("kubernetes london", &[1, 10, 11]),
        ("london kubernetes", &[1, 10, 11]),
        ("kubernetes london 1", &[10, 11]),
        ("kubernetes tea", &[42]),
        // Inside of words, only because no word begins so: "net" is a word of one group and inside of Kubernetes.
        ("ubernetes lond", &[1, 10, 11]),
        ("rkubernetes", &[29]),
        ("et", &[15]),
        // Equal titles: by key.
        ("social", &[12, 13, 61]),
        // Other names count as names; a replaced topic comes after the one that replaces it.
        ("k8s", &[70, 73]),
        ("kube", &[70, 1, 14, 20, 10, 11, 51, 16, 4, 42]),
        ("silva nunes", &[42]),
        // Signs that name something, and signs that do not.
        ("C++", &[71, 2]),
        ("c#", &[3]),
        ("F#", &[3]),
        ("net", &[3]),
        ("weave works", &[50]),
        ("weaveworks", &[]),
        ("c:\\temp", &[21]),
        ("100%", &[21]),
        ("a_b", &[3, 21, 29, 16]),
        ("%berne%", &[1, 29, 14, 70, 20, 10, 11, 16, 51]),
        // Accents, capitals, ligatures, apostrophes.
        ("kaldstrom", &[40]),
        ("KÄLDSTRÖM lucas", &[40]),
        ("ka\u{308}ldstro\u{308}m", &[40]),
        ("nunez", &[42]),
        ("zurich", &[5]),
        ("strasse", &[22]),
        ("STRASSE grusse", &[22]),
        ("efficient istanbul", &[23]),
        ("lukasz oster", &[43]),
        ("obrien", &[41]),
        ("O'Brien", &[41]),
        ("o brien", &[41]),
        ("été", &[15]),
        ("l'ete", &[15]),
        // Scripts without spaces, scripts from right to left, scripts with vowel signs.
        ("東京", &[30, 4]),
        ("京", &[4, 30]),
        ("京都", &[4, 30]),
        ("都京", &[]),
        ("ネイティブ", &[4]),
        ("ﾈｲﾃｨﾌﾞ", &[4]),
        ("勉強会 kubernetes", &[4]),
        ("쿠버", &[27]),
        ("컨테이너", &[27]),
        ("кластера", &[24]),
        ("КОНТЕЙНЕР", &[24]),
        ("עולם", &[25]),
        ("\u{202e}עולם", &[25]),
        ("الحاويات", &[26]),
        ("हिन्दी", &[28]),
        ("हनद", &[]),
        // Words of other languages are operators of search languages.
        ("AND OR NOT NEAR", &[16]),
        ("meet AND kubernetes", &[16]),
        ("NEAR(a b)", &[16]),
        ("title:social", &[]),
        ("names : social", &[]),
        ("social*", &[12, 13, 61]),
        ("\"social\"", &[12, 13, 61]),
        ("social'; DROP TABLE events; --", &[]),
        ("{social}", &[12, 13, 61]),
        ("^social", &[12, 13, 61]),
        ("social & !drinks | x:*", &[]),
        ("so\0cial", &[]),
        ("social\0", &[12, 13, 61]),
        // Nodes without a title.
        ("istio", &[42, 31]),
        ("nothing of the sort", &[]),
    ];
    let mut wrong = BTreeMap::new();
    for db in &corpus().await {
        for (text, ids) in expected {
            let found = found(db, text, &[]).await;
            if found != *ids {
                wrong.insert((*text, format!("{:?}", db.backend())), format!("{found:?} instead of {ids:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn every_word_of_the_corpus_is_found_on_both_databases_alike() {
    let databases = corpus().await;
    let words = CORPUS.iter().flat_map(|(_, number, name, text)| {
        format!("{name} {text}").split_whitespace().map(|word| (*number, word.to_owned())).collect::<Vec<_>>()
    });
    for (number, word) in words.filter(|(_, word)| Query::parse(word).is_ok()) {
        let mut answers = Vec::new();
        for db in &databases {
            answers.push(found(db, &word, &[]).await);
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{word}: {answers:?}");
        // Organizations have no text.
        assert!(answers[0].contains(&number), "{word}: {answers:?}");
    }
}

#[tokio::test]
async fn types_narrow_the_search_and_the_count() {
    for db in &corpus().await {
        assert_eq!(found(db, "kubernetes", &[Person, Talk]).await, [20, 42]);
        assert_eq!(found(db, "kubernetes", &[NodeType::Rsvp]).await, [0; 0]);
    }
}

#[tokio::test]
async fn lists_filter_by_the_same_words() {
    for db in &corpus().await {
        let query = Query::parse("ubern").unwrap();
        let ids = matching_ids(db.backend(), Talk, &query);
        let talks = talk::Entity::find()
            .filter(sea_orm::ColumnTrait::in_subquery(&talk::Column::Id, ids))
            .all(db.reads())
            .await
            .unwrap();
        let mut numbers: Vec<u128> = talks.iter().map(|talk| talk.id.as_u128()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [20, 29]);
        assert!(rank::matching(db.backend(), Talk, talk::Column::Id, None).unwrap().is_none());
        let bad = rank::matching(db.backend(), Talk, talk::Column::Id, Some("\"")).unwrap_err();
        assert_eq!(bad.code(), "BAD_SEARCH");
    }
}

#[tokio::test]
async fn hostile_text_is_data() {
    let hostile =
        ["\"", "'", "*", ":", "\\", "%", "_", "\0", "(", ")", "{", "}", "^", "-", "|", "&", "!", "<", ">", "$1", "?"];
    for db in &corpus().await {
        for sign in hostile {
            for text in
                [format!("{sign}social{sign}"), format!("social {sign} drinks"), format!("{sign}{sign}soc{sign}")]
            {
                let query = Query::parse(&text).unwrap();
                find(db.reads(), &query, &[], 10, None).await.unwrap();
            }
        }
        // As long as a query may be, with as many terms as it can have.
        let kanji: String = ('一'..).take(200).collect();
        let query = Query::parse(&kanji).unwrap();
        assert!(find(db.reads(), &query, &[], 10, None).await.unwrap().is_empty());
        assert_eq!(count(db.reads(), &query, &[]).await.unwrap(), 0);
    }
    assert!(matches!(Query::parse(&"🎉".repeat(2500)), Err(Error::Invalid { code: "BAD_SEARCH", .. })));
}

#[tokio::test]
async fn hostile_documents_are_stored_and_found() {
    let endless: &str = ('一'..'龥').collect::<String>().repeat(20).leak();
    for db in &databases().await {
        write!(db, |tx| {
            insert(tx, (Event, 1, "'\"\\ needle \u{202e}🎉", "a_b '' \\' \\\\ $1 ? :*A")).await;
            insert(tx, (Event, 2, "🎉", "")).await;
            insert(tx, (Event, 3, "一つ", endless)).await;
        });
        assert_eq!(found(db, "needle", &[]).await, [1]);
        assert_eq!(found(db, "1 a b", &[]).await, [1]);
        assert_eq!(found(db, "一丁", &[]).await, [3]);
    }
}

#[tokio::test]
async fn every_write_is_found_at_once() {
    for db in &databases().await {
        write!(db, |tx| { insert(tx, (Event, 1, "Old name", "Old text")).await });
        assert_eq!(found(db, "old", &[]).await, [1]);

        write!(db, |tx| {
            let row = event::ActiveModel { id: Set(id(1)), name: Set("New name".into()), ..Default::default() };
            row.update(tx.connection()).await.unwrap();
            tx.upserted(Event, id(1));
        });
        assert_eq!(found(db, "old name", &[]).await, [1]);
        assert_eq!(found(db, "new", &[]).await, [1]);
        assert_eq!(found(db, "old", &[]).await, [1]);

        write!(db, |tx| {
            event::Entity::delete_by_id(id(1)).exec(tx.connection()).await.unwrap();
            tx.deleted(Event, id(1));
        });
        assert_eq!(found(db, "name", &[]).await, [0; 0]);
        assert_eq!(words_left(db).await, 0);
    }
}

/// The rows of the index itself.
async fn words_left(db: &Db) -> i64 {
    let table = if db.backend() == DbBackend::Postgres { "search_documents" } else { "search_words" };
    let sql = format!("SELECT count(*) AS n FROM {table}");
    let row = db.reads().query_one_raw(Statement::from_string(db.backend(), sql)).await.unwrap().unwrap();
    row.try_get("", "n").unwrap()
}

#[tokio::test]
async fn what_is_not_public_is_not_found() {
    for db in &databases().await {
        let set_publication = async |publication: event::Publication| {
            write!(db, |tx| {
                let row = event::ActiveModel { id: Set(id(1)), publication: Set(publication), ..Default::default() };
                row.update(tx.connection()).await.unwrap();
                tx.upserted(Event, id(1));
            });
        };
        write!(db, |tx| {
            insert(tx, (Event, 1, "Secret evening", "")).await;
            insert(tx, (Talk, 2, "Secret talk", "")).await;
            insert(tx, (Talk, 3, "Secret proposal", "")).await;
            insert(tx, (Person, 4, "Secret Keeper", "")).await;
            insert(tx, (Person, 5, "Secret Twin", "")).await;
            for (number, status) in [(2, talk::TalkStatus::Accepted), (3, talk::TalkStatus::Proposed)] {
                let row = talk::ActiveModel {
                    id: Set(id(number)),
                    event_id: Set(Some(id(1))),
                    status: Set(status),
                    ..Default::default()
                };
                row.update(tx.connection()).await.unwrap();
            }
        });
        assert_eq!(found(db, "secret", &[]).await, [4, 5, 1, 2]);
        // A draft hides its talks, though only the event was named.
        set_publication(event::Publication::Draft).await;
        assert_eq!(found(db, "secret", &[]).await, [4, 5]);
        set_publication(event::Publication::Archived).await;
        assert_eq!(found(db, "secret", &[]).await, [4, 5, 1, 2]);
        // A merged person is found under the one that took it in.
        write!(db, |tx| {
            let row = person::ActiveModel { id: Set(id(5)), merged_into_id: Set(Some(id(4))), ..Default::default() };
            row.update(tx.connection()).await.unwrap();
            let row = person_alias::ActiveModel {
                id: Set(tx.new_id()),
                person_id: Set(id(4)),
                name: Set("Secret Twin".into()),
                match_name: Set("secret twin".into()),
            };
            row.insert(tx.connection()).await.unwrap();
            tx.merged(Person, id(5), id(4));
        });
        assert_eq!(found(db, "twin", &[]).await, [4]);
    }
}

#[tokio::test]
async fn a_write_that_fails_leaves_the_index_alone() {
    for db in &databases().await {
        let failed: Result<(), Error> = db
            .write(&Clock::system(), |tx: &Tx| {
                Box::pin(async move {
                    insert(tx, (Event, 1, "Never", "")).await;
                    Err(Error::Internal)
                })
            })
            .await;
        assert!(failed.is_err());
        assert_eq!(found(db, "never", &[]).await, [0; 0]);
    }
}

#[tokio::test]
async fn rebuilding_restores_what_was_lost_and_removes_what_should_not_be() {
    for db in &corpus().await {
        let before = found(db, "kubernetes", &[]).await;
        write!(db, |tx| {
            // Behind the index's back.
            event::Entity::delete_by_id(id(14)).exec(tx.connection()).await.unwrap();
            tx.connection()
                .execute_unprepared("UPDATE search_documents SET fingerprint = 0, title = 'x'")
                .await
                .unwrap();
            super::rebuild(tx.connection()).await.unwrap();
        });
        let after = found(db, "kubernetes", &[]).await;
        assert_eq!(after, before.into_iter().filter(|number| *number != 14).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn two_writers_of_one_person_both_leave_their_names() {
    for db in &databases().await {
        write!(db, |tx| { insert(tx, (Person, 1, "Ana", "")).await });
        let rename = |name: &'static str| {
            let db = db.db.clone();
            async move { write!(db, |tx| { alias(tx, Person, 1, name).await }) }
        };
        tokio::join!(rename("Anna"), rename("Anya"), rename("Anoushka"), rename("Anita"));
        for name in ["anna", "anya", "anoushka", "anita"] {
            assert_eq!(found(db, name, &[]).await, [1], "{name}");
        }
    }
}

#[tokio::test]
async fn a_talk_that_is_placed_while_its_event_is_published_is_found() {
    for db in &databases().await {
        for number in 1..=8_u128 {
            let (event_id, talk_id) = (number, 100 + number);
            write!(db, |tx| {
                insert(tx, (Event, event_id, "Evening", "")).await;
                let draft = Set(event::Publication::Draft);
                let row = event::ActiveModel { id: Set(id(event_id)), publication: draft, ..Default::default() };
                row.update(tx.connection()).await.unwrap();
            });
            let publish = async {
                write!(db, |tx| {
                    let published = Set(event::Publication::Published);
                    let row =
                        event::ActiveModel { id: Set(id(event_id)), publication: published, ..Default::default() };
                    row.update(tx.connection()).await.unwrap();
                    tx.upserted(Event, id(event_id));
                });
            };
            let place = async {
                write!(db, |tx| {
                    insert(tx, (Talk, talk_id, "Placed", "")).await;
                    let row = talk::ActiveModel {
                        id: Set(id(talk_id)),
                        event_id: Set(Some(id(event_id))),
                        ..Default::default()
                    };
                    row.update(tx.connection()).await.unwrap();
                });
            };
            tokio::join!(publish, place);
            assert_eq!(found(db, "placed", &[]).await.len() as u128, number);
        }
    }
}

const LARGE: u128 = 20_000;
const WORDS: &[&str] = &[
    "kubernetes",
    "london",
    "service",
    "mesh",
    "istio",
    "scaling",
    "containers",
    "security",
    "observability",
    "ebpf",
    "gitops",
    "platform",
    "storage",
    "network",
    "operators",
    "helm",
    "prometheus",
    "tracing",
    "wasm",
    "rust",
    "go",
    "python",
    "serverless",
    "edge",
    "multi",
    "cluster",
    "policy",
    "secrets",
    "cost",
    "chaos",
];

/// Documents whose words are as unevenly frequent as those of a language.
async fn large(db: &Db) {
    let mut seed = 1_u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut phrase = |length: u64| -> String {
        let word = |random: &mut dyn FnMut(u64) -> u64| {
            let bound = random(30) + 1;
            let at = random(bound);
            if random(4) == 0 { format!("w{}", random(20_000)) } else { WORDS[usize::try_from(at).unwrap()].to_owned() }
        };
        (0..length).map(|_| word(&mut random)).collect::<Vec<_>>().join(" ")
    };
    let tx = Tx::begin(db, &Clock::system()).await.unwrap();
    for chunk in (0..LARGE).collect::<Vec<_>>().chunks(500) {
        let documents: Vec<_> =
            chunk.iter().map(|number| index::Document::of(id(*number), 2, &[phrase(6)], &[phrase(80)])).collect();
        index::store(tx.connection(), Talk, &documents).await.unwrap();
    }
    tx.commit().await.unwrap();
    if db.backend() == DbBackend::Postgres {
        db.writes().execute_unprepared("ANALYZE search_documents").await.unwrap();
    }
}

async fn plan(db: &Db, query: &Query) -> String {
    let statement = rank::page(db.backend(), query, &[], 20, None);
    let Statement { sql, values, .. } = StatementBuilder::build(&statement, &db.backend());
    let explain = if db.backend() == DbBackend::Postgres { "EXPLAIN" } else { "EXPLAIN QUERY PLAN" };
    let statement = Statement { sql: format!("{explain} {sql}"), values, db_backend: db.backend() };
    let rows = db.reads().query_all_raw(statement).await.unwrap();
    let column = if db.backend() == DbBackend::Postgres { "QUERY PLAN" } else { "detail" };
    rows.iter().map(|row| row.try_get::<String>("", column).unwrap() + "\n").collect()
}

/// Slow; prints how long searches take: `cargo test --release twenty_thousand -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "writes 20,000 documents"]
async fn twenty_thousand_documents_are_searched_by_index() {
    for db in &databases().await {
        let start = std::time::Instant::now();
        large(db).await;
        println!("{:?}: {LARGE} documents written in {:.1?}", db.backend(), start.elapsed());
        for text in
            ["w1234", "kubernetes", "k", "kubernetes london mesh", "rust ebpf w1", "ubernet", "w777 w778", "abcdef"]
        {
            let query = Query::parse(text).unwrap();
            let mut times: Vec<_> = Vec::new();
            for _ in 0..9 {
                let start = std::time::Instant::now();
                find(db.reads(), &query, &[], 20, None).await.unwrap();
                times.push(start.elapsed());
            }
            times.sort();
            let start = std::time::Instant::now();
            let hits = count(db.reads(), &query, &[]).await.unwrap();
            println!("  {text:24} {hits:6} hits  page {:>10.2?}  count {:>10.2?}", times[4], start.elapsed());
        }
        for text in ["w1234", "istio mesh w12", "w123", "ubernetesx"] {
            let plan = plan(db, &Query::parse(text).unwrap()).await;
            println!("{plan}");
            let scans = ["Seq Scan on search_documents", "SCAN search_documents"];
            assert!(!scans.iter().any(|scan| plan.contains(scan)), "{text}: {plan}");
        }
    }
}
