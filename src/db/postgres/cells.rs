//! Rows as sqlx has them of PostgreSQL, their values in its binary form.

use chrono::NaiveDate;
use sea_orm::sqlx::{
    Decode, Row, TypeInfo, ValueRef,
    postgres::{PgRow, PgValueRef},
};
use serde::de::{Visitor, value::Error as Cause};

use crate::db::row::{Cells, as_cause};

/// From when PostgreSQL counts: 1 January 2000, in microseconds as Unix counts them.
const EPOCH: i64 = 946_684_800_000_000;

impl Cells for PgRow {
    fn show<'de, V: Visitor<'de>>(&self, column: usize, visitor: V) -> Result<V::Value, Cause> {
        let value = self.try_get_raw(column).map_err(as_cause)?;
        if value.is_null() {
            return visitor.visit_unit();
        }
        match value.type_info().name() {
            "TEXT" => visitor.visit_str(value.as_str().map_err(as_cause)?),
            "UUID" => visitor.visit_bytes(value.as_bytes().map_err(as_cause)?),
            "INT4" | "INT8" => visitor.visit_i64(decode(value)?),
            "FLOAT8" => visitor.visit_f64(decode(value)?),
            "DATE" => visitor.visit_string(decode::<NaiveDate>(value)?.to_string()),
            "TIMESTAMPTZ" => {
                let at = value.as_bytes().map_err(as_cause)?.try_into().map(i64::from_be_bytes).map_err(as_cause)?;
                visitor.visit_i64(at.saturating_add(EPOCH))
            }
            other => Err(as_cause(format_args!("nothing reads {other}"))),
        }
    }

    fn is_null(&self, column: usize) -> Result<bool, Cause> {
        Ok(self.try_get_raw(column).map_err(as_cause)?.is_null())
    }

    fn boolean(&self, column: usize) -> Result<bool, Cause> {
        decode(self.try_get_raw(column).map_err(as_cause)?)
    }

    fn text(&self, column: usize) -> Result<&str, Cause> {
        self.try_get_raw(column).map_err(as_cause)?.as_str().map_err(as_cause)
    }
}

fn decode<'r, T: Decode<'r, sea_orm::sqlx::Postgres>>(value: PgValueRef<'r>) -> Result<T, Cause> {
    T::decode(value).map_err(as_cause)
}
