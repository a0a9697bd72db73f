//! A row, read in the order of its columns: each field of a struct takes the next one, and structs within go on from there.
//! SeaORM reads by the names of the columns, which takes several times as long.

use std::fmt::{self, Display};

use serde::{
    Deserializer,
    de::{
        self, DeserializeOwned, DeserializeSeed, SeqAccess, Visitor,
        value::{Error as Cause, StrDeserializer},
    },
    forward_to_deserialize_any,
};

/// A row as its database's driver has it.
pub trait Cells {
    /// Shows what a column holds; a null as a unit.
    fn show<'de, V: Visitor<'de>>(&self, column: usize, visitor: V) -> Result<V::Value, Cause>;
    /// Whether it holds nothing.
    fn is_null(&self, column: usize) -> Result<bool, Cause>;
    /// What a column of booleans holds.
    fn boolean(&self, column: usize) -> Result<bool, Cause>;
    /// What a column of texts holds.
    fn text(&self, column: usize) -> Result<&str, Cause>;
}

/// A column that does not hold what was expected.
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

/// What this row becomes.
pub fn read<R: DeserializeOwned>(row: &impl Cells) -> Result<R, Unreadable> {
    let mut columns = Columns { row, next: 0 };
    R::deserialize(&mut columns).map_err(|cause| Unreadable { column: columns.next.saturating_sub(1), cause })
}

/// A driver's error as one of serde's.
pub fn as_cause(error: impl Display) -> Cause {
    de::Error::custom(error)
}

/// The columns from `next` on.
struct Columns<'a, C> {
    row: &'a C,
    next: usize,
}

impl<C> Columns<'_, C> {
    fn take(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }
}

impl<'de, C: Cells> Deserializer<'de> for &mut Columns<'_, C> {
    type Error = Cause;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        self.row.show(self.take(), visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        visitor.visit_bool(self.row.boolean(self.take())?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        let column = self.take();
        if self.row.is_null(column)? {
            return visitor.visit_none();
        }
        self.next = column;
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Cause> {
        visitor.visit_enum(StrDeserializer::new(self.row.text(self.take())?))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Cause> {
        self.deserialize_tuple(fields.len(), visitor)
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
        visitor.visit_seq(Fields { columns: self, left: fields })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Cause> {
        visitor.visit_newtype_struct(self)
    }

    // Keys are sixteen bytes.
    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct seq map identifier ignored_any
    }
}

/// So many fields of a struct, from the next column on.
struct Fields<'c, 'a, C> {
    columns: &'c mut Columns<'a, C>,
    left: usize,
}

impl<'de, C: Cells> SeqAccess<'de> for Fields<'_, '_, C> {
    type Error = Cause;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Cause> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.columns).map(Some)
    }
}
