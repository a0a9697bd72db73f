//! The documents under `/docs`: that every one is there, that no link leads astray, and what the search finds.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Response, header::HeaderValue};
use rstest::rstest;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::support::{Backend, TestApp};

async fn get(app: &TestApp, path: &str) -> Response {
    app.http().get(app.url(path)).header("accept", "text/html").send().await.unwrap()
}

async fn page(app: &TestApp, path: &str) -> String {
    let answer = get(app, path).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.unwrap()
}

/// The values of an attribute on a page.
fn values<'a>(page: &'a str, attribute: &str) -> impl Iterator<Item = String> + use<'a> {
    let start = format!(" {attribute}=\"");
    let starts: Vec<_> = page.match_indices(&start).map(|(at, _)| at + start.len()).collect();
    starts.into_iter().map(move |at| page[at..].split('"').next().unwrap().replace("&amp;", "&"))
}

/// The pages that the list of documents leads to, directly or through others.
async fn all_pages(app: &TestApp) -> BTreeMap<String, String> {
    let (mut pages, mut waiting) = (BTreeMap::new(), vec!["/docs".to_owned()]);
    while let Some(path) = waiting.pop() {
        if pages.contains_key(&path) {
            continue;
        }
        let page = page(app, &path).await;
        let links = values(&page, "href").map(|link| link.split('#').next().unwrap().to_owned());
        waiting.extend(links.filter(|link| link.starts_with("/docs") && !link.contains('.')));
        pages.insert(path, page);
    }
    pages
}

/// The queries that links of a page carry into the playground.
fn linked_queries(page: &str) -> Vec<String> {
    let queries = values(page, "href").filter_map(|link| Some(link.strip_prefix("/playground?")?.to_owned()));
    let query =
        |link: String| form_urlencoded::parse(link.as_bytes()).find(|(key, _)| key == "query").unwrap().1.into_owned();
    queries.map(query).collect()
}

#[rstest]
#[tokio::test]
async fn every_document_is_a_page_and_every_link_leads_to_a_place(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let pages = all_pages(&app).await;
    for name in
        ["quick-start", "queries", "clients", "errors", "cost", "import", "security", "settings", "operation", "quirks"]
    {
        let page = &pages[&format!("/docs/{name}")];
        assert_eq!(page.matches("<h1>").count(), 1, "{name}");
        assert!(page.contains("aria-current=\"page\""), "{name}");
    }
    assert!(pages.len() > 40, "the decisions, too: {:?}", pages.keys());
    let mut others = BTreeSet::new();
    let mut astray = Vec::new();
    for (path, page) in &pages {
        let ids: Vec<_> = values(page, "id").collect();
        assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "an id stands twice on {path}");
        for link in values(page, "href").filter(|link| !link.contains("://")) {
            let (target, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if target.is_empty() { path } else { target };
            match pages.get(target) {
                Some(page) if anchor.is_empty() || page.contains(&format!(" id=\"{anchor}\"")) => {}
                None if target.starts_with('/') => {
                    others.insert(target.to_owned());
                }
                _ => astray.push(format!("{path}: {link}")),
            }
        }
    }
    assert!(astray.is_empty(), "{}", astray.join("\n"));
    for path in others.iter().filter(|path| !path.starts_with("/playground?")) {
        assert_eq!(get(&app, path).await.status(), 200, "{path}");
    }
}

#[rstest]
#[tokio::test]
async fn what_opens_in_the_playground_has_an_answer(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start_with_demo(backend).await else { return };
    // The quirks show errors, too; their own test asks them.
    for (name, at_least) in [("queries", 11), ("concepts", 2), ("schema", 2)] {
        let queries = linked_queries(&page(&app, &format!("/docs/{name}")).await);
        assert!(queries.len() >= at_least, "{name}: {queries:?}");
        for query in queries.iter().filter(|query| !query.starts_with("subscription")) {
            let answer = app.answer(query, json!({})).await;
            assert_eq!(answer.get("errors"), None, "{name}: {query}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn pages_are_checked_again_and_sent_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let html = "text/html; charset=utf-8";
    for (path, content_type) in [
        ("/docs", html),
        ("/docs/errors", html),
        ("/docs/schema", html),
        ("/docs/decisions/0010-own-http-mapping", html),
        ("/docs?q=cursor", html),
        ("/docs.css", "text/css; charset=utf-8"),
        ("/docs/subjects.json", "application/json; charset=utf-8"),
        ("/schema.graphql", "text/plain; charset=utf-8"),
    ] {
        let first = get(&app, path).await;
        let headers = first.headers().clone();
        assert_eq!(
            (first.status().as_u16(), &headers["content-type"]),
            (200, &content_type.parse().unwrap()),
            "{path}"
        );
        assert_eq!(
            (&headers["cache-control"], &headers["x-content-type-options"]),
            (&"no-cache".parse().unwrap(), &"nosniff".parse().unwrap())
        );
        assert_eq!(headers.get("content-disposition"), None, "{path} is shown");
        if path != "/schema.graphql" {
            let policy = headers["content-security-policy"].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{path} {policy}");
        }
        let body = first.text().await.unwrap();
        assert!(!body.contains("<script") && !body.contains(" style="), "{path}");
        let again = app.http().get(app.url(path)).header("if-none-match", &headers["etag"]).send().await.unwrap();
        assert_eq!((again.status().as_u16(), again.text().await.unwrap().as_str()), (304, ""), "{path}");
        let head = app.http().head(app.url(path)).send().await.unwrap();
        assert_eq!((head.status().as_u16(), &head.headers()["etag"]), (200, &headers["etag"]), "{path}");
        let plain = reqwest::Client::builder().no_gzip().no_brotli().build().unwrap();
        let small = plain.get(app.url(path)).header("accept-encoding", "br").send().await.unwrap();
        assert_eq!(small.headers()["content-encoding"], "br", "{path}");
        assert!(small.bytes().await.unwrap().len() * 2 < body.len(), "{path}");
    }
}

#[rstest]
#[tokio::test]
async fn other_addresses_lead_to_the_page_or_are_unknown(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for (path, target) in [("/docs/", "/docs"), ("/docs/errors.md", "/docs/errors"), ("/docs/errors/", "/docs/errors")]
    {
        let answer = client.get(app.url(path)).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (308, target), "{path}");
    }
    for path in ["/docs/nothing", "/docs/errors/more", "/docs/..%2FCargo.toml", "/docs/decisions/README/x"] {
        assert_eq!(get(&app, path).await.status(), 404, "{path}");
    }
}

#[rstest]
#[tokio::test]
async fn the_search_finds_headings_rows_and_fields(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    for (query, first) in [
        ("BAD_PAGE", "/docs/errors#BAD_PAGE"),
        ("database-url", "/docs/settings#database-url"),
        ("restore backup", "/docs/operation#restore"),
        ("Event.startsOn", "/docs/schema#Event.startsOn"),
    ] {
        let page = page(
            &app,
            &format!("/docs?{}", form_urlencoded::Serializer::new(String::new()).append_pair("q", query).finish()),
        )
        .await;
        let lists = page.split("<ol class=\"results\">").skip(1);
        let firsts: Vec<_> = lists.map(|results| values(results, "href").next().unwrap()).collect();
        assert!(firsts.iter().any(|result| result == first), "{query}: {firsts:?}");
        assert!(page.contains("<mark>"), "{query}");
    }
    let nothing = page(&app, "/docs?q=zeppelin").await;
    assert!(
        nothing.contains("Nothing has all words of “zeppelin”") && !nothing.contains("<li><a href=\"/docs/schema#")
    );
    assert_eq!(page(&app, "/docs?q=+").await, page(&app, "/docs").await);
    let hostile = page(&app, "/docs?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E%00%E2%80%AE").await;
    assert!(
        !hostile.contains(['\0', '\u{202e}'])
            && !hostile.contains("<script>")
            && hostile.contains("&quot;&gt;&lt;script&gt;"),
        "{hostile}"
    );
    let long = page(&app, &format!("/docs?q={}", "a+".repeat(4000))).await;
    assert!(long.len() < 60_000, "{}", long.len());
}

#[rstest]
#[tokio::test]
async fn the_subjects_have_every_type_of_the_schema_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let subjects: Value = get(&app, "/docs/subjects.json").await.json().await.unwrap();
    let types = subjects.as_array().unwrap().iter().flat_map(|subject| subject["types"].as_array().unwrap());
    let mut types: Vec<_> = types.map(|name| name.as_str().unwrap().to_owned()).collect();
    let schema = app.query("{ __schema { types { name } } }").await;
    let names =
        schema["__schema"]["types"].as_array().unwrap().iter().map(|of| of["name"].as_str().unwrap().to_owned());
    let is_built_in =
        |name: &str| name.starts_with("__") || ["Boolean", "Float", "ID", "Int", "String"].contains(&name);
    let mut names: Vec<_> = names.filter(|name| !is_built_in(name)).collect();
    types.sort();
    names.sort();
    assert_eq!(types, names);
    let reference = page(&app, "/docs/schema").await;
    for name in names {
        assert!(reference.contains(&format!("<h3 id=\"{name}\">")), "{name}");
    }
    for place in ["Event.startsAt", "EventStatus.CANCELLED", "EventFilter.phase", "Query.events"] {
        assert!(reference.contains(&format!("<div id=\"{place}\">")), "{place}");
    }
}

/// Who has only the server finds the programs that the document on clients names.
#[rstest]
#[tokio::test]
async fn the_programs_for_clients_are_served(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let clients = page(&app, "/docs/clients").await;
    for name in ["fetch.js", "apollo.js", "urql.js", "relay.js", "events.py", "events.ts", "events.swift", "events.kt"]
    {
        assert!(clients.contains(&format!("href=\"/docs/programs/{name}\"")), "{name}");
        let program = get(&app, &format!("/docs/programs/{name}")).await;
        assert_eq!((program.status().as_u16(), &program.headers()["content-type"]), (200, &TEXT), "{name}");
        assert!(program.text().await.unwrap().contains("events("), "{name}");
    }
    assert_eq!(get(&app, "/docs/programs/nothing").await.status(), 404);
}

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
