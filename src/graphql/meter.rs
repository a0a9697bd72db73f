//! The actual cost of a request, counted while it runs. `limits::cost` estimates it beforehand. Both use the weights in
//! this file, which `docs/cost.md` explains.

use std::sync::atomic::{AtomicU64, Ordering};

use async_graphql::Value;
use chrono::{DateTime, Utc};

use crate::error::{Code, Error, Result};

/// How many objects make a point.
pub const OBJECTS_A_POINT: u64 = 10;
/// What a search costs beyond what it finds, in points.
pub const SEARCH: u64 = 10;
/// What `totalCount` of a list below a node costs, in points.
pub const COUNT: u64 = 1;
/// The same for a list at the root, which may be a whole table.
pub const COUNT_AT_ROOT: u64 = 5;
/// What a filter of the changes by type or group costs, in points.
pub const CHOSEN_CHANGES: u64 = 5;
/// What a filter of a list at the root costs beside its values, in points: it may be tested on a whole table.
pub const FILTER_AT_ROOT: u64 = 3;
/// How many values of a filter make a point.
pub const FILTER_VALUES_A_POINT: u64 = 5;
/// What each word of a `query` in a filter costs, in points: the database looks for it, and for all words that begin so.
pub const QUERY_WORD: u64 = 4;
/// How many bytes of text that have to be rendered weigh as much as an object.
pub const RENDERED_AN_OBJECT: u64 = 1024;
/// How many bytes of text in the answer weigh as much as an object.
pub const SENT_AN_OBJECT: u64 = 8 * 1024;

/// What a client may still ask for. Numbers are points, but for `node_count`.
#[derive(Clone, Debug)]
pub struct Budget {
    /// What a full bucket holds.
    pub limit: i32,
    /// What is left after this request.
    pub remaining: i32,
    /// What comes back each second.
    pub refill_per_second: i32,
    /// When the bucket will be full again.
    pub reset_at: DateTime<Utc>,
    /// What this request may cost.
    pub cost: i32,
    /// How many objects its answer may hold.
    pub node_count: i32,
}

/// The points for these objects and further points, at least one.
pub fn points(objects: u64, further: u64) -> u64 {
    objects.div_ceil(OBJECTS_A_POINT).saturating_add(further).max(1)
}

/// The weight of a filter: how many values it has, and how many words its queries have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilterWeight {
    values: u64,
    words: u64,
}

impl FilterWeight {
    /// The weight of this value of the field of this name.
    pub fn of(value: &Value, field: &str) -> Self {
        let one = Self { values: 1, words: 0 };
        match value {
            Value::List(items) => items.iter().fold(one, |sum, item| sum.and(Self::of(item, field))),
            Value::Object(fields) => fields.iter().fold(one, |sum, (name, value)| sum.and(Self::of(value, name))),
            Value::String(text) => Self::of_text(text, field),
            _ => one,
        }
    }

    /// The weight of this text of the field of this name.
    pub fn of_text(text: &str, field: &str) -> Self {
        let words = if field == "query" { text.split_whitespace().count().max(1) } else { 0 };
        Self { values: 1, words: words as u64 }
    }

    /// A single value without words. A list or an object counts as one besides its contents.
    pub const ONE: Self = Self { values: 1, words: 0 };

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { values: self.values.saturating_add(other.values), words: self.words.saturating_add(other.words) }
    }

    /// What it costs, in points; zero without a filter.
    pub fn points(self, at_root: bool) -> u64 {
        let scan = if at_root && self.values > 0 { FILTER_AT_ROOT } else { 0 };
        let values = self.values.div_ceil(FILTER_VALUES_A_POINT);
        values.saturating_add(scan).saturating_add(self.words.saturating_mul(QUERY_WORD))
    }
}

/// Counts what a request reads.
#[derive(Debug, Default)]
pub struct Meter {
    objects: AtomicU64,
    points: AtomicU64,
    rendered: AtomicU64,
    /// Bytes of text, of all answers.
    sent: AtomicU64,
    /// The same of the current answer.
    present: AtomicU64,
    /// How many bytes of text the answer may have.
    most: u64,
}

impl Meter {
    /// For a request that is charged `objects` whatever it finds, and whose answer may have `most` bytes of text.
    #[must_use]
    pub fn new(objects: u64, most: u64) -> Self {
        Self { objects: objects.into(), most, ..Self::default() }
    }

    /// Notes so many objects of the data.
    pub fn objects(&self, count: usize) {
        self.objects.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Notes a count or a search.
    pub fn points(&self, points: u64) {
        self.points.fetch_add(points, Ordering::Relaxed);
    }

    /// Notes a text that has to be rendered.
    pub fn rendered(&self, text: &str) {
        self.rendered.fetch_add(text.len() as u64, Ordering::Relaxed);
    }

    /// Notes a text of the answer. An error if the answer becomes too large.
    pub fn sent(&self, text: &str) -> Result<()> {
        let bytes = text.len() as u64;
        self.sent.fetch_add(bytes, Ordering::Relaxed);
        let present = self.present.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if present <= self.most {
            return Ok(());
        }
        let message = format!("The texts of the answer have more than {} bytes. Ask for smaller pages.", self.most);
        Err(Error::invalid(Code::AnswerTooLarge, message))
    }

    /// Begins the next answer of a subscription, which is charged `objects` whatever it holds.
    pub fn next_answer(&self, objects: u64) {
        self.objects.fetch_add(objects, Ordering::Relaxed);
        self.present.store(0, Ordering::Relaxed);
    }

    /// The cost so far, in points; zero if nothing was read.
    pub fn so_far(&self) -> u64 {
        let (objects, points) = (self.objects.load(Ordering::Relaxed), self.points.load(Ordering::Relaxed));
        if objects == 0 && points == 0 { 0 } else { self.cost() }
    }

    /// The cost so far, in points, at least one. It may exceed the estimate: the length of texts is not known
    /// beforehand.
    pub fn cost(&self) -> u64 {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let texts = count(&self.rendered) / RENDERED_AN_OBJECT + count(&self.sent) / SENT_AN_OBJECT;
        points(count(&self.objects) + texts, count(&self.points))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_count_by_their_length() {
        let meter = Meter::new(0, 20_000);
        assert_eq!(meter.cost(), 1);
        meter.rendered(&"x".repeat(20 * 1024));
        assert_eq!(meter.cost(), 2);
        assert!(meter.sent(&"x".repeat(20_000)).is_ok());
        assert_eq!(meter.sent("x").err().map(|error| error.code()), Some(Code::AnswerTooLarge));
    }
}
