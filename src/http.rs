//! HTTP: the routes and the middleware around them. No SQL, no domain rules.

use std::{
    ops::Deref,
    sync::{Arc, LazyLock},
};

use async_graphql::CacheControl;
use axum::{
    Router,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

use self::{
    admission::Admission,
    client::{Allowed, Clients},
    documents::NamedDocuments,
    home::Home,
    response_cache::ResponseCache,
};
use crate::{
    clock::Clock,
    config,
    db::Db,
    graphql::{
        self, FolkmootSchema,
        limits::{CostModel, Limits, document::DocumentCache},
        live::feed::Feed,
        loader::Loaders,
    },
};

pub use playground::has_graphiql;
pub use server::{Shutdown, serve};
pub use websocket::CloseCode;

mod admission;
mod allowance;
mod bucket;
mod client;
mod compressed;
mod delivery;
pub mod demo;
mod docs;
mod documents;
mod event_stream;
mod graphql_over_http;
mod health;
mod home;
mod limits;
mod media;
mod middleware;
mod operation;
mod origin;
mod page;
mod playground;
mod rate_limiter;
mod request;
mod response;
mod response_cache;
mod server;
mod unread;
mod validators;
mod websocket;

/// How many changes a subscriber may lag behind before it reads them from the database.
const FEED_CAPACITY: usize = 1024;

const MIB: u64 = 1024 * 1024;

/// The state that the handlers share. Each request clones it several times.
#[derive(Clone)]
pub struct App(Arc<AppParts>);

/// The fields of [`App`].
pub struct AppParts {
    schema: FolkmootSchema,
    document_cache: DocumentCache,
    loaders: Arc<Loaders>,
    db: Db,
    clock: Clock,
    limits: Limits,
    costs: Arc<CostModel>,
    documents: NamedDocuments,
    /// Cached responses; `None` unless the settings give the cache memory.
    responses: Option<ResponseCache>,
    clients: Clients,
    admission: Admission,
    home: Home,
    config: Arc<config::Config>,
    /// Tells WebSockets and event streams that the server shuts down.
    shutdown: Shutdown,
}

impl App {
    /// Builds the state from its parts.
    #[must_use]
    pub fn new(db: Db, clock: Clock, config: &config::Config) -> Self {
        let feed = Feed::start(&db, &clock, FEED_CAPACITY);
        let definitions = graphql::definitions(config.introspection, config.suggestions);
        Self(Arc::new(AppParts {
            costs: Arc::new(CostModel::of_schema(definitions.schema())),
            schema: graphql::schema(db.clone(), feed),
            document_cache: DocumentCache::new(config.limits, definitions),
            loaders: Loaders::new(db.clone()),
            responses: ResponseCache::start(&db, &clock, config.response_cache_mib * MIB),
            db,
            clock,
            limits: config.limits,
            documents: NamedDocuments::new(&config.documents),
            clients: Clients::new(Allowed::by(config)),
            admission: Admission::new(config.concurrent_requests, config.limits.answer),
            home: Home::default(),
            config: Arc::new(config.clone()),
            shutdown: Shutdown::default(),
        }))
    }
}

impl Deref for App {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.0
    }
}

/// All routes.
fn router(app: App) -> Router {
    let demo = if app.config.demo { demo::router() } else { Router::new() };
    Router::new()
        .route("/graphql", get(graphql_over_http::get).post(graphql_over_http::post))
        .route("/graphql/ws", get(websocket::open))
        .route("/graphql/stream", get(event_stream::get).post(event_stream::post))
        .route("/schema.graphql", get(schema))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .merge(page::router())
        .merge(home::router())
        .merge(docs::router())
        .merge(demo)
        .merge(playground::router())
        .fallback(async |headers: HeaderMap| page::not_found(&headers))
        .with_state(app)
}

static SDL: LazyLock<String> = LazyLock::new(graphql::sdl);
static SDL_TAG: LazyLock<String> = LazyLock::new(|| validators::etag(SDL.as_bytes()));

/// The schema in SDL, as a text that browsers show. A client that has it already gets 304.
async fn schema(headers: HeaderMap) -> Response {
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    let answer = ([(header::CONTENT_TYPE, text)], SDL.as_str()).into_response();
    validators::unchanging(validators::tagged(&headers, CacheControl::default(), &SDL_TAG, answer))
}
