//! The first page: what it tells of the data, and what it must escape.

use reqwest::Response;
use rstest::rstest;
use serde_json::json;

use crate::support::{Backend, TestApp, builders::*, rows::execute};

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
    after.split_once('<').unwrap().0.parse().unwrap()
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
}

#[rstest]
#[tokio::test]
async fn it_says_whose_data_it_is(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let groups = ["Ada", "Bob", "Cleo", "Dora", "Emil"];
    let dated = event("first", json!({ "date": "2011-03-04", "hosts": [{ "group": "Emil", "role": "LEAD" }] }));
    for (count, expected) in [
        (0, "This server holds no group yet. folkmoot import brings some in."),
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

/// An import refuses such names, but a row may be older or written by another program.
#[rstest]
#[tokio::test]
async fn control_characters_of_stored_names_are_not_shown(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    app.load(json!({ "groups": [group("Ada")] })).await;
    execute(&app, "UPDATE groups SET name = 'a\u{1b}[2Jb\u{9b}\u{202e}c\u{2066}d שלום\u{200f}!'").await;
    let page = page(&app).await;
    assert!(page.contains("<bdi>a [2Jb  c d שלום\u{200f}!</bdi>"), "{page}");
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
    assert_eq!(statements.await.len(), 8, "six counts, three groups, the oldest event");
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
}

#[rstest]
#[tokio::test]
async fn its_files_are_checked_again_and_sent_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    for (path, content_type) in [("/", "text/html"), ("/home.css", "text/css"), ("/home.js", "text/javascript")] {
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
