//! A series: its group, then its events one after another.

use std::collections::BTreeMap;

use entity::{group::GroupStatus, membership::MembershipRole, node_type::NodeType};
use sea_orm::ActiveEnum;

use super::{
    events,
    files::{self, Broken, Source},
    incomplete,
    registry::Registry,
    scene::Directory,
    words,
};
use crate::{
    domain::time_zone::is_known,
    error::Result,
    interchange::{
        record::{Batch, Group, Membership},
        session::Session,
    },
};

/// Imports a series.
pub(super) async fn import(
    source: &Source,
    series: &str,
    registry: &mut Registry,
    session: &mut Session,
) -> Result<()> {
    let mut batch = Batch::default();
    let mut whole = true;
    let file = format!("{series}/series.yml");
    let told = source.read::<files::Series>(&file, session.report());
    whole &= told.is_ok();
    let told = told.ok().flatten().unwrap_or_else(|| files::Series { name: series.to_owned(), ..Default::default() });
    let (mut directories, mut eventless) = (Vec::new(), Vec::new());
    for event in source.events(series, session.report()) {
        match directory(source, series, &event, session) {
            Ok(Some(directory)) => directories.push(directory),
            Ok(None) => eventless.push(event),
            Err(Broken) => whole = false,
        }
    }
    let (memberships, all) = memberships(source, &directories, registry, &mut batch, session);
    whole &= all;
    batch.groups.push(group(series, told, &directories, memberships));
    if !whole {
        batch.incomplete.push(incomplete(NodeType::Group, series));
    }
    let closed = batch.groups.iter().any(|group| group.status == GroupStatus::Closed);
    session.write(&file, batch).await?;
    for directory in &directories {
        events::import(source, series, closed, directory, registry, session).await?;
    }
    for event in &eventless {
        events::import_eventless(source, series, event, session).await?;
    }
    Ok(())
}

/// Reads an event directory. `None` if it has no `event.yml`.
fn directory(source: &Source, series: &str, event: &str, session: &mut Session) -> Result<Option<Directory>, Broken> {
    let path = format!("{series}/{event}");
    let file = format!("{path}/event.yml");
    let Some(event) = source.read::<files::Event>(&file, session.report())? else { return Ok(None) };
    if let Some(zone) = event.timezone.as_ref().filter(|zone| !is_known(&zone.value)) {
        let reason = format!("“{}” is no time zone of the IANA database", zone.value);
        session.report().skip(file, Some(zone.referenced.line()), reason);
        return Err(Broken);
    }
    Ok(Some(Directory { path, event }))
}

fn group(series: &str, told: files::Series, directories: &[Directory], memberships: Vec<Membership>) -> Group {
    // If a group has only a meetup, that meetup describes the group.
    let meetup = match directories {
        [only] if only.is_meetup() => Some(&only.event),
        _ => None,
    };
    let cities: Vec<Option<&str>> = directories.iter().map(|directory| city(&directory.event)).collect();
    let countries: Vec<Option<String>> = directories.iter().map(|directory| country(&directory.event)).collect();
    let default_country = told.default_country_code.as_deref().and_then(words::country);
    Group {
        key: series.to_owned(),
        name: told.name.trim().to_owned(),
        description: told.description.or_else(|| meetup.and_then(|event| event.description.clone())),
        website: told.website.filter(|url| !url.is_empty()).or_else(|| meetup.and_then(|event| event.website.clone())),
        time_zone: time_zone(directories),
        city: agreed(cities).map(str::to_owned),
        country: default_country.or_else(|| agreed(countries)),
        status: if told.ended == Some(true) { GroupStatus::Closed } else { GroupStatus::Active },
        memberships,
        ..Group::default()
    }
}

/// The zone of most of its events.
fn time_zone(directories: &[Directory]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for directory in directories {
        *counts.entry(directory.time_zone()).or_default() += 1;
    }
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    most.map_or("UTC", |(zone, _)| zone).to_owned()
}

/// The value, if all have the same one.
fn agreed<T: PartialEq>(values: Vec<Option<T>>) -> Option<T> {
    let mut values = values.into_iter();
    let first = values.next()??;
    values.all(|value| value.as_ref() == Some(&first)).then_some(first)
}

/// The city of `City, Country` or `City, Region, Country`.
pub(super) fn city(event: &files::Event) -> Option<&str> {
    let (city, _) = event.location.as_deref()?.split_once(',')?;
    Some(city.trim()).filter(|city| !city.is_empty())
}

/// The country at the end of a location.
fn country(event: &files::Event) -> Option<String> {
    words::country(event.location.as_deref()?.rsplit(',').next()?)
}

/// The roles of all people, each with the years of the events that name it, and whether all files could be read.
fn memberships(
    source: &Source,
    directories: &[Directory],
    registry: &mut Registry,
    batch: &mut Batch,
    session: &mut Session,
) -> (Vec<Membership>, bool) {
    let mut whole = true;
    let mut roles: BTreeMap<(String, String), (MembershipRole, Years)> = BTreeMap::new();
    for directory in directories {
        let file = format!("{}/involvements.yml", directory.path);
        let Ok(involvements) = source.read::<Vec<files::Involvement>>(&file, session.report()) else {
            whole = false;
            continue;
        };
        for involvement in involvements.iter().flatten() {
            let role = words::membership_role(&involvement.name);
            for name in involvement.users.iter().flatten() {
                let Some(person) = registry.person(name, batch) else { continue };
                let years = &mut roles.entry((person, role.to_value())).or_insert((role, Years::None)).1;
                *years = years.and(&directory.event);
            }
        }
    }
    let memberships = roles.into_iter().map(|((person, _), (role, years))| {
        let (starts_on, ends_on) = years.ends();
        Membership { person, role, starts_on, ends_on }
    });
    (memberships.collect(), whole)
}

/// The first and the last year in which events name somebody in a role.
#[derive(Clone)]
enum Years {
    None,
    Between(String, String),
    /// An event without a date names the person: the role has no known beginning or end.
    Open,
}

impl Years {
    fn and(&self, event: &files::Event) -> Self {
        let year = event.start_date.as_deref().and_then(|date| date.get(..4));
        match (self, year) {
            (Self::Open, _) | (_, None) => Self::Open,
            (Self::None, Some(year)) => Self::Between(year.to_owned(), year.to_owned()),
            (Self::Between(first, last), Some(year)) => {
                Self::Between(first.as_str().min(year).to_owned(), last.as_str().max(year).to_owned())
            }
        }
    }

    fn ends(self) -> (Option<String>, Option<String>) {
        match self {
            Self::Between(first, last) => (Some(first), Some(last)),
            Self::None | Self::Open => (None, None),
        }
    }
}
