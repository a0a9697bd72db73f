//! What surrounds every request, whatever its route: an id, a span for its log lines, CORS, the limits of its head,
//! compression, and an answer if its handler panics.
//!
//! It is around the router and not a stack of layers in it: there, each would be a box and a clone for each request, and
//! an answer would be handed from one type of body to the next.

use std::{convert::Infallible, future::poll_fn, panic::AssertUnwindSafe, sync::Arc, task, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderName, HeaderValue, Method, Request, header},
    response::Response,
};
use futures_util::{FutureExt, future::BoxFuture};
use hyper::body::Incoming;
use tokio::time::Instant;
use tower_http::{
    compression::Compression,
    cors::{AllowOrigin, Cors},
};
use tower_service::Service;
use tracing::Instrument;

use super::{compressed::Compressed, limits, media::values, response::failure};
use crate::{clock::Clock, config, error::Error};

/// The longest id of a request that is taken from the client.
const LONGEST_ID: usize = 64;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The routes and what surrounds them. Cloning it is cheap.
#[derive(Clone)]
pub(super) struct Middleware(Arc<Inner>);

struct Inner {
    routes: Cors<Routes>,
    clock: Clock,
}

impl Middleware {
    /// Puts them around a router.
    pub fn new(
        router: Router,
        clock: Clock,
        limits: &config::Connections,
        names: &[String],
        origins: &[HeaderValue],
    ) -> Self {
        Self(Arc::new(Inner { routes: cors(Routes::new(router, limits, names), origins), clock }))
    }

    /// Answers a request.
    pub async fn answer(self, request: Request<Incoming>) -> Response {
        let given = request.headers().get(&REQUEST_ID).filter(|id| is_plain(id.as_bytes())).cloned();
        let id = given.or_else(|| self.new_id());
        // Of the highest level: where only errors are logged, they still say whose they are.
        let span = tracing::error_span!("request", id = id.as_ref().and_then(|id| id.to_str().ok()));
        let mut answer = self.answer_and_log(request).instrument(span).await;
        let headers = answer.headers_mut();
        headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
        if let Some(id) = id {
            headers.insert(&REQUEST_ID, id);
        }
        answer
    }

    fn new_id(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0.clock.new_id().to_string()).ok()
    }

    async fn answer_and_log(&self, request: Request<Incoming>) -> Response {
        let (method, uri, since) = (request.method().clone(), request.uri().clone(), Instant::now());
        // A panic is a bug, but no reason to leave the client without an answer.
        let answer = AssertUnwindSafe(ask(self.0.routes.clone(), request)).catch_unwind().await;
        let Ok(answer) = answer.unwrap_or_else(|_| Ok(failure(&Error::internal("a handler panicked"))));
        let (path, status, latency) = (uri.path(), answer.status().as_u16(), since.elapsed());
        if answer.status().is_server_error() {
            tracing::error!(%method, path, status, ?latency, "failed");
        } else {
            tracing::debug!(%method, path, status, ?latency, "answered");
        }
        answer
    }
}

/// Whether an id may stand in every log and answer.
fn is_plain(id: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=LONGEST_ID).contains(&id.len()) && id.iter().all(is_letter)
}

async fn ask<S: Service<Request<Incoming>>>(
    mut service: S,
    request: Request<Incoming>,
) -> Result<S::Response, S::Error> {
    poll_fn(|context| service.poll_ready(context)).await?;
    service.call(request).await
}

/// The wildcard of `Access-Control-Allow-Headers`. It covers every header but `Authorization`, which must be named beside it
/// (Fetch, "CORS non-wildcard request-header name"): libraries send it although nobody asks for it here. The headers of the
/// request are not echoed, so that all preflights have one answer and no answer varies with them.
const ANY_HEADER: HeaderName = HeaderName::from_static("*");

/// Anonymous reads are open to every site, without credentials; a list of origins narrows that.
fn cors(routes: Routes, origins: &[HeaderValue]) -> Cors<Routes> {
    let is_open = origins.is_empty() || origins.iter().any(|origin| origin == "*");
    let origins = if is_open { AllowOrigin::any() } else { AllowOrigin::list(origins.iter().cloned()) };
    Cors::new(routes)
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([ANY_HEADER, header::AUTHORIZATION])
        .expose_headers([REQUEST_ID.clone(), header::RETRY_AFTER, header::ETAG])
        .max_age(Duration::from_hours(24))
}

/// The routes, for requests whose head is within its limits.
#[derive(Clone)]
struct Routes(Arc<Encodings>);

struct Encodings {
    plain: Router,
    /// The same for those who name encodings: what compresses is large, and every answer would be put into it.
    compressing: Compression<Router>,
    /// What it made of files that stay as they are.
    compressed: Compressed,
    limits: config::Connections,
    /// The names of the server.
    names: Vec<String>,
}

impl Routes {
    fn new(router: Router, limits: &config::Connections, names: &[String]) -> Self {
        // What the routes share is worked out now and not for each request.
        let plain = router.with_state(());
        let compressing = Compression::new(plain.clone()).gzip(true).br(true);
        let compressed = Compressed::default();
        Self(Arc::new(Encodings { plain, compressing, compressed, limits: limits.clone(), names: names.to_vec() }))
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response, Infallible> {
        if let Some(refusal) = limits::refusal(&self.0.limits, &self.0.names, &request) {
            return Ok(refusal);
        }
        let is_head = request.method() == Method::HEAD;
        let mut answer = if request.headers().contains_key(header::ACCEPT_ENCODING) {
            let mut answer = ask(self.0.compressing.clone(), request).await?.map(Body::new);
            if !is_head {
                answer = self.0.compressed.once(answer).await;
            } else if !answer.headers().contains_key(header::CONTENT_ENCODING) {
                // The answer to a GET might be compressed, and then its length would be another one.
                answer.headers_mut().remove(header::CONTENT_LENGTH);
            }
            answer
        } else {
            ask(self.0.plain.clone(), request).await?
        };
        if !values(answer.headers(), header::VARY).any(|name| header::ACCEPT_ENCODING == *name) {
            // Caches must know that it hangs on what was named, whether this one was compressed or not.
            answer.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        Ok(answer)
    }
}

impl Service<Request<Incoming>> for Routes {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> task::Poll<Result<(), Infallible>> {
        task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        Box::pin(self.clone().answer(request))
    }
}
