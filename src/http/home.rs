//! The first page, for people who open the server's address: what this is, whose data it holds, and how to query it.
//!
//! Plain HTML that needs no script. Its numbers come from one query, whose answer all visitors share for a few seconds.

use std::{fmt::Write as _, net::SocketAddr, sync::Arc, time::Duration};

use async_graphql::{Request, from_value};
use axum::{
    Extension, Router,
    extract::State,
    http::{HeaderMap, header},
    response::Response,
    routing::get,
};
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

use super::{
    App,
    client::Connected,
    media::values,
    page::{self, escape, file},
};
use crate::{
    error::steers,
    graphql::{context::RequestContext, loader::RequestLoaders},
};

/// How long the numbers are shared. It bounds how often the database counts, however often the page is opened.
const FRESH: Duration = Duration::from_secs(5);
/// How long the page waits for the numbers. Without them it still says how to query the server.
const FACTS_TIMEOUT: Duration = Duration::from_secs(1);

/// The groups that run the server were likely recorded first; groups that only co-hosted their events came later.
const FACTS: &str = "{
    groups(first: 3, orderBy: { field: CREATED_AT }) { totalCount nodes { name foundedOn } }
    oldest: events(first: 1, orderBy: { field: STARTS_AT }) { nodes { startsOn } }
    events { totalCount } talks { totalCount } speakers { totalCount } venues { totalCount } organizations { totalCount }
}";

/// The server's address in the snippet files. The page replaces it.
const ORIGIN: &str = "http://127.0.0.1:8000";
const CURL: &str = include_str!("home/events.sh");
const TYPESCRIPT: &str = include_str!("home/events.ts");
const SWIFT: &str = include_str!("home/events.swift");
const KOTLIN: &str = include_str!("home/events.kt");

/// The routes `/`, `/home.css` and `/home.js`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/", get(first_page))
        .route(
            "/home.css",
            get(async |headers: HeaderMap| file(&headers, "text/css", include_str!("home/home.css")).await),
        )
        .route(
            "/home.js",
            get(async |headers: HeaderMap| file(&headers, "text/javascript", include_str!("home/home.js")).await),
        )
}

async fn first_page(
    State(app): State<App>,
    Extension(connected): Extension<Connected>,
    headers: HeaderMap,
) -> Response {
    let data = match app.home.facts(&app).await {
        Some(facts) => facts.html(app.config.demo),
        None => "<p>The database does not answer in time, so there are no numbers at the moment.</p>".to_owned(),
    };
    let origin = origin(&app, connected.peer, &headers);
    let snippet = |text: &str| escape(text.trim_end()).replace(ORIGIN, &origin);
    let html = format!(
        include_str!("home/page.html"),
        data = data,
        origin = escape(&origin),
        curl = snippet(CURL),
        typescript = snippet(TYPESCRIPT),
        swift = snippet(SWIFT),
        kotlin = snippet(KOTLIN),
    );
    page::answer(&headers, html).await
}

/// The numbers that the page showed last.
#[derive(Clone, Default)]
pub struct Home {
    last: Arc<Mutex<Option<Asked>>>,
}

struct Asked {
    at: Instant,
    facts: Option<Arc<Facts>>,
}

impl Home {
    /// The numbers; `None` if the database does not answer. A failure is remembered as well.
    async fn facts(&self, app: &App) -> Option<Arc<Facts>> {
        let (last, app) = (self.last.clone(), app.clone());
        // In a task of its own: if a visitor closes the page, the query goes on, and the next visitor does not repeat
        // it.
        let asked = tokio::spawn(async move {
            let mut last = last.lock().await;
            if let Some(asked) = last.as_ref().filter(|asked| asked.at.elapsed() < FRESH) {
                return asked.facts.clone();
            }
            let facts = tokio::time::timeout(FACTS_TIMEOUT, ask(&app)).await.ok().flatten().map(Arc::new);
            *last = Some(Asked { at: Instant::now(), facts: facts.clone() });
            facts
        });
        asked.await.ok().flatten()
    }
}

/// Runs the query without the limits for documents and clients. The query is the server's own, and it must run even if
/// only trusted documents are allowed.
async fn ask(app: &App) -> Option<Facts> {
    let _admitted = app.admission.enter().await.ok()?;
    let loaders = RequestLoaders::new(&app.loaders);
    let context = RequestContext::new(loaders.clone(), app.clock.now(), Arc::default(), None);
    let request = Request::new(FACTS).data(context);
    let answer = loaders.drive(app.schema.execute(request)).await;
    if let Some(error) = answer.errors.first() {
        tracing::warn!(error = error.message, "the first page has no numbers");
    }
    from_value(answer.data).ok()
}

/// The data that the page shows.
#[derive(Deserialize)]
struct Facts {
    groups: List<Group>,
    oldest: List<Event>,
    events: List,
    talks: List,
    speakers: List,
    venues: List,
    organizations: List,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List<T = ()> {
    #[serde(default)]
    total_count: usize,
    #[serde(default = "Vec::new")]
    nodes: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    name: String,
    founded_on: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    starts_on: Option<String>,
}

impl Facts {
    fn html(&self, is_demo: bool) -> String {
        let note = if is_demo { " This is demo data, which goes when the server stops." } else { "" };
        let mut html = format!("<p>{}{note}</p><dl>", self.whose());
        for (what, count) in [
            ("Groups", self.groups.total_count),
            ("Events", self.events.total_count),
            ("Talks", self.talks.total_count),
            ("Speakers", self.speakers.total_count),
            ("Venues", self.venues.total_count),
            ("Organizations", self.organizations.total_count),
        ] {
            let _ = write!(html, "<div><dt>{what}</dt><dd>{count}</dd></div>");
        }
        html + "</dl>"
    }

    /// Names are written by people. They are escaped, isolated from the text around them (`<bdi>`), and lose control
    /// characters.
    fn whose(&self) -> String {
        let name = |group: &Group| escape(&group.name.replace(steers, " "));
        let mut names: Vec<_> =
            self.groups.nodes.iter().map(|group| format!("<b><bdi>{}</bdi></b>", name(group))).collect();
        match self.groups.total_count.saturating_sub(names.len()) {
            0 => {}
            1 => names.push("one more group".to_owned()),
            more => names.push(format!("{more} more groups")),
        }
        let since = self.since().map(|year| format!(", since {}", escape(year))).unwrap_or_default();
        match names.split_last() {
            None => "This server holds no group yet. <code>folkmoot import</code> brings some in.".to_owned(),
            Some((only, [])) => format!("The history of {only}{since}."),
            Some((last, first)) => format!("The history of {} and {last}{since}.", first.join(", ")),
        }
    }

    /// The year of the oldest known date.
    fn since(&self) -> Option<&str> {
        let founded = self.groups.nodes.iter().filter_map(|group| group.founded_on.as_deref());
        let began = self.oldest.nodes.iter().filter_map(|event| event.starts_on.as_deref());
        founded.chain(began).min()?.get(..4)
    }
}

/// The address by which the client reached this server. It is safe in HTML, shells and source code.
fn origin(app: &App, peer: SocketAddr, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).filter(|host| is_host(host));
    let is_trusted = app.config.trusted_proxies.iter().any(|network| network.contains(&peer.ip().to_canonical()));
    let is_https =
        is_trusted && values(headers, header::HeaderName::from_static("x-forwarded-proto")).last() == Some("https");
    match host {
        Some(host) if is_https => format!("https://{host}"),
        Some(host) => format!("http://{host}"),
        None => ORIGIN.to_owned(),
    }
}

/// Whether it is a host name or an address, perhaps with a port, without any special character of a shell, HTML or a
/// language.
fn is_host(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
        && url::Url::parse(&format!("http://{host}")).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_are_hosts() {
        for host in ["localhost", "127.0.0.1:8000", "[::1]:8000", "meetups.example.org", "xn--bcher-kva.example:80"] {
            assert!(is_host(host), "{host}");
        }
        for host in
            ["", ":", "a:b", "a:99999", "a/b", "a@b", "a'b", "$(id)", "<script>", "a b", "[", "a\"b", "é.example"]
        {
            assert!(!is_host(host), "{host}");
        }
    }

    #[test]
    fn the_policy_of_the_page_allows_what_the_page_holds() {
        let page = include_str!("home/page.html");
        assert!(!page.contains("://") && !page.contains("<style") && !page.contains(" style="));
        assert_eq!(page.matches("<script").count(), page.matches("src=\"/home.js\"").count());
    }

    #[test]
    fn every_snippet_asks_the_same_of_this_server() {
        for snippet in [CURL, TYPESCRIPT, SWIFT, KOTLIN] {
            assert_eq!(snippet.matches(&format!("{ORIGIN}/graphql")).count(), 1, "{snippet}");
            assert_eq!(snippet.matches("{ events(first: 3) { nodes { name startsOn } } }").count(), 1, "{snippet}");
        }
    }
}
