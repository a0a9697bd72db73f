//! Rows of SQLite, read from rusqlite.

use rusqlite::{
    Row,
    types::{FromSql, ValueRef},
};
use serde::de::{Visitor, value::Error as Cause};

use crate::db::row::{Cell, Cells, as_cause};

impl Cells for Row<'_> {
    type Cell<'a>
        = ValueRef<'a>
    where
        Self: 'a;

    fn cell(&self, column: usize) -> Result<ValueRef<'_>, Cause> {
        self.get_ref(column).map_err(as_cause)
    }
}

impl Cell for ValueRef<'_> {
    fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    fn show<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Integer(value) => visitor.visit_i64(value),
            Self::Real(value) => visitor.visit_f64(value),
            Self::Text(text) => visitor.visit_str(std::str::from_utf8(text).map_err(as_cause)?),
            Self::Blob(bytes) => visitor.visit_bytes(bytes),
        }
    }

    fn boolean(self) -> Result<bool, Cause> {
        bool::column_result(self).map_err(as_cause)
    }

    fn text(&self) -> Result<&str, Cause> {
        self.as_str().map_err(as_cause)
    }
}
