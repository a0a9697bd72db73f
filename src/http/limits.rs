//! Limits on the head of a request: the length of its URL, and its headers.

use axum::{
    http::{HeaderMap, Request, Version, header, uri::Authority},
    response::Response,
};

use super::{
    client::{Connected, Spare},
    response::failure,
};
use crate::{
    config,
    error::{Code, Error},
};

/// The answer to a request whose head is too large or that is for another host. On connections beyond the limit, only
/// health checks pass.
pub fn refusal<B>(limits: &config::Connections, names: &[String], request: &Request<B>) -> Option<Response> {
    let url = request.uri().path_and_query().map_or(0, |url| url.as_str().len());
    if url > limits.max_url_bytes as usize {
        let message = format!("The URL has {url} bytes; {} may. POST the request.", limits.max_url_bytes);
        return Some(failure(&Error::invalid(Code::UrlTooLong, message)));
    }
    let (count, size) = (request.headers().len(), size_of(request.headers()));
    if count > limits.max_headers as usize || size > limits.max_header_bytes as usize {
        let message = format!(
            "The request has {count} headers of {size} bytes; {} of {} bytes may be.",
            limits.max_headers, limits.max_header_bytes
        );
        return Some(failure(&Error::invalid(Code::HeadersTooLarge, message)));
    }
    let hosts = request.headers().get_all(header::HOST).iter().count();
    if hosts > 1 || (hosts == 0 && request.version() == Version::HTTP_11) {
        let message = format!("A request has one `Host`; this one has {hosts}.");
        return Some(failure(&Error::invalid(Code::BadHost, message)));
    }
    let mut codings = request.headers().get_all(header::TRANSFER_ENCODING).iter();
    if codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked")) {
        let message = "`Transfer-Encoding` may be `chunked`, and nothing else.";
        return Some(failure(&Error::invalid(Code::BadRequest, message)));
    }
    if matches!(request.uri().path(), "/livez" | "/readyz") {
        return None;
    }
    if !names.is_empty() && !named(request).is_some_and(|name| names.contains(&name)) {
        let message = "This server does not go by the `Host` of the request. Use its public address.";
        return Some(failure(&Error::invalid(Code::UnknownHost, message)));
    }
    let message = match request.extensions().get::<Connected>()?.spare? {
        Spare::OfServer => "The server has too many connections. Try again in a moment.",
        Spare::OfClient => "Your address has too many connections. Close some, or try again in a moment.",
    };
    Some(failure(&Error::invalid(Code::TooManyConnections, message)))
}

/// The host of the request, in lower case and without port. The host in the URL wins over the `Host` header.
fn named<B>(request: &Request<B>) -> Option<String> {
    let header = || request.headers().get(header::HOST)?.to_str().ok()?.parse::<Authority>().ok();
    let host = request.uri().authority().cloned().or_else(header)?;
    Some(host.host().to_ascii_lowercase())
}

fn size_of(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}
