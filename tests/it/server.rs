//! The server: endpoints, media types, headers, and how it ends.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use reqwest::header::HeaderValue;
use rstest::rstest;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::support::{Backend, TestApp, app::TestDatabase};

#[rstest]
#[tokio::test]
async fn it_says_whether_it_lives_and_is_ready(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    for path in ["/livez", "/readyz"] {
        assert_eq!(app.http().get(app.url(path)).send().await.unwrap().status(), 200, "{path}");
    }
    app.db.clone().close().await.unwrap();
    assert_eq!(
        app.http().get(app.url("/livez")).send().await.unwrap().status(),
        200,
        "a database is no part of living"
    );
    assert_eq!(app.http().get(app.url("/readyz")).send().await.unwrap().status(), 503);
}

#[rstest]
#[tokio::test]
async fn it_answers_posts_and_gets_alike(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let query = "query One($first: Int) { events(first: $first) { totalCount } } query Two { __typename }";
    let body = json!({ "query": query, "operationName": "One", "variables": { "first": 5 } });
    let posted: Value = app.http().post(app.url("/graphql")).json(&body).send().await.unwrap().json().await.unwrap();
    assert_eq!(posted, json!({ "data": { "events": { "totalCount": 0 } } }));
    let parameters = [("query", query), ("operationName", "One"), ("variables", r#"{"first":5}"#)];
    let address = reqwest::Url::parse_with_params(&app.url("/graphql"), parameters).unwrap();
    let got: Value = app.http().get(address).send().await.unwrap().json().await.unwrap();
    assert_eq!(got, posted);
}

#[rstest]
#[tokio::test]
async fn bad_requests_say_what_would_be_right(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let post = |content_type: &'static str, body: &'static str| {
        app.http().post(app.url("/graphql")).header("content-type", content_type).body(body).send()
    };
    for (content_type, body, status, code) in [
        ("application/json", "{", 400, "BAD_REQUEST"),
        ("application/json", "1", 400, "BAD_REQUEST"),
        ("application/json", "[]", 400, "BAD_BATCH"),
        ("application/json", r#"{"query": "{ __typename }", "extensions": 1}"#, 400, "BAD_REQUEST"),
        ("application/json", r#"{"query": "{ __typename }", "operationName": 1}"#, 400, "BAD_REQUEST"),
        ("application/json", r#"{"query": 1}"#, 400, "BAD_REQUEST"),
        ("application/json", r#"{"query": "{ __typename }", "variables": []}"#, 400, "BAD_REQUEST"),
        ("text/plain", r#"{"query": "{ __typename }"}"#, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("application/json", r#"{"query": "{ nope }"}"#, 200, "GRAPHQL_VALIDATION_FAILED"),
        ("application/json", r#"{"query": "{ events( }"}"#, 200, "GRAPHQL_PARSE_FAILED"),
    ] {
        let response = post(content_type, body).await.unwrap();
        assert_eq!(response.status(), status, "{body}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{body}: {answer}");
        assert_eq!(answer.get("data"), None, "{answer}");
    }
}

#[rstest]
#[tokio::test]
async fn clients_of_the_specification_get_its_media_type(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let ask = |query: &str| {
        let request = app.http().post(app.url("/graphql")).header("accept", "application/graphql-response+json");
        request.json(&json!({ "query": query })).send()
    };
    let good = ask("{ __typename }").await.unwrap();
    assert_eq!(good.status(), 200);
    assert_eq!(good.headers()["content-type"], "application/graphql-response+json; charset=utf-8");
    assert_eq!(ask("{ nope }").await.unwrap().status(), 400);
}

#[rstest]
#[tokio::test]
async fn every_answer_names_its_request_and_may_be_read_from_any_site(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let request = app.http().post(app.url("/graphql")).header("origin", "https://example.org");
    let answer = request.json(&json!({ "query": "{ __typename }" })).send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert_eq!(answer.headers().get("access-control-allow-credentials"), None);
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert!(!answer.headers()["x-request-id"].is_empty());
    let longest = "a".repeat(64);
    for id in ["mine", "0-A.b_c", &longest] {
        let request = app.http().get(app.url("/livez")).header("x-request-id", id);
        assert_eq!(request.send().await.unwrap().headers()["x-request-id"], id);
    }
    // What would fill a log, or break a line of it, is replaced.
    for id in ["a".repeat(65).as_str(), "", "a b", "a;b", "\u{e9}"] {
        let request = app.http().get(app.url("/livez")).header("x-request-id", id);
        let answer = request.send().await.unwrap();
        let named = &answer.headers()["x-request-id"];
        assert!(named != id && named.len() == 36, "{id}: {named:?}");
    }
}

/// A server that does not outlive its test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().and_then(|()| self.0.wait()).unwrap();
    }
}

#[rstest]
#[tokio::test]
async fn the_log_has_the_cause_of_an_error_under_the_id_of_its_request_even_if_it_has_nothing_else(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(database) = TestDatabase::empty(backend).await else { return };
    let server = Command::new(env!("CARGO_BIN_EXE_folkmoot"))
        .args(["serve", "--listen", "127.0.0.1:0", "--log", "error,folkmoot::cli::serve=info"])
        .env("DATABASE_URL", &database.url)
        .stderr(Stdio::piped())
        .spawn();
    let mut server = Killed(server.unwrap());
    let mut log = BufReader::new(server.0.stderr.take().unwrap()).lines().map_while(Result::ok);
    let ready = log.find(|line| line.contains("ready: ")).unwrap();
    let address = &ready[ready.find("http://").unwrap()..].split('/').nth(2).unwrap().to_owned();

    let connection = sea_orm::Database::connect(&database.url).await.unwrap();
    connection.execute_unprepared("ALTER TABLE topics RENAME TO gone").await.unwrap();
    let question = reqwest::Client::new().post(format!("http://{address}/graphql")).header("x-request-id", "mine");
    let question = question.json(&json!({ "query": "{ topics { totalCount } }" }));
    let answer: Value = question.send().await.unwrap().json().await.unwrap();
    drop(server);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL_SERVER_ERROR");
    let cause = log.find(|line| line.contains("internal error")).unwrap();
    assert!(cause.contains("topics") && cause.contains(r#"request{id="mine"}"#), "{cause}");
}

#[rstest]
#[tokio::test]
async fn large_answers_are_compressed(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let plain = reqwest::Client::builder().no_gzip().no_brotli().build().unwrap();
    for encoding in ["gzip", "br"] {
        let answer = plain.get(app.url("/schema.graphql")).header("accept-encoding", encoding).send().await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], encoding);
    }
    let whole = app.http().get(app.url("/schema.graphql")).send().await.unwrap().text().await.unwrap();
    assert_eq!(whole, folkmoot::graphql::sdl());

    // Each answer tells caches what it depends on (`vary`). A HEAD has no length that the GET would not have.
    let vary = |answer: &reqwest::Response| answer.headers()["vary"].to_str().unwrap().contains("accept-encoding");
    let plainly = plain.get(app.url("/schema.graphql")).send().await.unwrap();
    assert!(vary(&plainly));
    assert_eq!(plainly.headers()["content-length"], whole.len().to_string());
    let head = plain.head(app.url("/schema.graphql")).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], whole.len().to_string());
    let head = plain.head(app.url("/schema.graphql")).header("accept-encoding", "gzip").send().await.unwrap();
    assert!(vary(&head));
    assert_eq!(head.headers().get("content-length"), None);
}

/// A length is known before the body is sent only where the body was compressed before.
#[rstest]
#[tokio::test]
async fn files_are_compressed_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let plain = reqwest::Client::builder().no_gzip().no_brotli().build().unwrap();
    for path in ["/schema.graphql", "/playground", "/playground/examples.graphql", "/home.css", "/home.js"] {
        let whole = plain.get(app.url(path)).send().await.unwrap().bytes().await.unwrap();
        for (accepted, encoding) in [("gzip", "gzip"), ("br", "br"), ("gzip;q=0, *", "br"), ("br;q=0.5, gzip", "gzip")]
        {
            let get = async |more: Option<&HeaderValue>| {
                let request = plain.get(app.url(path)).header("accept-encoding", accepted);
                let request = more.iter().fold(request, |request, tag| request.header("if-none-match", *tag));
                request.send().await.unwrap()
            };
            let first = get(None).await;
            let headers = first.headers().clone();
            assert_eq!(headers["content-encoding"], encoding, "{path} {accepted}");
            assert!(headers.contains_key("cache-control"), "{path}");
            let body = first.bytes().await.unwrap();
            assert!(body.len() < whole.len());
            assert_eq!(headers["content-length"], body.len().to_string(), "{path} {accepted}");
            assert_eq!(get(None).await.bytes().await.unwrap(), body);
            let again = get(Some(&headers["etag"])).await;
            assert_eq!((again.status().as_u16(), again.bytes().await.unwrap().len()), (304, 0), "{path} {accepted}");
        }
        for accepted in ["identity", "gzip;q=0", "br;q=nonsense"] {
            let answer = plain.get(app.url(path)).header("accept-encoding", accepted).send().await.unwrap();
            assert_eq!(answer.headers().get("content-encoding"), None, "{path} {accepted}");
            assert_eq!(answer.bytes().await.unwrap(), whole, "{path} {accepted}");
        }
        let unpacked = app.http().get(app.url(path)).send().await.unwrap().bytes().await.unwrap();
        assert_eq!(unpacked, whole, "{path}");
    }
}

/// What a browser asks before a page of this origin may post.
async fn preflight(app: &TestApp, origin: &str) -> reqwest::Response {
    let request = app.http().request(reqwest::Method::OPTIONS, app.url("/graphql")).header("origin", origin);
    let request = request.header("access-control-request-method", "POST");
    let request = request.header("access-control-request-headers", "authorization,content-type");
    request.header("accept-encoding", "identity;q=0").send().await.unwrap()
}

#[rstest]
#[tokio::test]
async fn only_pages_of_listed_sites_may_post_if_there_is_a_list(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let site = "https://site.example";
    let app = TestApp::start_with_settings(backend, |settings| settings.cors_origins = Some(vec![site.into()])).await;
    let Some(app) = app else { return };
    let answer = preflight(&app, site).await;
    assert_eq!(answer.headers()["access-control-allow-origin"], site);
    assert_eq!(answer.headers()["access-control-allow-headers"], "*,authorization");
    assert_eq!(answer.headers()["vary"], "origin");
    let answer = preflight(&app, "https://other.example").await;
    assert_eq!(answer.headers().get("access-control-allow-origin"), None);
    assert_eq!(answer.headers()["vary"], "origin");
}

#[rstest]
#[tokio::test]
async fn pages_of_other_sites_may_ask_before_they_post(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let answer = preflight(&app, "https://example.org").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert_eq!(answer.headers()["access-control-allow-headers"], "*,authorization", "`*` does not cover Authorization");
    assert_eq!(answer.headers().get("access-control-allow-credentials"), None);
    assert!(answer.headers()["access-control-allow-methods"].to_str().unwrap().contains("POST"));
    assert_eq!(answer.headers().get("vary"), None, "all preflights have one answer");
    // A refusal before routing has the headers of CORS, too.
    let long = format!("/graphql?query={}", "x".repeat(17_000));
    let refused = app.http().get(app.url(&long)).header("origin", "https://example.org").send().await.unwrap();
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["access-control-allow-origin"]),
        (414, &"*".parse().unwrap())
    );
    assert_eq!(refused.headers()["x-content-type-options"], "nosniff");
}

#[rstest]
#[tokio::test]
async fn a_browser_gets_the_playground(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    for path in ["/playground", "/graphql"] {
        let page = app.http().get(app.url(path)).header("accept", "text/html").send().await.unwrap();
        assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"), "{path}");
        assert!(page.headers().contains_key("content-security-policy"), "{path}");
        assert!(page.text().await.unwrap().contains("<title>Folkmoot playground</title>"), "{path}");
    }
}

#[rstest]
#[tokio::test]
async fn the_end_waits_for_what_is_in_flight(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(mut app) = TestApp::start(backend).await else { return };
    // A request whose body is still coming when the server is told to stop.
    let (parts, body) = tokio::sync::mpsc::channel::<Result<&'static str, std::io::Error>>(1);
    let stream = futures_util::stream::unfold(body, |mut body| async { body.recv().await.map(|part| (part, body)) });
    let request = app.http().post(app.url("/graphql")).header("content-type", "application/json");
    let request = tokio::spawn(request.body(reqwest::Body::wrap_stream(stream)).send());
    parts.send(Ok(r#"{"query": "#)).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    app.stop();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(app.http().get(app.url("/livez")).send().await.is_err(), "new connections are refused");
    parts.send(Ok(r#""{ __typename }"}"#)).await.unwrap();
    drop(parts);
    let answer: Value = request.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(answer, json!({ "data": { "__typename": "Query" } }));
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[tokio::test]
async fn a_client_that_has_the_schema_is_not_sent_it_again(#[case] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let first = app.http().get(app.url("/schema.graphql")).send().await.unwrap();
    assert_eq!(first.headers()["cache-control"], "no-cache");
    let tag = first.headers()["etag"].clone();
    let again = app.http().get(app.url("/schema.graphql")).header("if-none-match", tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    assert_eq!(again.text().await.unwrap(), "");
}
