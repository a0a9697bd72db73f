//! Values from outside. A bad optional value costs only itself: it is left out, and the report says so.

use chrono::NaiveDate;
use entity::date_precision::DatePrecision;
use url::Url;

use super::{Place, Run};
use crate::domain::partial_date::PartialDate;

/// Trimmed, without what no database keeps, and nothing instead of an empty text.
pub(super) fn text(value: Option<&str>) -> Option<String> {
    let value = value?.trim().replace('\0', "");
    (!value.is_empty()).then_some(value)
}

impl Run<'_> {
    fn leave_out(&mut self, at: &Place<'_>, value: &str, why: &str) {
        let text = format!("{} “{value}” is left out: {why}", at.field);
        self.note(at.node_type, at.key, &text);
    }

    /// An absolute http or https address.
    pub(super) fn url(&mut self, at: &Place<'_>, value: Option<&str>) -> Option<String> {
        let value = text(value)?;
        match Url::parse(&value) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Some(value),
            _ => {
                self.leave_out(at, &value, "no http or https address");
                None
            }
        }
    }

    /// Two capital letters.
    pub(super) fn country(&mut self, at: &Place<'_>, value: Option<&str>) -> Option<String> {
        let value = text(value)?;
        if value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Some(value.to_ascii_uppercase());
        }
        self.leave_out(at, &value, "no ISO 3166-1 code of two letters");
        None
    }

    /// A number of people, not negative.
    pub(super) fn count(&mut self, at: &Place<'_>, value: Option<i32>) -> Option<i32> {
        let value = value?;
        if value >= 0 {
            return Some(value);
        }
        self.leave_out(at, &value.to_string(), "a number of people is not negative");
        None
    }

    /// Both coordinates, or neither.
    pub(super) fn coordinates(
        &mut self,
        at: &Place<'_>,
        latitude: Option<f64>,
        longitude: Option<f64>,
    ) -> (Option<f64>, Option<f64>) {
        let (Some(north), Some(east)) = (latitude, longitude) else { return (None, None) };
        if (-90.0..=90.0).contains(&north) && (-180.0..=180.0).contains(&east) {
            return (latitude, longitude);
        }
        self.leave_out(at, &format!("{north}, {east}"), "no place on Earth");
        (None, None)
    }

    /// The two columns of a partial date.
    pub(super) fn partial_date(
        &mut self,
        at: &Place<'_>,
        value: Option<&str>,
    ) -> (Option<NaiveDate>, Option<DatePrecision>) {
        let Some(value) = text(value) else { return (None, None) };
        if let Some(date) = PartialDate::parse(&value) {
            return (Some(date.first_day), Some(date.precision));
        }
        self.leave_out(at, &value, "no YYYY, YYYY-MM or YYYY-MM-DD");
        (None, None)
    }
}
