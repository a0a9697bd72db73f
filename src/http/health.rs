//! Liveness and readiness.

use axum::{extract::State, http::StatusCode};

use super::App;

/// 200 as long as the process runs. It never touches the database, since a slow database is no reason to restart the
/// server.
pub async fn live() -> &'static str {
    "alive\n"
}

/// 200 if the database returns a row within a second; else 503 with the reason, and load balancers send requests
/// elsewhere.
pub async fn ready(State(app): State<App>) -> (StatusCode, String) {
    match app.db.ready().await {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}
