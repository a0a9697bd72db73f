//! A row, read in the order of its columns: each field of a struct takes the next one, and structs within go on from there.

use std::fmt::Display;

use rusqlite::{
    Row,
    types::{Type, ValueRef},
};
use serde::{
    Deserializer,
    de::{
        self, DeserializeOwned, DeserializeSeed, SeqAccess, Visitor,
        value::{Error as Cause, StrDeserializer},
    },
    forward_to_deserialize_any,
};

/// What this row becomes.
pub fn read<R: DeserializeOwned>(row: &Row<'_>) -> rusqlite::Result<R> {
    let mut columns = Columns { row, next: 0 };
    R::deserialize(&mut columns).map_err(|error| {
        let column = columns.next.saturating_sub(1);
        rusqlite::Error::FromSqlConversionFailure(column, Type::Null, Box::new(error))
    })
}

/// The columns from `next` on.
struct Columns<'a, 'b> {
    row: &'a Row<'b>,
    next: usize,
}

impl<'a> Columns<'a, '_> {
    fn peek(&self) -> Result<ValueRef<'a>, Cause> {
        self.row.get_ref(self.next).map_err(of)
    }

    fn take(&mut self) -> Result<ValueRef<'a>, Cause> {
        let value = self.peek()?;
        self.next += 1;
        Ok(value)
    }

    fn take_text(&mut self) -> Result<&'a str, Cause> {
        self.take()?.as_str().map_err(of)
    }
}

fn of(error: impl Display) -> Cause {
    de::Error::custom(error)
}

impl<'de> Deserializer<'de> for &mut Columns<'_, '_> {
    type Error = Cause;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        match self.take()? {
            ValueRef::Null => visitor.visit_unit(),
            ValueRef::Integer(value) => visitor.visit_i64(value),
            ValueRef::Real(value) => visitor.visit_f64(value),
            ValueRef::Text(text) => visitor.visit_str(std::str::from_utf8(text).map_err(of)?),
            ValueRef::Blob(bytes) => visitor.visit_bytes(bytes),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        visitor.visit_bool(self.take()?.as_i64().map_err(of)? != 0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Cause> {
        if self.peek()? == ValueRef::Null {
            self.next += 1;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Cause> {
        visitor.visit_enum(StrDeserializer::new(self.take_text()?))
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
struct Fields<'c, 'a, 'b> {
    columns: &'c mut Columns<'a, 'b>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Fields<'_, '_, '_> {
    type Error = Cause;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Cause> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.columns).map(Some)
    }
}
