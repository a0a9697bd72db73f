//! The first page, for people who open the server's address: why it is here, what is on, and a query beside its answer.
//!
//! Plain HTML that needs no script. Its data come from two queries, whose answers all visitors share for a few seconds.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use async_graphql::{Request, Response as Answer, from_value};
use axum::{Extension, Router, extract::State, http::HeaderMap, response::Response, routing::get};
use tokio::{sync::Mutex, time::Instant};

use self::{
    facts::{Facts, Group},
    link::{playground, text},
};
use super::{
    App,
    client::Connected,
    demo,
    origin::{self, origin},
    page::{self, Current, escape},
};
use crate::graphql::{context::RequestContext, loader::RequestLoaders};

mod cards;
mod example;
mod facts;
mod link;

/// How long the data are shared. It bounds how often the database is asked, however often the page is opened.
const FRESH: Duration = Duration::from_secs(5);
/// How long the page waits for the data. Without them it still says how to query the server.
const TIMEOUT: Duration = Duration::from_secs(1);

const CURL: &str = include_str!("home/events.sh");
const TYPESCRIPT: &str = include_str!("home/events.ts");
const SWIFT: &str = include_str!("home/events.swift");
const KOTLIN: &str = include_str!("home/events.kt");

const TITLE: &str = "Folkmoot: the history of meetups as a GraphQL API";
const DESCRIPTION: &str = "Events, talks, speakers and venues of meetups, as a GraphQL API: what is on, a query to try, \
    playground, documents and schema.";
const SILENT: &str = "The database does not answer in time, so there are no events and no numbers at the moment.";

/// What the page says of its query.
const HINT: &str = "A query, and its answer of this moment.";
/// What it says where the query cannot be changed.
const READ_ONLY: &str = "A query, and its answer of this moment. This server answers trusted documents only.";

/// The routes `/`, `/home.css` and `/home.js`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/", get(first_page))
        .route(
            "/home.css",
            get(async |headers: HeaderMap| page::file(&headers, "text/css", include_str!("home/home.css")).await),
        )
        .route(
            "/home.js",
            get(async |headers: HeaderMap| page::file(&headers, "text/javascript", include_str!("home/home.js")).await),
        )
}

async fn first_page(
    State(app): State<App>,
    Extension(connected): Extension<Connected>,
    headers: HeaderMap,
) -> Response {
    let data = app.home.data(&app).await;
    let origin = origin(&app, connected.peer, &headers);
    // Where only trusted documents may be sent, the playground and the editor would be refused.
    let is_open = !app.config.documents.only_trusted;
    let picture = |url: &str| own_path(url, &origin).or_else(|| demo_path(&app, url));
    let snippet = |text: &str| escape(text.trim_end()).replace(origin::DEFAULT, &origin);
    let body = format!(
        include_str!("home/page.html"),
        about = data.facts.as_ref().map(|facts| facts.about(app.config.demo)).unwrap_or_default(),
        heading = data.facts.as_deref().map_or("Events", cards::heading),
        events = data.facts.as_ref().map_or_else(silent, |facts| events(facts, is_open, &picture)),
        editable = if is_open { " data-editable" } else { "" },
        hint = if is_open { HINT } else { READ_ONLY },
        query = escape(&data.query),
        open = if is_open { open_link(&data.query) } else { String::new() },
        answer = escape(data.answer.as_deref().unwrap_or(SILENT)),
        numbers = data.facts.as_ref().map(|facts| facts.numbers(is_open)).unwrap_or_default(),
        origin = escape(&origin),
        curl = snippet(CURL),
        typescript = snippet(TYPESCRIPT),
        swift = snippet(SWIFT),
        kotlin = snippet(KOTLIN),
    );
    let files = ["/home.css", "/home.js"];
    page::answer(&headers, page::html(TITLE, DESCRIPTION, Current::Home, &files, &body)).await
}

fn silent() -> String {
    format!("<p class=\"empty\">{SILENT}</p>")
}

fn events(facts: &Facts, has_links: bool, picture: &dyn Fn(&str) -> Option<String>) -> String {
    if facts.upcoming.nodes.is_empty() && facts.latest.nodes.is_empty() {
        return include_str!("home/empty.html").to_owned();
    }
    cards::html(facts, has_links, picture)
}

fn open_link(query: &str) -> String {
    format!("<a class=\"open\" href=\"{}\">Open in the playground</a>", playground(query))
}

/// The path of an address of this server, for the policy allows no picture from elsewhere.
fn own_path(url: &str, origin: &str) -> Option<String> {
    url.strip_prefix(origin).filter(|path| path.starts_with('/') && !path.starts_with("//")).map(str::to_owned)
}

/// The path of a picture of the demo. Its address has the name of the server that the demo took at its start, and people
/// may have reached the server by another one.
fn demo_path(app: &App, url: &str) -> Option<String> {
    demo::path(url).filter(|_| app.config.demo).map(str::to_owned)
}

/// The data that the page showed last.
#[derive(Clone, Default)]
pub struct Home {
    last: Arc<Mutex<Option<Asked>>>,
}

struct Asked {
    at: Instant,
    data: Arc<Data>,
}

/// The data of the page. A failure is remembered as well.
#[derive(Default)]
struct Data {
    /// `None` if the database does not answer.
    facts: Option<Arc<Facts>>,
    /// The query that the page shows.
    query: String,
    /// Its answer; `None` if the database does not answer.
    answer: Option<String>,
}

impl Home {
    async fn data(&self, app: &App) -> Arc<Data> {
        let (last, app) = (self.last.clone(), app.clone());
        // In a task of its own: if a visitor closes the page, the query goes on, and the next visitor does not repeat
        // it.
        let asked = tokio::spawn(async move {
            let mut last = last.lock().await;
            if let Some(asked) = last.as_ref().filter(|asked| asked.at.elapsed() < FRESH) {
                return asked.data.clone();
            }
            let data = Arc::new(Data::ask(&app).await);
            *last = Some(Asked { at: Instant::now(), data: data.clone() });
            data
        });
        asked.await.unwrap_or_default()
    }
}

impl Data {
    /// The data at one moment.
    async fn ask(app: &App) -> Self {
        let until = Instant::now() + TIMEOUT;
        let facts = tokio::time::timeout_at(until, ask(app, facts::QUERY)).await.ok().flatten();
        let facts = facts.and_then(|answer| from_value(answer.data).ok()).map(Arc::new);
        let query = example::query(facts.as_deref());
        let answer = match &facts {
            Some(_) => tokio::time::timeout_at(until, ask(app, &query)).await.ok().flatten(),
            None => None,
        };
        Self { facts, query, answer: answer.map(|answer| example::answer(&answer.data)) }
    }
}

/// Runs a query without the limits for documents and clients. The query is the server's own, and it must run even if
/// only trusted documents are allowed.
async fn ask(app: &App, query: &str) -> Option<Answer> {
    let _admitted = app.admission.enter().await.ok()?;
    let loaders = RequestLoaders::new(&app.loaders);
    let context = RequestContext::new(loaders.clone(), app.clock.now(), Arc::default(), None);
    let request = Request::new(query).data(context);
    let answer = loaders.drive(app.schema.execute(request)).await;
    if let Some(error) = answer.errors.first() {
        tracing::warn!(error = error.message, "the first page has no data");
        return None;
    }
    Some(answer)
}

/// What the page says of the data, and the query that lists it.
const NUMBERS: [(&str, &str); 6] = [
    ("Groups", "{ groups { totalCount nodes { name } } }"),
    ("Events", "{ events { totalCount nodes { name startsOn } } }"),
    ("Talks", "{ talks { totalCount nodes { title speakers { person { name } } } } }"),
    ("Speakers", "{ speakers { totalCount nodes { name } } }"),
    ("Venues", "{ venues { totalCount nodes { name } } }"),
    ("Organizations", "{ organizations { totalCount nodes { name } } }"),
];

impl Facts {
    /// Whose data it is.
    fn about(&self, is_demo: bool) -> String {
        let note = if is_demo { " This is demo data, which goes when the server stops." } else { "" };
        self.whose() + note
    }

    fn numbers(&self, has_links: bool) -> String {
        let counts = [
            self.groups.total_count,
            self.events.total_count,
            self.talks.total_count,
            self.speakers.total_count,
            self.venues.total_count,
            self.organizations.total_count,
        ];
        let mut html = String::new();
        for ((what, query), count) in NUMBERS.iter().zip(counts) {
            let _ = if has_links {
                let link = playground(query);
                write!(
                    html,
                    "<div><dt>{what}</dt><dd><a href=\"{link}\" aria-label=\"{count} {what}\">{count}</a></dd></div>"
                )
            } else {
                write!(html, "<div><dt>{what}</dt><dd>{count}</dd></div>")
            };
        }
        format!("<dl>{html}</dl>")
    }

    /// Names are written by people. They are escaped, isolated from the text around them (`<bdi>`), and lose control
    /// characters.
    fn whose(&self) -> String {
        let name = |group: &Group| format!("<b><bdi>{}</bdi></b>", text(&group.name));
        let mut names: Vec<_> = self.groups.nodes.iter().map(name).collect();
        match self.groups.total_count.saturating_sub(names.len()) {
            0 => {}
            1 => names.push("one more group".to_owned()),
            more => names.push(format!("{more} more groups")),
        }
        let since = self.since().map(|year| format!(", since {}", escape(year))).unwrap_or_default();
        match names.split_last() {
            None => "This server holds no group yet.".to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_of_the_page_allows_what_the_page_holds() {
        for html in [include_str!("home/page.html"), include_str!("home/empty.html")] {
            assert!(!html.contains("://") && !html.contains("<style") && !html.contains(" style="));
            assert!(!html.contains("<script"));
        }
    }

    #[test]
    fn pictures_of_others_are_not_shown() {
        let origin = "http://127.0.0.1:8000";
        assert_eq!(own_path("http://127.0.0.1:8000/demo/ada.svg", origin).as_deref(), Some("/demo/ada.svg"));
        for url in [
            "http://127.0.0.1:80000/a.svg",
            "http://127.0.0.1:8000",
            "https://example.org/a.svg",
            "/a.svg",
            "http://127.0.0.1:8000//evil.example/a.svg",
        ] {
            assert_eq!(own_path(url, origin), None, "{url}");
        }
    }

    #[test]
    fn every_snippet_asks_the_same_of_this_server() {
        for snippet in [CURL, TYPESCRIPT, SWIFT, KOTLIN] {
            assert_eq!(snippet.matches(&format!("{}/graphql", origin::DEFAULT)).count(), 1, "{snippet}");
            assert_eq!(snippet.matches("{ events(first: 3) { nodes { name startsOn } } }").count(), 1, "{snippet}");
        }
    }
}
