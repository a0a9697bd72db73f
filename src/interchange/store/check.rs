//! Values of records. A bad optional value is left out, and the report says so.

use chrono::{Datelike, NaiveDate};
use entity::date_precision::DatePrecision;

use super::{Place, Run};
use crate::domain::{
    check::{self, web_address},
    partial_date::PartialDate,
};

/// No date is in this year. In the order of lists it stands for an unknown date.
const LAST_YEAR: i32 = 9999;

/// The trimmed text. `None` for an empty text.
pub(super) fn text(value: Option<&str>) -> Option<String> {
    let value = value?.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

impl Run<'_> {
    fn leave_out(&mut self, at: &Place<'_>, value: &str, why: &str) {
        let text = format!("{} “{value}” is left out: {why}", at.field);
        self.note(at.node_type, at.key, &text);
    }

    /// An address of the public web, in its normal form.
    pub(super) fn url(&mut self, at: &Place<'_>, value: Option<&str>) -> Option<String> {
        let value = text(value)?;
        match web_address(&value) {
            Ok(url) => Some(url),
            // The part before the @ may have a password.
            Err(why) => {
                let shown = if value.contains('@') { "…@…" } else { &value };
                self.leave_out(at, shown, why);
                None
            }
        }
    }

    /// Two capital letters.
    pub(super) fn country(&mut self, at: &Place<'_>, value: Option<&str>) -> Option<String> {
        let value = text(value)?;
        check::country(&value).map_err(|why| self.leave_out(at, &value, why)).ok()
    }

    /// A number of people, not negative.
    pub(super) fn count(&mut self, at: &Place<'_>, value: Option<i32>) -> Option<i32> {
        let value = value?;
        check::count(value).map_err(|why| self.leave_out(at, &value.to_string(), why)).ok()
    }

    /// Both coordinates, or neither.
    pub(super) fn coordinates(
        &mut self,
        at: &Place<'_>,
        latitude: Option<f64>,
        longitude: Option<f64>,
    ) -> (Option<f64>, Option<f64>) {
        let (Some(north), Some(east)) = (latitude, longitude) else { return (None, None) };
        match check::coordinates(north, east) {
            Ok((north, east)) => (Some(north), Some(east)),
            Err(why) => {
                self.leave_out(at, &format!("{north}, {east}"), why);
                (None, None)
            }
        }
    }

    /// The two columns of a partial date.
    pub(super) fn partial_date(
        &mut self,
        at: &Place<'_>,
        value: Option<&str>,
    ) -> (Option<NaiveDate>, Option<DatePrecision>) {
        let Some(value) = text(value) else { return (None, None) };
        let date = PartialDate::parse(&value);
        if let Some(date) = date.filter(|date| date.first_day.year() < LAST_YEAR) {
            return (Some(date.first_day), Some(date.precision));
        }
        let why = if date.is_some() { "dates end with the year 9998" } else { "no YYYY, YYYY-MM or YYYY-MM-DD" };
        self.leave_out(at, &value, why);
        (None, None)
    }
}
