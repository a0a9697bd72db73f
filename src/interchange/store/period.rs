//! When an event takes place, as exactly as the source says. A day, a month or a year begins at midnight in the event's
//! time zone.

use std::sync::LazyLock;

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use entity::{date_precision::DatePrecision, event::EventDatePrecision};
use jiff::{
    civil::Date,
    tz::{TimeZone, TimeZoneDatabase},
};

use super::{NodeType, Place, Run};
use crate::{
    domain::{event::over_at, partial_date::PartialDate},
    interchange::record,
};

/// The bundled database of time zones, because the system's may be old.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The IANA zone of this name, in its own spelling.
pub(super) fn zone(name: &str) -> Option<(TimeZone, String)> {
    let zone = ZONES.get(name).ok()?;
    let name = zone.iana_name().unwrap_or(name).to_owned();
    Some((zone, name))
}

/// Why an event or group with this zone cannot be imported.
pub(super) fn check_zone(name: &str) -> Result<(), String> {
    zone(name).map(|_| ()).ok_or_else(|| format!("“{name}” is no time zone of the IANA database"))
}

/// The columns that say when an event is.
pub(super) struct Period {
    pub starts_at: Option<DateTime<Utc>>,
    /// The local day of the start.
    pub starts_on: Option<NaiveDate>,
    pub ends_at: Option<DateTime<Utc>>,
    /// The moment from which on it is past.
    pub over_at: Option<DateTime<Utc>>,
    pub precision: EventDatePrecision,
}

impl Run<'_> {
    /// An end without a time is the last second of its day, month or year. An event of one day without a time has no
    /// end, because its length is unknown.
    pub(super) fn period(&mut self, event: &record::Event, zone: &TimeZone) -> Period {
        let at = |field| Place { node_type: NodeType::Event, key: &event.key, field };
        let date = self.date(&at("date"), event.date.as_deref());
        let first = date.and_then(|date| midnight(date.first_day, zone));
        let (starts_at, precision) = match (event.starts_at, date) {
            (Some(starts_at), _) => (Some(starts_at), EventDatePrecision::Time),
            (None, Some(date)) if first.is_some() => (first, of(date.precision)),
            _ => (None, EventDatePrecision::Unknown),
        };
        let last = self.date(&at("endDate"), event.end_date.as_deref());
        let ends_at = event.ends_at.or_else(|| end_of(last?, zone));
        let ends_at = ends_at.filter(|ends_at| {
            let possible = starts_at.is_some_and(|starts_at| *ends_at >= starts_at);
            if !possible {
                self.note(NodeType::Event, &event.key, "its end is left out: it lies before its start");
            }
            possible
        });
        let starts_on = starts_at.map(|starts_at| day_in(starts_at, zone));
        Period { starts_at, starts_on, ends_at, over_at: over_at(starts_at, ends_at, precision, zone), precision }
    }

    fn date(&mut self, at: &Place<'_>, value: Option<&str>) -> Option<PartialDate> {
        let (first_day, precision) = self.partial_date(at, value);
        PartialDate::from_columns(first_day, precision)
    }
}

fn of(precision: DatePrecision) -> EventDatePrecision {
    match precision {
        DatePrecision::Day => EventDatePrecision::Day,
        DatePrecision::Month => EventDatePrecision::Month,
        DatePrecision::Year => EventDatePrecision::Year,
    }
}

fn end_of(date: PartialDate, zone: &TimeZone) -> Option<DateTime<Utc>> {
    let next = match date.precision {
        DatePrecision::Day => date.first_day.succ_opt(),
        DatePrecision::Month => date.first_day.checked_add_months(Months::new(1)),
        DatePrecision::Year => date.first_day.checked_add_months(Months::new(12)),
    };
    Some(midnight(next?, zone)? - TimeDelta::seconds(1))
}

/// The first moment of a day.
fn midnight(day: NaiveDate, zone: &TimeZone) -> Option<DateTime<Utc>> {
    let start = civil_day(day)?.to_zoned_datetime(zone.clone()).ok()?;
    DateTime::from_timestamp(start.timestamp().as_second(), 0)
}

/// The day as jiff has it.
fn civil_day(day: NaiveDate) -> Option<Date> {
    let year = i16::try_from(day.year()).ok()?;
    let (month, day) = (i8::try_from(day.month()).ok()?, i8::try_from(day.day()).ok()?);
    Date::new(year, month, day).ok()
}

/// The moment at which clocks in this zone show this time of that day. A time that is skipped is the one after the gap.
#[must_use]
pub fn instant(day: NaiveDate, time: NaiveTime, time_zone: &str) -> Option<DateTime<Utc>> {
    let (zone, _) = zone(time_zone)?;
    let (hour, minute) = (i8::try_from(time.hour()).ok()?, i8::try_from(time.minute()).ok()?);
    let local = civil_day(day)?.at(hour, minute, 0, 0).to_zoned_datetime(zone).ok()?;
    DateTime::from_timestamp(local.timestamp().as_second(), 0)
}

/// The local day in this zone at this moment. In UTC if there is no such zone.
#[must_use]
pub fn local_day(at: DateTime<Utc>, time_zone: &str) -> NaiveDate {
    zone(time_zone).map_or_else(|| at.date_naive(), |(zone, _)| day_in(at, &zone))
}

/// The local day in this zone. For years beyond jiff's calendar it is the day in UTC.
fn day_in(at: DateTime<Utc>, zone: &TimeZone) -> NaiveDate {
    let local = || {
        let day = jiff::Timestamp::from_second(at.timestamp()).ok()?.to_zoned_datetime(zone.clone()).date();
        let (month, day_of_month) = (u32::try_from(day.month()).ok()?, u32::try_from(day.day()).ok()?);
        NaiveDate::from_ymd_opt(i32::from(day.year()), month, day_of_month)
    };
    local().unwrap_or_else(|| at.date_naive())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_at_local_midnight() {
        let (tokyo, name) = zone("asia/tokyo").unwrap();
        assert_eq!(name, "Asia/Tokyo");
        let day = NaiveDate::from_ymd_opt(2024, 5, 15).unwrap();
        assert_eq!(midnight(day, &tokyo).unwrap().to_rfc3339(), "2024-05-14T15:00:00+00:00");
        let february = PartialDate::parse("2024-02").unwrap();
        assert_eq!(end_of(february, &tokyo).unwrap().to_rfc3339(), "2024-02-29T14:59:59+00:00");
        assert_eq!(local_day(midnight(day, &tokyo).unwrap(), "Asia/Tokyo"), day);
        assert!(check_zone("Mars/Olympus").is_err());
    }
}
