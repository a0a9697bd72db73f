//! Rows as rusqlite has them.

use rusqlite::{Row, types::ValueRef};
use serde::de::{Visitor, value::Error as Cause};

use crate::db::row::{Cells, as_cause};

impl Cells for Row<'_> {
    fn show<'de, V: Visitor<'de>>(&self, column: usize, visitor: V) -> Result<V::Value, Cause> {
        match self.get_ref(column).map_err(as_cause)? {
            ValueRef::Null => visitor.visit_unit(),
            ValueRef::Integer(value) => visitor.visit_i64(value),
            ValueRef::Real(value) => visitor.visit_f64(value),
            ValueRef::Text(text) => visitor.visit_str(std::str::from_utf8(text).map_err(as_cause)?),
            ValueRef::Blob(bytes) => visitor.visit_bytes(bytes),
        }
    }

    fn is_null(&self, column: usize) -> Result<bool, Cause> {
        Ok(self.get_ref(column).map_err(as_cause)? == ValueRef::Null)
    }

    fn boolean(&self, column: usize) -> Result<bool, Cause> {
        Ok(self.get_ref(column).map_err(as_cause)?.as_i64().map_err(as_cause)? != 0)
    }

    fn text(&self, column: usize) -> Result<&str, Cause> {
        self.get_ref(column).map_err(as_cause)?.as_str().map_err(as_cause)
    }
}
