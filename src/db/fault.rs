//! What the errors of the drivers mean, and which [`Error`] each becomes.

use sea_orm::{DbErr, RuntimeErr, sqlx};

use crate::error::Error;

impl From<DbErr> for Error {
    /// No text of a database error reaches a client, because it has SQL in it.
    fn from(cause: DbErr) -> Self {
        match cause {
            DbErr::ConnectionAcquire(_) => {
                tracing::warn!(%cause, "no database connection in time");
                Self::Unavailable
            }
            cause if is_transient(&cause) => {
                tracing::warn!(%cause, "a transaction lost a race");
                Self::Unavailable
            }
            cause if is_gone(&cause) => {
                tracing::warn!(%cause, "the database is away");
                Self::Unavailable
            }
            cause if is_timeout(&cause) => {
                tracing::warn!(%cause, "a statement took too long");
                Self::Timeout
            }
            cause => match (taken(&cause), storage(&cause)) {
                (Some(columns), _) => {
                    tracing::warn!(%cause, "another row has this value already");
                    Self::Taken(columns)
                }
                (None, fault) => {
                    let error = Self::internal(cause);
                    fault.map_or(error, Self::Storage)
                }
            },
        }
    }
}

/// Which columns have a value already that only one row may have: `events.slug`.
fn taken(error: &DbErr) -> Option<String> {
    let cause = cause_of(error)?.as_database_error().filter(|cause| cause.is_unique_violation())?;
    // PostgreSQL names the index, which is named after its table and columns. SQLite names the columns in its message.
    let index = cause.constraint().zip(cause.table());
    let columns = index.map(|(index, table)| format!("{table}.{}", index.trim_start_matches(table).trim_matches('_')));
    columns.or_else(|| Some(cause.message().rsplit_once(": ")?.1.to_owned()))
}

/// Did the database give up on a statement that ran too long?
fn is_timeout(error: &DbErr) -> bool {
    // PostgreSQL: query canceled. SQLite: interrupt.
    matches!(code_of(error).as_deref(), Some("57014" | "9"))
}

/// Can the same transaction succeed when it is tried again?
pub(crate) fn is_transient(error: &DbErr) -> bool {
    // PostgreSQL: serialization failure, deadlock. SQLite: busy, busy snapshot.
    matches!(code_of(error).as_deref(), Some("40001" | "40P01" | "5" | "517"))
}

/// Did the network or the database's server end the connection, or refuse one? Then nothing is wrong with the
/// statement.
pub(crate) fn is_gone(error: &DbErr) -> bool {
    // PostgreSQL: it stops, was killed or starts; it has too many connections; class 08: the connection broke.
    let is_told =
        |code: String| matches!(code.as_str(), "57P01" | "57P02" | "57P03" | "53300") || code.starts_with("08");
    match cause_of(error) {
        Some(sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) => true,
        // No connection could be made, whatever the cause.
        Some(_) if matches!(error, DbErr::Conn(_)) => storage(error).is_none(),
        _ => code_of(error).is_some_and(is_told),
    }
}

/// What is wrong with the storage of the database, if that is the cause of the error. Later writes fail, too.
pub(super) fn storage(error: &DbErr) -> Option<&'static str> {
    let code = code_of(error)?;
    match code.as_str() {
        "53100" => return Some(FULL),
        "58030" => return Some(FAILS),
        "25006" => return Some(READ_ONLY),
        "XX001" | "XX002" => return Some(DAMAGED),
        // The codes of PostgreSQL have five letters, those of SQLite up to four.
        code if code.len() > 4 => return None,
        _ => {}
    }
    // The lower byte is the error. The other bytes are its details.
    match code.parse::<u32>().ok()? & 0xff {
        8 => Some(READ_ONLY),
        10 => Some(FAILS),
        11 => Some(DAMAGED),
        13 => Some(FULL),
        14 => Some("it cannot be opened"),
        26 => Some("it is no database"),
        _ => None,
    }
}

const FULL: &str = "its disk is full";
const FAILS: &str = "its disk cannot be read or written";
const READ_ONLY: &str = "it can only be read";
const DAMAGED: &str = "it is damaged";

pub(super) fn cause_of(error: &DbErr) -> Option<&sqlx::Error> {
    let (DbErr::Exec(cause) | DbErr::Query(cause) | DbErr::Conn(cause)) = error else { return None };
    match cause {
        RuntimeErr::SqlxError(cause) => Some(cause),
        RuntimeErr::Internal(_) => None,
    }
}

/// The code that the database gave its error.
pub(super) fn code_of(error: &DbErr) -> Option<String> {
    cause_of(error)?.as_database_error()?.code().map(Into::into)
}
