//! When an event takes place, as exactly as the source says.

use chrono::{DateTime, Utc};
use entity::event::EventDatePrecision;
use jiff::tz::TimeZone;

use super::{NodeType, Place, Run};
use crate::{
    domain::{event, partial_date::PartialDate},
    interchange::record,
};

/// When an event begins and ends, and how exactly that is known.
pub(super) struct Period {
    pub starts_at: Option<DateTime<Utc>>,
    pub ends_at: Option<DateTime<Utc>>,
    pub precision: EventDatePrecision,
}

impl Run<'_> {
    /// An instant of the source is more exact than its date. An end before the start is left out.
    pub(super) fn period(&mut self, event: &record::Event, zone: &TimeZone) -> Period {
        let at = |field| Place { node_type: NodeType::Event, key: &event.key, field };
        let date = self.date(&at("date"), event.date.as_deref());
        let day = date.and_then(|date| event::start_of(date, zone));
        let exact = event.starts_at.map(|starts_at| (starts_at, EventDatePrecision::Time));
        let (starts_at, precision) = match exact.or(day) {
            Some((starts_at, precision)) => (Some(starts_at), precision),
            None => (None, EventDatePrecision::Unknown),
        };
        let last = self.date(&at("endDate"), event.end_date.as_deref());
        let ends_at = event.ends_at.or_else(|| event::end_of(last?, zone));
        let ends_at = ends_at.filter(|ends_at| {
            let possible = event::can_end(starts_at, *ends_at);
            if !possible {
                self.note(NodeType::Event, &event.key, "its end is left out: it lies before its start");
            }
            possible
        });
        Period { starts_at, ends_at, precision }
    }

    fn date(&mut self, at: &Place<'_>, value: Option<&str>) -> Option<PartialDate> {
        let (first_day, precision) = self.partial_date(at, value);
        PartialDate::from_columns(first_day, precision)
    }
}
