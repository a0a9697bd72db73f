//! The days of the invented groups. They are counted from the moment at which the demo is loaded, so that there is always
//! a year behind and some months before.
//!
//! The groups meet on Thursdays, every four weeks. Evening 0 is the next one; it is three to nine days ahead. The data
//! names days and times by evenings:
//!
//! | written | is |
//! | --- | --- |
//! | `@-3` | the day of the third evening back, `2026-04-16` |
//! | `@-3 19:10` | ten past seven there on that day, as an instant |
//! | `@1+2d 10:00` | the Saturday after the evening after the next |
//! | `@4 month` | the month of evening 4, `2026-10` |
//! | `@/demo/people/a.svg` | a path of this server, as a whole address |

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use serde_json::Value;

use crate::{
    domain::time_zone::{instant, local_day},
    error::{Error, Result},
};

/// The zone of the invented town.
const ZONE: &str = "Europe/Amsterdam";
/// How many days there are from one evening to the next.
const RHYTHM: i64 = 28;
/// How many days the next evening is ahead at least.
const AHEAD: i64 = 3;

/// Says what the notation of the module's table stands for.
pub(super) struct Calendar {
    /// The day of evening 0.
    next: NaiveDate,
    /// The address of this server.
    address: String,
}

impl Calendar {
    /// The calendar at this moment, on the server at this address.
    pub fn new(now: DateTime<Utc>, address: &str) -> Self {
        let earliest = local_day(now, ZONE) + TimeDelta::days(AHEAD);
        let ahead = earliest.weekday().days_since(Weekday::Thu);
        let next = earliest + TimeDelta::days((7 - i64::from(ahead)) % 7);
        Self { next, address: address.to_owned() }
    }

    /// Replaces every text of the notation.
    pub fn apply(&self, value: &mut Value) -> Result<()> {
        match value {
            Value::String(text) if text.starts_with('@') => {
                let written = text.trim_start_matches('@');
                let unknown = || Error::internal(format!("“{text}” is no time of the demo"));
                *text = self.text(written).ok_or_else(unknown)?;
            }
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.apply(item))?,
            Value::Object(fields) => fields.values_mut().try_for_each(|field| self.apply(field))?,
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        Ok(())
    }

    fn text(&self, written: &str) -> Option<String> {
        if written.starts_with('/') {
            return Some(self.address.clone() + written);
        }
        let (day, precision) = written.split_once(' ').map_or((written, None), |(day, rest)| (day, Some(rest)));
        let day = self.day(day)?;
        Some(match precision {
            None => day.to_string(),
            Some("month") => day.format("%Y-%m").to_string(),
            Some(time) => instant(day, NaiveTime::parse_from_str(time, "%H:%M").ok()?, ZONE)?.to_rfc3339(),
        })
    }

    fn day(&self, written: &str) -> Option<NaiveDate> {
        let (evening, later) = written.split_once('+').unwrap_or((written, "0d"));
        let later: i64 = later.strip_suffix('d')?.parse().ok()?;
        let days = evening.parse::<i64>().ok()?.checked_mul(RHYTHM)?.checked_add(later)?;
        self.next.checked_add_signed(TimeDelta::try_days(days)?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(now: &str) -> Calendar {
        Calendar::new(now.parse().unwrap(), "http://127.0.0.1:8000")
    }

    #[test]
    fn the_next_evening_is_a_thursday_in_three_to_nine_days() {
        for hour in 0..24 * 30 {
            let now = "2026-02-20T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hour);
            let calendar = Calendar::new(now, "");
            assert_eq!(calendar.next.weekday(), Weekday::Thu);
            let ahead = calendar.next - local_day(now, ZONE);
            assert!((3..=9).contains(&ahead.num_days()), "{now}: {ahead}");
        }
    }

    #[test]
    fn the_notation_stands_for_days_times_months_and_addresses() {
        let mut value = json!({ "list": ["@0", "@-1", "@1+2d 10:00", "@4 month", "@/a.svg", "a@b", 1] });
        at("2026-03-02T12:00:00Z").apply(&mut value).unwrap();
        let expected =
            ["2026-03-05", "2026-02-05", "2026-04-04T08:00:00+00:00", "2026-06", "http://127.0.0.1:8000/a.svg", "a@b"];
        assert_eq!(list(&value), expected);
        for wrong in ["@", "@x", "@0 25:00", "@0+3", "@99999999999999999999", "@9999999999"] {
            assert!(at("2026-03-02T12:00:00Z").apply(&mut json!(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_evening_begins_at_the_same_time_of_day_in_summer_and_winter() {
        let mut value = json!({ "list": ["@0 18:30", "@1 18:30"] });
        at("2026-03-02T12:00:00Z").apply(&mut value).unwrap();
        assert_eq!(list(&value), ["2026-03-05T17:30:00+00:00", "2026-04-02T16:30:00+00:00"]);
    }

    fn list(value: &Value) -> Vec<&str> {
        value["list"].as_array().unwrap().iter().filter_map(Value::as_str).collect()
    }
}
