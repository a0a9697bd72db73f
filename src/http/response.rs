//! Responses: errors with codes, JSON, status and headers.

use async_graphql::{PathSegment, Response as GraphqlResponse, ServerError, Value};
use axum::{
    Json,
    body::Bytes,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    media::{self, Accepted},
    unread::Room,
};
use crate::{
    error::{Code, Error, Result, Step},
    graphql::limits::Refusal,
};

/// The JSON of a response.
pub fn json(response: &GraphqlResponse) -> Result<Bytes> {
    serde_json::to_vec(&Body::of(response)).map(Bytes::from).map_err(Error::internal)
}

/// An answer from JSON that is already written.
pub fn finished(accepted: Accepted, json: Bytes) -> Response {
    with_media_type(accepted.answer(), Response::new(json.into()))
}

/// A GraphQL response. An error before execution is a 4xx for clients that accept the media type of the specification.
/// Older clients expect 200, unless the request was no GraphQL request at all.
pub fn answer(accepted: Accepted, response: &GraphqlResponse, room: Room) -> Response {
    let media_type = accepted.answer();
    let body = match json(response) {
        Ok(body) => room.hold(body),
        Err(error) => return failure(&error),
    };
    let mut answer = (status(media_type, response), body).into_response();
    let retry_after = response.errors.first().and_then(|error| error.extensions.as_ref()?.get("retryAfter"));
    if let Some(seconds) = retry_after.filter(|_| answer.status() != StatusCode::OK) {
        answer
            .headers_mut()
            .extend(HeaderValue::from_str(&seconds.to_string()).map(|value| (header::RETRY_AFTER, value)));
    }
    with_media_type(media_type, answer)
}

/// A response as JSON. As the specification says, there is no `data` if nothing was executed.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Body<'a> {
    /// Data, and perhaps errors.
    Executed(&'a GraphqlResponse),
    /// Nothing was executed.
    Refused {
        /// The errors.
        errors: &'a [ServerError],
    },
}

impl<'a> Body<'a> {
    /// The body for this response.
    pub fn of(response: &'a GraphqlResponse) -> Self {
        if failed_before_execution(response) {
            Self::Refused { errors: &response.errors }
        } else {
            Self::Executed(response)
        }
    }
}

fn with_media_type(media_type: &'static str, mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    answer
}

fn status(media_type: &str, response: &GraphqlResponse) -> StatusCode {
    if !failed_before_execution(response) {
        return StatusCode::OK;
    }
    let code = response.errors.first().and_then(|error| error.extensions.as_ref()?.get("code"));
    let code = code.and_then(|code| match code {
        Value::String(code) => Code::from_text(code),
        _ => None,
    });
    match code.and_then(status_of_code) {
        Some(status) => status,
        None if media_type == media::GRAPHQL_RESPONSE => StatusCode::BAD_REQUEST,
        None => StatusCode::OK,
    }
}

/// The status of a code that always has the same one; `None` if it depends on what the client accepts.
fn status_of_code(code: Code) -> Option<StatusCode> {
    StatusCode::from_u16(code.status()?).ok()
}

/// The answer to a request that fails outside of GraphQL.
pub fn failure(error: &Error) -> Response {
    let status = status_of_code(error.code()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut answer = (status, Json(Body::of(&refused(&error.clone().into())))).into_response();
    if let Some(seconds) = error.retry_after() {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if is_before_body(status) {
        // Otherwise the server would read the rest of the body as the next request.
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// Whether the server may answer with this status before it has read the whole body.
fn is_before_body(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_TIMEOUT
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::URI_TOO_LONG
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    )
}

/// The refusal of a mutation or subscription by GET: a link must not have side effects.
pub fn not_by_get() -> Response {
    let message = "Only queries are answered by GET. POST mutations; subscribe at /graphql/ws or /graphql/stream.";
    let mut answer = failure(&Error::invalid(Code::MethodNotAllowed, message));
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    answer
}

/// Gives every error its code. Of several errors before execution only the first one stays.
pub fn finish(mut response: GraphqlResponse) -> GraphqlResponse {
    if failed_before_execution(&response) {
        response.errors.truncate(1);
    }
    for error in &mut response.errors {
        give_code(error);
    }
    response
}

/// Whether the request failed before its execution.
pub fn failed_before_execution(response: &GraphqlResponse) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// The answer to a request that is not executed.
pub fn refused(refusal: &Refusal) -> GraphqlResponse {
    let mut error = ServerError::new(refusal.error.to_string(), refusal.at);
    set_code(&mut error, &refusal.error);
    GraphqlResponse::from_errors(vec![error])
}

/// Sets `extensions.code` of an error. No other function does.
fn give_code(error: &mut ServerError) {
    if error.extensions.as_ref().is_some_and(|extensions| extensions.get("code").is_some()) {
        return;
    }
    if let Some(ours) = error.source.as_ref().and_then(|source| source.downcast_ref::<Error>()).cloned() {
        let (ours, path) = ours.parts();
        if !error.path.is_empty() && !path.is_empty() {
            error.path = path.iter().map(segment).collect();
        }
        set_code(error, ours);
        if matches!(ours, Error::Invalid { .. }) {
            // For tools that do not know our codes: it is the caller's error.
            error.extensions.get_or_insert_default().set("classification", "ValidationError");
        }
        return;
    }
    // The message is the engine's own. The engine gets valid documents only, so just one error is expected: a variable
    // is null where a default would otherwise apply (specification, 5.8.5).
    if !error.message.contains("found null.") {
        let ours = Error::internal(format!("the engine refused a valid document: {}", error.message));
        error.message = ours.to_string();
        return set_code(error, &ours);
    }
    tracing::debug!(message = error.message, "the engine refused an argument");
    error.message = "A variable is null where a value is needed. Leave it out, and the default holds.".into();
    set_code(error, &Error::invalid(Code::BadUserInput, ""));
    error.extensions.get_or_insert_default().set("classification", "ValidationError");
}

fn segment(step: &Step) -> PathSegment {
    match step {
        Step::Field(name) => PathSegment::Field(name.clone()),
        Step::Item(index) => PathSegment::Index(*index),
    }
}

fn set_code(error: &mut ServerError, ours: &Error) {
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", ours.code().as_str());
    if let Some(seconds) = ours.retry_after() {
        extensions.set("retryAfter", seconds);
    }
    if let Some(cursor) = ours.resume_after() {
        extensions.set("after", cursor);
    }
}
