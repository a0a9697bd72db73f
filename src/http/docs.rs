//! The documents of the repository and a reference of the schema, as pages of the server: `/docs`.
//!
//! They are rendered once, at the first request for one of them, and kept. None of them needs a script.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use async_graphql::CacheControl;
use axum::{
    Router,
    extract::{Path, RawQuery},
    http::HeaderMap,
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use tokio::{
    sync::{OnceCell, Semaphore},
    task::spawn_blocking,
};
use url::form_urlencoded;

use self::{
    files::{Document, GROUPS, PROGRAMS, documents},
    layout::{Entry, Group},
    markdown::{Article, Links, Section, article},
    reference::{Example, reference},
    subjects::SUBJECTS,
};
use super::{
    page::{self, Current},
    validators,
};
use crate::{error::steers, graphql};

mod files;
mod highlight;
mod layout;
mod links;
mod markdown;
mod reference;
mod search;
mod subjects;

/// The address of the reference.
const REFERENCE: &str = "/docs/schema";
/// The files of the pages.
const FILES: &[&str] = &["/docs.css"];
/// The group of the navigation that also has the reference.
const GROUP_OF_REFERENCE: &str = "Write a client";
/// The documents whose queries the reference names as examples.
const WITH_EXAMPLES: &[&str] = &["queries", "concepts"];

/// The routes `/docs`, `/docs/{document}`, `/docs/programs/{name}`, `/docs/subjects.json` and `/docs.css`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/docs", get(index))
        .route("/docs/", get(async |RawQuery(query): RawQuery| Redirect::permanent(&with_query("/docs", query))))
        .route("/docs/subjects.json", get(subjects))
        .route("/docs/programs/{name}", get(program))
        .route("/docs/{*path}", get(document))
        .route("/docs.css", get(style))
}

/// All documents, or what a search finds in them (`?q=`).
async fn index(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.as_deref().and_then(|query| parameter(query, "q"));
    let query = query.map(|query| query.replace(steers, " "));
    let query = query.as_deref().map(|query| search::cut(query.trim())).unwrap_or_default();
    let library = library().await;
    if query.is_empty() {
        return library.index.answer(&headers);
    }
    let results = search(library, query.to_owned()).await;
    let body = layout::found(&library.groups, query, &results);
    page::answer(&headers, page::html("Search · Folkmoot", "", Current::Documents, FILES, &body)).await
}

fn with_query(path: &str, query: Option<String>) -> String {
    query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
}

fn parameter<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value)
}

async fn document(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let library = library().await;
    if let Some(page) = library.pages.get(path.as_str()) {
        return page.answer(&headers);
    }
    // As the file is called in the repository.
    let other = path.strip_suffix(".md").or_else(|| path.strip_suffix('/'));
    match other.and_then(|path| library.pages.get(path)) {
        Some(page) => Redirect::permanent(&page.address).into_response(),
        None => page::not_found(&headers),
    }
}

/// A program to copy, as text.
async fn program(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match PROGRAMS.iter().find(|program| program.name() == name) {
        Some(program) => page::file(&headers, "text/plain", program.text).await,
        None => page::not_found(&headers),
    }
}

async fn subjects(headers: HeaderMap) -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| serde_json::to_string(SUBJECTS).unwrap_or_default());
    page::file(&headers, "application/json", TEXT.as_str()).await
}

async fn style(headers: HeaderMap) -> Response {
    page::file(&headers, "text/css", include_str!("docs/docs.css")).await
}

/// A page that never changes while the program runs.
struct Page {
    address: String,
    html: String,
    etag: String,
}

impl Page {
    fn new(address: String, title: &str, summary: &str, body: &str) -> Self {
        let current = if address == REFERENCE { Current::Schema } else { Current::Documents };
        let html = page::html(&format!("{title} · Folkmoot"), summary, current, FILES, body);
        Self { etag: validators::etag(html.as_bytes()), address, html }
    }

    fn answer(&'static self, headers: &HeaderMap) -> Response {
        let answer = page::with_policy(Html(self.html.as_str()));
        validators::unchanging(validators::tagged(headers, CacheControl::default(), &self.etag, answer))
    }
}

/// Everything under `/docs`.
struct Library {
    index: Page,
    /// The pages by what follows `/docs/` in their address.
    pages: HashMap<&'static str, Page>,
    groups: Vec<Group>,
    sections: Vec<search::Entry>,
}

static LIBRARY: OnceCell<Library> = OnceCell::const_new();

/// Everything under `/docs`. It is rendered at the first request, on a thread where work may take long.
async fn library() -> &'static Library {
    let render = || async { spawn_blocking(Library::render).await.unwrap_or_else(|_| Library::render()) };
    LIBRARY.get_or_init(render).await
}

/// How many searches run at once. Each reads all texts.
const SEARCHES: usize = 2;
static SEARCHING: Semaphore = Semaphore::const_new(SEARCHES);

/// What the search finds, as HTML. It is work for a processor, so it does not keep other requests from theirs.
async fn search(library: &'static Library, query: String) -> String {
    let _turn = SEARCHING.acquire().await;
    let results = spawn_blocking(move || search::results(&library.sections, &query)).await;
    results.unwrap_or_default()
}

impl Library {
    fn render() -> Self {
        let definitions = graphql::definitions(true, true);
        let schema = definitions.schema();
        let name = |code: &str| links::name(schema, code);
        let render = |document: &'static Document| {
            let target = |url: &str| links::target(document, url);
            (document.route(), article(document.text, &Links { target: &target, name: &name }))
        };
        let articles: Vec<(&str, Article)> = documents().map(render).collect();
        let reference = reference(schema, &examples(&articles));
        let groups = groups(&articles, &reference);
        let articles: Vec<_> = articles.into_iter().chain([("schema", reference)]).collect();
        let page = |(path, article): &(&'static str, Article)| {
            let address = format!("/docs/{path}");
            let body = layout::document(&groups, &address, article);
            (*path, Page::new(address, &article.title, &article.summary, &body))
        };
        Self {
            index: Page::new("/docs".to_owned(), "Documents", layout::SUMMARY, &layout::index(&groups)),
            pages: articles.iter().map(page).collect(),
            sections: articles.iter().flat_map(sections).collect(),
            groups,
        }
    }
}

/// The queries that the reference names as examples.
fn examples<'a>(articles: &'a [(&str, Article)]) -> Vec<Example<'a>> {
    let of_article = |path: &&str| articles.iter().find(|(name, _)| name == path);
    let example = |(path, article): &'a (&str, Article)| {
        article.queries.iter().map(move |(section, query)| {
            let Section { id, title, .. } = &article.sections[*section];
            Example { address: format!("/docs/{path}#{id}"), title, query }
        })
    };
    WITH_EXAMPLES.iter().filter_map(of_article).flat_map(example).collect()
}

/// The navigation.
fn groups(articles: &[(&str, Article)], reference: &Article) -> Vec<Group> {
    let entry = |path: &str, article: &Article| Entry {
        address: format!("/docs/{path}"),
        title: article.title.clone(),
        summary: article.summary.clone(),
    };
    let group = |(name, documents): &(&'static str, &'static [Document])| {
        let is_in = |path: &str| documents.iter().any(|document| document.route() == path);
        let of_group = articles.iter().filter(|(path, _)| is_in(path));
        let mut entries: Vec<_> = of_group.map(|(path, article)| entry(path, article)).collect();
        if *name == GROUP_OF_REFERENCE {
            entries.insert(0, entry("schema", reference));
        }
        Group { name, entries }
    };
    GROUPS.iter().map(group).collect()
}

/// The sections of a document, for the search.
fn sections((path, article): &(&str, Article)) -> Vec<search::Entry> {
    let section = |section: &Section| {
        let anchor = if section.id.is_empty() { String::new() } else { format!("#{}", section.id) };
        let address = format!("/docs/{path}{anchor}");
        let of_schema = *path == "schema";
        search::Entry::new(address, article.title.clone(), section.title.clone(), section.text.clone(), of_schema)
    };
    article.sections.iter().map(section).collect()
}
