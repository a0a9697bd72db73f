//! What a request may bring along: the length of its URL, its headers, its body, and how long that takes.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};

use super::{refusal::refuse, server::Spare};
use crate::{config, error::Error};

/// Lets requests pass whose head is not too large. Of connections beyond the limit, only health checks pass.
pub async fn check_head(State(limits): State<config::Connections>, request: Request, next: Next) -> Response {
    let url = request.uri().path_and_query().map_or(0, |url| url.as_str().len());
    if url > limits.url_bytes as usize {
        let message = format!("The URL has {url} bytes; {} may. POST the request.", limits.url_bytes);
        return refuse(StatusCode::URI_TOO_LONG, &Error::invalid("URL_TOO_LONG", message));
    }
    let (count, size) = (request.headers().len(), size_of(request.headers()));
    if count > limits.headers as usize || size > limits.header_bytes as usize {
        let message = format!(
            "The request has {count} headers of {size} bytes; {} of {} bytes may be.",
            limits.headers, limits.header_bytes
        );
        let error = Error::invalid("HEADERS_TOO_LARGE", message);
        return refuse(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, &error);
    }
    let is_spare = request.extensions().get::<Spare>().is_some();
    if is_spare && !matches!(request.uri().path(), "/livez" | "/readyz") {
        return full();
    }
    next.run(request).await
}

fn full() -> Response {
    let error = Error::invalid("TOO_MANY_CONNECTIONS", "The server has too many connections. Try again in a moment.");
    let mut answer = refuse(StatusCode::SERVICE_UNAVAILABLE, &error);
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}

fn size_of(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

/// Reads a body whole, or says with which answer to refuse it.
pub async fn read_body(body: Body, most: usize, patience: Duration) -> Result<Bytes, Box<Response>> {
    let read = axum::body::to_bytes(body, most);
    match tokio::time::timeout(patience, read).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => {
            let message = format!("The body is longer than {} KiB, or did not arrive whole.", most / 1024);
            let error = Error::invalid("PAYLOAD_TOO_LARGE", message);
            Err(Box::new(refuse(StatusCode::PAYLOAD_TOO_LARGE, &error)))
        }
        Err(_) => {
            let message = format!("The body did not arrive within {} seconds.", patience.as_secs());
            let mut answer = refuse(StatusCode::REQUEST_TIMEOUT, &Error::invalid("BODY_TIMEOUT", message));
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            Err(Box::new(answer))
        }
    }
}
