//! Cached responses: the same bytes as an execution gives, and never stale for longer than allowed.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use entity::{event, image, node_type::NodeType, organization, person, talk_speaker, venue};
use folkmoot::{domain::search, error::Error, graphql::relay::id};
use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, join_all},
};
use reqwest::RequestBuilder;
use rstest::rstest;
use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, EntityTrait, QueryFilter, TransactionTrait, sea_query::Expr,
};
use serde_json::{Value, json};

use crate::support::{Backend, TestApp, builders::*, rows::execute};

const NOON: &str = "2024-05-06T12:00:00Z";
const MEBIBYTES: i64 = 8;
/// How long it may take until a process knows what another one committed.
const BEHIND: Duration = Duration::from_secs(1);

/// The data, and how many statements it took. Those of the cache invalidator are not counted.
async fn ask(app: &TestApp, query: &str) -> (Value, usize) {
    let mut data = Value::Null;
    let statements = app.statements_while(async { data = app.query(query).await }).await;
    (data, statements.iter().filter(|sql| !sql.contains("change_log")).count())
}

/// Asks until the response comes from the cache.
async fn ask_until_cached(app: &TestApp, query: &str) -> Value {
    for _ in 0..200 {
        match ask(app, query).await {
            (data, 0) => return data,
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    panic!("no answer is kept of {query}");
}

/// Waits until the process has read its own commits in the log. It takes them for those of another process, which
/// invalidates responses once more. The first reading may have begun before the commits; the second has not, and is
/// over when the third begins.
async fn await_own_commits(app: &TestApp) {
    let mut readings = 0;
    for _ in 0..200 {
        let statements = app.statements_while(tokio::time::sleep(Duration::from_millis(50))).await;
        readings += statements.iter().filter(|sql| sql.contains("change_log")).count();
        if readings >= 3 {
            return;
        }
    }
    panic!("nobody follows the log");
}

/// All that a client sees of an answer but the request's id and the date.
async fn raw(request: RequestBuilder) -> (u16, Vec<String>, Vec<u8>) {
    let answer = request.send().await.unwrap();
    let varying = ["x-request-id", "date"];
    let headers = answer.headers().iter().filter(|(name, _)| !varying.contains(&name.as_str()));
    let mut headers: Vec<String> =
        headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    headers.sort();
    (answer.status().as_u16(), headers, answer.bytes().await.unwrap().to_vec())
}

#[rstest]
#[tokio::test]
async fn a_cached_response_is_the_same_to_the_byte(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_response_cache(backend, NOON).await else { return };
    let plain = app.start_beside(0).await;
    app.load(batch(json!({ "events": [event("Spring", json!({})), event("Autumn", json!({}))] }))).await;
    await_own_commits(&app).await;
    let query = "query Some($first: Int!) { events(first: $first) { totalCount nodes { name } } }";
    let body = json!({ "query": query, "variables": { "first": 1 }, "operationName": "Some" });
    let get = |app: &TestApp| {
        let parameters = [("query", query), ("variables", "{ \"first\": 1 }"), ("operationName", "Some")];
        app.http().get(reqwest::Url::parse_with_params(&app.url("/graphql"), parameters).unwrap())
    };
    let etag = get(&plain).send().await.unwrap().headers()["etag"].to_str().unwrap().to_owned();
    let requests: [&dyn Fn(&TestApp) -> RequestBuilder; 7] = [
        &|app| app.http().post(app.url("/graphql")).json(&body),
        &|app| app.http().post(app.url("/graphql")).json(&body).header("accept", "application/graphql-response+json"),
        &|app| app.http().post(app.url("/graphql")).json(&json!([body, { "query": "{ nope }" }, body])),
        &|app| get(app),
        &|app| get(app).header("accept", "application/graphql-response+json"),
        &|app| get(app).header("if-none-match", &etag),
        &|app| get(app).header("if-none-match", "\"another\""),
    ];
    // First a response that is executed, then one that is cached, once the process follows the log.
    let executed = raw(requests[0](&app)).await;
    let kept = async || {
        app.statements_while(async { drop(raw(requests[0](&app)).await) })
            .await
            .iter()
            .all(|sql| sql.contains("change_log"))
    };
    tokio::time::timeout(Duration::from_secs(5), async { while !kept().await {} }).await.expect("it is kept");
    assert_eq!(raw(requests[0](&app)).await, executed);
    for (number, request) in requests.iter().enumerate() {
        let mut of_kept = None;
        let statements = app.statements_while(async { of_kept = Some(raw(request(&app)).await) }).await;
        assert!(statements.iter().all(|sql| sql.contains("change_log")), "{number}: {statements:?}");
        assert_eq!(of_kept.unwrap(), raw(request(&plain)).await, "{number}");
    }
    assert_eq!(raw(requests[5](&app)).await.0, 304);
}

#[rstest]
#[tokio::test]
async fn a_process_answers_its_own_writes_at_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_response_cache(backend, NOON).await else { return };
    let query = "{ event(slug: \"spring\") { description } }";
    for number in 0..20 {
        let description = number.to_string();
        app.load(batch(json!({ "events": [event("Spring", json!({ "description": description }))] }))).await;
        assert_eq!(ask(&app, query).await.0["event"]["description"], description);
        if number % 5 == 0 {
            assert_eq!(ask_until_cached(&app, query).await["event"]["description"], description);
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_response_that_depends_on_the_time_changes_at_its_second(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_with_response_cache(backend, "2024-05-06T17:59:58Z").await else { return };
    let at = |time: &str| app.clock.set(format!("2024-05-06T{time}Z").parse().unwrap());
    app.load(batch(json!({ "events": [
        event("Spring", json!({ "date": "2024-05-06", "starts_at": "2024-05-06T18:00:00Z" })),
        event("Long ago", json!({ "date": "2004-05-06" })),
    ] })))
    .await;
    await_own_commits(&app).await;
    let upcoming = "events(filter: { phase: [UPCOMING] }) { nodes { name } totalCount }";
    let queries = [
        "{ event(slug: \"spring\") { phase } }",
        &format!("{{ {upcoming} }}"),
        &format!("{{ group(slug: \"kubernetes-london\") {{ {upcoming} }} }}"),
        &format!("{{ group(slug: \"kubernetes-london\") {{ {} }} }}", upcoming.replace("UPCOMING", "ONGOING")),
    ];
    let mut seen = Vec::new();
    for (time, same_until) in [("17:59:58", "17:59:59"), ("18:00:00", "20:59:59"), ("21:00:00", "23:00:00")] {
        let mut answers = Vec::new();
        for query in queries {
            at(time);
            let (executed, statements) = ask(&app, query).await;
            assert!(statements > 0 || seen.is_empty(), "{time} {query}");
            assert_eq!(ask_until_cached(&app, query).await, executed);
            at(same_until);
            assert_eq!(ask(&app, query).await, (executed.clone(), 0), "{same_until} {query}");
            answers.push(executed);
        }
        seen.push(answers);
    }
    let phases: Vec<&Value> = seen.iter().map(|answers| &answers[0]["event"]["phase"]).collect();
    assert_eq!(phases, ["UPCOMING", "ONGOING", "PAST"]);
    let counts = |number: usize| -> Vec<i64> {
        let list = |answer: &Value| answer["group"]["events"]["totalCount"].as_i64();
        let root = |answer: &Value| answer["events"]["totalCount"].as_i64();
        seen.iter().map(|answers| list(&answers[number]).or(root(&answers[number])).unwrap()).collect()
    };
    assert_eq!([counts(1), counts(2), counts(3)], [[1, 0, 0], [1, 0, 0], [0, 1, 0]]);
    // The clock goes back.
    at("17:00:00");
    assert_eq!(ask(&app, queries[0]).await.0["event"]["phase"], "UPCOMING");
}

#[rstest]
#[tokio::test]
async fn a_phase_change_within_a_second_counts_from_the_next_one(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    // Requests know the time to the second, so at this one the event is still to come.
    let Some(app) = TestApp::start_with_response_cache(backend, "2024-05-06T18:00:00.700Z").await else { return };
    let spring = event("Spring", json!({ "date": "2024-05-06", "starts_at": "2024-05-06T18:00:00.500Z" }));
    app.load(batch(json!({ "events": [spring] }))).await;
    await_own_commits(&app).await;
    let upcoming = "{ events(filter: { phase: [UPCOMING] }) { totalCount } }";
    assert_eq!(ask_until_cached(&app, upcoming).await, json!({ "events": { "totalCount": 1 } }));
    app.clock.set("2024-05-06T18:00:01Z".parse().unwrap());
    assert_eq!(app.query(upcoming).await, json!({ "events": { "totalCount": 0 } }));
}

#[rstest]
#[tokio::test]
async fn a_statement_that_another_request_built_depends_on_the_time_as_well(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_with_response_cache(backend, "2024-05-06T17:59:59Z").await else { return };
    let spring = event("Spring", json!({ "date": "2024-05-06", "starts_at": "2024-05-06T18:00:00Z" }));
    app.load(batch(json!({ "events": [spring] }))).await;
    await_own_commits(&app).await;
    let upcoming = |of_list: &str, of_group: &str| {
        let list = format!("events(filter: {{ phase: [UPCOMING] }}) {{ {of_list} }}");
        format!("{{ group(slug: \"kubernetes-london\") {{ {of_group} {list} }} }}")
    };
    for (list, before, after) in [
        ("totalCount", json!({ "totalCount": 1 }), json!({ "totalCount": 0 })),
        ("nodes { name }", json!({ "nodes": [{ "name": "Spring" }] }), json!({ "nodes": [] })),
    ] {
        app.clock.set("2024-05-06T17:59:59Z".parse().unwrap());
        ask_until_cached(&app, &upcoming(list, "name")).await;
        let other = upcoming(list, "slug");
        assert_eq!(ask_until_cached(&app, &other).await["group"]["events"], before);
        app.clock.set("2024-05-06T18:00:00Z".parse().unwrap());
        assert_eq!(app.query(&other).await["group"]["events"], after);
    }
}

/// Changes something by the writer, and asks the reader before and after.
async fn change(reader: &TestApp, writer: &TestApp, query: &str, work: LocalBoxFuture<'_, ()>) -> (Value, Value) {
    let before = ask_until_cached(reader, query).await;
    work.await;
    if !std::ptr::eq(reader, writer) {
        tokio::time::sleep(BEHIND).await;
    }
    let (after, statements) = ask(reader, query).await;
    assert!(statements > 0, "{query} was answered by what is gone");
    assert_eq!(ask_until_cached(reader, query).await, after);
    (before, after)
}

/// A write of the test's own.
macro_rules! write {
    ($app:expr, |$tx:ident| $work:block) => {
        Box::pin(async {
            let write = $app.db.write(&$app.clock, move |$tx| {
                Box::pin(async move {
                    $work;
                    Ok(())
                })
            });
            write.await.unwrap();
        })
    };
}

#[rstest]
#[tokio::test]
async fn every_kind_of_change_is_seen(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(false, true)] by_another: bool,
) {
    let Some(app) = TestApp::start_with_response_cache(backend, NOON).await else { return };
    let other = app.start_beside(MEBIBYTES).await;
    let writer = if by_another { &other } else { &app };
    let host = |name: &str| json!({ "group": name, "role": "LEAD" });
    let spring = |more: Value| with(event("Spring", json!({ "publication": "DRAFT", "venue": "Barn" })), more);
    let talk = talk("Fish", json!({ "event": "Spring", "speakers": [speaker("Liz")] }));
    writer
        .load(batch(json!({
            "groups": [group(GROUP), group("Fishers")], "people": [person("Liz"), person("Elizabeth")], "talks": [talk],
            "venues": [{ "key": "Barn", "name": "Barn" }], "events": [spring(json!({}))],
            "organizations": [{ "key": "Acme", "name": "Acme", "logo": { "url": "https://acme.example/1.png" } }],
        })))
        .await;
    let load = |more: Value| writer.load(batch(json!({ "events": [spring(more)] }))).boxed();

    let query = "{ events { totalCount } talks { nodes { title } } search(query: \"spring\") { totalCount } }";
    let (before, after) = change(&app, writer, query, load(json!({ "publication": "PUBLISHED" }))).await;
    assert_eq!([&before["events"]["totalCount"], &after["events"]["totalCount"]], [0, 1]);
    assert_eq!(each(&after["talks"], "title"), ["Fish"]);
    assert_eq!(after["search"]["totalCount"], 1);

    let query = "{ group(slug: \"fishers\") { events { totalCount } } }";
    let joint = json!({ "publication": "PUBLISHED", "hosts": [host(GROUP), host("Fishers")] });
    let (before, after) = change(&app, writer, query, load(joint)).await;
    let count = |data: &Value| data["group"]["events"]["totalCount"].clone();
    assert_eq!([count(&before), count(&after)], [0, 1]);

    let people = person::Entity::find().all(app.db.reads()).await.unwrap();
    let key = |name: &str| people.iter().find(|person| person.name == name).unwrap().id;
    let (old, into) = (key("Liz"), key("Elizabeth"));
    let query = "{ talk(slug: \"fish\") { speakers { person { name } } } people { totalCount } }";
    let merge = write!(writer, |tx| {
        let people = person::Entity::update_many().col_expr(person::Column::MergedIntoId, Expr::value(into));
        people.filter(person::Column::Id.eq(old)).exec(tx.past_the_rules()).await?;
        let speakers = talk_speaker::Entity::update_many();
        speakers.col_expr(talk_speaker::Column::PersonId, Expr::value(into)).exec(tx.past_the_rules()).await?;
        tx.merged(NodeType::Person, old, into);
    });
    let (_, after) = change(&app, writer, query, merge).await;
    assert_eq!(after["talk"]["speakers"][0]["person"]["name"], "Elizabeth");
    assert_eq!(after["people"]["totalCount"], 1);

    let acme = organization::Entity::find().one(app.db.reads()).await.unwrap().unwrap().id;
    let query = "{ organization(slug: \"acme\") { logo { alt } } }";
    let picture = write!(writer, |tx| {
        image::Entity::update_many()
            .col_expr(image::Column::Alt, Expr::value("A fish"))
            .exec(tx.past_the_rules())
            .await?;
        tx.upserted(NodeType::Organization, acme);
    });
    let (_, after) = change(&app, writer, query, picture).await;
    assert_eq!(after["organization"]["logo"]["alt"], "A fish");

    let barn = venue::Entity::find().one(app.db.reads()).await.unwrap().unwrap().id;
    let id = id::encode(NodeType::Venue, barn).to_string();
    let by_venue = format!("{{ events(filter: {{ venue: \"{id}\" }}) {{ totalCount }} }}");
    assert_eq!(ask_until_cached(&app, &by_venue).await["events"]["totalCount"], 1);
    let query = "{ event(slug: \"spring\") { venue { name } } }";
    let fire = write!(writer, |tx| {
        venue::Entity::delete_by_id(barn).exec(tx.past_the_rules()).await?;
        tx.deleted(NodeType::Venue, barn);
    });
    let (before, after) = change(&app, writer, query, fire).await;
    assert_eq!([&before["event"]["venue"]["name"], &after["event"]["venue"]], [&json!("Barn"), &Value::Null]);
    assert_eq!(app.error(&by_venue).await.0, "UNKNOWN_NAME");
}

#[rstest]
#[tokio::test]
async fn another_log_begins_anew(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_response_cache(backend, NOON).await else { return };
    app.load(batch(json!({ "events": [event("Spring", json!({}))] }))).await;
    let query = "{ events { nodes { name } } }";
    for restored in ["epoch = epoch + 1", "last_seq = last_seq - 1", "pruned_seq = last_seq + 1"] {
        ask_until_cached(&app, query).await;
        execute(&app, &format!("UPDATE change_log SET {restored}")).await;
        tokio::time::sleep(BEHIND).await;
        assert!(ask(&app, query).await.1 > 0, "{restored}");
        execute(&app, "UPDATE change_log SET pruned_seq = 0").await;
    }
}

#[rstest]
#[tokio::test]
async fn a_response_that_depends_on_more_than_data_and_time_is_not_cached(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_with_response_cache(backend, NOON).await else { return };
    app.load(batch(json!({ "events": [event("Spring", json!({}))] }))).await;
    ask_until_cached(&app, "{ events { totalCount } }").await;
    for query in [
        "{ events { totalCount } rateLimit { remaining } }",
        "{ changes { pageInfo { endCursor } } groups { totalCount } }",
        "{ events { nodes { externalRefs { id } } } }",
    ] {
        for _ in 0..3 {
            assert!(ask(&app, query).await.1 > 0, "{query}");
        }
    }
    let report = json!({ "query": "{ events { totalCount } }", "extensions": { "cost": true } });
    let report = app.http().post(app.url("/graphql")).json(&report).send().await.unwrap();
    assert_eq!(report.json::<Value>().await.unwrap()["extensions"]["cost"]["actual"], 5);
    let wrong = "{ events { totalCount } event(id: \"nonsense\") { name } }";
    for _ in 0..3 {
        let statements = app.statements_while(async { drop(app.answer(wrong, json!({})).await) }).await;
        assert!(statements.iter().any(|sql| sql.contains("events")), "a mistake is kept");
    }
}

#[rstest]
#[tokio::test]
async fn a_cached_response_costs_what_it_cost(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let app = TestApp::start_with_settings(backend, |settings| {
        settings.response_cache_mib = Some(MEBIBYTES);
        (settings.cost_limit, settings.rate_limit, settings.rate_refill) = (Some(100), Some(2000), Some(1));
    });
    let Some(app) = app.await else { return };
    let search = "{ search(query: \"x\") { nodes { __typename } } }";
    let remaining = async || app.query("{ rateLimit { remaining } }").await["rateLimit"]["remaining"].as_i64().unwrap();
    let spent_by = async |query: &str| {
        let before = remaining().await;
        for _ in 0..10 {
            app.query(query).await;
        }
        before - remaining().await
    };
    let executed = spent_by(&search.replace('x', "y")).await;
    ask_until_cached(&app, search).await;
    let kept = spent_by(search).await;
    assert!(executed > 20 && (executed - kept).abs() <= 3, "{executed} and {kept}; points come back meanwhile");
}

#[rstest]
#[tokio::test]
async fn the_cache_holds_no_more_than_fits(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_response_cache(backend, NOON).await else { return };
    let small = app.start_beside(1).await;
    let description = "x".repeat(60_000);
    app.load(batch(json!({ "events": [event("Spring", json!({ "description": description }))] }))).await;
    await_own_commits(&small).await;
    let query = |number| format!("query Number{number} {{ event(slug: \"spring\") {{ description }} }}");
    ask_until_cached(&small, &query(0)).await;
    let mut kept = 0;
    for number in (0..40).chain(0..40) {
        let (data, statements) = ask(&small, &query(number)).await;
        assert_eq!(data["event"]["description"], description);
        kept += usize::from(statements == 0);
    }
    // In the first round one response is cached; in the second, as many as fit into a mebibyte.
    assert!((2..=18).contains(&kept), "{kept}");
}

#[rstest]
#[tokio::test]
async fn of_equal_requests_one_is_executed(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_response_cache(backend, NOON).await else { return };
    app.load(batch(json!({ "events": [event("Spring", json!({}))] }))).await;
    await_own_commits(&app).await;
    ask_until_cached(&app, "{ groups { totalCount } }").await;
    let query = "{ events { nodes { name hosts { group { name } } talks { nodes { title } } } } }";
    let (_, one) = ask(&app, &format!("{query} # of another text")).await;
    let mut answers = Vec::new();
    let statements = app.statements_while(async { answers = join_all((0..50).map(|_| app.query(query))).await }).await;
    assert_eq!(statements.iter().filter(|sql| !sql.contains("change_log")).count(), one);
    assert!(answers.iter().all(|data| each(&data["events"], "name") == ["Spring"]));
}

// On PostgreSQL only: there a test can delay an execution.
#[rstest]
#[tokio::test]
async fn no_request_waits_for_one_that_was_dropped(#[values(Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_response_cache(backend, NOON).await else { return };
    app.load(batch(json!({ "events": [event("Spring", json!({}))] }))).await;
    ask_until_cached(&app, "{ groups { totalCount } }").await;
    let connection = Database::connect(ConnectOptions::new(&app.database.url)).await.unwrap();
    let holder = connection.begin().await.unwrap();
    holder.execute_unprepared("LOCK TABLE events IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let query = "{ events { nodes { name } } }";
    let body = json!({ "query": query });
    let leader = app.http().post(app.url("/graphql")).json(&body).timeout(Duration::from_millis(400)).send();
    let waiting = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        tokio::time::timeout(Duration::from_secs(8), app.query(query)).await.expect("an answer")
    };
    let released = async {
        tokio::time::sleep(Duration::from_millis(800)).await;
        holder.rollback().await.unwrap();
    };
    let (gone, data, ()) = tokio::join!(leader, waiting, released);
    assert!(gone.is_err());
    assert_eq!(each(&data["events"], "name"), ["Spring"]);
}

// On PostgreSQL only: a file does not go away.
#[rstest]
#[tokio::test]
async fn without_the_database_no_cached_response_is_used(#[values(Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_response_cache(backend, NOON).await else { return };
    app.load(batch(json!({ "events": [event("Spring", json!({}))] }))).await;
    let query = "{ events { nodes { name } } }";
    ask_until_cached(&app, query).await;
    let mut url = reqwest::Url::parse(&app.database.url).unwrap();
    let name = url.path().trim_start_matches('/').to_owned();
    url.set_path("postgres");
    let admin = Database::connect(ConnectOptions::new(url.as_str())).await.unwrap();
    admin.execute_unprepared(&format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS false")).await.unwrap();
    let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    admin.execute_unprepared(&end).await.unwrap();
    tokio::time::sleep(BEHIND).await;
    assert!(app.answer(query, json!({})).await.get("errors").is_some());
    admin.execute_unprepared(&format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS true")).await.unwrap();
    let back = async {
        while app.answer(query, json!({})).await.get("errors").is_some() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), back).await.expect("it comes back");
    ask_until_cached(&app, query).await;
}

/// How many events there are, and how long the trial takes.
const EVENTS: usize = 4;
const TRIAL: Duration = Duration::from_secs(8);
/// How long one process writes alone. Only then does the other one learn of commits from nothing but the log.
const STRETCH: Duration = Duration::from_millis(1700);

/// The acknowledged writes: event, number, process and time. The numbers grow.
#[derive(Default)]
struct Acknowledged(Mutex<Vec<(usize, u64, usize, Instant)>>);

impl Acknowledged {
    fn add(&self, event: usize, number: u64, process: usize) {
        self.0.lock().unwrap().push((event, number, process, Instant::now()));
    }

    /// The least number that each event may have in a response of this process that begins now.
    fn least(&self, process: usize) -> [u64; EVENTS] {
        let (now, mut least) = (Instant::now(), [0; EVENTS]);
        for (event, number, by, at) in &*self.0.lock().unwrap() {
            if *by == process || *at + BEHIND <= now {
                least[*event] = least[*event].max(*number);
            }
        }
        least
    }
}

/// Pseudo-random numbers, the same in each run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// Gives an event a number for its name. One half of the events get it by imports, the others by writes of another kind,
/// because an import leaves alone what others changed.
async fn number(app: &TestApp, event: usize, number: u64) {
    let name = number.to_string();
    if event.is_multiple_of(2) {
        let record = numbered(event, &name);
        return app.load(batch(json!({ "events": [record] }))).await;
    }
    let slug = format!("event-{event}");
    let row = event::Entity::find().filter(event::Column::Slug.eq(slug)).one(app.db.reads()).await.unwrap().unwrap();
    write!(app, |tx| {
        let rows = event::Entity::update_many().col_expr(event::Column::Name, Expr::value(number.to_string()));
        rows.filter(event::Column::Id.eq(row.id)).exec(tx.past_the_rules()).await?;
        tx.upserted(NodeType::Event, row.id);
    })
    .await;
}

fn numbered(event: usize, name: &str) -> Value {
    with(self::event(&format!("event {event}"), json!({ "description": name })), json!({ "name": name }))
}

async fn write_numbers(processes: &[Arc<TestApp>], acknowledged: &Acknowledged, end: Instant) {
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    let (mut process, mut stretch) = (0, Instant::now());
    for next in 1.. {
        if Instant::now() > end {
            return;
        }
        if stretch.elapsed() > STRETCH {
            (process, stretch) = (1 - process, Instant::now());
        }
        let event = usize::try_from(dice.throw(EVENTS as u64)).unwrap();
        number(&processes[process], event, next).await;
        acknowledged.add(event, next, process);
        tokio::time::sleep(Duration::from_millis(dice.throw(60) * dice.throw(3))).await;
    }
}

/// Reads until the end, and returns how many queries it sent.
async fn read_numbers(app: &TestApp, process: usize, acknowledged: &Acknowledged, seed: u64, end: Instant) -> usize {
    let mut dice = Dice(seed);
    let mut asked = 0;
    while Instant::now() < end {
        let nodes = "nodes { slug name }";
        let query = match dice.throw(4) {
            0 => format!("{{ event(slug: \"event-{}\") {{ slug name }} }}", dice.throw(EVENTS as u64)),
            1 => format!("{{ events(orderBy: {{ field: CREATED_AT }}) {{ totalCount {nodes} }} }}"),
            2 => format!("{{ group(slug: \"kubernetes-london\") {{ events {{ {nodes} }} }} }}"),
            _ => "{ talks { nodes { event { slug name } } } }".to_owned(),
        };
        let least = acknowledged.least(process);
        let data = app.query(&query).await;
        asked += 1;
        for (event, number) in numbers(&data) {
            assert!(number >= least[event], "{query}: event {event} is {number}, it was {} before", least[event]);
        }
        tokio::time::sleep(Duration::from_millis(dice.throw(4))).await;
    }
    asked
}

/// Each event of an answer with the number that is its name.
fn numbers(data: &Value) -> Vec<(usize, u64)> {
    if let (Some(slug), Some(name)) = (data["slug"].as_str(), data["name"].as_str()) {
        return vec![(slug.trim_start_matches("event-").parse().unwrap(), name.parse().unwrap())];
    }
    let inner = data.as_object().map(|fields| fields.values().collect::<Vec<_>>());
    let inner = inner.or(data.as_array().map(|items| items.iter().collect())).unwrap_or_default();
    inner.into_iter().flat_map(numbers).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_response_is_older_than_it_may_be(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(first) = TestApp::start_with_response_cache(backend, NOON).await else { return };
    let second = first.start_beside(MEBIBYTES).await;
    let events: Vec<Value> = (0..EVENTS).map(|n| event(&format!("event {n}"), json!({}))).collect();
    let talks: Vec<Value> =
        (0..EVENTS).map(|n| talk(&format!("talk {n}"), json!({ "event": format!("event {n}") }))).collect();
    first.load(batch(json!({ "events": events, "talks": talks }))).await;
    first.load(batch(json!({ "events": (0..EVENTS).map(|n| numbered(n, "0")).collect::<Vec<_>>() }))).await;
    let (processes, acknowledged) = ([Arc::new(first), Arc::new(second)], Acknowledged::default());
    tokio::time::sleep(BEHIND).await;
    let end = Instant::now() + TRIAL;
    let mut asked = 0;
    let readers = [(0, 11), (0, 12), (1, 13), (1, 14)]
        .map(|(process, seed)| read_numbers(&processes[process], process, &acknowledged, seed, end));
    let executed = Box::pin(processes[0].statements_while(async {
        let (counts, ()) = tokio::join!(join_all(readers), write_numbers(&processes, &acknowledged, end));
        asked = counts[0] + counts[1];
    }));
    // Each execution of these queries takes one to three statements.
    let executed =
        executed.await.iter().filter(|sql| !sql.contains("change_log") && !sql.contains("\"slug\" =")).count();
    let written = acknowledged.0.lock().unwrap().len();
    println!("{backend:?}: {written} writes, {asked} queries in the first process, {executed} statements");
    assert!(written > 20 && asked > 200 && executed < asked, "{written} {asked} {executed}");
}

/// A step of the migration deletes the documents. Until they are renewed, a search finds nothing.
#[rstest]
#[tokio::test]
async fn a_renewal_of_the_search_is_seen(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_response_cache(backend, NOON).await else { return };
    let other = app.start_beside(MEBIBYTES).await;
    app.load(batch(json!({ "events": [event("Spring", json!({}))] }))).await;
    await_own_commits(&app).await;
    execute(&app, "DELETE FROM search_documents").await;
    execute(&app, "UPDATE search_format SET version = 0").await;
    let renew = async { search::bring_up_to_date::<Error>(&other.db).await.unwrap() };
    let query = "{ search(query: \"spring\") { totalCount } }";
    let (before, after) = change(&app, &other, query, renew.boxed_local()).await;
    assert_eq!([&before["search"]["totalCount"], &after["search"]["totalCount"]], [0, 1]);
}
