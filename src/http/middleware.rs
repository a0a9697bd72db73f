//! The middleware around all routes: a request id, a span for log lines, CORS, the limits of the head, compression, and
//! an answer if a handler panics.
//!
//! It wraps the router and is not a stack of layers in it. Layers in the router would cost an allocation and a clone
//! for each request, and convert the body's type several times.

use std::{convert::Infallible, panic::AssertUnwindSafe, sync::Arc, task, time::Duration};

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

/// The longest request id that is accepted from a client.
const LONGEST_ID: usize = 64;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The routes with the middleware around them. Cloning it is cheap.
#[derive(Clone)]
pub(super) struct Middleware(Arc<Inner>);

struct Inner {
    routes: Cors<Routes>,
    clock: Clock,
}

impl Middleware {
    /// Wraps a router.
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
        // At the highest level, so that the request id is in the log even if only errors are logged.
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
        // A panic is a bug, but the client still gets an answer.
        let answer = AssertUnwindSafe(self.0.routes.clone().call(request)).catch_unwind().await;
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

/// Whether an id is safe in log lines and headers.
fn is_plain(id: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=LONGEST_ID).contains(&id.len()) && id.iter().all(is_letter)
}

/// The wildcard of `Access-Control-Allow-Headers`. It covers every header but `Authorization`, which must be named
/// beside it (Fetch, "CORS non-wildcard request-header name"). Libraries send `Authorization`, though this server does
/// not need it. The requested headers are not echoed. So all preflights get the same answer, and it does not vary with
/// the request.
const ANY_HEADER: HeaderName = HeaderName::from_static("*");

/// Every site may read without credentials, unless the settings list origins.
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
    /// The same router with compression, for clients that send `Accept-Encoding`. Other requests avoid the large
    /// wrapper around each answer.
    compressing: Compression<Router>,
    /// Compressed bodies of static files.
    compressed: Compressed,
    limits: config::Connections,
    /// The host names of the server.
    names: Vec<String>,
}

impl Routes {
    fn new(router: Router, limits: &config::Connections, names: &[String]) -> Self {
        // The router is finished once, here, and not for each request.
        let plain = router.with_state(());
        let compressing = Compression::new(plain.clone()).gzip(true).br(true);
        let compressed = Compressed::default();
        Self(Arc::new(Encodings { plain, compressing, compressed, limits: limits.clone(), names: names.to_vec() }))
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response, Infallible> {
        if let Some(refusal) = limits::refusal(&self.0.limits, &self.0.names, &request) {
            return Ok(refusal);
        }
        let mut answer = if request.headers().contains_key(header::ACCEPT_ENCODING) {
            // In a box: its future is large, and would else be moved with each request that is not compressed.
            Box::pin(self.compressed(request)).await?
        } else {
            self.0.plain.clone().call(request).await?
        };
        if !values(answer.headers(), header::VARY).any(|name| header::ACCEPT_ENCODING == *name) {
            // Caches must know that the answer depends on `Accept-Encoding`, even if this one was not compressed.
            answer.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        Ok(answer)
    }

    async fn compressed(&self, request: Request<Incoming>) -> Result<Response, Infallible> {
        let is_head = request.method() == Method::HEAD;
        let mut answer = self.0.compressing.clone().call(request).await?.map(Body::new);
        if !is_head {
            answer = self.0.compressed.once(answer).await;
        } else if !answer.headers().contains_key(header::CONTENT_ENCODING) {
            // The answer to a GET might be compressed, and would then have another length.
            answer.headers_mut().remove(header::CONTENT_LENGTH);
        }
        Ok(answer)
    }
}

// The services below are always ready, as those of axum are: nobody asks them before a call.
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
