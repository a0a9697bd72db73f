//! Whether the process lives, and whether it can answer.

use axum::{extract::State, http::StatusCode};

use super::App;

/// 200 as long as the process runs. Never touches the database: a slow database is no reason to restart the server.
pub async fn live() -> &'static str {
    "alive\n"
}

/// 200 if the database gives a row within a second, else 503 and why: send requests elsewhere.
pub async fn ready(State(app): State<App>) -> (StatusCode, String) {
    match app.db.ready().await {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}
