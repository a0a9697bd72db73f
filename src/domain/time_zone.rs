//! Time zones of the IANA database, and the local days in them.

use std::sync::LazyLock;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Utc};
use jiff::{
    civil::Date,
    tz::{TimeZone, TimeZoneDatabase},
};

use crate::error::{Code, Error, Result};

/// The bundled database of time zones, because the system's may be old.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The IANA zone of this name, in its own spelling.
#[must_use]
pub fn zone(name: &str) -> Option<(TimeZone, String)> {
    let zone = ZONES.get(name).ok()?;
    let name = zone.iana_name().unwrap_or(name).to_owned();
    Some((zone, name))
}

/// Is this the name of a zone?
#[must_use]
pub fn is_known(name: &str) -> bool {
    zone(name).is_some()
}

/// Why an event or a group cannot have this zone. `None` if it can.
#[must_use]
pub fn refusal(name: &str) -> Option<String> {
    (!is_known(name)).then(|| format!("“{name}” is no time zone of the IANA database"))
}

/// The zone of this name, in its own spelling. If there is none, it is an error of the row that names it.
pub fn known(name: &str) -> Result<(TimeZone, String)> {
    zone(name).ok_or_else(|| Error::invalid(Code::BadTimeZone, refusal(name).unwrap_or_default()))
}

/// The first moment of a day.
#[must_use]
pub fn midnight(day: NaiveDate, zone: &TimeZone) -> Option<DateTime<Utc>> {
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
#[must_use]
pub fn day_in(at: DateTime<Utc>, zone: &TimeZone) -> NaiveDate {
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
        assert_eq!(local_day(midnight(day, &tokyo).unwrap(), "Asia/Tokyo"), day);
        assert!(refusal("Mars/Olympus").is_some());
    }
}
