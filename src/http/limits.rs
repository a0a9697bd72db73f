//! What a request may bring along: the length of its URL, and its headers.

use axum::{
    http::{HeaderMap, HeaderValue, Request, header},
    response::Response,
};

use super::{graphql_over_http::failure, server::Spare};
use crate::{
    config,
    error::{Code, Error},
};

/// The answer to requests whose head is too large. Of connections beyond the limit, only health checks get another.
pub fn refusal<B>(limits: &config::Connections, request: &Request<B>) -> Option<Response> {
    let url = request.uri().path_and_query().map_or(0, |url| url.as_str().len());
    if url > limits.url_bytes as usize {
        let message = format!("The URL has {url} bytes; {} may. POST the request.", limits.url_bytes);
        return Some(failure(&Error::invalid(Code::UrlTooLong, message)));
    }
    let (count, size) = (request.headers().len(), size_of(request.headers()));
    if count > limits.headers as usize || size > limits.header_bytes as usize {
        let message = format!(
            "The request has {count} headers of {size} bytes; {} of {} bytes may be.",
            limits.headers, limits.header_bytes
        );
        return Some(failure(&Error::invalid(Code::HeadersTooLarge, message)));
    }
    let is_spare = request.extensions().get::<Spare>().is_some();
    (is_spare && !matches!(request.uri().path(), "/livez" | "/readyz")).then(full)
}

fn full() -> Response {
    let error = Error::invalid(Code::TooManyConnections, "The server has too many connections. Try again in a moment.");
    let mut answer = failure(&error);
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

fn size_of(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}
