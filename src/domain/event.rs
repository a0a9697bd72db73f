//! Rules of events.

use chrono::{DateTime, Months, TimeDelta, Utc};
use entity::{
    agenda_item, attendance_summary,
    date_precision::DatePrecision,
    event::{ActiveModel, Column, Entity, EventDatePrecision, EventStatus, Model},
    event_host, event_topic, resource,
};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};

use super::{
    check,
    noun::{Noun, Slug, value_of},
    partial_date::PartialDate,
    parts::{Identity, Parts},
    text::sort_key,
    time_zone::{day_in, known, midnight},
};
use crate::{
    db::value::instant_literal,
    error::{Code, Error, Result},
};

/// The length of an event of which only the start is known.
const USUAL_LENGTH: TimeDelta = TimeDelta::hours(3);

/// Whether an event is to come, takes place now, or is over. This depends only on its date. So a cancelled event
/// becomes past, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It has not begun. An event of which only the month or year is known is upcoming until that is over.
    Upcoming,
    /// It has begun and is not over. An event of which only the day is known is ongoing all day.
    Ongoing,
    /// It is over.
    Past,
    /// It has no date.
    Unscheduled,
}

/// The groups that host an event.
pub const HOSTS: Parts<event_host::Entity> = Parts {
    owner: event_host::Column::EventId,
    identity: Identity::Columns(&[event_host::Column::GroupId]),
    order: Some(event_host::Column::Position),
    only_added: false,
};

/// The topics of an event.
pub const TOPICS: Parts<event_topic::Entity> = Parts {
    owner: event_topic::Column::EventId,
    identity: Identity::Columns(&[event_topic::Column::TopicId]),
    order: None,
    only_added: false,
};

/// The evening in order. Its items have nothing by which they are known again.
pub const AGENDA: Parts<agenda_item::Entity> = Parts {
    owner: agenda_item::Column::EventId,
    identity: Identity::Whole,
    order: Some(agenda_item::Column::Position),
    only_added: false,
};

/// How many came.
pub const ATTENDANCE: Parts<attendance_summary::Entity> = Parts {
    owner: attendance_summary::Column::EventId,
    identity: Identity::Columns(&[]),
    order: None,
    only_added: false,
};

/// Recordings and such of an event.
pub const RESOURCES: Parts<resource::Entity> = Parts {
    owner: resource::Column::EventId,
    identity: Identity::Columns(&[resource::Column::EventId, resource::Column::Kind, resource::Column::Url]),
    order: Some(resource::Column::Position),
    only_added: false,
};

impl Noun for Entity {
    const SLUG: Option<Slug<Self>> = Some(Slug { column: Column::Slug, name: Column::Name, fallback: "event" });

    const TOGETHER: &'static [&'static [Column]] = &[
        &[Column::StartsAt, Column::EndsAt, Column::DatePrecision, Column::TimeZone],
        &[Column::Status, Column::CancelledAt, Column::PublicCancellationReason],
    ];

    fn settle(row: &mut ActiveModel, before: Option<&Model>) -> Result<()> {
        if let Set(name) = &row.name {
            row.sort_name = Set(sort_key(name));
        }
        forget_cancellation(row, before);
        check::settle(&mut row.website, "website", |url| check::web_address(url))?;
        check::settle(&mut row.capacity_offline, "capacityOffline", |count| check::count(*count))?;
        check::settle(&mut row.capacity_online, "capacityOnline", |count| check::count(*count))?;
        settle_period(row, before)
    }
}

/// Only an event that is cancelled was cancelled at a moment.
fn forget_cancellation(row: &mut ActiveModel, before: Option<&Model>) {
    let status = value_of(&row.status, before.map(|before| &before.status));
    if status != Some(&EventStatus::Cancelled) {
        row.cancelled_at = Set(None);
    }
}

/// Fills in the local day of the start, and the moment from which on the event is past.
fn settle_period(row: &mut ActiveModel, before: Option<&Model>) -> Result<()> {
    let Some(name) = value_of(&row.time_zone, before.map(|before| &before.time_zone)) else { return Ok(()) };
    let (zone, name) = known(name)?;
    let starts_at = value_of(&row.starts_at, before.map(|before| &before.starts_at)).copied().flatten();
    let ends_at = value_of(&row.ends_at, before.map(|before| &before.ends_at)).copied().flatten();
    let precision = value_of(&row.date_precision, before.map(|before| &before.date_precision));
    let precision = precision.copied().unwrap_or(EventDatePrecision::Unknown);
    if ends_at.is_some_and(|ends_at| !can_end(starts_at, ends_at)) {
        return Err(Error::invalid(Code::BadValue, "An event does not end before it starts."));
    }
    row.starts_on = Set(starts_at.map(|starts_at| day_in(starts_at, &zone)));
    row.over_at = Set(over_at(starts_at, ends_at, precision, &zone));
    if row.time_zone.is_set() {
        row.time_zone = Set(name);
    }
    Ok(())
}

/// Whether an event with this start can have this end.
#[must_use]
pub fn can_end(starts_at: Option<DateTime<Utc>>, ends_at: DateTime<Utc>) -> bool {
    starts_at.is_some_and(|starts_at| ends_at >= starts_at)
}

/// The start of an event of which only this date is known: the first moment of the day, month or year in its zone.
#[must_use]
pub fn start_of(date: PartialDate, zone: &TimeZone) -> Option<(DateTime<Utc>, EventDatePrecision)> {
    let precision = match date.precision {
        DatePrecision::Day => EventDatePrecision::Day,
        DatePrecision::Month => EventDatePrecision::Month,
        DatePrecision::Year => EventDatePrecision::Year,
    };
    Some((midnight(date.first_day, zone)?, precision))
}

/// The end of an event of which only this last date is known: the last second of the day, month or year. An event of
/// one day without a time has no end, because its length is unknown.
#[must_use]
pub fn end_of(date: PartialDate, zone: &TimeZone) -> Option<DateTime<Utc>> {
    let next = match date.precision {
        DatePrecision::Day => date.first_day.succ_opt(),
        DatePrecision::Month => date.first_day.checked_add_months(Months::new(1)),
        DatePrecision::Year => date.first_day.checked_add_months(Months::new(12)),
    };
    Some(midnight(next?, zone)? - TimeDelta::seconds(1))
}

/// The moment from which on an event is past. That is its end, if it is known. Otherwise it is the end of the day,
/// month or year of its start, in its own time zone. An event with a start time but no end counts as three hours long.
#[must_use]
pub fn over_at(
    starts_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
    precision: EventDatePrecision,
    zone: &TimeZone,
) -> Option<DateTime<Utc>> {
    let starts_at = starts_at?;
    if let Some(ends_at) = ends_at {
        return Some(ends_at);
    }
    let period = match precision {
        EventDatePrecision::Time => return Some(starts_at + USUAL_LENGTH),
        EventDatePrecision::Day => 1.day(),
        EventDatePrecision::Month => 1.month(),
        EventDatePrecision::Year => 1.year(),
        EventDatePrecision::Unknown => return None,
    };
    let start = Timestamp::from_second(starts_at.timestamp()).ok()?.to_zoned_datetime(zone.clone());
    let end = start.checked_add(period).ok()?;
    DateTime::from_timestamp(end.timestamp().as_second(), 0)
}

/// The phase of this event at that moment.
#[must_use]
pub fn phase(event: &Model, now: DateTime<Utc>) -> Phase {
    let (Some(starts_at), Some(over_at)) = (event.starts_at, event.over_at) else { return Phase::Unscheduled };
    let vague = matches!(event.date_precision, EventDatePrecision::Month | EventDatePrecision::Year);
    if over_at <= now {
        Phase::Past
    } else if starts_at > now || vague {
        Phase::Upcoming
    } else {
        Phase::Ongoing
    }
}

/// When this event next begins or ends after that moment. Its phase only changes then.
#[must_use]
pub fn next_transition_of(event: &Model, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    [event.starts_at, event.over_at].into_iter().flatten().filter(|transition| *transition > now).min()
}

/// When any event next begins or ends after that moment.
pub async fn next_transition(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
    let mut next = None;
    // The same expression as in the index of the starts.
    let never = instant_literal(db.get_database_backend(), "9999-12-31T00:00:00+00:00");
    let starts_at = Expr::cust(format!("coalesce(starts_at, {never})"));
    for (column, transition) in [(Column::StartsAt, starts_at), (Column::OverAt, Expr::col(Column::OverAt))] {
        let rows =
            Entity::find().select_only().column(column).filter(transition.clone().gt(now)).order_by_asc(transition);
        let first: Option<Option<DateTime<Utc>>> = rows.into_tuple().one(db).await?;
        next = [next, first.flatten()].into_iter().flatten().min();
    }
    Ok(next)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// An event that begins at this time in London.
    fn in_london(starts_at: Option<&str>, ends_at: Option<&str>) -> ActiveModel {
        let precision = if starts_at.is_some() { EventDatePrecision::Time } else { EventDatePrecision::Unknown };
        ActiveModel {
            time_zone: Set("europe/london".to_owned()),
            starts_at: Set(starts_at.map(utc)),
            ends_at: Set(ends_at.map(utc)),
            date_precision: Set(precision),
            ..Default::default()
        }
    }

    fn settled(mut row: ActiveModel) -> Result<ActiveModel> {
        Entity::settle(&mut row, None).map(|()| row)
    }

    #[test]
    fn the_local_day_and_the_end_follow_from_the_start() {
        let row = settled(in_london(Some("2026-06-01T23:30:00Z"), None)).unwrap();
        assert_eq!(row.time_zone, Set("Europe/London".to_owned()));
        assert_eq!(row.starts_on, Set("2026-06-02".parse().ok()), "London is an hour ahead in summer");
        assert_eq!(row.over_at, Set(Some(utc("2026-06-02T02:30:00Z"))));
        let row = settled(in_london(None, None)).unwrap();
        assert_eq!((row.starts_on, row.over_at), (Set(None), Set(None)));
    }

    #[test]
    fn what_an_event_cannot_have_is_refused() {
        let day = "2026-06-01T18:00:00Z";
        for (row, code) in [
            (in_london(Some(day), Some("2026-06-01T17:00:00Z")), Code::BadValue),
            (in_london(None, Some(day)), Code::BadValue),
            (ActiveModel { time_zone: Set("Mars/Olympus".to_owned()), ..in_london(None, None) }, Code::BadTimeZone),
            (
                ActiveModel { website: Set(Some("ftp://a.example/".to_owned())), ..in_london(None, None) },
                Code::BadValue,
            ),
            (ActiveModel { capacity_offline: Set(Some(-1)), ..in_london(None, None) }, Code::BadValue),
            (ActiveModel { capacity_online: Set(Some(-1)), ..in_london(None, None) }, Code::BadValue),
        ] {
            assert_eq!(settled(row.clone()).unwrap_err().code(), code, "{row:?}");
        }
    }

    #[test]
    fn only_a_cancelled_event_was_cancelled_at_a_moment() {
        let moment = Some(utc("2026-06-01T18:00:00Z"));
        for (status, kept) in [(EventStatus::Cancelled, moment), (EventStatus::Scheduled, None)] {
            let (status, cancelled_at) = (Set(status), Set(moment));
            let row = settled(ActiveModel { status, cancelled_at, ..in_london(None, None) }).unwrap();
            assert_eq!(row.cancelled_at, Set(kept));
        }
    }

    #[test]
    fn a_day_ends_at_its_own_midnight_even_when_clocks_change() {
        let london = TimeZoneDatabase::bundled().get("Europe/London").unwrap();
        // 29 March 2020 had 23 hours in London.
        let starts_at = utc("2020-03-29T00:00:00Z");
        let over_at = over_at(Some(starts_at), None, EventDatePrecision::Day, &london);
        assert_eq!(over_at, Some(utc("2020-03-29T23:00:00Z")));
    }

    #[test]
    fn a_month_ends_with_its_last_day() {
        let london = TimeZoneDatabase::bundled().get("Europe/London").unwrap();
        let over_at = over_at(Some(utc("2016-07-31T23:00:00Z")), None, EventDatePrecision::Month, &london);
        assert_eq!(over_at, Some(utc("2016-08-31T23:00:00Z")));
    }

    #[test]
    fn an_end_that_is_known_counts() {
        let (start, end) = (utc("2026-01-01T18:00:00Z"), utc("2026-01-01T22:30:00Z"));
        assert_eq!(over_at(Some(start), Some(end), EventDatePrecision::Time, &TimeZone::UTC), Some(end));
        assert_eq!(over_at(None, None, EventDatePrecision::Unknown, &TimeZone::UTC), None);
    }
}
