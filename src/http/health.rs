//! Whether the process lives, and whether it can answer.

use std::time::Duration;

use axum::{extract::State, http::StatusCode};

use super::App;

const PATIENCE: Duration = Duration::from_secs(1);

/// 200 as long as the process runs. Never touches the database: a slow database is no reason to restart the server.
pub async fn live() -> &'static str {
    "alive\n"
}

/// 200 if the database answers within a second, else 503: send requests elsewhere.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match tokio::time::timeout(PATIENCE, app.db.ping()).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
