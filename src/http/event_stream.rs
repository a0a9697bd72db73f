//! Server-sent events, in the mode of distinct connections of the GraphQL over SSE protocol: each answer is an event
//! `next`, the end an event `complete`. For clients that cannot open a WebSocket, and for `EventSource`.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    extract::{Query, Request, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{FutureExt, StreamExt, stream};
use tracing::Span;

use super::{
    App,
    client::Client,
    media::Accepted,
    operation::{self, Operation},
    request::{self, Incoming, Parameters, bad_request},
    response::{Body, answer, failed_before_execution, failure, not_by_get, refused},
    unread::{Answered, Room},
};
use crate::{
    error::{Code, Error, Result},
    graphql::limits::Refusal,
};

/// An operation in the URL; mutations are refused.
pub async fn get(
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Response {
    let incoming = request::incoming(parameters);
    match prepare(&app, &client, incoming).await {
        Ok(operation) if operation.is_query() || operation.is_subscription() => stream(&app, operation),
        Ok(_) => not_by_get(),
        Err(refusal) => refuse(Accepted::by(&headers), &refusal),
    }
}

/// An operation in the body.
pub async fn post(State(app): State<App>, client: Client, request: Request) -> Response {
    let accepted = Accepted::by(request.headers());
    let incoming = match request::read(&app, &client, request).await {
        Ok(serde_json::Value::Array(_)) => return failure(&bad_request("A stream answers one request, no batch.")),
        Ok(single) => Incoming::from_json(single),
        Err(error) => return failure(&error),
    };
    match prepare(&app, &client, incoming).await {
        Ok(operation) => stream(&app, operation),
        Err(refusal) => refuse(accepted, &refusal),
    }
}

async fn prepare(app: &App, client: &Client, incoming: Result<Incoming>) -> Result<Operation, Refusal> {
    operation::prepare(app, client, incoming?).await
}

/// An invalid document is an answer in the stream, as the protocol says. An error that has an HTTP status of its own is
/// answered before a stream begins.
fn refuse(accepted: Accepted, refusal: &Refusal) -> Response {
    let response = refused(refusal);
    let answer = answer(accepted, &response, Room::default());
    if answer.status().is_success() && failed_before_execution(&response) {
        let events = [next(&response).0, complete()].map(Ok::<_, std::convert::Infallible>);
        return with_headers(Sse::new(stream::iter(events)).into_response());
    }
    answer
}

fn stream(app: &App, operation: Operation) -> Response {
    let shutdown = app.shutdown.clone();
    // The execution runs while the stream is read, so it needs the request's span.
    let (span, mut answers) = (Span::current(), Box::pin(operation.stream(app)));
    let mut answers = stream::poll_fn(move |context| span.in_scope(|| answers.poll_next_unpin(context)));
    let is_over = Arc::new(AtomicBool::new(false));
    let life = app.config.streams.life(app.clock.new_id().as_u128());
    let over = tokio::time::sleep(life).map({
        let is_over = is_over.clone();
        move |()| is_over.store(true, Ordering::Relaxed)
    });
    // The next answer is asked for when the body of the previous event has been taken. Then its room is freed.
    let mut unread = Room::default();
    let answers = stream::poll_fn(move |context| {
        drop(std::mem::take(&mut unread));
        answers.poll_next_unpin(context).map(|answered| {
            let Answered { response, room } = answered?;
            let (event, bytes) = next(&response);
            unread = room;
            unread.fit(bytes);
            Some(event)
        })
    });
    let answers = answers.take_until(over);
    let end = stream::once(async move { is_over.load(Ordering::Relaxed) })
        .flat_map(|is_over| stream::iter(is_over.then(ended).into_iter().chain([complete()])));
    let events = answers.chain(end).map(Ok::<_, std::convert::Infallible>);
    let events = events.take_until(async move { shutdown.begun().await });
    let alive = KeepAlive::new().interval(app.config.streams.event_stream_ping);
    with_headers(Sse::new(events).keep_alive(alive).into_response())
}

/// An answer as an event, and its size in bytes.
fn next(response: &async_graphql::Response) -> (Event, usize) {
    let text = serde_json::to_string(&Body::of(response)).unwrap_or_default();
    let bytes = text.len();
    (Event::default().event("next").data(text), bytes)
}

/// The end of a stream that reached its longest life. Without it a client would never learn that it should connect
/// again.
fn ended() -> Event {
    let message =
        "The stream has lived as long as one may. Open another, and go on after the last `cursor` that you saw.";
    next(&refused(&Error::invalid(Code::StreamEnded, message).into())).0
}

/// It has data, because `EventSource` ignores events without any.
fn complete() -> Event {
    Event::default().event("complete").data("null")
}

/// Headers that keep proxies from caching or buffering the stream.
fn with_headers(mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    answer.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    answer.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    answer
}
