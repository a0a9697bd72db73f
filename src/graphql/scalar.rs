//! The scalars that GraphQL itself does not define.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, NaiveDate, SecondsFormat, Utc};
use entity::date_precision::DatePrecision;

pub use crate::domain::partial_date::PartialDate;
use crate::error::Code;

/// A calendar date of which perhaps only the month or the year is known: `2015`, `2015-02` or `2015-02-14` (ISO 8601
/// with reduced precision). Show it as it is: a missing day is unknown, not the first.
#[Scalar(specified_by_url = "https://www.iso.org/iso-8601-date-and-time-format.html")]
impl ScalarType for PartialDate {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        Self::parse(text).ok_or_else(|| InputValueError::custom("Expected YYYY, YYYY-MM or YYYY-MM-DD."))
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}

/// An instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DateTime(pub chrono::DateTime<Utc>);

/// An instant in UTC, RFC 3339: `2020-03-26T18:30:00Z`. Instants with another offset are accepted and converted.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let instant = chrono::DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|instant| instant.to_utc())
            .filter(|instant| (1..=9999).contains(&instant.year()));
        instant.map(Self).ok_or_else(|| InputValueError::custom("Expected an instant like 2020-03-26T18:30:00Z."))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A calendar date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Date(pub NaiveDate);

/// A calendar day without a time, ISO 8601: `2020-03-26`.
#[Scalar(specified_by_url = "https://www.iso.org/iso-8601-date-and-time-format.html")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        PartialDate::parse(text)
            .filter(|date| date.precision == DatePrecision::Day)
            .map(|date| Self(date.first_day))
            .ok_or_else(|| InputValueError::custom("Expected a date like 2020-03-26."))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A whole number of up to 15 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BigInt(pub i64);

/// A whole number of up to 15 digits, which JSON and its readers keep exact; `Int` ends at 2,147,483,647.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259#section-6")]
impl ScalarType for BigInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => number.as_i64().map(Self).ok_or_else(|| InputValueError::expected_type(value)),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::from(self.0)
    }
}

/// An absolute address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Url(pub String);

/// An absolute http or https address (WHATWG URL).
#[Scalar(name = "URL", specified_by_url = "https://url.spec.whatwg.org/")]
impl ScalarType for Url {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        match url::Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Self(url.into())),
            _ => Err(InputValueError::custom("Expected an absolute http or https address.")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// Formatted text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Markdown(pub String);

/// Text that people wrote: Markdown (CommonMark), or the HTML or plain text that the field's `format` argument asked
/// for.
#[Scalar(specified_by_url = "https://spec.commonmark.org/")]
impl ScalarType for Markdown {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// A length of time in whole minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Duration {
    /// The minutes.
    pub minutes: i32,
}

/// A length of time in hours and minutes, as ISO 8601 writes it: `PT1H30M` is an hour and a half.
#[Scalar(specified_by_url = "https://www.iso.org/iso-8601-date-and-time-format.html")]
impl ScalarType for Duration {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let minutes = text
            .parse::<jiff::Span>()
            .ok()
            .and_then(|span| span.total(jiff::Unit::Minute).ok())
            .filter(|minutes| minutes.fract() == 0.0 && (0.0..=f64::from(i32::MAX)).contains(minutes));
        match minutes {
            #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
            Some(minutes) => Ok(Self { minutes: minutes as i32 }),
            None => Err(InputValueError::custom("Expected whole minutes in ISO 8601, for instance PT1H30M.")),
        }
    }

    fn to_value(&self) -> Value {
        let (hours, minutes) = (self.minutes / 60, self.minutes % 60);
        Value::String(match (hours, minutes) {
            (0, minutes) => format!("PT{minutes}M"),
            (hours, 0) => format!("PT{hours}H"),
            (hours, minutes) => format!("PT{hours}H{minutes}M"),
        })
    }
}

/// Why a value is not valid for a scalar.
#[derive(Clone, Copy, Debug)]
pub struct Misfit {
    /// What the scalar takes.
    pub expected: &'static str,
    /// Whether the value is a text where the scalar takes texts, or a number where it takes numbers.
    is_of_its_kind: bool,
}

impl Misfit {
    /// A wrong form of the right kind is probably the input of a person; another kind is the mistake of a program.
    #[must_use]
    pub fn code(self) -> Code {
        if self.is_of_its_kind { Code::BadUserInput } else { Code::GraphqlValidationFailed }
    }
}

/// What the scalar of this name takes, if it does not take this value. A scalar that is not listed here takes anything;
/// a test compares the list with the schema.
#[must_use]
pub fn misfit(name: &str, value: &Value) -> Option<Misfit> {
    fn fits<S: ScalarType>(value: &Value) -> bool {
        S::parse(value.clone()).is_ok()
    }
    let (fits, expected) = match name {
        "BigInt" => (fits::<BigInt>(value), "a whole number of up to 15 digits"),
        "Date" => (fits::<Date>(value), "a day like \"2020-03-26\""),
        "DateTime" => (fits::<DateTime>(value), "an instant like \"2020-03-26T18:30:00Z\""),
        "Duration" => (fits::<Duration>(value), "whole minutes like \"PT1H30M\""),
        "Markdown" => (fits::<Markdown>(value), "a text"),
        "PartialDate" => (fits::<PartialDate>(value), "a date like \"2015\", \"2015-02\" or \"2015-02-14\""),
        "URL" => (fits::<Url>(value), "an address that begins with https:// or http://"),
        _ => return None,
    };
    let is_of_its_kind =
        if name == "BigInt" { matches!(value, Value::Number(_)) } else { matches!(value, Value::String(_)) };
    (!fits).then_some(Misfit { expected, is_of_its_kind })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_scalar_of_the_schema_knows_what_it_takes() {
        let definitions = crate::graphql::definitions(true, true);
        let built_in = ["Boolean", "Float", "ID", "Int", "String"];
        let scalars = definitions
            .schema()
            .types
            .iter()
            .filter(|(name, definition)| definition.is_scalar() && !built_in.contains(&name.as_str()));
        for (name, _) in scalars {
            assert!(misfit(name, &Value::Boolean(true)).is_some(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_duration_reads_what_it_writes(minutes in 0..100_000_i32) {
            let written = Duration { minutes }.to_value();
            prop_assert_eq!(<Duration as ScalarType>::parse(written).unwrap().minutes, minutes);
        }
    }
}
