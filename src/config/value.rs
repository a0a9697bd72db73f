//! The values of settings: how they are read, what their bounds limit, and what they become.

use std::{
    ffi::OsStr,
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{
    Deserializer,
    de::{DeserializeOwned, Visitor},
};

use super::{LogFormat, Secret};

/// The kind of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Number,
    /// True or false.
    Switch,
    /// A text.
    Text,
    /// A list of texts; in flags and variables they are separated by commas.
    List,
    /// One of a few words, or an address.
    Word,
}

/// What the bounds of a setting limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The number itself.
    Itself,
    /// The length of the text in bytes.
    Bytes,
    /// The number of texts.
    Items,
}

/// A value as it is given.
pub trait Given: DeserializeOwned {
    /// Its kind.
    const KIND: Kind;

    /// Reads the text of a flag or a variable. The error says what the value must be.
    fn read(text: &OsStr) -> Result<Self, &'static str>;

    /// Reads a value from the file.
    fn from_file<'de, D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        Self::deserialize(value)
    }

    /// The size that is compared with the bounds; `None` if it has none.
    fn size(&self) -> Option<i64> {
        None
    }

    /// The value as a text, for the documentation of defaults.
    fn tell(&self) -> String;
}

/// A value as it is used.
pub trait Value: Sized {
    /// The type that it is given as.
    type Given: Given;

    /// Converts a given value. The error says what is wrong with it.
    fn make(given: Self::Given) -> Result<Self, String>;
}

/// An item of a list.
pub trait Item: Sized {
    /// Parses the text of an item. The error says what is wrong with it.
    fn make(text: &str) -> Result<Self, String>;
}

impl Kind {
    /// What its bounds limit; `None` if it has none.
    pub(super) fn measure(self) -> Option<Measure> {
        match self {
            Self::Number => Some(Measure::Itself),
            Self::Text => Some(Measure::Bytes),
            Self::List => Some(Measure::Items),
            Self::Switch | Self::Word => None,
        }
    }
}

/// Reads an optional value from the file.
pub fn from_file<'de, G: Given, D: Deserializer<'de>>(value: D) -> Result<Option<G>, D::Error> {
    G::from_file(value).map(Some)
}

/// A number that does not fit becomes the nearest one that does. It is then reported as out of bounds.
impl Given for i64 {
    const KIND: Kind = Kind::Number;

    fn read(text: &OsStr) -> Result<Self, &'static str> {
        let text = text.to_str().unwrap_or_default();
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err("a whole number");
        }
        Ok(text.parse().unwrap_or(if text.starts_with('-') { Self::MIN } else { Self::MAX }))
    }

    fn from_file<'de, D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        value.deserialize_any(Whole)
    }

    fn size(&self) -> Option<i64> {
        Some(*self)
    }

    fn tell(&self) -> String {
        self.to_string()
    }
}

/// A deserializer visitor that accepts integers of any width.
struct Whole;

impl Visitor<'_> for Whole {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_u64<E>(self, number: u64) -> Result<i64, E> {
        Ok(i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn visit_i128<E>(self, number: i128) -> Result<i64, E> {
        Ok(i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX }))
    }

    fn visit_u128<E>(self, _: u128) -> Result<i64, E> {
        Ok(i64::MAX)
    }
}

impl Given for bool {
    const KIND: Kind = Kind::Switch;

    fn read(text: &OsStr) -> Result<Self, &'static str> {
        word(text, "true or false")
    }

    fn tell(&self) -> String {
        self.to_string()
    }
}

impl Given for SocketAddr {
    const KIND: Kind = Kind::Word;

    fn read(text: &OsStr) -> Result<Self, &'static str> {
        word(text, "an address and a port, for instance 127.0.0.1:8000")
    }

    fn tell(&self) -> String {
        self.to_string()
    }
}

impl Given for LogFormat {
    const KIND: Kind = Kind::Word;

    fn read(text: &OsStr) -> Result<Self, &'static str> {
        match text.to_str() {
            Some("text") => Ok(Self::Text),
            Some("json") => Ok(Self::Json),
            _ => Err("text or json"),
        }
    }

    fn tell(&self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Json => "json".into(),
        }
    }
}

impl Given for String {
    const KIND: Kind = Kind::Text;

    fn read(text: &OsStr) -> Result<Self, &'static str> {
        utf8(text).map(Self::from)
    }

    fn size(&self) -> Option<i64> {
        Some(count(self.len()))
    }

    fn tell(&self) -> String {
        self.clone()
    }
}

impl Given for Secret {
    const KIND: Kind = Kind::Text;

    fn read(text: &OsStr) -> Result<Self, &'static str> {
        utf8(text).map(Self::from)
    }

    fn size(&self) -> Option<i64> {
        Some(count(self.reveal().len()))
    }

    /// Only a default is shown in words.
    fn tell(&self) -> String {
        self.reveal().to_owned()
    }
}

/// An empty path means that there is none.
impl Given for PathBuf {
    const KIND: Kind = Kind::Text;

    fn read(text: &OsStr) -> Result<Self, &'static str> {
        Ok(text.into())
    }

    fn size(&self) -> Option<i64> {
        Some(count(self.as_os_str().len()))
    }

    fn tell(&self) -> String {
        if self == Path::new("") { "none".into() } else { self.display().to_string() }
    }
}

impl Given for Vec<String> {
    const KIND: Kind = Kind::List;

    fn read(text: &OsStr) -> Result<Self, &'static str> {
        Ok(utf8(text)?.split(',').map(str::to_owned).collect())
    }

    fn size(&self) -> Option<i64> {
        Some(count(self.len()))
    }

    fn tell(&self) -> String {
        if self.is_empty() { "none".into() } else { self.join(",") }
    }
}

fn utf8(text: &OsStr) -> Result<&str, &'static str> {
    text.to_str().ok_or("text in UTF-8")
}

fn word<T: std::str::FromStr>(text: &OsStr, wanted: &'static str) -> Result<T, &'static str> {
    text.to_str().and_then(|text| text.parse().ok()).ok_or(wanted)
}

fn count(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// For types that are used as they are given.
macro_rules! as_given {
    ($($type:ty),+) => { $(
        impl Value for $type {
            type Given = Self;

            fn make(given: Self) -> Result<Self, String> {
                Ok(given)
            }
        }
    )+ };
}

as_given!(bool, SocketAddr, LogFormat, String, Secret, PathBuf);

/// For integers, which are converted to the width in which they are used.
macro_rules! whole {
    ($($type:ty),+) => { $(
        impl Value for $type {
            type Given = i64;

            fn make(given: i64) -> Result<Self, String> {
                Self::try_from(given).map_err(|_| format!("{given} is beyond what a number here can be"))
            }
        }
    )+ };
}

whole!(u32, u64, usize);

/// A number of seconds.
impl Value for Duration {
    type Given = i64;

    fn make(given: i64) -> Result<Self, String> {
        u64::make(given).map(Self::from_secs)
    }
}

impl<T: Item> Value for Vec<T> {
    type Given = Vec<String>;

    fn make(given: Vec<String>) -> Result<Self, String> {
        given.iter().map(|text| T::make(text)).collect()
    }
}
