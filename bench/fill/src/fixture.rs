//! The made-up data: how many rows of each kind, and how each row is made.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    event::{self, AttendanceMode, EventDatePrecision, EventKind, EventStatus, Publication},
    event_host::{self, HostRole},
    event_topic,
    group::{self, GroupStatus},
    image,
    membership::{self, MembershipRole},
    organization, person,
    resource::{self, ResourceKind},
    sponsorship::{self, SponsorshipStatus},
    talk::{self, TalkFormat, TalkStatus},
    talk_speaker::{self, SpeakerRole},
    talk_topic, topic, venue,
};
use folkmoot::domain::text;
use uuid::Uuid;

use crate::{
    batch::Batch,
    random::{Random, key},
    words::Vocabulary,
};

/// The cities of the groups. In all of these zones the local day equals the UTC day between six and twenty o'clock,
/// when events begin.
const CITIES: [(&str, &str, &str); CITY_COUNT as usize] = [
    ("London", "GB", "Europe/London"),
    ("Berlin", "DE", "Europe/Berlin"),
    ("Paris", "FR", "Europe/Paris"),
    ("Sofia", "BG", "Europe/Sofia"),
    ("Kyiv", "UA", "Europe/Kyiv"),
];
const CITY_COUNT: u32 = 5;
/// The start of the first event: 1 January 2015, 6 o'clock.
const FIRST_DAY: DateTime<Utc> = DateTime::from_timestamp_secs(1_420_092_000).unwrap();
/// Over how many days events are spread: to the end of 2027.
const DAYS: u32 = 13 * 365;
/// People and events of one batch.
const BATCH: u32 = 500;

/// Adds a node of one type, and the rows that belong to it.
type Add = fn(&mut Fixture, &mut Batch, u32);

/// The table of a row. It is the first part of the row's key.
#[derive(Clone, Copy)]
enum Table {
    Image,
    Organization,
    Venue,
    Topic,
    Person,
    Group,
    Membership,
    Event,
    Talk,
    Resource,
    Sponsorship,
}

fn id(table: Table, number: u32) -> Uuid {
    key(table as u32, number)
}

/// How many rows there are of each kind. The size of a group does not depend on the size of the community.
#[derive(Clone, Copy)]
struct Size {
    events: u32,
    people: u32,
    groups: u32,
    venues: u32,
    organizations: u32,
    topics: u32,
}

/// Makes the rows, one after another.
pub struct Fixture {
    size: Size,
    random: Random,
    words: Vocabulary,
    /// When all rows were written.
    now: DateTime<Utc>,
    talks: u32,
    resources: u32,
}

impl Fixture {
    /// A fixture with `events` events, written at `now`.
    pub fn new(events: u32, now: DateTime<Utc>) -> Self {
        let mut random = Random::new(20_240_229);
        let words = Vocabulary::new(&mut random);
        let size = Size {
            events,
            people: events,
            groups: events / 400,
            venues: events / 40,
            organizations: events * 3 / 200,
            topics: 200,
        };
        Self { size, random, words, now, talks: 0, resources: 0 }
    }

    /// All rows, in batches that fit into memory. The rows of a batch refer only to rows of this batch and earlier
    /// ones.
    pub fn batches(mut self) -> impl Iterator<Item = Batch> {
        let kinds: [(u32, Add); 6] = [
            (self.size.organizations, Self::organization),
            (self.size.venues, Self::venue),
            (self.size.topics, Self::topic),
            (self.size.people, Self::person),
            (self.size.groups, Self::group),
            (self.size.events, Self::event),
        ];
        let piece =
            |(count, add)| (0..count).step_by(BATCH as usize).map(move |first| (first..count.min(first + BATCH), add));
        kinds.into_iter().flat_map(piece).map(move |(numbers, add): (_, Add)| {
            let mut batch = Batch::default();
            for number in numbers {
                add(&mut self, &mut batch, number);
            }
            batch
        })
    }

    fn organization(&mut self, batch: &mut Batch, number: u32) {
        let name = self.words.name(&mut self.random, 2);
        batch.organizations.push(organization::Model {
            id: id(Table::Organization, number),
            created_at: self.now,
            updated_at: self.now,
            version: 1,
            slug: slug(&name, number),
            sort_name: text::sort_key(&name),
            website: Some(format!("https://{}.example", slug(&name, number))),
            name,
            logo_id: None,
        });
    }

    fn venue(&mut self, batch: &mut Batch, number: u32) {
        let name = self.words.name(&mut self.random, 2);
        let street = self.words.name(&mut self.random, 1);
        let (city, country, _) = city(number);
        batch.venues.push(venue::Model {
            id: id(Table::Venue, number),
            created_at: self.now,
            updated_at: self.now,
            version: 1,
            slug: slug(&name, number),
            sort_name: text::sort_key(&name),
            name,
            address: Some(format!("{} {street} Street", 1 + self.random.below(200))),
            city: Some(city.to_owned()),
            country: Some(country.to_owned()),
            latitude: None,
            longitude: None,
            capacity: Some(20 + self.number(280)),
            accessibility: None,
            organization_id: self.random.percent(50).then(|| id(Table::Organization, number % self.size.organizations)),
        });
    }

    /// A topic. Its name is also a frequent word of the texts.
    fn topic(&mut self, batch: &mut Batch, number: u32) {
        let name = self.words.of_rank(number as usize);
        batch.topics.push(topic::Model {
            id: id(Table::Topic, number),
            created_at: self.now,
            updated_at: self.now,
            version: 1,
            slug: slug(&name, number),
            sort_name: text::sort_key(&name),
            name,
            description: Some(self.words.text(&mut self.random, 80)),
            canonical_id: None,
        });
    }

    /// A person. Half of the people have a picture and pronouns.
    fn person(&mut self, batch: &mut Batch, number: u32) {
        let name = self.words.name(&mut self.random, 2);
        let avatar = number.is_multiple_of(2).then(|| image::Model {
            id: id(Table::Image, number),
            url: format!("https://images.example/{}.png", slug(&name, number)),
            width: Some(400),
            height: Some(400),
            alt: name.clone(),
        });
        batch.people.push(person::Model {
            id: id(Table::Person, number),
            created_at: self.now,
            updated_at: self.now,
            version: 1,
            slug: slug(&name, number),
            sort_name: text::sort_key(&name),
            name,
            bio: Some(self.words.text(&mut self.random, 130)),
            pronouns: avatar.is_some().then(|| self.random.pick(&["she/her", "he/him", "they/them"]).to_owned()),
            avatar_id: avatar.as_ref().map(|avatar| avatar.id),
            merged_into_id: None,
        });
        batch.images.extend(avatar);
    }

    fn group(&mut self, batch: &mut Batch, number: u32) {
        let name = self.words.name(&mut self.random, 2);
        let (city, country, zone) = city(number);
        batch.groups.push(group::Model {
            id: id(Table::Group, number),
            created_at: self.now,
            updated_at: self.now,
            version: 1,
            slug: slug(&name, number),
            sort_name: text::sort_key(&name),
            website: Some(format!("https://{}.example", slug(&name, number))),
            name,
            description: Some(self.words.text(&mut self.random, 200)),
            time_zone: zone.to_owned(),
            founded_on: None,
            founded_on_precision: None,
            city: Some(city.to_owned()),
            country: Some(country.to_owned()),
            status: GroupStatus::Active,
            member_count: Some(100 + self.number(2_000)),
            member_count_on: None,
        });
        let organizers = self.random.different(3, self.size.people);
        batch.memberships.extend(organizers.into_iter().zip(3 * number..).map(|(person, membership)| {
            membership::Model {
                id: id(Table::Membership, membership),
                created_at: self.now,
                updated_at: self.now,
                version: 1,
                group_id: id(Table::Group, number),
                person_id: id(Table::Person, person),
                role: MembershipRole::Organizer,
                starts_on: None,
                starts_on_precision: None,
                ends_on: None,
                ends_on_precision: None,
            }
        }));
    }

    /// An event with all that belongs to it. Some events are drafts, some were cancelled.
    fn event(&mut self, batch: &mut Batch, number: u32) {
        let group = self.random.below(self.size.groups);
        let event = self.gathering(number, group);
        self.hosts(batch, event.id, group);
        let topics = self.random.different(1 + number as usize % 2, self.size.topics).into_iter();
        batch
            .event_topics
            .extend(topics.map(|topic| event_topic::Model { event_id: event.id, topic_id: id(Table::Topic, topic) }));
        // Two consecutive events have six talks together: three on average, one to five each.
        let spread = Random::new(u64::from(number / 2)).below(5);
        let talks = if number.is_multiple_of(2) { 1 + spread } else { 5 - spread };
        for position in 0..talks {
            self.talk(batch, &event, position.cast_signed());
        }
        if number.is_multiple_of(4) {
            self.sponsorship(batch, event.id, number / 4);
        }
        if number.is_multiple_of(10) {
            let photos = self.resource(ResourceKind::PhotoAlbum, None, Some(event.id));
            batch.resources.push(photos);
        }
        batch.events.push(event);
    }

    fn gathering(&mut self, number: u32, group: u32) -> event::Model {
        let name = self.words.title(&mut self.random);
        let venue = self.random.below(self.size.venues / CITY_COUNT) * CITY_COUNT + group % CITY_COUNT;
        let quarters = self.random.below(14 * 4);
        let starts_at =
            FIRST_DAY + TimeDelta::days(self.random.below(DAYS).into()) + TimeDelta::minutes(i64::from(quarters) * 15);
        let ends_at = Some(starts_at + TimeDelta::hours(i64::from(1 + self.random.below(4))));
        let cancelled = self.random.percent(8);
        event::Model {
            id: id(Table::Event, number),
            created_at: self.now,
            updated_at: self.now,
            version: 1,
            slug: slug(&name, number),
            sort_name: text::sort_key(&name),
            name,
            description: Some(self.words.text(&mut self.random, 270)),
            website: None,
            kind: EventKind::Meetup,
            publication: if self.random.percent(3) { Publication::Draft } else { Publication::Published },
            status: if cancelled { EventStatus::Cancelled } else { EventStatus::Scheduled },
            starts_at: Some(starts_at),
            ends_at,
            starts_on: Some(starts_at.date_naive()),
            over_at: ends_at,
            time_zone: city(group).2.to_owned(),
            date_precision: EventDatePrecision::Time,
            cancelled_at: None,
            public_cancellation_reason: None,
            attendance_mode: AttendanceMode::Offline,
            venue_id: Some(id(Table::Venue, venue)),
            capacity_offline: Some(20 + self.number(180)),
            capacity_online: None,
        }
    }

    /// The hosts of an event. One group leads; every tenth event has a second one.
    fn hosts(&mut self, batch: &mut Batch, event_id: Uuid, lead: u32) {
        let other = (lead + 1) % self.size.groups;
        let together = other != lead && self.random.percent(10);
        let hosts = [(lead, HostRole::Lead)].into_iter().chain(together.then_some((other, HostRole::CoHost)));
        batch.event_hosts.extend((0..).zip(hosts).map(|(position, (group, role))| event_host::Model {
            event_id,
            group_id: id(Table::Group, group),
            role,
            position,
            // A trigger of the database copies it.
            starts_at: None,
        }));
    }

    /// A talk. A third of the talks have two speakers. Some talks were only proposed.
    fn talk(&mut self, batch: &mut Batch, event: &event::Model, position: i32) {
        let number = self.talks;
        self.talks += 1;
        let title = self.words.title(&mut self.random);
        let talk_id = id(Table::Talk, number);
        let status = match self.random.below(100) {
            0 => TalkStatus::Proposed,
            1 => TalkStatus::Withdrawn,
            2..5 => TalkStatus::Accepted,
            _ => TalkStatus::Delivered,
        };
        batch.talks.push(talk::Model {
            id: talk_id,
            created_at: self.now,
            updated_at: self.now,
            version: 1,
            slug: slug(&title, number),
            sort_title: text::sort_key(&title),
            title: Some(title),
            r#abstract: Some(self.words.text(&mut self.random, 370)),
            format: self.random.pick(&[TalkFormat::Talk, TalkFormat::Talk, TalkFormat::Lightning]),
            language: Some("en".to_owned()),
            status,
            group_id: None,
            event_id: Some(event.id),
            position,
            held_on: event.starts_on,
            original_talk_id: None,
        });
        let speakers = self.random.different(if number.is_multiple_of(3) { 2 } else { 1 }, self.size.people);
        batch.talk_speakers.extend((0..).zip(speakers).map(|(position, person)| talk_speaker::Model {
            talk_id,
            person_id: id(Table::Person, person),
            position,
            role: if position == 0 { SpeakerRole::Speaker } else { SpeakerRole::CoSpeaker },
            affiliation: None,
            remote: false,
        }));
        let topics = self.random.different(2 + number as usize % 2, self.size.topics).into_iter();
        batch.talk_topics.extend(topics.map(|topic| talk_topic::Model { talk_id, topic_id: id(Table::Topic, topic) }));
        if number.is_multiple_of(5) {
            let recording = self.resource(ResourceKind::Video, Some(talk_id), None);
            batch.resources.push(recording);
        }
    }

    fn resource(&mut self, kind: ResourceKind, talk_id: Option<Uuid>, event_id: Option<Uuid>) -> resource::Model {
        let number = self.resources;
        self.resources += 1;
        resource::Model {
            id: id(Table::Resource, number),
            created_at: self.now,
            updated_at: self.now,
            version: 1,
            kind,
            url: format!("https://media.example/{number}"),
            title: None,
            position: 0,
            talk_id,
            event_id,
        }
    }

    fn sponsorship(&mut self, batch: &mut Batch, event_id: Uuid, number: u32) {
        batch.sponsorships.push(sponsorship::Model {
            id: id(Table::Sponsorship, number),
            created_at: self.now,
            updated_at: self.now,
            version: 1,
            organization_id: Some(id(Table::Organization, self.random.below(self.size.organizations))),
            group_id: None,
            event_id: Some(event_id),
            tier: Some(self.random.pick(&["gold", "silver", "bronze"]).to_owned()),
            description: None,
            status: if self.random.percent(5) { SponsorshipStatus::Proposed } else { SponsorshipStatus::Active },
            starts_on: None,
            starts_on_precision: None,
            ends_on: None,
            ends_on_precision: None,
        });
    }

    fn number(&mut self, end: u32) -> i32 {
        self.random.below(end).cast_signed()
    }
}

/// Venues and groups are spread over the cities.
fn city(number: u32) -> (&'static str, &'static str, &'static str) {
    CITIES[(number % CITY_COUNT) as usize]
}

fn slug(name: &str, number: u32) -> String {
    format!("{}-{}", text::fold(name).replace(' ', "-"), number + 1)
}
