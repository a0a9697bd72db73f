//! The frame of the pages that people read: head, navigation and footer, and the policy under which they are served.
//!
//! Each page declares its own content and style sheet. The colours are in `/colours.css`, all else that pages share in
//! `/page.css`.

use async_graphql::CacheControl;
use axum::{
    Router,
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};

use super::{media::Accepted, validators};

/// Scripts, styles, images and requests of this server only. Forms lead to this server.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// The page that the navigation marks as the present one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Current {
    /// The first page.
    Home,
    /// A document, or the list of documents.
    Documents,
    /// The reference of the schema.
    Schema,
    /// None of them.
    Other,
}

/// The routes of the files that all pages share: `/colours.css` and `/page.css`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route(
            "/colours.css",
            get(async |headers: HeaderMap| file(&headers, "text/css", include_str!("home/colours.css")).await),
        )
        .route(
            "/page.css",
            get(async |headers: HeaderMap| file(&headers, "text/css", include_str!("page/page.css")).await),
        )
}

/// A whole page. Title and description are text. The body is HTML with one `<main id="main">`. The files are the
/// page's own style sheets and scripts, by their paths: `/home.css`, `/home.js`.
pub fn html(title: &str, description: &str, current: Current, files: &[&str], body: &str) -> String {
    let mark = |place| if current == place { " aria-current=\"page\"" } else { "" };
    format!(
        include_str!("page/page.html"),
        title = escape(title),
        description = escape(description),
        files = files.iter().map(|path| link(path)).collect::<String>(),
        home = mark(Current::Home),
        documents = mark(Current::Documents),
        schema = mark(Current::Schema),
        body = body,
    )
}

fn link(path: &str) -> String {
    let path = escape(path);
    if path.rsplit('.').next() == Some("css") {
        format!("    <link rel=\"stylesheet\" href=\"{path}\">\n")
    } else {
        format!("    <script type=\"module\" src=\"{path}\"></script>\n")
    }
}

/// Text as HTML that shows it.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// The answer with a page that may change: it is checked again at each visit.
pub async fn answer(headers: &HeaderMap, html: String) -> Response {
    validators::cached(headers, Some(CacheControl::default()), with_policy(Html(html))).await
}

/// The answer with a file that stays as it is while the server runs.
pub async fn file(headers: &HeaderMap, content_type: &str, text: &'static str) -> Response {
    let content_type = format!("{content_type}; charset=utf-8");
    let answer = with_policy(([(header::CONTENT_TYPE, content_type)], text));
    validators::unchanging(validators::cached(headers, Some(CacheControl::default()), answer).await)
}

/// The answer for a path that leads nowhere: a page for people, a line for programs.
pub fn not_found(headers: &HeaderMap) -> Response {
    let mut answer = if Accepted::by(headers).prefers_html() {
        let body = include_str!("page/not_found.html");
        let page = html("Not found · Folkmoot", "This address leads nowhere.", Current::Other, &[], body);
        with_policy(Html(page))
    } else {
        "Nothing is at this address. The API is at /graphql.\n".into_response()
    };
    *answer.status_mut() = StatusCode::NOT_FOUND;
    answer.headers_mut().append(header::VARY, header::HeaderValue::from_static("accept"));
    validators::uncached(answer)
}

/// Adds the policy of the pages.
pub fn with_policy(answer: impl IntoResponse) -> Response {
    let policies =
        [(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY), (header::REFERRER_POLICY, "no-referrer")];
    (policies, answer).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_loads_nothing_from_elsewhere_or_inline() {
        for frame in [include_str!("page/page.html"), include_str!("page/not_found.html")] {
            assert!(!frame.contains("://") && !frame.contains("<style") && !frame.contains(" style="));
            assert!(!frame.contains("<script"));
        }
    }

    #[test]
    fn a_page_has_its_text_files_and_place() {
        let page = html("<b> & co", "say \"so\"", Current::Schema, &["/docs.css", "/docs.js"], "<main></main>");
        for part in [
            "<title>&lt;b&gt; &amp; co</title>",
            "content=\"say &quot;so&quot;\"",
            "<link rel=\"stylesheet\" href=\"/docs.css\">",
            "<script type=\"module\" src=\"/docs.js\"></script>",
            "<a href=\"/docs/schema\" aria-current=\"page\">",
        ] {
            assert!(page.contains(part), "{part} {page}");
        }
        assert_eq!(page.matches("aria-current").count(), 1);
    }
}
