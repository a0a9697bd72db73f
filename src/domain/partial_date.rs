//! Dates of which sometimes only the month or the year is known.

use chrono::{Datelike, NaiveDate};
use entity::date_precision::DatePrecision;

/// A calendar date of which perhaps only the month or the year is known: `2015`, `2015-02` or `2015-02-14` (ISO 8601-1
/// reduced precision). History is often no more exact than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PartialDate {
    /// The first day of the period.
    pub first_day: NaiveDate,
    /// How much of the date is known.
    pub precision: DatePrecision,
}

impl PartialDate {
    /// From its two columns in a table.
    #[must_use]
    pub fn from_columns(first_day: Option<NaiveDate>, precision: Option<DatePrecision>) -> Option<Self> {
        Some(Self { first_day: first_day?, precision: precision? })
    }

    /// From its text. `None` if the text is no such date.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let (padded, precision) = match text.len() {
            4 => (format!("{text}-01-01"), DatePrecision::Year),
            7 => (format!("{text}-01"), DatePrecision::Month),
            10 => (text.to_owned(), DatePrecision::Day),
            _ => return None,
        };
        let first_day = well_formed.then(|| padded.parse().ok()).flatten()?;
        Some(Self { first_day, precision })
    }
}

impl std::fmt::Display for PartialDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let day = self.first_day;
        write!(f, "{:04}", day.year())?;
        if self.precision != DatePrecision::Year {
            write!(f, "-{:02}", day.month())?;
        }
        if self.precision == DatePrecision::Day {
            write!(f, "-{:02}", day.day())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_partial_date_reads_what_it_writes(days in 0..3_000_000_u32, precision in 0..3) {
            let day = NaiveDate::from_epoch_days(i32::try_from(days).unwrap() - 700_000).unwrap();
            prop_assume!((1..=9999).contains(&day.year()));
            let text = day.to_string();
            let text = &text[..[4, 7, 10][usize::try_from(precision).unwrap()]];
            prop_assert_eq!(PartialDate::parse(text).unwrap().to_string(), text);
        }

        #[test]
        fn no_text_breaks_the_parser(text: String) {
            let _ = PartialDate::parse(&text);
        }
    }

    #[test]
    fn impossible_dates_are_refused() {
        for text in ["2015-13", "2015-02-30", "15-02", "2015-2", "+015", "", "2015-02-1a"] {
            assert_eq!(PartialDate::parse(text), None, "{text}");
        }
    }
}
