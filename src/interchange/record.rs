//! The records into which every import format is translated. They name each other by `key`, which is the id of a record
//! in its source. `interchange::store` finds out which of them are known, and writes the others.
//!
//! The demo data is a batch of records that was written by hand.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    agenda_item::AgendaItemKind,
    event::{AttendanceMode, EventKind, EventStatus, Publication},
    event_host::HostRole,
    group::GroupStatus,
    membership::MembershipRole,
    node_type::NodeType,
    provenance::{Confidence, ProvenanceKind},
    resource::ResourceKind,
    sponsorship::SponsorshipStatus,
    sponsorship_role::SponsorshipRole,
    talk::{TalkFormat, TalkStatus},
    talk_speaker::SpeakerRole,
};
use serde::{Deserialize, Serialize};

/// Records that are written in one transaction, mostly of one file. A record may name any record of its own batch or of
/// an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Batch {
    /// Companies, charities and other bodies.
    pub organizations: Vec<Organization>,
    /// Places.
    pub venues: Vec<Venue>,
    /// Human beings.
    pub people: Vec<Person>,
    /// Subjects.
    pub topics: Vec<Topic>,
    /// Meetup groups and conference series.
    pub groups: Vec<Group>,
    /// Gatherings.
    pub events: Vec<Event>,
    /// Talks.
    pub talks: Vec<Talk>,
    /// Who paid.
    pub sponsorships: Vec<Sponsorship>,
    /// Collections for others.
    pub fundraisers: Vec<Fundraiser>,
    /// Records of which a part could not be read. New ones are created. Known ones stay as they are, so that a broken
    /// file deletes nothing that it brought before.
    pub incomplete: Vec<Incomplete>,
}

/// Names a record of the batch of which a part could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incomplete {
    /// Its type as the API calls it, for instance `Group`.
    #[serde(with = "word")]
    pub node_type: NodeType,
    /// Its key.
    pub key: String,
}

/// A company, charity or other body.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Organization {
    /// The id in the source, unique among its kind.
    pub key: String,
    /// The address in the source.
    pub url: Option<String>,
    /// Its name.
    pub name: String,
    /// Its home page.
    pub website: Option<String>,
    /// Its logo.
    pub logo: Option<Image>,
    /// Where single facts come from, when not plainly from the source.
    pub provenance: Vec<Provenance>,
}

/// A picture, which is at its address and not here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Image {
    /// Its address. Without one there is no picture.
    pub url: Option<String>,
    /// What it shows; the name of its owner unless said otherwise.
    pub alt: Option<String>,
    /// Its width in pixels.
    pub width: Option<i32>,
    /// Its height in pixels.
    pub height: Option<i32>,
}

/// A place where events happen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Venue {
    /// The id in the source, unique among its kind.
    pub key: String,
    /// The address in the source.
    pub url: Option<String>,
    /// Its name.
    pub name: String,
    /// Street and number.
    pub address: Option<String>,
    /// City.
    pub city: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// How many people fit.
    pub capacity: Option<i32>,
    /// What helps or hinders people with disabilities.
    pub accessibility: Option<String>,
    /// Key of the host.
    pub organization: Option<String>,
    /// Rooms in order.
    pub rooms: Vec<Room>,
    /// Where single facts come from, when not plainly from the source.
    pub provenance: Vec<Provenance>,
}

/// A room of a venue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Room {
    /// Its name.
    pub name: String,
    /// How many people fit.
    pub capacity: Option<i32>,
}

/// A human being. Found again by key, then by name and aliases.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Person {
    /// The id in the source, unique among its kind.
    pub key: String,
    /// The address in the source.
    pub url: Option<String>,
    /// The name the person goes by.
    pub name: String,
    /// Other spellings and earlier names.
    pub aliases: Vec<String>,
    /// A few words, Markdown.
    pub bio: Option<String>,
    /// As the person says them.
    pub pronouns: Option<String>,
    /// A portrait.
    pub avatar: Option<Image>,
    /// Profiles and pages in order.
    pub links: Vec<Link>,
    /// Where the person worked when.
    pub affiliations: Vec<Affiliation>,
    /// Where single facts come from, when not plainly from the source.
    pub provenance: Vec<Provenance>,
}

/// A profile or page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Link {
    /// `website`, `github`, `mastodon`…
    pub kind: String,
    /// Its address.
    pub url: String,
}

/// Work for an organization.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Affiliation {
    /// Key of the organization.
    pub organization: String,
    /// What the person did there.
    pub title: Option<String>,
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub starts_on: Option<String>,
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub ends_on: Option<String>,
}

/// A subject.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Topic {
    /// The id in the source, unique among its kind.
    pub key: String,
    /// The address in the source.
    pub url: Option<String>,
    /// Its name.
    pub name: String,
    /// What it is, Markdown.
    pub description: Option<String>,
    /// Other names.
    pub aliases: Vec<String>,
    /// Key of the topic that should be used instead.
    pub canonical: Option<String>,
    /// Where single facts come from, when not plainly from the source.
    pub provenance: Vec<Provenance>,
}

/// A meetup group or conference series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Group {
    /// The id in the source, unique among its kind.
    pub key: String,
    /// The address in the source.
    pub url: Option<String>,
    /// Its name.
    pub name: String,
    /// What it is about, Markdown.
    pub description: Option<String>,
    /// Its home page.
    pub website: Option<String>,
    /// IANA zone.
    pub time_zone: String,
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub founded_on: Option<String>,
    /// City.
    pub city: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Whether it still meets.
    #[serde(with = "word")]
    pub status: GroupStatus,
    /// How many members it had…
    pub member_count: Option<i32>,
    /// …on this day.
    pub member_count_on: Option<NaiveDate>,
    /// Keys of its topics.
    pub topics: Vec<String>,
    /// Who ran it.
    pub memberships: Vec<Membership>,
    /// Where single facts come from, when not plainly from the source.
    pub provenance: Vec<Provenance>,
}

/// A role in a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Membership {
    /// Key of the person.
    pub person: String,
    /// What the person does.
    #[serde(with = "word")]
    pub role: MembershipRole,
    /// Since when.
    pub starts_on: Option<String>,
    /// Until when.
    pub ends_on: Option<String>,
}

/// A gathering.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Event {
    /// The id in the source, unique among its kind.
    pub key: String,
    /// The address in the source.
    pub url: Option<String>,
    /// Its name.
    pub name: String,
    /// Markdown.
    pub description: Option<String>,
    /// Its own page.
    pub website: Option<String>,
    /// What kind of gathering.
    #[serde(with = "word")]
    pub kind: EventKind,
    /// Whether the public may see it.
    #[serde(with = "word")]
    pub publication: Publication,
    /// Whether it takes place.
    #[serde(with = "word")]
    pub status: EventStatus,
    /// The first day in its time zone as far as known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; nothing if unknown.
    pub date: Option<String>,
    /// The last day, if it is longer than one.
    pub end_date: Option<String>,
    /// The exact start, if known; `date` is then its local day.
    pub starts_at: Option<DateTime<Utc>>,
    /// The exact end, if known.
    pub ends_at: Option<DateTime<Utc>>,
    /// IANA zone.
    pub time_zone: String,
    /// When it was cancelled, if known.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Why, as told to everybody.
    pub public_cancellation_reason: Option<String>,
    /// In a room, online or both.
    #[serde(with = "word")]
    pub attendance_mode: AttendanceMode,
    /// Key of the venue.
    pub venue: Option<String>,
    /// Seats in the room.
    pub capacity_offline: Option<i32>,
    /// Seats online.
    pub capacity_online: Option<i32>,
    /// The groups that host it, the leading one first.
    pub hosts: Vec<Host>,
    /// Keys of its topics.
    pub topics: Vec<String>,
    /// The evening in order.
    pub agenda: Vec<AgendaItem>,
    /// How many came.
    pub attendance: Option<Attendance>,
    /// Recordings and such of the whole event.
    pub resources: Vec<Resource>,
    /// Where single facts come from, when not plainly from the source.
    pub provenance: Vec<Provenance>,
}

/// A group that hosts an event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Host {
    /// Key of the group.
    pub group: String,
    /// Leading or beside.
    #[serde(with = "word")]
    pub role: HostRole,
}

/// A part of an evening.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AgendaItem {
    /// What happens.
    #[serde(with = "word")]
    pub kind: AgendaItemKind,
    /// What it is called, unless it is a talk.
    pub title: Option<String>,
    /// When it starts.
    pub starts_at: Option<DateTime<Utc>>,
    /// How long it takes.
    pub duration_minutes: Option<i32>,
    /// Key of the talk.
    pub talk: Option<String>,
}

/// How many came.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Attendance {
    /// Said they would come.
    pub going: Option<i32>,
    /// Waited for a seat.
    pub waitlisted: Option<i32>,
    /// Were checked in.
    pub checked_in: Option<i32>,
    /// Were counted.
    pub headcount: Option<i32>,
    /// Who says so.
    pub source: Option<String>,
}

/// A recording, slides and the like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Resource {
    /// What it is.
    #[serde(with = "word")]
    pub kind: ResourceKind,
    /// Its address.
    pub url: String,
    /// Its title.
    pub title: Option<String>,
}

/// A talk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Talk {
    /// The id in the source, unique among its kind.
    pub key: String,
    /// The address in the source.
    pub url: Option<String>,
    /// Its title; nothing where the source only lists a speaker.
    pub title: Option<String>,
    /// What it is about, Markdown.
    pub abstract_text: Option<String>,
    /// What kind of talk.
    #[serde(with = "word")]
    pub format: TalkFormat,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Whether it was given.
    #[serde(with = "word")]
    pub status: TalkStatus,
    /// Key of the group.
    pub group: Option<String>,
    /// Key of the event; nothing if the source does not say.
    pub event: Option<String>,
    /// Its place in the event.
    pub position: i32,
    /// Its own day.
    pub held_on: Option<NaiveDate>,
    /// Its speakers in order.
    pub speakers: Vec<Speaker>,
    /// Keys of its topics.
    pub topics: Vec<String>,
    /// Recording, slides, code.
    pub resources: Vec<Resource>,
    /// Key of the talk that it repeats.
    pub original_talk: Option<String>,
    /// Where single facts come from, when not plainly from the source.
    pub provenance: Vec<Provenance>,
}

/// A speaker of a talk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Speaker {
    /// Key of the person.
    pub person: String,
    /// How the person takes part.
    #[serde(with = "word")]
    pub role: SpeakerRole,
    /// What the programme says of the person at that time.
    pub affiliation: Option<String>,
    /// Spoke from elsewhere.
    pub remote: bool,
}

/// What an organization gave to a group or an event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sponsorship {
    /// The id in the source, unique among its kind.
    pub key: String,
    /// The address in the source.
    pub url: Option<String>,
    /// Key of the organization; nothing if it is not named.
    pub organization: Option<String>,
    /// Key of the group…
    pub group: Option<String>,
    /// …or of the event.
    pub event: Option<String>,
    /// How the organizers call its kind.
    pub tier: Option<String>,
    /// What it covers.
    pub description: Option<String>,
    /// Where it stands.
    #[serde(with = "word")]
    pub status: SponsorshipStatus,
    /// What for.
    #[serde(with = "words")]
    pub roles: Vec<SponsorshipRole>,
    /// Since when.
    pub starts_on: Option<String>,
    /// Until when.
    pub ends_on: Option<String>,
    /// Where single facts come from, when not plainly from the source.
    pub provenance: Vec<Provenance>,
}

/// A collection for others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fundraiser {
    /// The id in the source, unique among its kind.
    pub key: String,
    /// The address in the source.
    pub url: Option<String>,
    /// Key of the group.
    pub group: String,
    /// Key of the event.
    pub event: Option<String>,
    /// What it was called.
    pub name: String,
    /// Who received the money.
    pub beneficiary: Option<String>,
    /// The goal in minor units.
    pub goal_minor: Option<i64>,
    /// The result in minor units.
    pub raised_minor: Option<i64>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// When.
    pub held_on: Option<String>,
    /// Where single facts come from, when not plainly from the source.
    pub provenance: Vec<Provenance>,
}

/// Where a fact comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Provenance {
    /// The GraphQL field that it is about; nothing means the whole node.
    pub field: Option<String>,
    /// Who says so.
    pub source: String,
    /// What kind of source.
    #[serde(with = "word")]
    pub kind: ProvenanceKind,
    /// How sure it is.
    #[serde(with = "word")]
    pub confidence: Confidence,
    /// Why.
    pub note: Option<String>,
}

/// Enums are written as the words that the database and the API use.
mod word {
    use sea_orm::ActiveEnum;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<E: ActiveEnum<Value = String>, S: Serializer>(value: &E, to: S) -> Result<S::Ok, S::Error> {
        value.to_value().serialize(to)
    }

    pub fn deserialize<'de, E: ActiveEnum<Value = String>, D: Deserializer<'de>>(from: D) -> Result<E, D::Error> {
        E::try_from_value(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// Lists of such words.
mod words {
    use sea_orm::ActiveEnum;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<E: ActiveEnum<Value = String>, S: Serializer>(values: &[E], to: S) -> Result<S::Ok, S::Error> {
        values.iter().map(ActiveEnum::to_value).collect::<Vec<_>>().serialize(to)
    }

    pub fn deserialize<'de, E: ActiveEnum<Value = String>, D: Deserializer<'de>>(from: D) -> Result<Vec<E>, D::Error> {
        let words = Vec::<String>::deserialize(from)?;
        words.iter().map(|word| E::try_from_value(word)).collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}
