//! Search: the same corpus on both databases gives the same nodes in the same order, whatever is asked and however it is
//! spelled; and every write is found at once.

use std::collections::{BTreeMap, HashSet};

use entity::node_type::NodeType::{self, Event, Group, Organization, Person, Talk, Topic, Venue};
use folkmoot::{
    clock::Clock,
    db::Db,
    domain::{
        search::{self, Hit, HitPage, Query},
        text::fold,
        write::Tx,
    },
    error::{Code, Error},
};
use rstest::rstest;
use sea_orm::{
    ConnectionTrait, DbBackend, Statement, TransactionTrait, Value,
    sea_query::{Alias, Expr, ExprTrait, Query as Sql},
};
use uuid::Uuid;

use crate::support::{Backend, TestApp};

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

/// What is asked, and which nodes of the corpus answer, in order.
const ANSWERS: &[(&str, &[u128])] = &[
    // Names that equal the query, names that begin with it; names with its words, texts with them; names and texts with words
    // that begin so.
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
    // Signs that are part of a name, and signs that are not.
    ("C++", &[71, 2]),
    ("c#", &[3]),
    ("F#", &[3]),
    ("net", &[3]),
    ("weave works", &[50]),
    ("weaveworks", &[]),
    ("c:\\temp", &[21]),
    ("100%", &[21]),
    // Two words: whole ones in a name, in a text, and then beginnings of others.
    ("a_b", &[21, 16, 3, 29]),
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

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// The table of a type of node, its columns for name, sorting and text, and other columns that must be filled.
type Table = (&'static str, [&'static str; 3], &'static [(&'static str, &'static str)]);

fn table(node_type: NodeType) -> Table {
    match node_type {
        Group => ("groups", ["name", "sort_name", "description"], &[("time_zone", "UTC"), ("status", "ACTIVE")]),
        Event => (
            "events",
            ["name", "sort_name", "description"],
            &[
                ("kind", "MEETUP"),
                ("publication", "PUBLISHED"),
                ("status", "SCHEDULED"),
                ("time_zone", "UTC"),
                ("date_precision", "UNKNOWN"),
                ("attendance_mode", "OFFLINE"),
            ],
        ),
        Talk => ("talks", ["title", "sort_title", "abstract"], &[("format", "TALK"), ("status", "DELIVERED")]),
        Person => ("people", ["name", "sort_name", "bio"], &[]),
        Organization => ("organizations", ["name", "sort_name", "website"], &[]),
        Venue => ("venues", ["name", "sort_name", "address"], &[]),
        Topic => ("topics", ["name", "sort_name", "description"], &[]),
        other => panic!("{other:?} cannot be found"),
    }
}

async fn insert(tx: &Tx, (node_type, number, name, text): Entry) {
    let (table, columns, others) = table(node_type);
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let mut row: Vec<(&str, Value)> = vec![
        ("id", id(number).into()),
        ("created_at", tx.now().into()),
        ("updated_at", tx.now().into()),
        ("slug", format!("n{number}").into()),
        (columns[0], given(name).into()),
        (columns[1], fold(name).into()),
        (columns[2], given(text).into()),
    ];
    row.extend(others.iter().map(|(column, value)| (*column, Value::from(*value))));
    if node_type == Talk {
        row.push(("position", 0.into()));
    }
    write_row(tx, table, row).await;
    tx.upserted(node_type, id(number));
}

async fn write_row(tx: &Tx, table: &'static str, row: Vec<(&str, Value)>) {
    let (columns, values): (Vec<_>, Vec<_>) = row.into_iter().map(|(c, v)| (Alias::new(c), Expr::val(v))).unzip();
    let insert = Sql::insert().into_table(table).columns(columns).values_panic(values).to_owned();
    tx.past_the_rules().execute(&insert).await.unwrap();
}

/// Gives a node another name.
async fn alias(tx: &Tx, node_type: NodeType, number: u128, name: &str) {
    let (table, owner) =
        if node_type == Person { ("person_aliases", "person_id") } else { ("topic_aliases", "topic_id") };
    let row = vec![
        ("id", tx.new_id().into()),
        (owner, id(number).into()),
        ("name", name.into()),
        ("match_name", fold(name).into()),
    ];
    write_row(tx, table, row).await;
    tx.upserted(node_type, id(number));
}

/// Changes one column of a node.
async fn set(tx: &Tx, node_type: NodeType, number: u128, column: &'static str, value: impl Into<Value>) {
    let update = Sql::update()
        .table(table(node_type).0)
        .value(column, Expr::val(value.into()))
        .and_where(Expr::col("id").eq(id(number)))
        .to_owned();
    tx.past_the_rules().execute(&update).await.unwrap();
    tx.upserted(node_type, id(number));
}

async fn delete(tx: &Tx, node_type: NodeType, number: u128) {
    let delete = Sql::delete().from_table(table(node_type).0).and_where(Expr::col("id").eq(id(number))).to_owned();
    tx.past_the_rules().execute(&delete).await.unwrap();
}

/// Runs one write in a transaction, as all writes do.
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

async fn corpus(backend: Backend) -> Option<TestApp> {
    let app = TestApp::start(backend).await?;
    write!(app.db, |tx| {
        for entry in CORPUS {
            insert(tx, *entry).await;
        }
        alias(tx, Topic, 70, "k8s").await;
        alias(tx, Topic, 70, "Kube").await;
        alias(tx, Person, 42, "Ana Nunes da Silva").await;
        set(tx, Topic, 73, "canonical_id", id(70)).await;
    });
    Some(app)
}

fn number(hit: &Hit) -> u128 {
    hit.position.node_id.as_u128()
}

/// Asks for all hits at once, for their number, and for pages of two from both ends, which must agree.
async fn found(db: &Db, text: &str, types: &[NodeType]) -> Vec<u128> {
    let query = Query::parse(text).unwrap();
    let hits = search::find(db.reads(), &query, types, &HitPage { limit: 100, ..HitPage::default() }).await.unwrap();
    assert_eq!(search::count(db.reads(), &query, types).await.unwrap(), hits.len() as u64, "{text}");
    assert_eq!(paged(db, &query, types, false).await, hits, "{text}");
    let mut from_the_end = paged(db, &query, types, true).await;
    from_the_end.reverse();
    assert_eq!(from_the_end, hits, "{text}");
    hits.iter().map(number).collect()
}

/// All hits, two by two, each page beginning where the one before it ended.
async fn paged(db: &Db, query: &Query, types: &[NodeType], backward: bool) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    loop {
        let last = hits.last().map(|hit| hit.position.clone());
        let (after, before) = if backward { (None, last) } else { (last, None) };
        let page = HitPage { limit: 2, backward, after, before };
        let page = search::find(db.reads(), query, types, &page).await.unwrap();
        if page.is_empty() {
            return hits;
        }
        hits.extend(page);
    }
}

#[rstest]
#[tokio::test]
async fn both_databases_find_the_same_in_the_same_order(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = corpus(backend).await else { return };
    let mut wrong = BTreeMap::new();
    for (text, ids) in ANSWERS {
        let found = found(&app.db, text, &[]).await;
        if found != *ids {
            wrong.insert(text, format!("{found:?} instead of {ids:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn every_word_of_the_corpus_finds_its_node_on_both_databases_alike() {
    let sqlite = corpus(Backend::Sqlite).await.unwrap();
    let postgres = corpus(Backend::Postgres).await;
    for (node_type, number, name, text) in CORPUS {
        // Of organizations only the name is searched.
        let text = if *node_type == Organization { "" } else { text };
        for word in format!("{name} {text}").split_whitespace().filter(|word| Query::parse(word).is_ok()) {
            let answer = found(&sqlite.db, word, &[]).await;
            assert!(answer.contains(number), "{word}: {answer:?}");
            if let Some(postgres) = &postgres {
                assert_eq!(found(&postgres.db, word, &[]).await, answer, "{word}");
            }
        }
    }
}

#[rstest]
#[tokio::test]
async fn types_narrow_the_search_and_the_count(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = corpus(backend).await else { return };
    assert_eq!(found(&app.db, "kubernetes", &[Person, Talk]).await, [20, 42]);
    assert_eq!(found(&app.db, "kubernetes", &[NodeType::Rsvp]).await, [0; 0]);
    // A matching word of a node of any type prevents the search inside names.
    assert_eq!(found(&app.db, "net", &[Talk]).await, [0; 0]);
}

#[rstest]
#[tokio::test]
async fn lists_filter_by_the_same_words(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = corpus(backend).await else { return };
    for (text, names) in [
        ("kubern", &["Kubernetes for the Faint of Heart"][..]),
        ("ubern", &["Hyperkubernetesation", "Kubernetes for the Faint of Heart"]),
        ("東京", &["東京"]),
        ("istio", &[]),
    ] {
        let query = format!(
            "{{ talks(filter: {{ query: {text:?} }}, orderBy: {{ field: TITLE, direction: ASC }}) {{ nodes {{ title }} }} }}"
        );
        let talks = app.query(&query).await["talks"]["nodes"].take();
        let titles: Vec<_> = talks.as_array().unwrap().iter().filter_map(|talk| talk["title"].as_str()).collect();
        assert_eq!(titles, names, "{text}");
    }
    let (code, message) = app.error(r#"{ talks(filter: { query: "\"" }) { totalCount } }"#).await;
    assert_eq!(code, "BAD_SEARCH", "{message}");
}

#[rstest]
#[tokio::test]
async fn hostile_text_is_data(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = corpus(backend).await else { return };
    let hostile =
        ["\"", "'", "*", ":", "\\", "%", "_", "\0", "(", ")", "{", "}", "^", "-", "|", "&", "!", "<", ">", "$1", "?"];
    for sign in hostile {
        for text in [format!("{sign}social{sign}"), format!("social {sign} drinks"), format!("{sign}{sign}soc{sign}")] {
            search::find(
                app.db.reads(),
                &Query::parse(&text).unwrap(),
                &[],
                &HitPage { limit: 10, ..HitPage::default() },
            )
            .await
            .unwrap();
        }
    }
    // As long as a query may be, with as many terms as it can have.
    let kanji: String = ('一'..).take(200).collect();
    assert_eq!(found(&app.db, &kanji, &[]).await, [0; 0]);
    let too_long = Query::parse(&"🎉".repeat(2500)).unwrap_err();
    assert!(matches!(too_long, Error::Invalid { code: Code::BadSearch, .. }));
}

#[rstest]
#[tokio::test]
async fn hostile_documents_are_stored_and_found(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    write!(app.db, |tx| {
        insert(tx, (Event, 1, "'\"\\ needle \u{202e}🎉", "a_b '' \\' \\\\ $1 ? :*A")).await;
        insert(tx, (Event, 2, "🎉", "")).await;
        // More words than an index holds.
        let endless = ('一'..'龥').collect::<String>().repeat(20).leak();
        insert(tx, (Event, 3, "一つ", endless)).await;
    });
    assert_eq!(found(&app.db, "needle", &[]).await, [1]);
    assert_eq!(found(&app.db, "1 a b", &[]).await, [1]);
    assert_eq!(found(&app.db, "一丁", &[]).await, [3]);
}

#[rstest]
#[tokio::test]
async fn every_write_is_found_at_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    write!(app.db, |tx| { insert(tx, (Event, 1, "Old name", "Old text")).await });
    assert_eq!(found(&app.db, "old name", &[]).await, [1]);

    write!(app.db, |tx| { set(tx, Event, 1, "name", "New name").await });
    assert_eq!(found(&app.db, "new", &[]).await, [1]);
    assert_eq!(found(&app.db, "old text", &[]).await, [1]);
    write!(app.db, |tx| { set(tx, Event, 1, "description", "New text").await });
    assert_eq!(found(&app.db, "old", &[]).await, [0; 0]);

    write!(app.db, |tx| {
        delete(tx, Event, 1).await;
        tx.deleted(Event, id(1));
    });
    assert_eq!(found(&app.db, "name", &[]).await, [0; 0]);
    let table = if app.db.backend() == DbBackend::Postgres { "search_documents" } else { "search_words" };
    let rows = Statement::from_string(app.db.backend(), format!("SELECT count(*) AS rows_left FROM {table}"));
    let row = app.db.reads().query_one_raw(rows).await.unwrap().unwrap();
    assert_eq!(row.try_get::<i64>("", "rows_left").unwrap(), 0);
}

#[rstest]
#[tokio::test]
async fn what_is_not_public_is_not_found(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    write!(app.db, |tx| {
        insert(tx, (Event, 1, "Secret evening", "")).await;
        insert(tx, (Talk, 2, "Secret talk", "")).await;
        insert(tx, (Talk, 3, "Secret proposal", "")).await;
        insert(tx, (Person, 4, "Secret Keeper", "")).await;
        insert(tx, (Person, 5, "Secret Twin", "")).await;
        set(tx, Talk, 2, "event_id", id(1)).await;
        set(tx, Talk, 3, "event_id", id(1)).await;
        set(tx, Talk, 3, "status", "PROPOSED").await;
    });
    assert_eq!(found(&app.db, "secret", &[]).await, [4, 5, 1, 2]);
    // A draft hides its talks, though only the event was changed.
    write!(app.db, |tx| { set(tx, Event, 1, "publication", "DRAFT").await });
    assert_eq!(found(&app.db, "secret", &[]).await, [4, 5]);
    write!(app.db, |tx| { set(tx, Event, 1, "publication", "ARCHIVED").await });
    assert_eq!(found(&app.db, "secret", &[]).await, [4, 5, 1, 2]);
    // A merged person is found under the one that it became part of, though only the merged one was changed.
    write!(app.db, |tx| {
        set(tx, Person, 5, "merged_into_id", id(4)).await;
        let row = vec![
            ("id", tx.new_id().into()),
            ("person_id", id(4).into()),
            ("name", "Secret Twin".into()),
            ("match_name", "secret twin".into()),
        ];
        write_row(tx, "person_aliases", row).await;
        tx.merged(Person, id(5), id(4));
    });
    assert_eq!(found(&app.db, "twin", &[]).await, [4]);
}

#[rstest]
#[tokio::test]
async fn a_write_that_fails_leaves_the_index_alone(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let failed: Result<(), Error> = app
        .db
        .write(&Clock::system(), |tx: &Tx| {
            Box::pin(async move {
                insert(tx, (Event, 1, "Never", "")).await;
                search::refresh(tx.past_the_rules(), &[(Event, id(1))], &HashSet::new()).await?;
                Err(Error::Internal)
            })
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(found(&app.db, "never", &[]).await, [0; 0]);
}

/// The first 400 letters of a name are a token. One sign can stand for four letters, so a query can be longer.
#[rstest]
#[tokio::test]
async fn a_node_with_a_very_long_name_is_found_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let long = |signs| &*"㌀".repeat(signs).leak();
    let names = [(1, long(101)), (2, long(120))];
    write!(app.db, |tx| {
        for (number, name) in names {
            insert(tx, (Group, number, name, "")).await;
        }
    });
    for query in [long(100), long(110)] {
        let mut found = found(&app.db, query, &[]).await;
        found.sort_unstable();
        assert_eq!(found, [1, 2]);
    }
}

#[rstest]
#[tokio::test]
async fn rebuilding_restores_what_was_lost_and_removes_what_should_not_be(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = corpus(backend).await else { return };
    let mut expected = found(&app.db, "kubernetes", &[]).await;
    write!(app.db, |tx| {
        // Without the index.
        delete(tx, Event, 14).await;
        let damage = "UPDATE search_documents SET fingerprint = 0, title = 'x'";
        tx.past_the_rules().execute_unprepared(damage).await.unwrap();
    });
    search::rebuild::<Error>(&app.db).await.unwrap();
    expected.retain(|number| *number != 14);
    assert_eq!(found(&app.db, "kubernetes", &[]).await, expected);
}

#[rstest]
#[tokio::test]
async fn documents_that_a_step_of_the_migration_took_away_are_written_anew(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = corpus(backend).await else { return };
    let expected = found(&app.db, "kubernetes", &[]).await;
    app.migrate_anew("m0011_search_steps").await;
    assert_eq!(found(&app.db, "kubernetes", &[]).await, expected);
}

#[rstest]
#[tokio::test]
async fn writers_of_one_person_all_leave_their_names(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    write!(app.db, |tx| { insert(tx, (Person, 1, "Ana", "")).await });
    let name = async |name: &'static str| write!(app.db, |tx| { alias(tx, Person, 1, name).await });
    tokio::join!(name("Anna"), name("Anya"), name("Anoushka"), name("Anita"));
    for name in ["anna", "anya", "anoushka", "anita"] {
        assert_eq!(found(&app.db, name, &[]).await, [1], "{name}");
    }
}

#[rstest]
#[tokio::test]
async fn a_talk_that_is_placed_while_its_event_is_published_is_found(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    for event in 1..=8_u128 {
        let talk = 100 + event;
        write!(app.db, |tx| {
            insert(tx, (Event, event, "Evening", "")).await;
            set(tx, Event, event, "publication", "DRAFT").await;
        });
        let publish = async { write!(app.db, |tx| { set(tx, Event, event, "publication", "PUBLISHED").await }) };
        let place = async {
            write!(app.db, |tx| {
                insert(tx, (Talk, talk, "Placed", "")).await;
                set(tx, Talk, talk, "event_id", id(event)).await;
            });
        };
        tokio::join!(publish, place);
        assert_eq!(found(&app.db, "placed", &[]).await.len() as u128, event);
    }
}

/// How many nodes the test of the plans and times writes.
const MANY: u128 = 3_000;
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

/// Talks whose words are as unevenly frequent as those of a language.
async fn load_many(app: &TestApp) {
    let mut seed = 1_u64;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let mut phrase = move |length: usize| {
        let words = (0..length).map(|_| {
            let bound = random(WORDS.len()) + 1;
            let at = random(bound);
            if random(4) == 0 { format!("w{}", random(20_000)) } else { WORDS[at].to_owned() }
        });
        &*words.collect::<Vec<_>>().join(" ").leak()
    };
    let tx = Tx::begin(&app.db, &Clock::system()).await.unwrap();
    for number in 0..MANY {
        insert(&tx, (Talk, number, phrase(6), phrase(80))).await;
    }
    tx.commit().await.unwrap();
    app.db.analyze().await.unwrap();
}

/// How many sequential scans of the documents PostgreSQL makes for this query.
async fn sequential_scans(app: &TestApp, query: &Query) -> i64 {
    let connection = sea_orm::Database::connect(&app.database.url).await.unwrap();
    let tx = connection.begin().await.unwrap();
    let scans = async || {
        let scans = "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'search_documents'";
        let row = tx.query_one_raw(Statement::from_string(DbBackend::Postgres, scans)).await.unwrap().unwrap();
        row.try_get::<i64>("", "seq_scan").unwrap()
    };
    let before = scans().await;
    search::find(&tx, query, &[], &HitPage { limit: 20, ..HitPage::default() }).await.unwrap();
    search::count(&tx, query, &[]).await.unwrap();
    scans().await - before
}

#[rstest]
#[tokio::test]
async fn rare_words_are_found_by_index(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_many(&app).await;
    for text in ["w1234", "w777 w778", "abcdef"] {
        let query = Query::parse(text).unwrap();
        let hits = search::count(app.db.reads(), &query, &[]).await.unwrap();
        assert!(hits < 200, "{text} is not rare: {hits}");
        if backend == Backend::Postgres {
            assert_eq!(sequential_scans(&app, &query).await, 0, "{text}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_cursor_that_no_database_can_compare_is_the_clients_mistake(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let place = serde_json::json!([0, "a\0b", Uuid::nil()]).to_string();
    let cursor = data_encoding::BASE64URL_NOPAD.encode(place.as_bytes());
    for bound in ["first: 1, after", "last: 1, before"] {
        let query = format!("{{ search(query: \"a\", {bound}: \"{cursor}\") {{ edges {{ cursor }} }} }}");
        assert_eq!(app.error(&query).await.0, "BAD_CURSOR", "{query}");
    }
}
