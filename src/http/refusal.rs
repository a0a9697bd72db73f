//! Answers to requests that GraphQL never sees, in the form of its errors.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::error::Error;

/// A status and one error with its code.
pub fn refuse(status: StatusCode, error: &Error) -> Response {
    let errors =
        serde_json::json!({ "errors": [{ "message": error.to_string(), "extensions": { "code": error.code() } }] });
    (status, Json(errors)).into_response()
}
