//! What all records of an event directory share, and the event of its `event.yml`.

use chrono::NaiveDate;
use entity::{
    event::{AttendanceMode, EventStatus, Publication},
    event_host::HostRole,
    node_type::NodeType,
    sponsorship::SponsorshipStatus,
};

use super::{files, incomplete, words};
use crate::{
    domain::partial_date::PartialDate,
    interchange::{
        record::{Batch, Event, Host},
        report::Report,
    },
};

/// An event directory of the series.
pub(super) struct Directory {
    /// `series/event`.
    pub path: String,
    /// Its `event.yml`.
    pub event: files::Event,
}

impl Directory {
    pub fn is_meetup(&self) -> bool {
        self.event.kind.as_deref() == Some("meetup")
    }

    /// Its zone, if it names one.
    pub fn time_zone(&self) -> &str {
        self.event.timezone.as_ref().map_or("UTC", |zone| zone.value.as_str())
    }
}

/// What all records of an event directory have in common.
pub(super) struct Scene<'a> {
    /// The key of its group.
    pub series: &'a str,
    /// Whether its group has ended.
    pub closed: bool,
    /// The directory.
    pub directory: &'a Directory,
    /// The day that it is where the event takes place.
    pub today: NaiveDate,
    /// The key of its venue.
    pub venue: Option<String>,
    /// Its venue is named in a file that cannot be read.
    pub venue_is_unread: bool,
}

impl Scene<'_> {
    /// Adds an event. If its venue or one of its dates cannot be read, a known event stays as it is.
    pub fn add(&self, batch: &mut Batch, mut event: Event, report: &mut Report, file: &str) {
        let mut is_incomplete = self.venue_is_unread;
        for date in [&mut event.date, &mut event.end_date] {
            if let Some(said) = date.take_if(|date| PartialDate::parse(date.trim()).is_none()) {
                report.note(file, format!("Event {}: {}", event.key, no_date(&said)));
                is_incomplete = true;
            }
        }
        if is_incomplete {
            batch.incomplete.push(incomplete(NodeType::Event, &event.key));
        }
        batch.events.push(event);
    }

    /// The event of `event.yml`.
    pub fn event(&self) -> Event {
        let told = &self.directory.event;
        let date = date_said(told.start_date.as_deref());
        let known = match told.date_precision.as_deref() {
            Some("year") => 4,
            Some("month") => 7,
            _ => 10,
        };
        let date = date.map(|date| date.get(..known).unwrap_or(date));
        let end_date =
            date_said(told.end_date.as_deref()).filter(|end| known == 10 && date.is_some() && Some(*end) != date);
        Event {
            key: told.id.clone(),
            url: Some(format!("https://www.rubyevents.org/events/{}", told.id)),
            name: told.title.trim().to_owned(),
            description: told.description.clone(),
            website: told.website.clone(),
            date: date.map(str::to_owned),
            end_date: end_date.map(str::to_owned),
            ..self.template()
        }
    }

    /// The default values of an event in this directory.
    pub fn template(&self) -> Event {
        let told = &self.directory.event;
        let online = told.location.as_deref().is_some_and(words::is_online);
        Event {
            kind: words::event_kind(told.kind.as_deref()),
            publication: Publication::Published,
            status: words::event_status(told.status.as_deref()),
            time_zone: self.directory.time_zone().to_owned(),
            attendance_mode: match (online, told.hybrid) {
                (_, Some(true)) => AttendanceMode::Mixed,
                (true, _) => AttendanceMode::Online,
                (false, _) => AttendanceMode::Offline,
            },
            venue: self.venue.clone(),
            hosts: vec![Host { group: self.series.to_owned(), role: HostRole::Lead }],
            ..Event::default()
        }
    }

    /// The status of its sponsorships.
    pub fn sponsorship_status(&self) -> SponsorshipStatus {
        let told = &self.directory.event;
        let last_day = told.end_date.as_deref().or(told.start_date.as_deref()).and_then(|date| date.parse().ok());
        let over = last_day.is_some_and(|day: NaiveDate| day < self.today);
        if words::event_status(told.status.as_deref()) == EventStatus::Cancelled {
            SponsorshipStatus::Cancelled
        } else if over || self.directory.is_meetup() && self.closed {
            SponsorshipStatus::Ended
        } else {
            SponsorshipStatus::Active
        }
    }
}

/// The date, if there is one.
pub(super) fn date_said(date: Option<&str>) -> Option<&str> {
    date.map(str::trim).filter(|date| !date.is_empty())
}

/// The message about a date that cannot be read.
pub(super) fn no_date(said: &str) -> String {
    format!("“{said}” is no YYYY, YYYY-MM or YYYY-MM-DD: it is left out, or all stays as it is if it is known already")
}
