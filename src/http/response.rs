//! Responses as clients get them: their errors with codes, their JSON, their status and headers.

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

/// An answer whose JSON is written already.
pub fn finished(accepted: Accepted, json: Bytes) -> Response {
    with_media_type(accepted.answer(), Response::new(json.into()))
}

/// A GraphQL response. What failed before execution is a 4xx for clients that accept the media type of the specification;
/// older ones expect 200, unless it was not even a request.
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

/// A response as JSON. The specification wants no `data` where nothing was executed.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Body<'a> {
    /// Data, perhaps with errors.
    Executed(&'a GraphqlResponse),
    /// Nothing was executed.
    Refused {
        /// Why.
        errors: &'a [ServerError],
    },
}

impl<'a> Body<'a> {
    /// The form of this response.
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

/// The status of errors that have one of their own, whatever the client accepts.
fn status_of_code(code: Code) -> Option<StatusCode> {
    StatusCode::from_u16(code.status()?).ok()
}

/// A request that is answered without GraphQL ever seeing it.
pub fn failure(error: &Error) -> Response {
    let status = status_of_code(error.code()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut answer = (status, Json(Body::of(&refused(&error.clone().into())))).into_response();
    if let Some(seconds) = error.retry_after() {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if is_before_body(status) {
        // What is left of the body would be read as the next request.
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// Whether this status is answered while the body of the request may still be on its way.
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

/// A link must not have effects.
pub fn not_by_get() -> Response {
    let message = "Only queries are answered by GET. POST mutations; subscribe at /graphql/ws or /graphql/stream.";
    let mut answer = failure(&Error::invalid(Code::MethodNotAllowed, message));
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    answer
}

/// Every error gets its code; of those that kept a request from being executed, the first one is enough.
pub fn finish(mut response: GraphqlResponse) -> GraphqlResponse {
    if failed_before_execution(&response) {
        response.errors.truncate(1);
    }
    for error in &mut response.errors {
        give_code(error);
    }
    response
}

/// Whether nothing was executed.
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

/// Every error carries `extensions.code`; here is the one place that sets it.
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
            // For tools that do not know our codes: the caller can mend it.
            error.extensions.get_or_insert_default().set("classification", "ValidationError");
        }
        return;
    }
    // The words of the engine, which is handed valid documents only. What is left to it: a variable may be null where a
    // default would stand for it (specification, 5.8.5).
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
