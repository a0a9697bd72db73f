//! Two invented groups in an invented town, Lanternport, for what no true history of the demo has: evenings to come, times
//! of day, abstracts, portraits, recordings. Every text is our own, and every record says that it is invented.

use chrono::{DateTime, Utc};
use entity::provenance::{Confidence, ProvenanceKind};
use serde_json::Value;

use super::calendar::Calendar;
use crate::{
    error::{Error, Result},
    interchange::record::{Batch, Provenance},
};

/// What each record says of its source.
const SOURCE: &str = "Invented for the demo of Folkmoot";

/// The groups with their people, places and topics.
const GROUPS: &str = include_str!("lanternport_groups.json");
/// Their evenings and talks, and who paid.
const EVENTS: &str = include_str!("lanternport_events.json");
/// Talks that sign up for an evening while the server runs.
const OPEN_TALKS: &str = include_str!("lanternport_open_talks.json");

/// The records as they are at a moment.
pub(super) struct Lanternport {
    pub groups: Batch,
    pub events: Batch,
    pub open_talks: Batch,
}

impl Lanternport {
    /// The records at this moment, with pictures of the server at this address.
    pub fn new(now: DateTime<Utc>, address: &str) -> Result<Self> {
        let calendar = Calendar::new(now, address);
        Ok(Self {
            groups: batch(GROUPS, &calendar)?,
            events: batch(EVENTS, &calendar)?,
            open_talks: batch(OPEN_TALKS, &calendar)?,
        })
    }
}

fn batch(json: &str, calendar: &Calendar) -> Result<Batch> {
    let mut value: Value = serde_json::from_str(json).map_err(Error::internal)?;
    calendar.apply(&mut value)?;
    let mut batch = serde_json::from_value(value).map_err(Error::internal)?;
    tell_source(&mut batch);
    Ok(batch)
}

fn tell_source(batch: &mut Batch) {
    let organizations = batch.organizations.iter_mut().map(|record| &mut record.provenance);
    let venues = batch.venues.iter_mut().map(|record| &mut record.provenance);
    let people = batch.people.iter_mut().map(|record| &mut record.provenance);
    let topics = batch.topics.iter_mut().map(|record| &mut record.provenance);
    let groups = batch.groups.iter_mut().map(|record| &mut record.provenance);
    let events = batch.events.iter_mut().map(|record| &mut record.provenance);
    let talks = batch.talks.iter_mut().map(|record| &mut record.provenance);
    let sponsorships = batch.sponsorships.iter_mut().map(|record| &mut record.provenance);
    let fundraisers = batch.fundraisers.iter_mut().map(|record| &mut record.provenance);
    let all = organizations.chain(venues).chain(people).chain(topics).chain(groups);
    for provenance in all.chain(events).chain(talks).chain(sponsorships).chain(fundraisers) {
        provenance.push(Provenance {
            field: None,
            source: SOURCE.to_owned(),
            kind: ProvenanceKind::Document,
            confidence: Confidence::Stated,
            note: None,
        });
    }
}
