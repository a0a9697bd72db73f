//! Changes: what everybody may see, in the order of the commits, to sync from and to follow.

use std::{collections::BTreeMap, time::Duration};

use entity::{event, node_type::NodeType, person, talk};
use folkmoot::{
    domain::{
        changes::{self, Wanted},
        write::Tx,
    },
    error::Code,
    graphql::live::feed::Feed,
};
use futures_util::StreamExt;
use rstest::rstest;
use sea_orm::{ActiveValue::Set, EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Backend, TestApp, builders::*};

/// All pages behind a cursor, and the cursor to go on from.
async fn sync(app: &TestApp, after: Option<String>, arguments: &str, node: &str) -> (Vec<Value>, String) {
    let (mut changes, mut after) = (Vec::new(), after);
    loop {
        let query = format!(
            "query($after: String) {{ changes(after: $after, first: 7 {arguments}) {{
                nodes {{ operation typename id mergedInto node {{ {node} }} }}
                pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let mut answer = app.answer(&query, json!({ "after": after })).await;
        assert_eq!(answer.get("errors"), None, "{answer}");
        let mut page = answer["data"]["changes"].take();
        changes.append(page["nodes"].as_array_mut().unwrap());
        after = page["pageInfo"]["endCursor"].as_str().map(str::to_owned);
        if page["pageInfo"]["hasNextPage"] == false {
            return (changes, after.unwrap());
        }
    }
}

/// The operations and names of the changes after a cursor, sorted.
async fn since(app: &TestApp, after: &str) -> Vec<String> {
    let names = "... on Event { name } ... on Talk { title } ... on Person { name } ... on Resource { url }";
    let (changes, _) = sync(app, Some(after.to_owned()), "", names).await;
    let name = |node: &Value| ["name", "title", "url"].iter().find_map(|key| node[*key].as_str().map(str::to_owned));
    let line = |change: &Value| {
        let parts = [change["operation"].as_str(), change["typename"].as_str()].map(Option::unwrap);
        format!("{} {}", parts.join(" "), name(&change["node"]).unwrap_or_default()).trim().to_owned()
    };
    let mut lines: Vec<String> = changes.iter().map(line).collect();
    lines.sort();
    lines
}

async fn publish(app: &TestApp, publication: event::Publication) {
    let row = event::Entity::find().one(app.db.reads()).await.unwrap().unwrap();
    app.db
        .write(&app.clock, move |tx| {
            let change = event::ActiveModel { publication: Set(publication), ..Default::default() };
            let change = vec![(row.clone(), change)];
            Box::pin(async move { tx.change::<event::Entity>(change).await })
        })
        .await
        .unwrap();
}

#[rstest]
#[tokio::test]
async fn a_client_syncs_from_nothing_and_then_by_deltas(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let (changes, start) = sync(&app, None, "", "id").await;
    assert_eq!(changes, Vec::<Value>::new());
    let events: Vec<Value> = (0..20).map(|n| event(&format!("event {n}"), json!({}))).collect();
    app.load(batch(json!({ "events": events }))).await;
    let (changes, current) = sync(&app, None, "", "id").await;
    assert_eq!(changes.len(), 21, "20 events and their group");
    assert!(changes.iter().all(|change| change["id"] == change["node"]["id"]));
    assert_eq!(sync(&app, Some(start), "", "id").await.0, changes, "an empty page has a cursor, too");
    assert_eq!(since(&app, &current).await, Vec::<String>::new());
    app.load(batch(json!({ "events": [event("event 3", json!({ "website": "https://new.example/" }))] }))).await;
    assert_eq!(since(&app, &current).await, ["UPSERT Event event 3"]);
    let (changes, _) = sync(&app, None, "", "id").await;
    assert_eq!(changes.len(), 21, "of each node the last change is kept");
}

#[rstest]
#[tokio::test]
async fn nodes_appear_when_they_become_public_and_go_when_they_cease_to_be(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(json!({ "groups": [group(GROUP)] })).await;
    let (_, start) = sync(&app, None, "", "id").await;
    app.load(batch(json!({
        "events": [event("secret", json!({ "publication": "DRAFT" }))],
        "talks": [talk("whisper", json!({ "event": "secret", "resources": [{ "kind": "VIDEO", "url": "https://v.example/1" }] })),
            talk("no", json!({ "event": "secret", "status": "PROPOSED" }))],
    })))
    .await;
    assert_eq!(since(&app, &start).await, Vec::<String>::new(), "a draft leaves no trace");

    publish(&app, event::Publication::Published).await;
    let expected = ["UPSERT Event secret", "UPSERT Resource https://v.example/1", "UPSERT Talk whisper"];
    assert_eq!(since(&app, &start).await, expected);

    let (_, published) = sync(&app, None, "", "id").await;
    publish(&app, event::Publication::Draft).await;
    assert_eq!(since(&app, &published).await, ["DELETE Event", "DELETE Resource", "DELETE Talk"]);
    publish(&app, event::Publication::Draft).await;
    assert_eq!(since(&app, &published).await.len(), 3, "and are told to be gone once");
    assert_eq!(talk::Entity::find().count(app.db.reads()).await.unwrap(), 2);
}

#[rstest]
#[tokio::test]
async fn a_merge_names_who_answers_now(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(batch(json!({ "people": [person("Ada"), person("A. Lovelace")] }))).await;
    let (_, start) = sync(&app, None, "", "id").await;
    let people = app.query("{ people(orderBy: { field: NAME, direction: ASC }) { nodes { id name } } }").await;
    let ids = people["people"]["nodes"].as_array().unwrap().clone();
    let key = |node: &Value| folkmoot::graphql::relay::id::decode(node["id"].as_str().unwrap()).unwrap().1;
    let (old, into) = (key(&ids[0]), key(&ids[1]));
    app.db
        .write(&app.clock, move |tx| {
            Box::pin(async move {
                let row = person::Entity::find_by_id(old).one(&tx.reading()).await?.unwrap();
                let change = person::ActiveModel { merged_into_id: Set(Some(into)), ..Default::default() };
                tx.change::<person::Entity>(vec![(row, change)]).await?;
                tx.merged(NodeType::Person, old, into);
                Ok(())
            })
        })
        .await
        .unwrap();
    let (changes, _) = sync(&app, Some(start), "", "... on Person { name }").await;
    let merge = changes.iter().find(|change| change["operation"] == "MERGE").unwrap();
    assert_eq!((&merge["id"], &merge["mergedInto"]), (&ids[0]["id"], &ids[1]["id"]));
    assert_eq!(merge["node"]["name"], "Ada");
}

#[rstest]
#[tokio::test]
async fn the_changes_of_a_group_or_of_some_types(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let hosts = |name: &str| json!({ "hosts": [{ "group": name, "role": "LEAD" }] });
    app.load(json!({
        "groups": [group("one"), group("two")],
        "events": [event("e1", hosts("one")), event("e2", hosts("two"))],
        "talks": [talk("t2", json!({ "group": "two", "event": "e2" }))],
        "people": [person("Ada")],
    }))
    .await;
    let one = app.query("{ group(slug: \"one\") { id } }").await["group"]["id"].as_str().unwrap().to_owned();
    let of = async |arguments: &str| {
        let (changes, cursor) = sync(&app, None, arguments, "id").await;
        let mut types: Vec<String> = changes.iter().map(|c| c["typename"].as_str().unwrap().to_owned()).collect();
        types.sort();
        (types.join(" "), cursor)
    };
    assert_eq!(of(", types: [TALK, PERSON]").await.0, "Person Talk");
    let (types, cursor) = of(&format!(", groupId: \"{one}\"")).await;
    assert_eq!(types, "Event Group Person", "people belong to no group");
    // A client that follows a group is told when a node leaves it.
    app.load(json!({ "groups": [group("one"), group("two")], "events": [event("e1", hosts("two"))] })).await;
    let (changes, _) = sync(&app, Some(cursor), &format!(", groupId: \"{one}\""), "id").await;
    assert_eq!(changes.iter().filter(|change| change["typename"] == "Event").count(), 1);
    assert_eq!(app.error("{ changes(groupId: \"one\") { nodes { id } } }").await.0, "BAD_ID");
    assert_eq!(app.error("{ changes(first: 101) { nodes { id } } }").await.0, "BAD_PAGE");
    assert_eq!(app.error("{ changes(after: \"x\") { nodes { id } } }").await.0, "BAD_CURSOR");
}

#[rstest]
#[tokio::test]
async fn a_client_that_was_away_too_long_begins_anew(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(batch(json!({ "events": [event("one", json!({}))] }))).await;
    let (_, old) = sync(&app, None, "", "id").await;
    publish(&app, event::Publication::Draft).await;
    let (_, current) = sync(&app, Some(old.clone()), "", "id").await;
    let later = app.clock.now() + chrono::TimeDelta::days(1);
    assert_eq!(changes::prune(&app.db, &app.clock, later).await.unwrap(), 1);
    let query = |cursor: &str| {
        format!("{{ changes(after: \"{cursor}\", first: 1) {{ pageInfo {{ endCursor hasNextPage }} }} }}")
    };
    let (code, message) = app.error(&query(&old)).await;
    assert_eq!(code, "CURSOR_TOO_OLD");
    assert!(message.contains("without `after`"), "{message}");
    app.query(&query(&current)).await;
    // A client that begins now never saw the deleted nodes, and may page slowly.
    let first = app.query("{ changes(first: 1) { pageInfo { endCursor hasNextPage } } }").await;
    app.query(&query(first["changes"]["pageInfo"]["endCursor"].as_str().unwrap())).await;
    assert_eq!(changes::prune(&app.db, &app.clock, later).await.unwrap(), 0);
}

#[rstest]
#[tokio::test]
async fn a_cursor_is_of_one_log(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    load_event(&app, "one").await;
    let (_, cursor) = sync(&app, None, "", "id").await;
    let query = format!("{{ changes(after: \"{cursor}\") {{ nodes {{ id }} }} }}");
    assert_eq!(app.query(&query).await, json!({ "changes": { "nodes": [] } }));
    assert_ne!(changes::head(app.db.reads()).await.unwrap().epoch, 0, "each database has one of its own");
    // What docs/operation.md says to do after a backup was restored.
    let statement = "UPDATE change_log SET epoch = epoch + 1";
    crate::support::rows::execute(&app, statement).await;
    assert_eq!(app.error(&query).await.0, "CURSOR_TOO_OLD", "it is as long, but may tell of other nodes");
}

#[rstest]
#[tokio::test]
async fn no_reader_skips_a_transaction_that_is_still_open(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let people: Vec<Value> = (0..40).map(|n| person(&format!("person {n}"))).collect();
    app.load(batch(json!({ "people": people }))).await;
    let keys = app.query("{ people(first: 100) { nodes { id } } }").await;
    let keys: Vec<String> = keys["people"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].as_str().unwrap().to_owned())
        .collect();
    let (_, start) = sync(&app, None, "", "id").await;

    // Forty writers, each open for a while between its first write and its commit; they commit in any order.
    let writers = keys.iter().enumerate().map(|(n, id)| {
        let (db, clock) = (app.db.clone(), app.clock.clone());
        let (_, key) = folkmoot::graphql::relay::id::decode(id).unwrap();
        async move {
            let pause = Duration::from_millis((n as u64 * 37) % 61);
            db.write(&clock, move |tx: &Tx| {
                Box::pin(async move {
                    describe(tx, key).await;
                    tokio::time::sleep(pause).await;
                    Ok(())
                })
            })
            .await
            .unwrap();
        }
    });
    let mut seen = Vec::new();
    let reader = async {
        let mut cursor = start;
        while seen.len() < keys.len() {
            let (changes, next) = sync(&app, Some(cursor), "", "id").await;
            seen.extend(changes.into_iter().map(|change| change["id"].as_str().unwrap().to_owned()));
            cursor = next;
        }
    };
    let both = futures_util::future::join(futures_util::future::join_all(writers), reader);
    tokio::time::timeout(Duration::from_secs(30), both).await.expect("the reader saw every change");
    seen.sort();
    let mut expected = keys.clone();
    expected.sort();
    assert_eq!(seen, expected, "each of them once");
}

/// Gives a person a bio.
async fn describe(tx: &Tx, key: Uuid) {
    let row = person::Entity::find_by_id(key).one(&tx.reading()).await.unwrap().unwrap();
    let change = person::ActiveModel { bio: Set(Some("Speaks.".to_owned())), ..Default::default() };
    tx.change::<person::Entity>(vec![(row, change)]).await.unwrap();
}

// On PostgreSQL only: SQLite has one writer, so no transaction commits while another is open.
#[rstest]
#[tokio::test]
async fn a_transaction_that_began_first_and_commits_last_comes_last(#[values(Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(batch(json!({ "people": [person("early"), person("late")] }))).await;
    let (_, start) = sync(&app, None, "", "id").await;
    let key = async |name: &str| {
        let person = app.query(&format!("{{ person(slug: \"{name}\") {{ id }} }}")).await;
        folkmoot::graphql::relay::id::decode(person["person"]["id"].as_str().unwrap()).unwrap().1
    };
    let (early, late) = (key("early").await, key("late").await);
    let first = Tx::begin(&app.db, &app.clock).await.unwrap();
    describe(&first, early).await;
    let second = Tx::begin(&app.db, &app.clock).await.unwrap();
    describe(&second, late).await;
    second.commit().await.unwrap();
    assert_eq!(since(&app, &start).await, ["UPSERT Person late"]);
    let (_, between) = sync(&app, Some(start), "", "id").await;
    first.commit().await.unwrap();
    assert_eq!(since(&app, &between).await, ["UPSERT Person early"]);
}

/// What a client holds: the nodes by id, as JSON.
type Mirror = BTreeMap<String, Value>;

const MIRRORED: &str = "__typename id version
    ... on Group { name city } ... on Event { name status startsOn hosts { group { id } } }
    ... on Talk { title talkStatus: status event { id } speakers { person { id } } } ... on Person { name aliases }
    ... on Organization { name } ... on Venue { name } ... on Topic { name } ... on Resource { url }
    ... on Sponsorship { sponsorshipStatus: status roles } ... on Membership { role } ... on Fundraiser { name }";

async fn follow(app: &TestApp, mirror: &mut Mirror, cursor: Option<String>) -> String {
    let (changes, cursor) = sync(app, cursor, "", MIRRORED).await;
    for mut change in changes {
        let id = change["id"].as_str().unwrap().to_owned();
        match change["node"].take() {
            Value::Null => mirror.remove(&id),
            node => mirror.insert(id, node),
        };
    }
    cursor
}

#[rstest]
#[tokio::test]
async fn a_mirror_that_follows_equals_one_that_begins_anew(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let (mut mirror, mut cursor) = (Mirror::new(), None);
    // A small generator of pseudo-random numbers, the same each time.
    let mut state: u32 = 7;
    let mut random = move |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below
    };
    for round in 0..12 {
        // About two of three, each with a number.
        let mut some = |count: u32, record: &dyn Fn(u32, u32) -> Value| {
            let numbers = (0..count).map(|n| (n, random(3), random(1000))).collect::<Vec<_>>();
            let chosen = numbers.into_iter().filter(|(_, chance, _)| *chance > 0);
            chosen.map(|(n, _, number)| record(n, number)).collect::<Vec<_>>()
        };
        let events = some(8, &|n, r| {
            event(
                &format!("event {n}"),
                json!({
                    "publication": (["DRAFT", "PUBLISHED", "ARCHIVED"][r as usize % 3]),
                    "status": (["SCHEDULED", "CANCELLED"][r as usize % 2]),
                    "website": format!("https://e.example/{r}"),
                }),
            )
        });
        let talks = some(12, &|n, r| {
            talk(
                &format!("talk {n}"),
                json!({
                    "status": (["PROPOSED", "ACCEPTED", "DELIVERED", "WITHDRAWN"][r as usize % 4]),
                    "speakers": [speaker(&format!("person {}", r % 5))],
                    "resources": [{ "kind": "VIDEO", "url": format!("https://v.example/{n}/{}", r % 3) }],
                }),
            )
        });
        let people: Vec<Value> = (0..5).map(|n| person(&format!("person {n}"))).collect();
        app.load(batch(json!({ "events": events, "talks": talks, "people": people }))).await;
        if round % 3 == 1 {
            publish(&app, event::Publication::Draft).await;
        }
        if round % 4 != 3 {
            cursor = Some(follow(&app, &mut mirror, cursor).await);
        }
        if round == 6 {
            changes::prune(&app.db, &app.clock, app.clock.now() - chrono::TimeDelta::days(1)).await.unwrap();
        }
    }
    follow(&app, &mut mirror, cursor).await;
    let mut anew = Mirror::new();
    follow(&app, &mut anew, None).await;
    assert_eq!(mirror, anew);

    // And it equals what the lists say.
    for (list, typename) in [("events", "Event"), ("talks", "Talk"), ("people", "Person"), ("groups", "Group")] {
        let dump = app.query(&format!("{{ {list}(first: 100) {{ nodes {{ id version }} }} }}")).await;
        let key = |node: &Value| (node["id"].to_string(), node["version"].to_string());
        let listed: BTreeMap<_, _> =
            dump[list].as_object().unwrap()["nodes"].as_array().unwrap().iter().map(key).collect();
        let mirrored: BTreeMap<_, _> = mirror.values().filter(|node| node["__typename"] == typename).map(key).collect();
        assert_eq!(mirrored, listed, "{list}");
    }
    assert!(mirror.len() > 10, "{}", mirror.len());
}

/// A subscription as an event stream; its answers one by one.
pub struct Followed {
    answer: reqwest::Response,
    text: String,
}

impl Followed {
    pub async fn start(app: &TestApp, query: &str) -> Self {
        let request = app.http().post(app.url("/graphql/stream")).json(&json!({ "query": query }));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { answer, text: String::new() }
    }

    pub async fn next(&mut self) -> Value {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let data = event.split_once("data: ").map(|(_, data)| data.to_owned());
                self.text = String::from(rest);
                match data {
                    Some(data) => return serde_json::from_str(&data).unwrap(),
                    None => continue,
                }
            }
            let chunk =
                tokio::time::timeout(Duration::from_secs(20), self.answer.chunk()).await.expect("a change in time");
            self.text.push_str(std::str::from_utf8(&chunk.unwrap().expect("the stream goes on")).unwrap());
        }
    }

    async fn name(&mut self) -> String {
        let answer = self.next().await;
        let node = answer["data"].as_object().and_then(|data| data.values().next()?.get("node"));
        let name = node.and_then(|node| node["name"].as_str().or(node["title"].as_str()));
        name.unwrap_or_else(|| panic!("no name: {answer}")).to_owned()
    }
}

const LIVE: &str = "subscription { changes(types: [EVENT]) { operation cursor node { ... on Event { name phase } } } }";

async fn load_event(app: &TestApp, name: &str) {
    app.load(batch(json!({ "events": [event(name, json!({}))] }))).await;
}

#[rstest]
#[tokio::test]
async fn changes_arrive_by_themselves(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let mut followed = Followed::start(&app, LIVE).await;
    // The subscription begins with its first poll, which may come after the head of the response.
    tokio::time::sleep(Duration::from_millis(300)).await;
    load_event(&app, "one").await;
    let first = followed.next().await;
    assert_eq!(first["data"]["changes"]["node"], json!({ "name": "one", "phase": "UNSCHEDULED" }));
    load_event(&app, "two").await;
    assert_eq!(followed.name().await, "two");

    // A client that reconnects goes on from the last cursor, without a gap and without a repetition.
    let cursor = first["data"]["changes"]["cursor"].as_str().unwrap();
    let mut again = Followed::start(&app, &LIVE.replace("(types", &format!("(after: \"{cursor}\", types"))).await;
    assert_eq!(again.name().await, "two");
    load_event(&app, "three").await;
    assert_eq!(again.name().await, "three");
    assert_eq!(followed.name().await, "three");
}

#[rstest]
#[tokio::test]
async fn an_open_event_page_hears_of_its_event_and_its_talks(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(batch(json!({ "events": [event("mine", json!({})), event("other", json!({}))] }))).await;
    let id = app.query("{ event(slug: \"mine\") { id } }").await["event"]["id"].as_str().unwrap().to_owned();
    let query = format!(
        "subscription {{ eventChanged(id: \"{id}\") {{ node {{ ... on Event {{ name }} ... on Talk {{ title }} }} }} }}"
    );
    let mut followed = Followed::start(&app, &query).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    app.load(batch(json!({ "events": [event("other", json!({ "status": "CANCELLED" }))], "talks": [talk("a talk", json!({ "event": "other" }))] }))).await;
    app.load(batch(json!({ "events": [event("mine", json!({ "status": "CANCELLED" }))], "talks": [talk("our talk", json!({ "event": "mine" }))] }))).await;
    let mut names = [followed.name().await, followed.name().await];
    names.sort();
    assert_eq!(names, ["mine", "our talk"]);
}

#[rstest]
#[tokio::test]
async fn an_open_event_page_hears_of_what_comes_and_goes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let load = async |event: &str, urls: &[&str]| {
        let slides: Vec<Value> = urls.iter().map(|url| json!({ "kind": "SLIDES", "url": url })).collect();
        let talks = [talk("a talk", json!({ "event": event, "resources": slides }))];
        app.load(batch(json!({ "talks": talks }))).await;
    };
    app.load(batch(json!({ "events": [event("mine", json!({})), event("other", json!({}))] }))).await;
    load("mine", &["https://s.example/1"]).await;
    let id = app.query("{ event(slug: \"mine\") { id } }").await["event"]["id"].as_str().unwrap().to_owned();
    let query = format!(
        "subscription {{ eventChanged(id: \"{id}\") {{ operation typename node {{ ... on Talk {{ title }} }} }} }}"
    );
    let mut followed = Followed::start(&app, &query).await;
    let mut hear = async |count: usize| {
        let mut heard = Vec::new();
        for _ in 0..count {
            let change = followed.next().await["data"]["eventChanged"].take();
            let title = change["node"]["title"].as_str().unwrap_or_default();
            heard.push(format!(
                "{} {} {title}",
                change["operation"].as_str().unwrap(),
                change["typename"].as_str().unwrap()
            ));
        }
        heard.sort();
        heard
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    load("mine", &["https://s.example/1", "https://s.example/2"]).await;
    assert_eq!(hear(2).await, ["UPSERT Resource ", "UPSERT Talk a talk"], "of a talk that was there before");
    load("mine", &["https://s.example/2"]).await;
    assert_eq!(hear(2).await, ["DELETE Resource ", "UPSERT Talk a talk"]);
    load("other", &["https://s.example/2"]).await;
    assert_eq!(hear(2).await, ["UPSERT Resource ", "UPSERT Talk a talk"], "it leaves the event");
    let news = json!({ "event": "other", "abstract_text": "New.", "resources": [{ "kind": "SLIDES", "url": "https://s.example/2" }] });
    app.load(batch(json!({ "talks": [talk("a talk", news)] }))).await;
    app.load(batch(json!({ "talks": [talk("another", json!({ "event": "mine" }))] }))).await;
    assert_eq!(hear(1).await, ["UPSERT Talk another"], "a talk that has left is of no interest any more");
}

#[rstest]
#[tokio::test]
async fn a_subscriber_that_missed_a_deletion_is_told(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let feed = Feed::start(&app.db, &app.clock, 16);
    load_event(&app, "one").await;
    let start = changes::head(app.db.reads()).await.unwrap().last_seq;
    publish(&app, event::Publication::Draft).await;
    let later = app.clock.now() + chrono::TimeDelta::days(1);
    assert_eq!(changes::prune(&app.db, &app.clock, later).await.unwrap(), 1);
    let mut late = feed.subscribe(start, 0, Wanted::default()).await.unwrap();
    assert_eq!(late.next().await.unwrap().err().map(|error| error.code()), Some(Code::CursorTooOld));

    // A client that began after the deletion, or never saw the node, goes on.
    let end = changes::head(app.db.reads()).await.unwrap();
    let mut current = feed.subscribe(end.last_seq, 0, Wanted::default()).await.unwrap();
    let mut new = feed.subscribe(0, end.pruned_seq, Wanted::default()).await.unwrap();
    load_event(&app, "two").await;
    assert!(current.next().await.unwrap().is_ok());
    assert!(new.next().await.unwrap().is_ok());
}

#[rstest]
#[tokio::test]
async fn a_change_by_another_process_arrives(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let mut followed = Followed::start(&app, LIVE).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let other = folkmoot::db::Db::connect(&app.database.url, 1, None).await.unwrap();
    let mut session = folkmoot::interchange::session::Session::begin(&other, &app.clock, "test", false).await.unwrap();
    let records = batch(json!({ "events": [event("from afar", json!({}))] }));
    session.write("test", serde_json::from_value(records).unwrap()).await.unwrap();
    session.finish().await.unwrap();
    assert_eq!(followed.name().await, "from afar");
}

#[rstest]
#[tokio::test]
async fn a_change_is_read_once_whatever_the_number_of_subscribers(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let mut counts = Vec::new();
    for subscribers in [1, 30] {
        let mut followed: Vec<Followed> =
            futures_util::stream::iter(0..subscribers).then(|_| Followed::start(&app, LIVE)).collect().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let name = format!("for {subscribers}");
        let statements = app
            .statements_while(Box::pin(async {
                load_event(&app, &name).await;
                for one in &mut followed {
                    assert_eq!(one.name().await, name);
                }
            }))
            .await;
        // The import asks for keys of events only.
        let reads =
            |sql: &&String| sql.contains("\"events\"") && sql.contains("\"name\"") && !sql.contains("event_hosts");
        counts.push(statements.iter().filter(reads).count());
    }
    assert_eq!(counts, [1, 1], "one read of the event, for all of them");
}

#[rstest]
#[tokio::test]
async fn a_slow_reader_misses_no_change(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let feed = Feed::start(&app.db, &app.clock, 4);
    let mut slow = feed.subscribe(0, 0, Wanted::default()).await.unwrap();
    for n in 0..60 {
        app.load(json!({ "people": [person(&format!("person {n}"))] })).await;
    }
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let mut last = 0;
    for _ in 0..60 {
        let message = tokio::time::timeout(Duration::from_secs(10), slow.next()).await.unwrap().unwrap().unwrap();
        assert!(message.row.seq > last, "in order and once");
        last = message.row.seq;
    }
    assert_eq!(last, changes::head(app.db.reads()).await.unwrap().last_seq);
}
