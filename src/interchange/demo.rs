//! The demo data, in two parts.
//!
//! **Kubernetes London** is the first five years of that meetup, as its organizers told them. What the source does not say
//! stays open. A talk has no event if the source names none. Dates are as exact as in the source. A fact that is only
//! likely is a note in the provenance and never a value. Topics are those that a title names. The texts are our own.
//!
//! **Lanternport** ([`lanternport`]) is invented, and says so. Its dates depend on the moment at which it is loaded.

use self::lanternport::Lanternport;
use super::{record::Batch, session::Session};
use crate::{
    clock::Clock,
    db::Db,
    error::{Error, Result},
};

pub use activity::Activity;

mod activity;
mod calendar;
mod lanternport;

/// The name of the demo data in external references.
const SYSTEM: &str = "demo";
/// The invented group whose evenings change while the server runs.
const GROUP: &str = "lanternport-systems";

/// Writes the demo data into a database. `address` is the one of this server, for instance `http://127.0.0.1:8000`: its
/// pictures are there. Answers with what may happen in the data from then on.
pub async fn load(db: &Db, clock: &Clock, address: &str) -> Result<Activity> {
    let Lanternport { groups, events, open_talks } = Lanternport::new(clock.now(), address)?;
    let activity = Activity::new(db, clock, address, &events, open_talks);
    let history = kubernetes_london().map_err(Error::internal)?;
    write(db, clock, address, [history, groups, events]).await?;
    Ok(activity)
}

/// Writes batches one after the other. It is an error if a record is left out.
async fn write(db: &Db, clock: &Clock, address: &str, batches: impl IntoIterator<Item = Batch>) -> Result<()> {
    let mut session = Session::begin(db, clock, SYSTEM, false).await?.with_own_address(address).of_part();
    for batch in batches {
        session.write("demo", batch).await?;
    }
    let report = session.finish().await?;
    if report.skipped.is_empty() { Ok(()) } else { Err(Error::internal(report)) }
}

/// The records of Kubernetes London.
pub fn kubernetes_london() -> serde_json::Result<Batch> {
    serde_json::from_str(include_str!("kubernetes_london.json"))
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use entity::{event::EventStatus, talk_speaker::SpeakerRole};

    use super::*;

    type Tested = serde_json::Result<()>;

    #[test]
    fn the_whole_speaker_list_is_there() -> Tested {
        let talks = kubernetes_london()?.talks;
        assert_eq!(talks.len(), 71);
        assert_eq!(talks.iter().filter(|talk| talk.title.is_none()).count(), 3, "a role stands where a title should");
        assert_eq!(talks.iter().filter(|talk| talk.event.is_some()).count(), 2, "the source places only two");

        let mut talks_of: HashMap<&str, usize> = HashMap::new();
        for speaker in talks.iter().flat_map(|talk| &talk.speakers) {
            *talks_of.entry(&speaker.person).or_default() += 1;
        }
        assert_eq!(talks_of.values().sum::<usize>(), 76);
        assert_eq!(talks_of.len(), 68);
        assert_eq!(talks_of.values().filter(|talks| **talks == 2).count(), 8, "who came again is one person");

        let trio: Vec<_> =
            talks.iter().filter(|talk| talk.speakers.len() == 3).flat_map(|talk| &talk.speakers).collect();
        let trio: Vec<_> = trio.iter().map(|speaker| (speaker.person.as_str(), speaker.role)).collect();
        assert_eq!(
            trio,
            [
                ("james-strachan", SpeakerRole::Speaker),
                ("james-rawlings", SpeakerRole::CoSpeaker),
                ("rob-davies", SpeakerRole::CoSpeaker),
            ]
        );
        Ok(())
    }

    #[test]
    fn only_the_fifth_birthday_was_cancelled() -> Tested {
        let events = kubernetes_london()?.events;
        assert_eq!(events.len(), 10);
        let cancelled: Vec<_> = events.iter().filter(|event| event.status == EventStatus::Cancelled).collect();
        let cancelled: Vec<_> = cancelled.iter().map(|event| (event.date.as_deref(), event.venue.as_deref())).collect();
        assert_eq!(cancelled, [(Some("2020-03-26"), None)]);
        Ok(())
    }

    #[test]
    fn every_name_of_a_record_is_the_key_of_one() -> Tested {
        let batch = kubernetes_london()?;
        let organizations = keys(batch.organizations.iter().map(|organization| &organization.key));
        let venues = keys(batch.venues.iter().map(|venue| &venue.key));
        let people = keys(batch.people.iter().map(|person| &person.key));
        let topics = keys(batch.topics.iter().map(|topic| &topic.key));
        let groups = keys(batch.groups.iter().map(|group| &group.key));
        let events = keys(batch.events.iter().map(|event| &event.key));
        let talks = keys(batch.talks.iter().map(|talk| &talk.key));
        keys(batch.sponsorships.iter().map(|sponsorship| &sponsorship.key));
        keys(batch.fundraisers.iter().map(|fundraiser| &fundraiser.key));

        for venue in &batch.venues {
            known(&organizations, &venue.organization);
        }
        for person in &batch.people {
            known(&organizations, person.affiliations.iter().map(|affiliation| &affiliation.organization));
        }
        for group in &batch.groups {
            known(&topics, &group.topics);
            known(&people, group.memberships.iter().map(|membership| &membership.person));
        }
        for event in &batch.events {
            known(&venues, &event.venue);
            known(&groups, event.hosts.iter().map(|host| &host.group));
            known(&topics, &event.topics);
            known(&talks, event.agenda.iter().filter_map(|item| item.talk.as_ref()));
        }
        for talk in &batch.talks {
            known(&groups, &talk.group);
            known(&events, &talk.event);
            known(&people, talk.speakers.iter().map(|speaker| &speaker.person));
            known(&topics, &talk.topics);
            known(&talks, &talk.original_talk);
        }
        for sponsorship in &batch.sponsorships {
            known(&organizations, &sponsorship.organization);
            known(&groups, &sponsorship.group);
            known(&events, &sponsorship.event);
            assert_ne!(sponsorship.group.is_some(), sponsorship.event.is_some(), "{}", sponsorship.key);
        }
        for fundraiser in &batch.fundraisers {
            known(&groups, [&fundraiser.group]);
            known(&events, &fundraiser.event);
        }
        Ok(())
    }

    fn keys<'batch>(all: impl Iterator<Item = &'batch String>) -> HashSet<&'batch str> {
        let mut keys = HashSet::new();
        for key in all {
            assert!(keys.insert(key.as_str()), "{key} stands for two records");
        }
        keys
    }

    fn known<'batch>(keys: &HashSet<&str>, names: impl IntoIterator<Item = &'batch String>) {
        for name in names {
            assert!(keys.contains(name.as_str()), "{name} is no key");
        }
    }
}
