//! Reads instants, from PostgreSQL's microseconds or from SQLite's text. Every row has several instants, so their speed
//! matters for the cost of a page of events.

use std::fmt;

use sea_orm::entity::prelude::{DateTimeUtc, DateTimeWithTimeZone};
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

/// Reads a column that is never null.
pub fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTimeUtc, D::Error> {
    Instant::deserialize(deserializer).map(|Instant(at)| at)
}

/// Reads a column that may be null.
pub fn read_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTimeUtc>, D::Error> {
    Ok(Option::<Instant>::deserialize(deserializer)?.map(|Instant(at)| at))
}

struct Instant(DateTimeUtc);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Moment)
    }
}

struct Moment;

impl Visitor<'_> for Moment {
    type Value = Instant;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("microseconds since 1970, or an instant as RFC 3339 writes it")
    }

    fn visit_i64<E: Error>(self, microseconds: i64) -> Result<Instant, E> {
        let at = DateTimeUtc::from_timestamp_micros(microseconds);
        at.map(Instant).ok_or_else(|| E::custom("an instant beyond all calendars"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Instant, E> {
        // chrono parses all ways to write an instant, which takes six times as long as to parse only the one that we
        // write.
        match DateTimeWithTimeZone::parse_from_rfc3339(text) {
            Ok(at) => Ok(Instant(at.to_utc())),
            // For instance a year of five digits.
            Err(_) => text.parse().map(Instant).map_err(E::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::de::value::{Error, I64Deserializer, StrDeserializer};

    use super::*;

    #[test]
    fn instants_are_read_as_chrono_reads_them() {
        for text in [
            "2024-02-29T18:30:00+00:00",
            "2024-02-29 18:30:00.123456+00:00",
            "1969-12-31T23:59:59.999999+00:00",
            "0001-01-01T00:00:00Z",
            "+12024-02-29T18:30:00+00:00",
        ] {
            let read: DateTimeUtc = read(StrDeserializer::<Error>::new(text)).unwrap();
            assert_eq!(read, text.parse::<DateTimeUtc>().unwrap(), "{text}");
        }
        assert!(read(StrDeserializer::<Error>::new("2024-02-30T18:30:00+00:00")).is_err());
    }

    #[test]
    fn microseconds_are_counted_from_1970() {
        let read = |count| read(I64Deserializer::<Error>::new(count)).map(|at: DateTimeUtc| at.to_rfc3339());
        assert_eq!(read(-1), Ok("1969-12-31T23:59:59.999999+00:00".to_owned()));
        assert_eq!(read(1_709_231_400_000_000), Ok("2024-02-29T18:30:00+00:00".to_owned()));
        assert!(read(i64::MAX).is_err());
    }
}
