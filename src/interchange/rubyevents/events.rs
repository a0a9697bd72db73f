//! An event directory: a conference with its talks, or a meetup whose evenings are events.

use std::collections::HashMap;

use entity::sponsorship::SponsorshipStatus;

use super::{
    files::{self, Source},
    registry::{Registry, organization_key, venue_key},
    scene::{Directory, Scene},
    talks, words,
};
use crate::{
    domain::time_zone::local_day,
    error::Result,
    interchange::{
        record::{Batch, Sponsorship},
        session::Session,
    },
};

/// Imports an event directory: one batch for each of its files.
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
        let batch = Batch { sponsorships: sponsorships_of(&scene, &sponsors), ..Batch::default() };
        session.write(&file, batch).await?;
    }
    Ok(())
}

/// The sponsorships of the event, or of a meetup's group.
fn sponsorships_of(scene: &Scene<'_>, files: &[files::Sponsors]) -> Vec<Sponsorship> {
    let meetup = scene.directory.is_meetup();
    let template = Sponsorship {
        group: meetup.then(|| scene.series.to_owned()),
        event: (!meetup).then(|| scene.directory.event.id.clone()),
        status: scene.sponsorship_status(),
        ..Sponsorship::default()
    };
    sponsorships(&scene.directory.event.id, files, &template)
}

/// Imports sponsors of an event without an `event.yml`. They become sponsors of the group, in the year that the
/// directory names.
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
