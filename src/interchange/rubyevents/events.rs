//! An event directory: a conference with its talks, or a meetup whose evenings are events.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    event::{AttendanceMode, EventStatus, Publication},
    event_host::HostRole,
    node_type::NodeType,
    sponsorship::SponsorshipStatus,
};

use super::{
    files::{self, Source},
    incomplete,
    registry::{Registry, organization_key, venue_key},
    series::Directory,
    talks, words,
};
use crate::{
    domain::partial_date::PartialDate,
    error::Result,
    interchange::{
        record::{Batch, Event, Host, Sponsorship},
        report::Report,
        session::Session,
        store::local_day,
    },
};

/// Imports an event directory: one transaction for each of its files.
pub(super) async fn import(
    source: &Source,
    series: &str,
    closed: bool,
    directory: &Directory,
    registry: &mut Registry,
    session: &mut Session,
) -> Result<()> {
    let venue = source.read_again::<files::Venue>(&format!("{}/venue.yml", directory.path));
    let scene = Scene {
        series,
        closed,
        directory,
        today: local_day(session.clock().now(), directory.time_zone()),
        venue_is_unread: venue.is_err(),
        venue: venue.ok().flatten().map(|venue| venue_key(&venue)),
    };
    if !directory.is_meetup() {
        let (mut batch, file) = (Batch::default(), format!("{}/event.yml", directory.path));
        scene.add(&mut batch, scene.event(), session.report(), &file);
        session.write(&file, batch).await?;
    }
    let file = format!("{}/videos.yml", directory.path);
    if let Ok(Some(entries)) = source.read::<Vec<files::Entry>>(&file, session.report()) {
        let batch = talks::batch(&scene, &entries, registry, session.report(), &file);
        session.write(&file, batch).await?;
    }
    let file = format!("{}/sponsors.yml", directory.path);
    if let Ok(Some(sponsors)) = source.read_again::<Vec<files::Sponsors>>(&file) {
        let batch = Batch { sponsorships: scene.sponsorships(&sponsors), ..Batch::default() };
        session.write(&file, batch).await?;
    }
    Ok(())
}

/// What all records of an event directory have in common.
pub(super) struct Scene<'a> {
    pub series: &'a str,
    closed: bool,
    pub directory: &'a Directory,
    /// The day that it is where the event takes place.
    pub today: NaiveDate,
    venue: Option<String>,
    venue_is_unread: bool,
}

impl Scene<'_> {
    /// Adds an event; if its venue or a date of it could not be read, one that is known is left as it is.
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
    fn event(&self) -> Event {
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

    /// What an event here is unless something else is said.
    pub fn template(&self) -> Event {
        let told = &self.directory.event;
        let online = told.location.as_deref().is_some_and(is_online);
        Event {
            kind: words::event_kind(told.kind.as_deref()),
            publication: Publication::Published,
            status: status(told.status.as_deref()),
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

    /// What the sponsors of the event, or of the group behind a meetup, gave.
    fn sponsorships(&self, files: &[files::Sponsors]) -> Vec<Sponsorship> {
        let meetup = self.directory.is_meetup();
        let template = Sponsorship {
            group: meetup.then(|| self.series.to_owned()),
            event: (!meetup).then(|| self.directory.event.id.clone()),
            status: self.sponsorship_status(),
            ..Sponsorship::default()
        };
        sponsorships(&self.directory.event.id, files, &template)
    }

    fn sponsorship_status(&self) -> SponsorshipStatus {
        let told = &self.directory.event;
        let last_day = told.end_date.as_deref().or(told.start_date.as_deref()).and_then(|date| date.parse().ok());
        let over = last_day.is_some_and(|day: NaiveDate| day < self.today);
        if status(told.status.as_deref()) == EventStatus::Cancelled {
            SponsorshipStatus::Cancelled
        } else if over || self.directory.is_meetup() && self.closed {
            SponsorshipStatus::Ended
        } else {
            SponsorshipStatus::Active
        }
    }
}

/// Sponsors of an event that nobody described: the group's, in the year that the directory names.
pub(super) async fn import_eventless(source: &Source, series: &str, event: &str, session: &mut Session) -> Result<()> {
    let file = format!("{series}/{event}/sponsors.yml");
    let Ok(Some(sponsors)) = source.read_again::<Vec<files::Sponsors>>(&file) else { return Ok(()) };
    let year = event.rsplit('-').next().filter(|year| year.len() == 4 && year.parse::<u16>().is_ok());
    let template = Sponsorship {
        group: Some(series.to_owned()),
        status: SponsorshipStatus::Ended,
        starts_on: year.map(str::to_owned),
        ends_on: year.map(str::to_owned),
        ..Sponsorship::default()
    };
    session.report().note(&file, "there is no event.yml beside it: the sponsors are the group's");
    let batch = Batch { sponsorships: sponsorships(event, &sponsors, &template), ..Batch::default() };
    session.write(&file, batch).await
}

fn sponsorships(event: &str, files: &[files::Sponsors], template: &Sponsorship) -> Vec<Sponsorship> {
    let mut uses: HashMap<String, usize> = HashMap::new();
    let mut sponsorships = Vec::new();
    for tier in files.iter().flat_map(|file| &file.tiers) {
        let name = tier.name.as_deref().unwrap_or_default().trim();
        for sponsor in tier.sponsors.iter().flatten().filter(|sponsor| !sponsor.name.trim().is_empty()) {
            let organization = organization_key(sponsor);
            let key = format!("{event}/{name}/{organization}");
            let times = uses.entry(key.clone()).or_default();
            *times += 1;
            let badge = sponsor.badge.as_deref().unwrap_or_default().trim();
            let lines = [badge, sponsor.description.as_deref().unwrap_or_default().trim()];
            let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
            sponsorships.push(Sponsorship {
                key: if *times == 1 { key } else { format!("{key}#{times}") },
                organization: Some(organization),
                tier: Some(name.to_owned()),
                description: Some(lines.join("\n\n")),
                roles: words::sponsorship_roles(&format!("{name} {badge}")),
                ..template.clone()
            });
        }
    }
    sponsorships
}

/// A date, if one is said.
pub(super) fn date_said(date: Option<&str>) -> Option<&str> {
    date.map(str::trim).filter(|date| !date.is_empty())
}

/// What is said of a date that cannot be read.
pub(super) fn no_date(said: &str) -> String {
    format!("“{said}” is no YYYY, YYYY-MM or YYYY-MM-DD: it is left out, or all stays as it is if it is known already")
}

/// Whether an event takes place.
pub(super) fn status(word: Option<&str>) -> EventStatus {
    match word {
        Some("cancelled" | "canceled") => EventStatus::Cancelled,
        Some("postponed") => EventStatus::Postponed,
        _ => EventStatus::Scheduled,
    }
}

/// Does this location say that there is none?
pub(super) fn is_online(location: &str) -> bool {
    matches!(location.trim().to_lowercase().as_str(), "online" | "remote" | "virtual")
}
