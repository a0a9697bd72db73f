//! What the first page asks of the data, in one query.

use serde::Deserialize;

/// The query. The groups that run the server were likely recorded first; groups that only co-hosted their events came
/// later.
pub const QUERY: &str = include_str!("facts.graphql");

/// The answer to the query.
#[derive(Deserialize)]
pub struct Facts {
    /// The first groups.
    pub groups: List<Group>,
    /// The event that began first.
    pub oldest: List<Start>,
    /// The events that are on or come next, the next one first.
    pub upcoming: List<Event>,
    /// The latest past events; those without a date come last.
    pub latest: List<Event>,
    /// The latest talks.
    pub recent: List<Talk>,
    /// All events.
    pub events: List,
    /// All talks.
    pub talks: List,
    /// All speakers.
    pub speakers: List,
    /// All venues.
    pub venues: List,
    /// All organizations.
    pub organizations: List,
}

/// A connection, of which each use selects the number or some nodes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct List<T = ()> {
    /// How many there are in all.
    #[serde(default)]
    pub total_count: usize,
    /// The first of them.
    #[serde(default = "Vec::new")]
    pub nodes: Vec<T>,
}

/// A group.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Its name.
    pub name: String,
    /// When it was founded.
    #[serde(default)]
    pub founded_on: Option<String>,
}

/// When an event began.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Start {
    /// The day, month or year.
    pub starts_on: Option<String>,
}

/// An event with all that its card shows.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Its word in URLs.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// `UPCOMING`, `ONGOING`, `PAST` or `UNSCHEDULED`.
    pub phase: String,
    /// Whether it takes place.
    pub status: String,
    /// The day, month or year on which it begins in its zone.
    pub starts_on: Option<String>,
    /// The instant at which it begins.
    pub starts_at: Option<String>,
    /// Its time zone.
    pub time_zone: String,
    /// Whether `starts_at` is a time of day.
    pub date_precision: String,
    /// In a room, online or both.
    pub attendance_mode: String,
    /// Where it takes place.
    pub venue: Option<Venue>,
    /// Who hosts it.
    pub hosts: Vec<Host>,
    /// Its first talks.
    pub talks: List<Talk>,
}

impl Event {
    /// Whether it takes place as far as anybody knows.
    pub fn takes_place(&self) -> bool {
        !matches!(self.status.as_str(), "CANCELLED" | "POSTPONED")
    }
}

/// A place.
#[derive(Deserialize)]
pub struct Venue {
    /// Its name.
    pub name: String,
    /// Its city.
    pub city: Option<String>,
}

/// A host of an event.
#[derive(Deserialize)]
pub struct Host {
    /// The group.
    pub group: Group,
}

/// A talk.
#[derive(Deserialize)]
pub struct Talk {
    /// Its title.
    pub title: Option<String>,
    /// Who gives it.
    pub speakers: Vec<Speaker>,
}

/// A speaker of a talk.
#[derive(Deserialize)]
pub struct Speaker {
    /// The person.
    pub person: Person,
}

/// A person.
#[derive(Deserialize)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The portrait.
    pub avatar: Option<Image>,
}

/// A picture.
#[derive(Deserialize)]
pub struct Image {
    /// Its address.
    pub url: String,
}
