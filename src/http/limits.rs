//! What a request may bring along: the length of its URL, and its headers.

use axum::{
    http::{HeaderMap, Request, Version, header},
    response::Response,
};

use super::{graphql_over_http::failure, server::Spare};
use crate::{
    config,
    error::{Code, Error},
};

/// The answer to requests whose head is too large or says not whom it is for. Of connections beyond the limit, only health checks get another.
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
    let hosts = request.headers().get_all(header::HOST).iter().count();
    if hosts > 1 || (hosts == 0 && request.version() == Version::HTTP_11) {
        let message = format!("A request has one `Host`; this one has {hosts}.");
        return Some(failure(&Error::invalid(Code::BadHost, message)));
    }
    let spare =
        request.extensions().get::<Spare>().filter(|_| !matches!(request.uri().path(), "/livez" | "/readyz"))?;
    let message = match spare {
        Spare::OfServer => "The server has too many connections. Try again in a moment.",
        Spare::OfClient => "Your address has too many connections. Close some, or try again in a moment.",
    };
    Some(failure(&Error::invalid(Code::TooManyConnections, message)))
}

fn size_of(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}
