//! Media types of bodies, and those that a client accepts.

use axum::http::{HeaderMap, HeaderName, header};

/// An HTML page.
pub const HTML: &str = "text/html";
/// A stream of events.
pub const EVENT_STREAM: &str = "text/event-stream";
/// The media type of the GraphQL over HTTP specification, as a `Content-Type`.
pub const GRAPHQL_RESPONSE: &str = "application/graphql-response+json; charset=utf-8";
/// The media type for older clients, as a `Content-Type`.
pub const JSON: &str = "application/json; charset=utf-8";

/// The client's preference for each of our media types, from 0 to 1; 0 if it does not name the type.
#[derive(Clone, Copy, Debug, Default)]
pub struct Accepted {
    html: f32,
    event_stream: f32,
    new: f32,
    old: f32,
}

impl Accepted {
    /// The preferences in the headers of a request.
    pub fn by(headers: &HeaderMap) -> Self {
        let mut accepted = Self::default();
        for range in values(headers, header::ACCEPT) {
            if let Some(weight) = accepted.weight(essence(range)) {
                *weight = parameter(range, "q").map_or(1.0_f32, |q| q.parse().unwrap_or(0.0)).max(*weight);
            }
        }
        accepted
    }

    fn weight(&mut self, media_type: &str) -> Option<&mut f32> {
        let Self { html, event_stream, new, old } = self;
        let known = [(JSON, old), (GRAPHQL_RESPONSE, new), (EVENT_STREAM, event_stream), (HTML, html)];
        known.into_iter().find_map(|(known, weight)| essence(known).eq_ignore_ascii_case(media_type).then_some(weight))
    }

    /// The media type of the answer: the one that the client prefers, and the newer one if it prefers neither. A client
    /// that names neither gets the older one.
    pub fn answer(self) -> &'static str {
        if self.new > 0.0 && self.new >= self.old { GRAPHQL_RESPONSE } else { JSON }
    }

    /// Whether the client prefers an event stream to JSON. Naming it is not enough: some clients name event streams for
    /// every query, and caches keep only JSON.
    pub fn prefers_event_stream(self) -> bool {
        self.event_stream > self.new.max(self.old)
    }

    /// Whether the client prefers a page to JSON.
    pub fn prefers_html(self) -> bool {
        self.html > self.new.max(self.old)
    }
}

/// Whether the body is plain JSON in UTF-8.
pub fn is_json(headers: &HeaderMap) -> bool {
    let encoded = values(headers, header::CONTENT_ENCODING).any(|encoding| !encoding.eq_ignore_ascii_case("identity"));
    let mut types = headers.get_all(header::CONTENT_TYPE).iter().filter_map(|value| value.to_str().ok());
    let (Some(content_type), None) = (types.next(), types.next()) else { return false };
    let charset = parameter(content_type, "charset");
    !encoded
        && essence(content_type).eq_ignore_ascii_case("application/json")
        && charset.is_none_or(|charset| charset.trim_matches('"').eq_ignore_ascii_case("utf-8"))
}

/// The comma-separated values of a header, from all its lines.
pub fn values(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

/// A media type without its parameters.
fn essence(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

fn parameter<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    let parameters = value.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    parameters
        .map(|(known, value)| (known.trim(), value.trim()))
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_preferred_media_type_is_chosen() {
        for (accept, expected) in [
            ("*/*", JSON),
            ("application/json", JSON),
            ("application/graphql-response+json", GRAPHQL_RESPONSE),
            ("application/graphql-response+json, application/json;q=0.9", GRAPHQL_RESPONSE),
            ("application/json, Application/GraphQL-Response+JSON;charset=utf-8", GRAPHQL_RESPONSE),
            ("application/json, application/graphql-response+json;q=0.5", JSON),
            ("application/graphql-response+json;q=0", JSON),
            ("image/png", JSON),
        ] {
            assert_eq!(Accepted::by(&with(header::ACCEPT, accept)).answer(), expected, "{accept}");
        }
    }

    #[test]
    fn a_stream_is_for_clients_that_prefer_it() {
        for (accept, expected) in [
            ("text/event-stream", true),
            ("text/event-stream, multipart/mixed", true),
            ("application/json;q=0.5, text/event-stream", true),
            ("application/graphql-response+json, application/json, text/event-stream, multipart/mixed", false),
            ("text/event-stream, application/json", false),
            ("text/event-stream;q=0", false),
            ("*/*", false),
        ] {
            assert_eq!(Accepted::by(&with(header::ACCEPT, accept)).prefers_event_stream(), expected, "{accept}");
        }
    }

    #[test]
    fn json_is_utf8_and_not_compressed() {
        for (content_type, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=\"UTF-8\"", true),
            ("application/json; charset=utf-16", false),
            ("application/jsonp", false),
            ("text/plain", false),
            ("text/plain, application/json", false),
        ] {
            assert_eq!(is_json(&with(header::CONTENT_TYPE, content_type)), expected, "{content_type}");
        }
        let mut headers = with(header::CONTENT_TYPE, "application/json");
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert!(!is_json(&headers));
        assert!(!is_json(&HeaderMap::new()));
    }
}
