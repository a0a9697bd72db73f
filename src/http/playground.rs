//! The playground: `GraphiQL` with runnable examples, served from the binary alone.
//!
//! `build.rs` gathers the files and writes the table that is included here. Without npm at build time there is no
//! `GraphiQL`, and a small page of our own is served. The pages load nothing from other sites, and the
//! Content-Security-Policy forbids it.

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

use super::{
    page::not_found,
    validators::{is_known, unchanging},
};

/// A file of the playground.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    /// Weak, because the plain and the compressed answer share it.
    etag: &'static str,
    /// The name contains the version, so browsers may keep the file without asking again.
    immutable: bool,
    bytes: &'static [u8],
}

// `PAGE`, the name of the page to serve, and `ASSETS`, all the files.
include!(concat!(env!("OUT_DIR"), "/playground.rs"));

/// Scripts and styles are files of ours. The one hash is the style that `GraphiQL`'s dialogs add
/// to stop the page behind them from scrolling.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'sha256-nzTgYzXYDNe6BAHiiI7NNlfK8n/auuOAhh2t92YvuXo='; \
    connect-src 'self'; img-src 'self' data:; font-src 'self' data:; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Whether the playground is `GraphiQL`, and not the small page for builds without npm.
#[must_use]
pub fn has_graphiql() -> bool {
    ASSETS.iter().any(|asset| asset.name == "index.html")
}

/// The routes `/playground` and `/playground/{file}`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/playground", get(async |headers: HeaderMap| serve(PAGE, &headers)))
        .route("/playground/", get(async || Redirect::permanent("/playground")))
        .route("/playground/{file}", get(file))
}

/// The playground's page, for routes that also answer browsers.
pub fn page(headers: &HeaderMap) -> Response {
    serve(PAGE, headers)
}

async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    serve(&name, &headers)
}

fn serve(name: &str, request: &HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else { return not_found(request) };

    let mut headers = HeaderMap::new();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::ETAG, asset.etag);
    set(header::CACHE_CONTROL, cache_control(asset));
    // Some routes answer with this page or with JSON, by the `Accept` header.
    set(header::VARY, "accept, accept-encoding");
    set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // The URL of the playground may contain a query, which no other site should see.
    set(header::REFERRER_POLICY, "no-referrer");
    if is_known(request, asset.etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }

    set(header::CONTENT_TYPE, asset.content_type);
    unchanging((headers, asset.bytes).into_response())
}

fn cache_control(asset: &Asset) -> &'static str {
    if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" }
}

#[cfg(test)]
mod tests {
    use reqwest::Client;
    use tokio::net::TcpListener;

    use super::*;

    /// Starts a server of the playground alone. Returns its address.
    async fn server() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, router::<()>()).await });
        format!("http://{address}")
    }

    async fn get_with(path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        // Without these two calls, reqwest asks for gzip by itself and hides that it got it.
        let client = Client::builder().no_gzip().no_brotli().build().unwrap();
        let mut request = client.get(server().await + path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    /// The pages that are whole HTML documents; the guide is a part of both.
    fn pages() -> impl Iterator<Item = &'static Asset> {
        ASSETS.iter().filter(|asset| asset.bytes.starts_with(b"<!doctype html>"))
    }

    #[tokio::test]
    async fn the_page_is_served_under_a_strict_policy() {
        let response = get_with("/playground", &[]).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
        assert!(!policy.contains("unsafe"));

        assert_eq!(page(&HeaderMap::new()).headers()["content-security-policy"], policy);
        let html = response.text().await.unwrap();
        assert!(html.contains("<title>Folkmoot playground</title>"));
    }

    #[tokio::test]
    async fn the_small_page_says_how_to_get_graphiql() {
        let page = get_with("/playground/fallback.html", &[]).await.text().await.unwrap();
        let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("To get GraphiQL, build it again with Node 20 or later and npm"), "{words}");
    }

    #[tokio::test]
    async fn every_file_that_a_page_names_is_there() {
        for page in pages() {
            let html = std::str::from_utf8(page.bytes).unwrap();
            let names = html.split('"').filter_map(|part| part.strip_prefix("/playground/"));
            let mut count = 0;
            for name in names {
                let response = get_with(&format!("/playground/{name}"), &[]).await;
                assert_eq!(response.status(), StatusCode::OK, "{name} in {}", page.name);
                count += 1;
            }
            assert!(count >= 3, "{} names {count} files", page.name);
        }
    }

    #[test]
    fn no_page_loads_anything_from_elsewhere_or_inline() {
        for page in pages() {
            let html = std::str::from_utf8(page.bytes).unwrap();
            assert!(!html.contains("://"), "{}", page.name);
            assert!(!html.contains("<style") && !html.contains(" style="), "{}", page.name);
            let mut scripts = html.split("<script").skip(1).filter_map(|script| script.split('>').next());
            assert!(scripts.all(|script| script.contains(" src=")), "{}", page.name);
        }
    }

    #[tokio::test]
    async fn a_known_version_is_not_sent_again() {
        let first = get_with("/playground/examples.graphql", &[]).await;
        let etag = first.headers()["etag"].to_str().unwrap();
        let strong = etag.trim_start_matches("W/");
        for known in [etag, strong, "*", &format!("\"other\", {etag}")] {
            let again = get_with("/playground/examples.graphql", &[("if-none-match", known)]).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(again.headers()["etag"], etag);
            assert_eq!(again.text().await.unwrap(), "");
        }
        let other = get_with("/playground/examples.graphql", &[("if-none-match", "\"x\"")]).await;
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn only_named_files_are_served() {
        for name in ["nothing.js", "packages.txt", "..%2FCargo.toml"] {
            let response = get_with(&format!("/playground/{name}"), &[]).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{name}");
        }
    }

    #[test]
    fn versioned_names_are_kept_and_ours_are_checked_again() {
        for asset in ASSETS {
            let versioned = asset.name.contains(|c: char| c.is_ascii_digit());
            assert_eq!(cache_control(asset).ends_with("immutable"), versioned, "{}", asset.name);
        }
    }

    const EXAMPLES: &str = include_str!("../../playground/examples.graphql");
    const VALUES: &str = include_str!("../../playground/values.graphql");

    /// The operations of a file. The pages cut it after each `}` in the first column.
    fn operations(file: &str) -> Vec<&str> {
        file.split_inclusive("\n}\n").filter(|part| !part.trim().is_empty()).collect()
    }

    fn example_names() -> Vec<&'static str> {
        let keyword = |line: &&str| line.starts_with("query ") || line.starts_with("subscription ");
        let name = |line: &'static str| line.split([' ', '(']).nth(1).unwrap();
        EXAMPLES.lines().filter(keyword).map(name).collect()
    }

    #[test]
    fn each_example_is_one_valid_operation_with_a_title_in_a_section() {
        let definitions = crate::graphql::definitions(true, true);
        let faults = |text: &str| {
            let read = apollo_compiler::ExecutableDocument::parse_and_validate(definitions.schema(), text, "");
            read.err().map(|invalid| invalid.errors.to_string())
        };
        let examples = operations(EXAMPLES);
        assert!(examples.len() >= 15);
        assert_eq!(example_names().len(), examples.len());
        assert!(examples[0].starts_with("### "));
        for example in examples {
            assert_eq!(faults(example), None, "{example}");
            assert_eq!(example.lines().filter(|line| line.starts_with("## ")).count(), 1, "{example}");
        }
        for values in operations(VALUES) {
            assert_eq!(faults(values), None, "{values}");
        }
    }

    #[test]
    fn what_is_named_as_an_example_is_one() {
        let examples = example_names();
        let guide = include_str!("../../playground/guide.html");
        let buttons = guide.split("data-example=\"").skip(1).map(|part| part.split('"').next().unwrap());
        // The root fields of the values are the lines that are indented once.
        let fields = VALUES.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(':'));
        let fields = fields.map(|(name, _)| name.trim_end_matches(|c: char| c.is_ascii_digit()));
        let named: Vec<_> = buttons.chain(fields.filter(|name| !name.starts_with(' ') && *name != "needs")).collect();
        assert!(named.len() >= 20, "{named:?}");
        for name in named {
            assert!(examples.contains(&name), "{name}");
        }
    }
}
