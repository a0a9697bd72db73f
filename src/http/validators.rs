//! HTTP caching: how long an answer may be cached, and how a client asks whether it has changed.

use async_graphql::CacheControl;
use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use super::media::values;

/// Marks an answer that no cache may store.
pub fn uncached(mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// Adds `Cache-Control` from the hints of the answer's fields, and an `ETag`; answers 304 if the client has it already.
/// Without hints the answer has errors, and no cache may store it.
pub async fn cached(headers: &HeaderMap, hints: Option<CacheControl>, answer: Response) -> Response {
    let (Some(hints), StatusCode::OK) = (hints, answer.status()) else { return uncached(answer) };
    let (parts, body) = answer.into_parts();
    // The body is in memory already.
    let Ok(body) = to_bytes(body, usize::MAX).await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let etag = etag(&body);
    tagged(headers, hints, &etag, Response::from_parts(parts, Body::from(body)))
}

/// Like [`cached`], for an answer whose `ETag` is known.
pub fn tagged(headers: &HeaderMap, hints: CacheControl, etag: &str, mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CACHE_CONTROL, cache_control(hints));
    answer.headers_mut().extend(HeaderValue::from_str(etag).map(|etag| (header::ETAG, etag)));
    if is_known(headers, etag) {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        *answer.body_mut() = Body::empty();
        answer.headers_mut().remove(header::CONTENT_TYPE);
        // The same `Vary` as that of the whole answer, to which the middleware adds it when it compresses.
        answer.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    answer
}

/// Marks the answer of a static file, whose compressed body is kept.
#[derive(Clone, Copy, Debug)]
pub struct Unchanging;

/// Marks the answer of a static file.
pub fn unchanging(mut answer: Response) -> Response {
    answer.extensions_mut().insert(Unchanging);
    answer
}

/// The header for the strictest hint of all fields. Private data is never public. An answer without `max_age` may be
/// stored, but must be revalidated each time.
fn cache_control(hints: CacheControl) -> HeaderValue {
    match hints {
        CacheControl { public: false, .. } => HeaderValue::from_static("private, no-store"),
        CacheControl { max_age, .. } if max_age > 0 => {
            HeaderValue::from_str(&format!("public, max-age={max_age}")).unwrap_or(HeaderValue::from_static("no-cache"))
        }
        CacheControl { .. } => HeaderValue::from_static("no-cache"),
    }
}

/// The `ETag` of a body. It is weak, because the plain and the compressed answer share it.
pub fn etag(body: &[u8]) -> String {
    let hash = Sha256::digest(body);
    format!("W/\"{}\"", BASE64URL_NOPAD.encode(&hash[..16]))
}

/// Whether the client has the answer with this `ETag`. The comparison is weak: `W/` does not matter.
pub fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim_start_matches("W/").to_owned();
    values(headers, header::IF_NONE_MATCH).any(|tag| tag == "*" || opaque(tag) == opaque(etag))
}
