//! Caching on the wire: validators, how long answers may be kept, and documents that are named instead of sent.

use reqwest::Response;
use rstest::rstest;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Backend, TestApp, builders::*};

async fn get(app: &TestApp, parameters: &[(&str, &str)], headers: &[(&str, &str)]) -> Response {
    let address = reqwest::Url::parse_with_params(&app.url("/graphql"), parameters).unwrap();
    let request = headers.iter().fold(app.http().get(address), |request, (name, value)| request.header(*name, *value));
    request.send().await.unwrap()
}

async fn post(app: &TestApp, body: Value) -> Value {
    let answer = app.http().post(app.url("/graphql")).json(&body).send().await.unwrap();
    answer.json().await.unwrap()
}

fn sha256(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(text))
}

fn persisted(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

#[rstest]
#[tokio::test]
async fn an_answer_that_is_still_the_same_is_not_sent_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let query = [("query", "{ events { nodes { name } } }")];
    let first = get(&app, &query, &[]).await;
    let etag = first.headers()["etag"].to_str().unwrap().to_owned();
    let strong = etag.trim_start_matches("W/");
    for known in [etag.as_str(), strong, "*", &format!("\"other\", {etag}")] {
        let again = get(&app, &query, &[("if-none-match", known)]).await;
        assert_eq!(again.status(), 304, "{known}");
        assert_eq!(again.headers()["etag"], etag.as_str());
        assert_eq!(again.headers()["cache-control"], "public, max-age=60");
        assert_eq!(again.text().await.unwrap(), "");
    }
    app.load(batch(json!({ "events": [event("new", json!({}))] }))).await;
    let changed = get(&app, &query, &[("if-none-match", &etag)]).await;
    assert_eq!(changed.status(), 200);
    assert_ne!(changed.headers()["etag"], etag.as_str());
}

#[rstest]
#[tokio::test]
async fn how_long_an_answer_may_be_kept_follows_from_its_fields(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    for (query, expected) in [
        ("{ event(slug: \"x\") { name } }", "public, max-age=60"),
        ("{ groups { nodes { events { nodes { name } } } } }", "public, max-age=60"),
        ("{ search(query: \"x\") { totalCount } }", "public, max-age=60"),
        ("{ node(id: \"Event_AaIF0rOVcjyqd4RRZvFbMw\") { id } }", "public, max-age=60"),
        ("{ rateLimit { remaining } }", "private, no-store"),
        ("{ events { nodes { name } } rateLimit { remaining } }", "private, no-store"),
        ("{ __typename }", "no-cache"),
        // No cache may store an error.
        ("{ nope }", "no-store"),
        ("{ events(first: 0) { totalCount } }", "no-store"),
    ] {
        let answer = get(&app, &[("query", query)], &[]).await;
        assert_eq!(answer.headers()["cache-control"], expected, "{query}");
        let vary = answer.headers().get_all("vary").iter().map(|value| value.to_str().unwrap()).collect::<String>();
        assert!(vary.contains("accept"), "{vary}");
    }
    let body = json!({ "query": "{ events { totalCount } }" });
    let posted = app.http().post(app.url("/graphql")).json(&body).send().await.unwrap();
    assert_eq!(posted.headers().get("etag"), None);
}

#[rstest]
#[tokio::test]
async fn a_document_is_registered_by_its_hash(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = TestApp::start(backend).await else { return };
    let query = "{ events { totalCount } }";
    let extensions = persisted(&sha256(query));
    let by_hash = async || get(&app, &[("extensions", &extensions.to_string())], &[]).await;
    let unknown = by_hash().await;
    assert_eq!(unknown.status(), 200);
    assert_eq!(unknown.headers()["cache-control"], "no-store");
    let expected = json!({ "errors": [{ "message": "PersistedQueryNotFound", "extensions": { "code": "PERSISTED_QUERY_NOT_FOUND" } }] });
    assert_eq!(unknown.json::<Value>().await.unwrap(), expected);
    let data = json!({ "data": { "events": { "totalCount": 0 } } });
    assert_eq!(post(&app, json!({ "query": query, "extensions": extensions })).await, data);
    let known = by_hash().await;
    assert!(known.headers().contains_key("etag"));
    assert_eq!(known.json::<Value>().await.unwrap(), data);
    assert_eq!(post(&app, json!({ "extensions": extensions })).await, data);
}

#[rstest]
#[tokio::test]
async fn only_good_documents_are_registered_and_only_under_their_own_hash(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(app) = TestApp::start(backend).await else { return };
    let code = |answer: Value| answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned();
    let other = persisted(&sha256("another document"));
    assert_eq!(code(post(&app, json!({ "query": "{ __typename }", "extensions": other })).await), "BAD_REQUEST");
    assert_eq!(code(post(&app, json!({ "extensions": other })).await), "PERSISTED_QUERY_NOT_FOUND");
    for bad in ["{ nope }", "{ events(first: \"x\") { totalCount } }", "{"] {
        let extensions = persisted(&sha256(bad));
        assert_ne!(code(post(&app, json!({ "query": bad, "extensions": extensions })).await), "");
        assert_eq!(code(post(&app, json!({ "extensions": extensions })).await), "PERSISTED_QUERY_NOT_FOUND", "{bad}");
    }
    for nonsense in [
        json!({ "version": 2, "sha256Hash": sha256("{ __typename }") }),
        json!({ "version": 1, "sha256Hash": "abc" }),
        json!({ "version": 1 }),
        json!(7),
    ] {
        let body = json!({ "query": "{ __typename }", "extensions": { "persistedQuery": nonsense } });
        assert_eq!(code(post(&app, body).await), "BAD_REQUEST", "{nonsense}");
    }
}

/// A server that knows one document, `totals`, from a manifest of this form.
async fn with_manifest(backend: Backend, manifest: Value, only: bool) -> Option<TestApp> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), manifest.to_string()).unwrap();
    TestApp::start_with_settings(backend, |settings| {
        settings.trusted_documents = Some(file.path().to_owned());
        settings.only_trusted_documents = Some(only);
    })
    .await
}

const TOTALS: &str = "query Totals { events { totalCount } }";

#[rstest]
#[tokio::test]
async fn trusted_documents_are_asked_for_by_id(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let hash = sha256(TOTALS);
    let texts = json!({ &hash: TOTALS });
    let with_algorithm = json!({ format!("sha256:{hash}"): TOTALS });
    let operations = json!({ "format": "apollo-persisted-query-manifest", "version": 1,
        "operations": [{ "id": &hash, "name": "Totals", "type": "query", "body": TOTALS }] });
    for manifest in [texts, with_algorithm, operations] {
        let Some(app) = with_manifest(backend, manifest, false).await else { return };
        let data = json!({ "data": { "events": { "totalCount": 0 } } });
        for request in [
            json!({ "documentId": &hash }),
            json!({ "documentId": format!("sha256:{hash}") }),
            json!({ "doc_id": &hash }),
            json!({ "extensions": persisted(&hash) }),
            json!({ "extensions": persisted(&format!("sha256:{hash}")) }),
            json!({ "query": TOTALS }),
        ] {
            assert_eq!(post(&app, request.clone()).await, data, "{request}");
        }
        let got = get(&app, &[("documentId", &hash)], &[]).await;
        assert_eq!(got.json::<Value>().await.unwrap(), data);
        assert_eq!(
            post(&app, json!({ "query": "{ __typename }" })).await,
            json!({ "data": { "__typename": "Query" } })
        );
        let unknown = post(&app, json!({ "documentId": "nobody" })).await;
        assert_eq!(unknown["errors"][0]["extensions"]["code"], "UNKNOWN_DOCUMENT");
    }
}

#[rstest]
#[tokio::test]
async fn other_documents_can_be_refused(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(app) = with_manifest(backend, json!({ "totals": TOTALS }), true).await else { return };
    let data = json!({ "data": { "events": { "totalCount": 0 } } });
    assert_eq!(post(&app, json!({ "documentId": "totals" })).await, data);
    assert_eq!(post(&app, json!({ "extensions": persisted("totals") })).await, data);
    assert_eq!(post(&app, json!({ "query": TOTALS })).await, data);
    for (request, code) in [
        (json!({ "query": "{ __typename }" }), "DOCUMENT_NOT_TRUSTED"),
        (json!({ "query": "{ __schema { description } }" }), "DOCUMENT_NOT_TRUSTED"),
        (json!({ "extensions": persisted(&sha256("{ __typename }")) }), "PERSISTED_QUERY_NOT_SUPPORTED"),
        (
            json!({ "query": "{ __typename }", "extensions": persisted(&sha256("{ __typename }")) }),
            "DOCUMENT_NOT_TRUSTED",
        ),
    ] {
        assert_eq!(post(&app, request.clone()).await["errors"][0]["extensions"]["code"], code, "{request}");
    }
}
