//! How the databases write values: literals inside statements, and texts that both can store.

use sea_orm::DbBackend;

/// A literal instant inside a statement, in the text in which the database stores it.
#[must_use]
pub fn instant_literal(backend: DbBackend, instant: &str) -> String {
    if backend == DbBackend::Postgres { format!("'{instant}'::timestamptz") } else { format!("'{instant}'") }
}

/// A literal date inside a statement.
#[must_use]
pub fn date_literal(backend: DbBackend, date: &str) -> String {
    if backend == DbBackend::Postgres { format!("'{date}'::date") } else { format!("'{date}'") }
}

/// Can both databases store this text? PostgreSQL has no NUL character. A statement with one fails for all requests
/// that share the statement.
#[must_use]
pub fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}
