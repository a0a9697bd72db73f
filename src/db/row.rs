//! Reads a row in the order of its columns. Each field of a struct takes the next column. The parts of a tuple are keys
//! or structs, one after the other; the last one may be an optional struct. SeaORM reads by the names of the columns,
//! which takes several times as long.

use std::fmt::{self, Display};

use serde::{
    Deserializer,
    de::{
        self, DeserializeOwned, DeserializeSeed, SeqAccess, Visitor,
        value::{Error as Cause, StrDeserializer},
    },
    forward_to_deserialize_any,
};

use super::columns::Columns;

/// A row of a database's driver.
pub trait Cells {
    /// A value of the row.
    type Cell<'a>: Cell
    where
        Self: 'a;
    /// The value of a column.
    fn cell(&self, column: usize) -> Result<Self::Cell<'_>, Cause>;
}

/// A value of a row.
pub trait Cell {
    /// Whether it is null.
    fn is_null(&self) -> bool;
    /// Gives the value to the visitor. A null is a unit.
    fn show<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause>;
    /// The value as a boolean.
    fn boolean(self) -> Result<bool, Cause>;
    /// The value as a text.
    fn text(&self) -> Result<&str, Cause>;
}

/// A column whose value has another type than expected.
#[derive(Debug)]
pub struct Unreadable {
    /// Its number, from 0.
    pub column: usize,
    cause: Cause,
}

impl Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.cause)
    }
}

impl std::error::Error for Unreadable {}

/// Makes a value of a row of which these columns were read. If the value is a tuple, `columns` are those of its last
/// part. The other parts have all columns.
pub fn read<R: DeserializeOwned>(row: &impl Cells, columns: Columns) -> Result<R, Unreadable> {
    let mut walk = Walk { row, columns, next: 0 };
    R::deserialize(&mut walk).map_err(|cause| Unreadable { column: walk.next.saturating_sub(1), cause })
}

/// A driver's error as an error of serde.
pub fn as_cause(error: impl Display) -> Cause {
    de::Error::custom(error)
}

/// The columns of a row from `next` on.
struct Walk<'a, C> {
    row: &'a C,
    columns: Columns,
    next: usize,
}

impl<'a, C: Cells> Walk<'a, C> {
    fn take(&mut self) -> Result<Value<C::Cell<'a>>, Cause> {
        self.next += 1;
        self.row.cell(self.next - 1).map(Value)
    }
}

impl<'de, C: Cells> Deserializer<'de> for &mut Walk<'_, C> {
    type Error = Cause;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        self.take()?.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Cause> {
        let columns = self.columns;
        visitor.visit_seq(Fields { walk: self, columns, place: 0, end: fields.len() })
    }

    // The last part of a tuple, if it is the row of another table that may be missing. Then all its columns are null, of
    // which the first is the key.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        if self.row.cell(self.next)?.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: usize,
        visitor: V,
    ) -> Result<V::Value, Cause> {
        self.deserialize_tuple(fields, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, fields: usize, visitor: V) -> Result<V::Value, Cause> {
        let last = std::mem::replace(&mut self.columns, Columns::ALL);
        visitor.visit_seq(TupleParts { walk: self, last, left: fields })
    }

    // So that a UUID is read from its sixteen bytes, and not from text.
    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq map enum
        identifier ignored_any
    }
}

/// The value of a column.
struct Value<C>(C);

impl<'de, C: Cell> Deserializer<'de> for Value<C> {
    type Error = Cause;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        self.0.show(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        visitor.visit_bool(self.0.boolean()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Cause> {
        visitor.visit_enum(StrDeserializer::new(self.0.text()?))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Cause> {
        visitor.visit_newtype_struct(self)
    }

    // So that a UUID is read from its sixteen bytes, and not from text.
    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map
        struct identifier ignored_any
    }
}

/// The fields of a struct. The fields of columns that were not read are empty.
struct Fields<'w, 'a, C> {
    walk: &'w mut Walk<'a, C>,
    columns: Columns,
    place: usize,
    end: usize,
}

impl<'de, C: Cells> SeqAccess<'de> for Fields<'_, '_, C> {
    type Error = Cause;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Cause> {
        if self.place == self.end {
            return Ok(None);
        }
        self.place += 1;
        let is_read = self.columns.has(self.place - 1);
        if is_read { seed.deserialize(self.walk.take()?) } else { seed.deserialize(Unread) }.map(Some)
    }
}

/// The parts of a tuple: keys or structs. Of the last part, maybe not all columns were read.
struct TupleParts<'w, 'a, C> {
    walk: &'w mut Walk<'a, C>,
    last: Columns,
    left: usize,
}

impl<'de, C: Cells> SeqAccess<'de> for TupleParts<'_, '_, C> {
    type Error = Cause;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Cause> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        if self.left == 0 {
            self.walk.columns = self.last;
        }
        seed.deserialize(&mut *self.walk).map(Some)
    }
}

/// The empty value for a column that was not read. Each type has its own.
struct Unread;

impl<'de> Deserializer<'de> for Unread {
    type Error = Cause;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        visitor.visit_i64(0)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        visitor.visit_bool(false)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        visitor.visit_str("")
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        visitor.visit_bytes(&[0; 16])
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        visitor.visit_none()
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Cause> {
        visitor.visit_enum(StrDeserializer::new(variants.first().copied().unwrap_or_default()))
    }

    // So that a UUID is read from its sixteen bytes, and not from text.
    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str byte_buf unit unit_struct newtype_struct seq tuple tuple_struct map
        struct identifier ignored_any
    }
}
