//! Rows of PostgreSQL, read from sqlx in PostgreSQL's binary format.

use chrono::NaiveDate;
use sea_orm::sqlx::{
    Decode, Row, TypeInfo, ValueRef,
    postgres::{PgRow, PgValueRef},
};
use serde::de::{Visitor, value::Error as Cause};

use crate::db::row::{Cell, Cells, as_cause};

/// PostgreSQL counts time from 1 January 2000. This is that moment in microseconds of Unix time.
const EPOCH: i64 = 946_684_800_000_000;

impl Cells for PgRow {
    type Cell<'a> = PgValueRef<'a>;

    fn cell(&self, column: usize) -> Result<PgValueRef<'_>, Cause> {
        self.try_get_raw(column).map_err(as_cause)
    }
}

impl Cell for PgValueRef<'_> {
    fn is_null(&self) -> bool {
        ValueRef::is_null(self)
    }

    fn show<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        if ValueRef::is_null(&self) {
            return visitor.visit_unit();
        }
        match self.type_info().name() {
            "TEXT" => visitor.visit_str(self.as_str().map_err(as_cause)?),
            "UUID" => visitor.visit_bytes(self.as_bytes().map_err(as_cause)?),
            "INT4" | "INT8" => visitor.visit_i64(decode(self)?),
            "FLOAT8" => visitor.visit_f64(decode(self)?),
            "DATE" => visitor.visit_string(decode::<NaiveDate>(self)?.to_string()),
            "TIMESTAMPTZ" => {
                let at = self.as_bytes().map_err(as_cause)?.try_into().map(i64::from_be_bytes).map_err(as_cause)?;
                visitor.visit_i64(at.saturating_add(EPOCH))
            }
            other => Err(as_cause(format_args!("nothing reads {other}"))),
        }
    }

    fn boolean(self) -> Result<bool, Cause> {
        decode(self)
    }

    fn text(&self) -> Result<&str, Cause> {
        self.as_str().map_err(as_cause)
    }
}

fn decode<'r, T: Decode<'r, sea_orm::sqlx::Postgres>>(value: PgValueRef<'r>) -> Result<T, Cause> {
    T::decode(value).map_err(as_cause)
}
