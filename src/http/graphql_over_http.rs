//! GraphQL over HTTP (the specification of that name): how requests come in and answers go out.

use async_graphql::{Request, Response as GraphqlResponse, ServerError, Value, Variables, parser::parse_query};
use axum::{
    Json,
    body::Bytes,
    extract::{
        Query, State,
        rejection::{BytesRejection, QueryRejection},
    },
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::DurationRound;
use serde::Deserialize;

use super::{App, BODY_LIMIT, playground};
use crate::{
    error::Error,
    graphql::{context::RequestContext, limits, loader::RequestLoaders},
};

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

/// A request, as the body of a POST or as the query of a GET.
#[derive(Deserialize)]
pub struct Operation<V> {
    query: String,
    #[serde(rename = "operationName")]
    name: Option<String>,
    variables: Option<V>,
}

/// A query in the address. A browser that asks for a page gets the playground.
pub async fn get(
    State(app): State<App>,
    headers: HeaderMap,
    parameters: Result<Query<Operation<String>>, QueryRejection>,
) -> Response {
    if accepts(&headers, "text/html") {
        return playground::page().await;
    }
    let Ok(Query(operation)) = parameters else {
        return failure(&bad_request("Pass the GraphQL document as the parameter `query`, or POST it as JSON."));
    };
    match operation.variables.as_deref().map(serde_json::from_str).transpose() {
        Ok(variables) => {
            let Operation { query, name, .. } = operation;
            execute(app, &headers, Operation { query, name, variables }).await
        }
        Err(_) => failure(&bad_request("The parameter `variables` is not a JSON object.")),
    }
}

/// A request in the body.
pub async fn post(State(app): State<App>, headers: HeaderMap, body: Result<Bytes, BytesRejection>) -> Response {
    if !is_json(&headers) {
        let error = Error::invalid("UNSUPPORTED_MEDIA_TYPE", "Send the request as `Content-Type: application/json`.");
        return failure(&error);
    }
    let Ok(body) = body else {
        let message = format!("The body is longer than {} KiB, or did not arrive whole.", BODY_LIMIT / 1024);
        return failure(&Error::invalid("PAYLOAD_TOO_LARGE", message));
    };
    match serde_json::from_slice(&body) {
        Ok(operation) => execute(app, &headers, operation).await,
        Err(error) => {
            let place = format!("line {}, column {}", error.line(), error.column());
            let message = format!("The body is not a JSON object with a string `query` ({place}).");
            failure(&bad_request(&message))
        }
    }
}

async fn execute(
    app: App,
    headers: &HeaderMap,
    operation: Operation<serde_json::Map<String, serde_json::Value>>,
) -> Response {
    let loaders = RequestLoaders::new(&app.loaders);
    let now = app.clock.now();
    let now = now.duration_trunc(chrono::TimeDelta::seconds(1)).unwrap_or(now);
    let document = match parse_query(&operation.query) {
        Ok(document) => document,
        Err(error) => return answer(headers, GraphqlResponse::from_errors(vec![parse_error(error)])),
    };
    if let Err(error) = limits::check(&document) {
        return answer(headers, GraphqlResponse::from_errors(vec![refusal(&error)]));
    }
    let mut request = Request::new("")
        .variables(Variables::from_json(operation.variables.unwrap_or_default().into()))
        .data(RequestContext { loaders: loaders.clone(), now });
    request.set_parsed_query(document);
    request.operation_name = operation.name;
    let execution = loaders.drive(app.schema.execute(request));
    match tokio::time::timeout(app.request_timeout, execution).await {
        Ok(response) => answer(headers, response),
        Err(_) => failure(&Error::Timeout),
    }
}

fn refusal(error: &Error) -> ServerError {
    let mut refusal = ServerError::new(error.to_string(), None);
    refusal.extensions.get_or_insert_default().set("code", error.code());
    refusal
}

fn parse_error(error: impl Into<ServerError>) -> ServerError {
    let mut error = error.into();
    error.extensions.get_or_insert_default().set("code", "GRAPHQL_PARSE_FAILED");
    error
}

/// A well-formed GraphQL response. What failed before execution is a 400 for clients that accept the media type of the
/// specification; older ones expect 200 whatever happens.
fn answer(headers: &HeaderMap, mut response: GraphqlResponse) -> Response {
    let failed_before_execution = response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|e| e.path.is_empty());
    for error in &mut response.errors {
        give_code(error);
    }
    let modern = accepts(headers, GRAPHQL_RESPONSE);
    let status = if failed_before_execution && modern { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let media_type =
        if modern { "application/graphql-response+json; charset=utf-8" } else { "application/json; charset=utf-8" };
    let mut answer = if failed_before_execution {
        // The specification wants no `data` where nothing was executed.
        (status, Json(serde_json::json!({ "errors": response.errors }))).into_response()
    } else {
        (status, Json(response)).into_response()
    };
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    answer
}

/// Every error carries `extensions.code`; here is the one place that sets it.
fn give_code(error: &mut ServerError) {
    if error.extensions.as_ref().is_some_and(|extensions| extensions.get("code").is_some()) {
        return;
    }
    let code = match error.source.as_ref().and_then(|source| source.downcast_ref::<Error>()) {
        Some(error) => error.code(),
        None if error.path.is_empty() => "GRAPHQL_VALIDATION_FAILED",
        None => "BAD_USER_INPUT",
    };
    error.extensions.get_or_insert_default().set("code", code);
}

/// A request that is answered without GraphQL ever seeing it.
pub fn failure(error: &Error) -> Response {
    let status = match error {
        Error::Invalid { code: "UNSUPPORTED_MEDIA_TYPE", .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Error::Invalid { code: "PAYLOAD_TOO_LARGE", .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Error::Invalid { .. } => StatusCode::BAD_REQUEST,
        Error::Unavailable | Error::Timeout => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let errors =
        serde_json::json!({ "errors": [{ "message": error.to_string(), "extensions": { "code": error.code() } }] });
    (status, Json(errors)).into_response()
}

fn bad_request(message: &str) -> Error {
    Error::invalid("BAD_REQUEST", message)
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted
        .flat_map(|value| value.split(','))
        .any(|range| range.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media_type))
}
