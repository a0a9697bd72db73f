//! The GraphQL over HTTP specification: how requests are read and answers are written.

use axum::{
    body::Bytes,
    extract::{Query, Request, State, rejection::QueryRejection},
    http::HeaderMap,
    response::Response,
};
use futures_util::future::join_all;
use serde_json::Value;

use super::{
    App,
    client::Client,
    event_stream,
    media::Accepted,
    operation::{self, Prepared},
    playground,
    request::{Incoming, Parameters, incoming, read},
    response::{answer, failure, finished, json, not_by_get, refused},
    response_cache::Answer,
    unread::{Answered, Room},
    validators,
};
use crate::error::{Code, Error, Result};

/// A query in the URL. A browser that asks for a page gets the playground.
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
            Answer::Cached(cached, room) => {
                let body = room.hold(cached.body.clone());
                validators::tagged(&headers, cached.hints, cached.etag(), finished(accepted, body))
            }
            Answer::Fresh(answered) => {
                let Answered { response, room } = *answered;
                let hints = response.errors.is_empty().then_some(response.cache_control);
                validators::cached(&headers, hints, answer(accepted, &response, room)).await
            }
        },
    }
}

/// A request, or a list of requests, in the body.
pub async fn post(State(app): State<App>, client: Client, request: Request) -> Response {
    let accepted = Accepted::by(request.headers());
    if accepted.prefers_event_stream() {
        return event_stream::post(State(app), client, request).await;
    }
    match read(&app, &client, request).await {
        Ok(Value::Array(batch)) => answer_all(&app, &client, accepted, batch).await,
        Ok(single) => match respond(&app, &client, single).await {
            Answer::Cached(cached, room) => finished(accepted, room.hold(cached.body.clone())),
            Answer::Fresh(answered) => answer(accepted, &answered.response, answered.room),
        },
        Err(error) => failure(&error),
    }
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
        Answer::Cached(cached, room) => Ok((cached.body.clone(), room)),
        Answer::Fresh(answered) => {
            let Answered { response, mut room } = *answered;
            let body = json(&response)?;
            room.fit(body.len());
            Ok((body, room))
        }
    }
}
