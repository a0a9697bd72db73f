//! Batches that are ready to be compared with what is known: with texts within their limits, and with what each record
//! says in the form that is stored.

use std::collections::{HashMap, HashSet};

use entity::node_type::NodeType;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    Outcome, Told,
    kind::Kind,
    texts::{cleaned_key, taken_record},
};
use crate::{
    error::{Error, Result},
    interchange::record::{Batch, Incomplete},
};

/// A batch whose texts are within their limits, and what its records say in the form that is stored.
#[derive(Clone, Debug, Default)]
pub struct Ready {
    pub(super) batch: Batch,
    pub(super) prints: HashMap<(NodeType, String), Print>,
    /// What was left out.
    pub(super) outcome: Outcome,
}

impl Ready {
    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.prints.len()
    }

    /// Are there no records?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.prints.is_empty()
    }

    /// Could a part of it not be read?
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.batch.incomplete.is_empty()
    }

    /// What was left out.
    #[must_use]
    pub fn into_outcome(self) -> Outcome {
        self.outcome
    }

    /// Keeps the records of which this is true by their type, key and fingerprint. Answers the others.
    pub fn retain(&mut self, mut is_kept: impl FnMut(NodeType, &str, &str) -> bool) -> Vec<(NodeType, String)> {
        let mut gone = Vec::new();
        for ((node_type, key), print) in &self.prints {
            if !is_kept(*node_type, key, &print.fingerprint) {
                gone.push((*node_type, key.clone()));
            }
        }
        gone.sort_by(|(_, one), (_, other)| one.cmp(other));
        self.remove(&gone.iter().cloned().collect());
        gone
    }

    /// Takes out the records with these types and keys. Answers how many of each type these were.
    pub(super) fn remove(&mut self, known: &HashSet<(NodeType, String)>) -> HashMap<NodeType, usize> {
        let mut counts = HashMap::new();
        self.prints.retain(|place, _| !known.contains(place));
        let batch = &mut self.batch;
        macro_rules! each {
            ($($list:ident)*) => { $( remove_from(&mut batch.$list, known, &mut counts); )* };
        }
        each!(organizations venues people topics groups events talks sponsorships fundraisers);
        counts
    }

    /// Was this said of a record of this batch?
    #[must_use]
    pub fn has(&self, told: &Told) -> bool {
        self.prints.keys().any(|(node_type, key)| *node_type == told.node_type && *key == told.key)
            || self.outcome.skipped.contains(told)
            || self.outcome.notes.contains(told)
    }

    /// Adds the records of another batch, which does not contradict this one.
    pub fn add(&mut self, other: &Self) {
        let known = &self.prints;
        macro_rules! each {
            ($($list:ident)*) => { $(
                let new = other.batch.$list.iter().filter(|record| is_new(known, *record)).cloned();
                self.batch.$list.extend(new);
            )* };
        }
        each!(organizations venues people topics groups events talks sponsorships fundraisers);
        self.batch.incomplete.extend(other.batch.incomplete.iter().cloned());
        self.prints.extend(other.prints.iter().map(|(place, print)| (place.clone(), print.clone())));
        self.outcome.notes.extend(other.outcome.notes.iter().cloned());
        self.outcome.skipped.extend(other.outcome.skipped.iter().cloned());
    }
}

fn remove_from<K: Kind>(
    records: &mut Vec<K>,
    known: &HashSet<(NodeType, String)>,
    counts: &mut HashMap<NodeType, usize>,
) {
    let before = records.len();
    if !known.is_empty() {
        records.retain(|record| !known.contains(&(K::TYPE, record.key().to_owned())));
    }
    *counts.entry(K::TYPE).or_default() += before - records.len();
}

fn is_new<K: Kind>(known: &HashMap<(NodeType, String), Print>, record: &K) -> bool {
    !known.contains_key(&(K::TYPE, record.key().to_owned()))
}

/// What a record says, in the form that is stored. Fields at their default are left out, so that a new field changes no
/// old record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Print {
    /// The record as JSON.
    pub record: String,
    /// The same for equal records, on every machine.
    pub fingerprint: String,
}

impl Print {
    fn of(mut record: Value, default: &Value) -> Self {
        if let (Value::Object(fields), Value::Object(default)) = (&mut record, default) {
            fields.retain(|name, value| default.get(name) != Some(value));
        }
        forget_empty(&mut record);
        let record = record.to_string();
        let fingerprint = data_encoding::HEXLOWER.encode(&Sha256::digest(&record)[..16]);
        Self { record, fingerprint }
    }
}

/// Leaves out what says nothing.
fn forget_empty(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(forget_empty),
        Value::Object(fields) => fields.retain(|_, value| {
            forget_empty(value);
            !(value.is_null() || value.as_array().is_some_and(Vec::is_empty))
        }),
        _ => {}
    }
}

/// Brings the texts of a batch within their limits, and says what that costs. A record without a key is left out, and so
/// is the second one of a key.
pub fn ready(batch: Batch) -> Result<Ready> {
    let mut outcome = Outcome::default();
    let Batch {
        organizations,
        venues,
        people,
        topics,
        groups,
        events,
        talks,
        sponsorships,
        fundraisers,
        mut incomplete,
    } = batch;
    for Incomplete { key, .. } in &mut incomplete {
        *key = cleaned_key(key);
    }
    let mut prints = HashMap::new();
    let batch = Batch {
        organizations: records(organizations, &mut prints, &mut outcome)?,
        venues: records(venues, &mut prints, &mut outcome)?,
        people: records(people, &mut prints, &mut outcome)?,
        topics: records(topics, &mut prints, &mut outcome)?,
        groups: records(groups, &mut prints, &mut outcome)?,
        events: records(events, &mut prints, &mut outcome)?,
        talks: records(talks, &mut prints, &mut outcome)?,
        sponsorships: records(sponsorships, &mut prints, &mut outcome)?,
        fundraisers: records(fundraisers, &mut prints, &mut outcome)?,
        incomplete,
    };
    Ok(Ready { batch, prints, outcome })
}

fn records<K: Kind>(
    records: Vec<K>,
    prints: &mut HashMap<(NodeType, String), Print>,
    outcome: &mut Outcome,
) -> Result<Vec<K>> {
    let default = serde_json::to_value(K::default()).map_err(Error::internal)?;
    let mut taken = Vec::with_capacity(records.len());
    for record in records {
        let Some((record, json)) = taken_record(record, outcome)? else { continue };
        let place = (K::TYPE, record.key().to_owned());
        if place.1.is_empty() || prints.contains_key(&place) {
            let reason = if place.1.is_empty() { "it has no key" } else { "its key is used before in this batch" };
            outcome.skip(K::TYPE, &place.1, reason);
            continue;
        }
        prints.insert(place, Print::of(json, &default));
        taken.push(record);
    }
    Ok(taken)
}
