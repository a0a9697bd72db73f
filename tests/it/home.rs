//! The first page: what it tells of the data, and what it must escape.

use reqwest::Response;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Backend, TestApp,
    builders::*,
    rows::{execute, portrait},
};

async fn get(app: &TestApp, headers: &[(&str, &str)]) -> Response {
    let request = app.http().get(app.url("/"));
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
}

async fn page(app: &TestApp) -> String {
    get(app, &[]).await.text().await.unwrap()
}

/// The text of a page, without tags and runs of white space.
fn words(page: &str) -> String {
    let text: String = page.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The number on the page for this word.
fn number(page: &str, what: &str) -> u64 {
    let (_, after) = page.split_once(&format!("<dt>{what}</dt><dd>")).unwrap_or_else(|| panic!("no {what}: {page}"));
    words(after.split_once("</dd>").unwrap().0).parse().unwrap()
}

/// The text of the element with this id.
fn code(page: &str, id: &str) -> String {
    let (_, element) = page.split_once(&format!("<pre id=\"{id}\"")).unwrap();
    let text = element.split_once('>').unwrap().1.split_once("</pre>").unwrap().0;
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .into_iter()
        .fold(text.to_owned(), |text, (escaped, sign)| text.replace(escaped, sign))
}

/// Whether a value has a null or an empty list in it.
fn has_nothing_in_it(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty() || items.iter().any(has_nothing_in_it),
        Value::Object(fields) => fields.values().any(has_nothing_in_it),
        _ => false,
    }
}

/// The query of the page and its answer are those of the API, and the answer says something.
async fn assert_answered(app: &TestApp, page: &str) -> Value {
    let answer: Value = serde_json::from_str(&code(page, "answer")).unwrap();
    assert_eq!(answer["data"], app.query(&code(page, "query")).await);
    assert!(!has_nothing_in_it(&answer), "{answer}");
    answer["data"].clone()
}

#[rstest]
#[tokio::test]
async fn it_counts_as_the_api_does(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_settings(backend, |settings| settings.demo = Some(true)).await else { return };
    app.load_demo().await;
    let page = page(&app).await;
    let lists = ["groups", "events", "talks", "speakers", "venues", "organizations"];
    let counts = app.query(&format!("{{ {} }}", lists.map(|list| format!("{list} {{ totalCount }}")).join(" "))).await;
    for list in lists {
        let label = list[..1].to_uppercase() + &list[1..];
        assert_eq!(json!(number(&page, &label)), counts[list]["totalCount"], "{list}");
    }
    let words = words(&page);
    assert!(
        words.contains(
            "The history of Kubernetes London, Docker London, Lanternport Systems and one more group, since 2015."
        ),
        "{words}"
    );
    assert!(words.contains("This is demo data, which goes when the server stops."), "{words}");
    assert_answered(&app, &page).await;
}

/// Every link of the page to the playground holds a query that the server answers.
#[rstest]
#[tokio::test]
async fn what_it_links_to_in_the_playground_is_answered(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    let page = page(&app).await;
    let links = page.split("href=\"/playground?").skip(1).map(|rest| rest.split('"').next().unwrap());
    let queries: Vec<String> = links
        .flat_map(|link| url::form_urlencoded::parse(link.as_bytes()).map(|(_, query)| query.into_owned()))
        .collect();
    assert_eq!(queries.len(), 10, "three events, the example, six numbers");
    for query in queries {
        let answer = app.query(&query).await;
        assert!(answer.as_object().unwrap().values().all(|root| !root.is_null()), "{query} {answer}");
    }
}

#[rstest]
#[tokio::test]
async fn it_shows_what_is_next(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_at(backend, "2026-03-28T12:00:00Z").await else { return };
    let evening = |name, more| with(event(name, json!({ "time_zone": "Europe/Amsterdam" })), more);
    app.load(batch(json!({
        "people": [person("Ada Quill"), person("Bo Ek")],
        "venues": [{ "key": "v", "name": "The Ropewalk", "city": "Lanternport" }],
        "events": [
            evening("Called off", json!({ "date": "2026-03-29", "status": "CANCELLED" })),
            // The clocks of Amsterdam change that night.
            evening("The planner", json!({
                "date": "2026-03-29", "starts_at": "2026-03-29T16:30:00Z", "venue": "v", "attendance_mode": "MIXED",
            })),
            evening("Some day in May", json!({ "date": "2026-05", "attendance_mode": "ONLINE" })),
            evening("Later", json!({ "date": "2027" })),
            evening("Long ago", json!({ "date": "2015-02-14" })),
        ],
        "talks": [
            talk("Guesses", json!({ "event": "The planner", "speakers": [speaker("Ada Quill"), speaker("Bo Ek")] })),
            talk("More guesses", json!({ "event": "The planner", "position": 1, "speakers": [speaker("Ada Quill")] })),
        ],
    })))
    .await;
    let page = page(&app).await;
    assert_eq!(page.matches("<li class=\"card").count(), 3, "{page}");
    let all = words(&page);
    for card in [
        "Mar 29 Cancelled Sun 29 Mar 2026 Called off Kubernetes London",
        "Mar 29 Next Sun 29 Mar 2026, 18:30 Europe/Amsterdam The planner Kubernetes London · The Ropewalk, Lanternport, \
         and online 2 talks: Ada Quill, Bo Ek",
        "May … May 2026 Some day in May Kubernetes London · online",
    ] {
        assert!(all.contains(card), "{card}: {all}");
    }
    assert!(!all.contains("Long ago") && all.contains("Next events"), "{all}");
    let data = assert_answered(&app, &page).await;
    assert_eq!(data["events"]["nodes"][0]["venue"], json!({ "name": "The Ropewalk", "city": "Lanternport" }));
    assert_eq!(data["events"]["nodes"][0]["talks"]["nodes"][1]["title"], "More guesses");
}

#[rstest]
#[tokio::test]
async fn the_next_event_is_named_behind_many_that_were_called_off(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_at(backend, "2026-03-28T12:00:00Z").await else { return };
    let off =
        |day: u32| event(&format!("Off {day}"), json!({ "date": format!("2026-05-{day:02}"), "status": "POSTPONED" }));
    let mut events: Vec<_> = (1..=4).map(off).collect();
    events.push(event("It is on", json!({ "date": "2026-06-01" })));
    app.load(batch(json!({ "events": events }))).await;
    let words = words(&page(&app).await);
    assert!(words.contains("Jun 1 Next Mon 1 Jun 2026 It is on"), "{words}");
    assert!(words.contains("May 3 Postponed Sun 3 May 2026 Off 3") && !words.contains("Off 2"), "{words}");
}

/// Organizers who know little of their past.
#[rstest]
#[tokio::test]
async fn it_shows_the_latest_if_nothing_is_to_come(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_at(backend, "2026-03-28T12:00:00Z").await else { return };
    app.load(batch(json!({
        "events": [
            event("Undated", json!({})),
            event("In a year", json!({ "date": "2015" })),
            event("In a month", json!({ "date": "2016-02" })),
        ],
        "talks": [talk("Nobody knows when", json!({}))],
    })))
    .await;
    let page = page(&app).await;
    let words = words(&page);
    let order = ["Latest events", "Feb … Latest February 2016 In a month", "2015 2015 In a year", "? No date Undated"];
    let found: Vec<_> =
        order.iter().map(|part| words.find(part).unwrap_or_else(|| panic!("{part}: {words}"))).collect();
    assert!(found.is_sorted(), "{words}");
    let data = assert_answered(&app, &page).await;
    assert_eq!(data["events"]["nodes"][0], json!({ "name": "In a month", "startsOn": "2016-02" }));
    assert_eq!(data["talks"]["nodes"][0], json!({ "title": "Nobody knows when" }));
}

#[rstest]
#[tokio::test]
async fn an_empty_database_learns_how_to_fill_it(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let page = page(&app).await;
    let words = words(&page);
    for part in ["Bring your history in", "folkmoot import rubyevents data", "folkmoot serve --demo"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(page.contains("href=\"/docs/import\""));
    assert_eq!(assert_answered(&app, &page).await["events"]["totalCount"], 0);
}

/// Where only trusted documents may be sent, the page shows a query, and offers nothing that would be refused.
#[rstest]
#[tokio::test]
async fn where_documents_are_trusted_nothing_else_is_offered(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let documents = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&documents, "{}").unwrap();
    let started = TestApp::start_with_settings(backend, |settings| {
        settings.trusted_documents = Some(documents.path().to_owned());
        settings.only_trusted_documents = Some(true);
    });
    let Some(app) = started.await else { return };
    app.load(batch(json!({ "events": [event("One", json!({ "date": "2015" }))] }))).await;
    let page = page(&app).await;
    assert!(!page.contains("/playground?") && !page.contains("data-editable"), "{page}");
    assert!(page.contains("This server answers trusted documents only."), "{page}");
    let answer: Value = serde_json::from_str(&code(&page, "answer")).unwrap();
    assert_eq!(answer["data"]["events"]["nodes"][0]["name"], "One");
}

#[rstest]
#[tokio::test]
async fn it_says_whose_data_it_is(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let groups = ["Ada", "Bob", "Cleo", "Dora", "Emil"];
    let dated = event("first", json!({ "date": "2011-03-04", "hosts": [{ "group": "Emil", "role": "LEAD" }] }));
    for (count, expected) in [
        (0, "This server holds no group yet."),
        (1, "The history of Ada."),
        (2, "The history of Ada and Bob."),
        (3, "The history of Ada, Bob and Cleo."),
        (4, "The history of Ada, Bob, Cleo and one more group."),
        (5, "The history of Ada, Bob, Cleo and 2 more groups, since 2011."),
    ] {
        let Some(app) = TestApp::start(backend).await else { return };
        let events = if count == 5 { vec![dated.clone()] } else { Vec::new() };
        app.load(
            json!({ "groups": groups[..count].iter().map(|name| group(name)).collect::<Vec<_>>(), "events": events }),
        )
        .await;
        let words = words(&page(&app).await);
        assert!(words.contains(expected), "{expected} {words}");
        assert!(!words.contains("demo data"));
    }
}

#[rstest]
#[tokio::test]
async fn names_are_text_and_nothing_else(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let hostile = "</b><script>alert(1)</script> & \"so\" 'on' {curl}";
    app.load(json!({ "groups": [group(hostile)] })).await;
    let page = page(&app).await;
    assert!(
        page.contains("&lt;/b&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;so&quot; &#39;on&#39; {curl}"),
        "{page}"
    );
    assert!(!page.contains("<script>") && page.matches("<script").count() == 1, "{page}");
}

/// All that people wrote and the first page shows.
#[rstest]
#[tokio::test]
async fn events_are_text_and_nothing_else(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let hostile = |name: &str| format!("{name}</code><script>alert(1)</script>\"'&{{query}}");
    let (who, what) = (hostile("who"), hostile("what"));
    app.load(json!({
        "groups": [group(&who)],
        "people": [person(&who)],
        "venues": [{ "key": "v", "name": hostile("where"), "city": hostile("city") }],
        "events": [event(&what, json!({
            "date": "2015-02-14", "venue": "v", "hosts": [{ "group": who, "role": "LEAD" }],
        }))],
        "talks": [talk(&hostile("title"), json!({ "group": who, "event": what, "speakers": [speaker(&who)] }))],
    }))
    .await;
    portrait(&app).await;
    let page = page(&app).await;
    assert!(!page.contains("<script>") && page.matches("<script").count() == 1, "{page}");
    assert!(!page.contains("faces.example"), "no picture from elsewhere: {page}");
    for name in ["who", "what", "where", "city", "title"] {
        assert!(page.contains(&format!("{name}&lt;/code&gt;&lt;script&gt;")), "{name}: {page}");
    }
    let data = assert_answered(&app, &page).await;
    assert_eq!(data["events"]["nodes"][0]["name"], what);
}

#[rstest]
#[tokio::test]
async fn portraits_of_this_server_are_shown(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(batch(json!({
        "people": [person("Ada Quill")],
        "events": [event("One", json!({ "date": "2015" }))],
        "talks": [talk("Guesses", json!({ "event": "One", "speakers": [speaker("Ada Quill")] }))],
    })))
    .await;
    portrait(&app).await;
    execute(&app, &format!("UPDATE images SET url = '{}'", app.url("/demo/\"><script>.svg"))).await;
    let page = page(&app).await;
    assert!(page.contains("<img src=\"/demo/&quot;&gt;&lt;script&gt;.svg\" alt=\"\""), "{page}");
}

/// People reach a server by several names.
#[rstest]
#[tokio::test]
async fn portraits_of_the_demo_are_shown_under_every_name(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start_with_settings(backend, |settings| settings.demo = Some(true)).await else { return };
    app.load_demo().await;
    let page = get(&app, &[("host", "localhost:8000")]).await.text().await.unwrap();
    assert!(page.contains("<img src=\"/demo/people/"), "{page}");
}

/// An import refuses such names, but a row may be older or written by another program.
#[rstest]
#[tokio::test]
async fn control_characters_of_stored_names_are_not_shown(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(json!({ "groups": [group("Ada")] })).await;
    app.load(
        json!({ "events": [event("Bo", json!({ "hosts": [{ "group": "Ada", "role": "LEAD" }], "date": "2015" }))] }),
    )
    .await;
    for table in ["groups", "events"] {
        execute(&app, &format!("UPDATE {table} SET name = 'a\u{1b}[2Jb\u{9b}\u{202e}c\u{2066}d שלום\u{200f}!'")).await;
    }
    let page = page(&app).await;
    assert_eq!(page.matches("<bdi>a [2Jb  c d שלום\u{200f}!</bdi>").count(), 3, "{page}");
    assert_answered(&app, &page).await;
    assert!(!page.chars().any(|sign| sign != '\n' && folkmoot::error::steers(sign)), "{page:?}");
}

#[rstest]
#[tokio::test]
async fn addresses_are_those_of_the_client_if_they_can_be(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let proxied =
        TestApp::start_with_settings(backend, |settings| settings.trusted_proxies = Some(vec!["127.0.0.0/8".into()]));
    let Some(proxied) = proxied.await else { return };
    let tls = ("x-forwarded-proto", "https");
    for (app, headers, expected) in [
        (&app, &[][..], app.url("/graphql")),
        (&app, &[("host", "meetups.example.org")], "http://meetups.example.org/graphql".to_owned()),
        (&app, &[("host", "[::1]:9"), tls], "http://[::1]:9/graphql".to_owned()),
        (&proxied, &[("host", "meetups.example.org"), tls], "https://meetups.example.org/graphql".to_owned()),
        (&app, &[("host", "\"><script>")], "http://127.0.0.1:8000/graphql".to_owned()),
        (&app, &[("host", "x';id;'")], "http://127.0.0.1:8000/graphql".to_owned()),
    ] {
        let page = get(app, headers).await.text().await.unwrap();
        assert_eq!(page.matches(&expected).count(), 4, "{expected} {page}");
        // The snippets, and the command that starts an example.
        assert_eq!(page.matches("://").count(), 5, "{page}");
    }
}

#[rstest]
#[tokio::test]
async fn it_asks_the_database_once_for_all_who_look(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let documents = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&documents, "{}").unwrap();
    let started = TestApp::start_with_settings(backend, |settings| {
        settings.trusted_documents = Some(documents.path().to_owned());
        settings.only_trusted_documents = Some(true);
    });
    let Some(app) = started.await else { return };
    let statements = app.statements_while(async {
        let pages = futures_util::future::join_all((0..20).map(|_| page(&app))).await;
        assert!(pages.iter().all(|page| number(page, "Groups") == 0));
    });
    let expected =
        "six counts, three groups, the oldest event, events to come and past, talks; three counts of the example";
    assert_eq!(statements.await.len(), 14, "{expected}");
    let again = app.statements_while(async {
        page(&app).await;
    });
    assert_eq!(again.await.len(), 0);
}

#[rstest]
#[tokio::test]
async fn without_a_database_it_still_says_how_to_ask(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.db.clone().close().await.unwrap();
    let answer = get(&app, &[]).await;
    assert_eq!(answer.status(), 200);
    let page = answer.text().await.unwrap();
    assert!(page.contains("The database does not answer") && page.contains("/playground"), "{page}");
    assert!(!page.contains("<dd>"), "{page}");
    assert!(code(&page, "query").contains("events("), "{page}");
}

/// What a browser loads for the first page, as it comes without compression.
#[rstest]
#[tokio::test]
async fn the_page_is_small(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_settings(backend, |settings| settings.demo = Some(true)).await else { return };
    app.load_demo().await;
    let page = page(&app).await;
    let mut size = page.len();
    let files: std::collections::BTreeSet<&str> = page
        .split(['"'])
        .filter(|part| part.starts_with('/') && [".css", ".js", ".svg"].iter().any(|end| part.ends_with(end)))
        .collect();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        let answer = app.http().get(app.url(file)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{file}");
        // Portraits of the demo are data.
        size += if file.starts_with("/demo/") { 0 } else { answer.bytes().await.unwrap().len() };
    }
    assert!(size <= 60_000, "{size} bytes");
}

#[rstest]
#[tokio::test]
async fn unknown_addresses_have_a_page_for_people_and_a_line_for_programs(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for path in ["/nothing", "/playground/nothing.js", "/graphql/nothing", "/playground/nothing", "/%3Cscript%3E"] {
        let ask = |accept| app.http().get(app.url(path)).header("accept", accept);
        let answer = ask(browser).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
        let varies: Vec<_> = answer.headers().get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
        assert!(varies.join(",").contains("accept"), "{varies:?}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("Nothing is at this address") && page.contains("href=\"/\""), "{page}");
        assert!(!page.to_lowercase().contains("<script"), "{page}");

        let head = app.http().head(app.url(path)).header("accept", browser).send().await.unwrap();
        assert_eq!((head.status().as_u16(), head.text().await.unwrap().as_str()), (404, ""), "{path}");
        for accept in ["*/*", "application/json", "application/graphql-response+json", "image/svg+xml"] {
            let answer = ask(accept).send().await.unwrap();
            assert_eq!(answer.status(), 404, "{path}");
            assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
            assert_eq!(answer.text().await.unwrap(), "Nothing is at this address. The API is at /graphql.\n");
        }
    }
}

#[rstest]
#[tokio::test]
async fn its_files_are_checked_again_and_sent_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    for (path, content_type) in [
        ("/", "text/html"),
        ("/colours.css", "text/css"),
        ("/page.css", "text/css"),
        ("/home.css", "text/css"),
        ("/home.js", "text/javascript"),
    ] {
        let first = app.http().get(app.url(path)).send().await.unwrap();
        let headers = first.headers().clone();
        assert_eq!(headers["content-type"], format!("{content_type}; charset=utf-8").as_str());
        assert_eq!(headers["cache-control"], "no-cache");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
        let body = first.text().await.unwrap();
        assert!(!body.contains(env!("CARGO_PKG_VERSION")), "a version is nobody's business: {path}");

        let again = app.http().get(app.url(path)).header("if-none-match", &headers["etag"]).send().await.unwrap();
        assert_eq!(again.status(), 304, "{path}");
        let head = app.http().head(app.url(path)).send().await.unwrap();
        assert_eq!(head.status(), 200, "{path}");
        assert_eq!(head.headers()["etag"], headers["etag"]);
        assert_eq!(head.text().await.unwrap(), "");
    }
}
