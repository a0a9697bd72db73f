//! GraphQL over HTTP (the specification of that name): how requests come in and answers go out.

use async_graphql::{Response as GraphqlResponse, ServerError};
use axum::{
    Json,
    body::{Bytes, HttpBody},
    extract::{Query, Request, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::future::join_all;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    App,
    answer_cache::Answer,
    client::Client,
    event_stream, fair_use,
    media::{self, Accepted},
    operation::{self, Incoming, Prepared, bad_request, failed_before_execution, refused},
    playground,
    unread::{Answered, Room},
    validators,
};
use crate::error::{Code, Error, Result};

/// The parameters of a GET; each is a text, JSON where it is an object.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameters {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
    document_id: Option<String>,
}

impl Parameters {
    fn incoming(self) -> Result<Incoming> {
        let object = |name: &str, text: Option<String>| match text.filter(|text| !text.is_empty()) {
            None => Ok(Value::Null),
            Some(text) => serde_json::from_str(&text)
                .map_err(|_| bad_request(&format!("The parameter `{name}` is not a JSON object."))),
        };
        let fields = [
            ("query", self.query.into()),
            ("operationName", self.operation_name.into()),
            ("variables", object("variables", self.variables)?),
            ("extensions", object("extensions", self.extensions)?),
            ("documentId", self.document_id.into()),
        ];
        Incoming::from_json(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

/// The request that the parameters of a GET are.
pub fn incoming(parameters: Result<Query<Parameters>, QueryRejection>) -> Result<Incoming> {
    match parameters {
        Ok(Query(parameters)) => parameters.incoming(),
        Err(_) => Err(bad_request("The parameters cannot be read. Write each once, percent-encoded as UTF-8.")),
    }
}

/// A query in the address. A browser that asks for a page gets the playground.
pub async fn get(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Response {
    let accepted = Accepted::by(&headers);
    if accepted.prefers_event_stream() {
        return event_stream::get(State(app), client, headers, parameters).await;
    }
    if accepted.prefers_html() {
        return playground::page(&headers);
    }
    let found = match incoming(parameters) {
        Ok(incoming) => operation::find(&app, &client, incoming).await,
        Err(error) => Err(error.into()),
    };
    match found {
        Err(refusal) => validators::uncached(answer(accepted, &refused(&refusal), Room::default())),
        Ok(Prepared::Operation(operation)) if !operation.is_query() => not_by_get(),
        Ok(prepared) => match prepared.answer(&app).await {
            Answer::Kept(kept, room) => {
                let body = room.hold(kept.body.clone());
                validators::tagged(&headers, kept.hints, kept.etag(), finished(accepted, body))
            }
            Answer::Fresh(answered) => {
                let Answered { response, room } = *answered;
                let hints = response.errors.is_empty().then_some(response.cache_control);
                validators::cached(&headers, hints, answer(accepted, &response, room)).await
            }
        },
    }
}

/// A request, or a list of them, in the body.
pub async fn post(State(app): State<App>, client: Client, request: Request) -> Response {
    let accepted = Accepted::by(request.headers());
    if accepted.prefers_event_stream() {
        return event_stream::post(State(app), client, request).await;
    }
    match read(&app, &client, request).await {
        Ok(Value::Array(batch)) => answer_all(&app, &client, accepted, batch).await,
        Ok(single) => match respond(&app, &client, single).await {
            Answer::Kept(kept, room) => finished(accepted, room.hold(kept.body.clone())),
            Answer::Fresh(answered) => answer(accepted, &answered.response, answered.room),
        },
        Err(error) => failure(&error),
    }
}

/// The JSON of a body.
pub async fn read(app: &App, client: &Client, request: Request) -> Result<Value> {
    if !media::is_json(request.headers()) {
        let message = "Send the request as `Content-Type: application/json`, in UTF-8 and not compressed.";
        return Err(Error::invalid(Code::UnsupportedMediaType, message));
    }
    let too_large = || {
        let message = format!("The body is longer than {} bytes. Ask for less at a time.", app.config.body_limit);
        Error::invalid(Code::PayloadTooLarge, message)
    };
    // Before anything is read: whoever asks first (`Expect: 100-continue`) need not send it.
    if request.body().size_hint().lower() > app.config.body_limit as u64 {
        return Err(too_large());
    }
    let body = Limited::new(request.into_body(), app.config.body_limit).collect();
    let body = tokio::time::timeout(app.config.connections.body_timeout, body).await;
    let body = body.map_err(|_| Error::invalid(Code::BodyTimeout, "The body took too long to arrive."))?;
    let body = body.map_err(|error| {
        if error.is::<LengthLimitError>() { too_large() } else { bad_request("The body did not arrive whole.") }
    })?;
    let body = body.to_bytes();
    if let Err(error) = fair_use::take_for_reading(client, body.len()) {
        drop(body);
        fair_use::refuse(client).await;
        return Err(error);
    }
    serde_json::from_slice(&body).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        bad_request(&format!("The body is not JSON that can be read ({place}). Send an object with a string `query`."))
    })
}

async fn respond(app: &App, client: &Client, request: Value) -> Answer {
    let found = match Incoming::from_json(request) {
        Ok(incoming) => operation::find(app, client, incoming).await,
        Err(error) => Err(error.into()),
    };
    match found {
        Ok(Prepared::Operation(operation)) if operation.is_subscription() => {
            let message = "A subscription needs a stream: a WebSocket at /graphql/ws, or `Accept: text/event-stream`.";
            Answer::Fresh(Box::new(refused(&Error::invalid(Code::StreamRequired, message).into()).into()))
        }
        Ok(prepared) => prepared.answer(app).await,
        Err(refusal) => Answer::Fresh(Box::new(refused(&refusal).into())),
    }
}

async fn answer_all(app: &App, client: &Client, accepted: Accepted, batch: Vec<Value>) -> Response {
    if batch.is_empty() || batch.len() > app.config.batch_limit {
        let message = format!("A batch has 1 to {} requests; this one has {}.", app.config.batch_limit, batch.len());
        return failure(&Error::invalid(Code::BadBatch, message));
    }
    let answers = join_all(batch.into_iter().map(|request| written(app, client, request))).await;
    let (mut bodies, mut room) = (Vec::new(), Room::default());
    for answer in answers {
        match answer {
            Ok((body, its)) => {
                bodies.push(body);
                room.join(its);
            }
            Err(error) => return failure(&error),
        }
    }
    finished(accepted, room.hold([b"[", bodies.join(&b","[..]).as_slice(), b"]"].concat().into()))
}

/// The JSON of an answer, and its room.
async fn written(app: &App, client: &Client, request: Value) -> Result<(Bytes, Room)> {
    match respond(app, client, request).await {
        Answer::Kept(kept, room) => Ok((kept.body.clone(), room)),
        Answer::Fresh(answered) => {
            let Answered { response, mut room } = *answered;
            let body = json(&response)?;
            room.fit(body.len());
            Ok((body, room))
        }
    }
}

/// The JSON of a response.
pub fn json(response: &GraphqlResponse) -> Result<Bytes> {
    serde_json::to_vec(&Body::of(response)).map(Bytes::from).map_err(Error::internal)
}

/// An answer whose JSON is written already.
fn finished(accepted: Accepted, json: Bytes) -> Response {
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
        async_graphql::Value::String(code) => Code::from_text(code),
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
