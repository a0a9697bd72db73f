//! Caching on the wire: how long an answer may be kept, and how to ask whether it is still the same.

use async_graphql::CacheControl;
use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use super::media::values;

/// An answer that nobody may keep.
pub fn uncached(mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// Adds what the hints of its fields allow, and an `ETag`; answers 304 if the client has it already. Without hints the
/// answer had errors, which nobody may keep.
pub async fn cached(headers: &HeaderMap, hints: Option<CacheControl>, answer: Response) -> Response {
    let (Some(hints), StatusCode::OK) = (hints, answer.status()) else { return uncached(answer) };
    let (parts, body) = answer.into_parts();
    // The body is in memory already.
    let Ok(body) = to_bytes(body, usize::MAX).await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let etag = etag(&body);
    tagged(headers, hints, &etag, Response::from_parts(parts, Body::from(body)))
}

/// The same for an answer of which the `ETag` is known.
pub fn tagged(headers: &HeaderMap, hints: CacheControl, etag: &str, mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CACHE_CONTROL, cache_control(hints));
    answer.headers_mut().extend(HeaderValue::from_str(etag).map(|etag| (header::ETAG, etag)));
    if is_known(headers, etag) {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        *answer.body_mut() = Body::empty();
        answer.headers_mut().remove(header::CONTENT_TYPE);
        // As the whole answer says, which is compressed on its way.
        answer.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    answer
}

/// Marks the answer of a file that stays as it is while the process runs: it is compressed once.
#[derive(Clone, Copy, Debug)]
pub struct Unchanging;

/// The answer of such a file.
pub fn unchanging(mut answer: Response) -> Response {
    answer.extensions_mut().insert(Unchanging);
    answer
}

/// What fields say of themselves, the strictest first. Private data is never public. An answer without a hint may be
/// kept, and is asked for again each time.
fn cache_control(hints: CacheControl) -> HeaderValue {
    match hints {
        CacheControl { public: false, .. } => HeaderValue::from_static("private, no-store"),
        CacheControl { max_age, .. } if max_age > 0 => {
            HeaderValue::from_str(&format!("public, max-age={max_age}")).unwrap_or(HeaderValue::from_static("no-cache"))
        }
        CacheControl { .. } => HeaderValue::from_static("no-cache"),
    }
}

/// The validator of a body. Weak, because the plain and the compressed answer share it.
pub fn etag(body: &[u8]) -> String {
    let hash = Sha256::digest(body);
    format!("W/\"{}\"", BASE64URL_NOPAD.encode(&hash[..16]))
}

/// Whether the client has the answer with this tag. A comparison for this is weak: `W/` does not matter.
pub fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim_start_matches("W/").to_owned();
    values(headers, header::IF_NONE_MATCH).any(|tag| tag == "*" || opaque(tag) == opaque(etag))
}
