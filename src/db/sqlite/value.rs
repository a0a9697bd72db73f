//! Values of SeaORM's statements as SQLite stores them. They must be the same as those that sqlx writes, because SQLite
//! compares text byte by byte.

use chrono::SecondsFormat;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use sea_orm::Value;

/// A value of a statement.
pub struct Bound<'a>(pub &'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let null = ToSqlOutput::Borrowed(ValueRef::Null);
        Ok(match self.0 {
            Value::Bool(value) => value.map_or(null, Into::into),
            Value::Int(value) => value.map_or(null, Into::into),
            Value::BigInt(value) => value.map_or(null, Into::into),
            // LIMIT has this type.
            Value::BigUnsigned(value) => value.and_then(|value| i64::try_from(value).ok()).map_or(null, Into::into),
            Value::Double(value) => value.map_or(null, Into::into),
            Value::String(value) => value.as_deref().map_or(null, Into::into),
            Value::Uuid(value) => value.as_ref().map_or(null, |value| value.as_bytes().as_slice().into()),
            Value::ChronoDate(value) => value.map_or(null, |value| value.to_string().into()),
            Value::ChronoDateTimeUtc(value) => {
                value.map_or(null, |value| value.to_rfc3339_opts(SecondsFormat::AutoSi, false).into())
            }
            other => return Err(rusqlite::Error::ToSqlConversionFailure(format!("no column holds {other:?}").into())),
        })
    }
}
