//! The texts of records: how long they may be, and which signs they lose. Every text of a batch passes here before
//! anything else reads it. The limits are those of the columns, in `domain::check`.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Outcome, kind::Kind};
use crate::{
    domain::check::Bound,
    error::{Error, Result, is_direction_mark, steers},
};

/// How many characters are shown of a key that is too long.
const SHOWN: usize = 80;

/// The text without signs that steer a terminal or page. `None` if it has no such signs. Letters never change. Marks of
/// direction stay in texts with letters that are written from right to left, because they have a use there.
fn cleaned(bound: Bound, text: &str) -> Option<String> {
    if !text.chars().any(|sign| steers(sign) || is_direction_mark(sign)) {
        return None;
    }
    let has_use = text.chars().any(is_from_right_to_left);
    let sign = |sign: char| match sign {
        '\n' | '\t' if bound == Bound::Long => Some(sign),
        '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' if bound == Bound::Long => Some('\n'),
        sign if is_direction_mark(sign) => has_use.then_some(sign),
        sign if steers(sign) => sign.is_whitespace().then_some(' '),
        sign => Some(sign),
    };
    let cleaned = text.replace("\r\n", "\n").chars().filter_map(sign).collect();
    (cleaned != text).then_some(cleaned)
}

/// A letter of Hebrew, Arabic and the scripts beside them.
fn is_from_right_to_left(sign: char) -> bool {
    sign.is_alphabetic()
        && matches!(sign,
            '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}')
}

/// The record with texts within their limits, and the same as JSON. A text that is too long is left out. If an entry of a
/// list or the record cannot be without the text, the entry or the record is left out.
pub(super) fn taken_record<K: Kind>(record: K, outcome: &mut Outcome) -> Result<Option<(K, Value)>> {
    let mut json = serde_json::to_value(&record).map_err(Error::internal)?;
    let mut texts = Texts::default();
    texts.visit("", "", &mut json);
    if !texts.changed && texts.too_long.is_empty() {
        return Ok(Some((record, json)));
    }
    let key = shown(json["key"].as_str().unwrap_or_default());
    let (mut notes, mut gone) = (Vec::new(), None);
    // From the end to the beginning, so that a removed entry does not move the places of the next ones.
    for TooLong { place, why } in texts.too_long.iter().rev() {
        if gone.as_deref().is_some_and(|entry| place.starts_with(entry)) {
            continue;
        }
        let field = place[1..].replace('/', ".");
        match left_out::<K>(&mut json, place) {
            Some(LeftOut::Text) => notes.push(format!("{field} is left out: {why}")),
            Some(LeftOut::Entry(entry)) => {
                notes.push(format!("{field} is left out with its entry: {why}"));
                gone = Some(entry);
            }
            None => {
                outcome.skip(K::TYPE, &key, format!("{field} is too long: {why}"));
                return Ok(None);
            }
        }
    }
    for note in notes.into_iter().rev() {
        outcome.note(K::TYPE, &key, note);
    }
    let record = K::deserialize(&json).map_err(Error::internal)?;
    Ok(Some((record, json)))
}

/// A key for messages. A key that is too long is cut.
fn shown(key: &str) -> String {
    if Bound::Line.excess(key).is_none() { key.to_owned() } else { key.chars().take(SHOWN).chain(['…']).collect() }
}

/// A key without signs that steer.
pub(super) fn cleaned_key(key: &str) -> String {
    cleaned(Bound::Line, key).unwrap_or_else(|| key.to_owned())
}

/// What is wrong with the texts of a record.
#[derive(Default)]
struct Texts {
    changed: bool,
    too_long: Vec<TooLong>,
}

struct TooLong {
    /// A JSON pointer.
    place: String,
    why: String,
}

impl Texts {
    fn visit(&mut self, field: &str, place: &str, value: &mut Value) {
        match value {
            Value::String(text) => self.text(Bound::of(field), place, text),
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.visit(field, &format!("{place}/{index}"), item);
                }
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.visit(name, &format!("{place}/{name}"), value);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, bound: Bound, place: &str, text: &mut String) {
        if let Some(cleaned) = cleaned(bound, text) {
            *text = cleaned;
            self.changed = true;
        }
        self.too_long.extend(bound.excess(text).map(|why| TooLong { place: place.to_owned(), why }));
    }
}

/// What is left out because of a text that is too long.
enum LeftOut {
    /// Only the text.
    Text,
    /// An entry of a list, with the common beginning of its places.
    Entry(String),
}

/// Removes the text at this place, or its entry, if a record of this type can be without it.
fn left_out<K: DeserializeOwned>(json: &mut Value, place: &str) -> Option<LeftOut> {
    *json.pointer_mut(place)? = Value::Null;
    if K::deserialize(&*json).is_ok() {
        return Some(LeftOut::Text);
    }
    let mut steps = place.split('/').skip(1);
    let (list, index) = (steps.next()?, steps.next()?.parse::<usize>().ok()?);
    let entries = json.get_mut(list)?.as_array_mut().filter(|entries| index < entries.len())?;
    entries.remove(index);
    Some(LeftOut::Entry(format!("/{list}/{index}/")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::ready::{Ready, ready},
        *,
    };
    use crate::{
        domain::check::{ADDRESS, LINE, LONG},
        interchange::record::Batch,
    };

    /// Longer than any bound.
    const TOO_LONG: usize = LONG + 1;

    fn batch(json: &Value) -> Option<Batch> {
        serde_json::from_value(json.clone()).ok()
    }

    /// Batches in which one text alone says something, for each text that a record can have: whatever takes a text
    /// there. A part that is an object may be written as a list of its values, which is none of texts.
    fn each_text(around: &Value, place: &str, found: &mut Vec<String>) {
        let with = |value: Value| {
            let mut json = around.clone();
            *json.pointer_mut(place).unwrap() = value;
            batch(&json).map(|batch| serde_json::to_value(batch).unwrap())
        };
        let text = || json!("x".repeat(TOO_LONG));
        if with(text()).is_some() {
            found.push(place.to_owned());
        } else if with(json!({})).is_none() && with(json!([text()])).is_some() {
            found.push(format!("{place}/0"));
        } else if let Some((inner, place)) = with(json!({}))
            .map(|inner| (inner, place.to_owned()))
            .or_else(|| Some((with(json!([{}]))?, format!("{place}/0"))))
        {
            for name in inner.pointer(&place).unwrap().as_object().unwrap().keys() {
                each_text(&inner, &format!("{place}/{name}"), found);
            }
        }
    }

    /// A batch with this text at this place, and what stands in between as it is by default.
    fn with_text(place: &str, text: &str) -> Value {
        let mut json = json!({});
        let steps: Vec<&str> = place.split('/').skip(1).collect();
        let mut at = &mut json;
        for (step, next) in steps.iter().zip(steps.iter().skip(1).map(Some).chain([None])) {
            let inner = match next {
                None => json!(text),
                Some(next) if next.parse::<usize>().is_ok() => json!([]),
                Some(_) => json!({}),
            };
            at = if at.is_array() {
                let entries = at.as_array_mut().unwrap();
                entries.push(inner);
                entries.last_mut().unwrap()
            } else {
                at[*step] = inner;
                &mut at[*step]
            };
        }
        for record in json.as_object_mut().unwrap().values_mut().filter_map(|list| list.get_mut(0)?.as_object_mut()) {
            record.entry("key").or_insert_with(|| json!("k"));
        }
        json
    }

    #[test]
    fn every_text_of_every_record_has_a_bound() {
        let empty = serde_json::to_value(Batch::default()).unwrap();
        let mut places = Vec::new();
        for list in empty.as_object().unwrap().keys() {
            each_text(&empty, &format!("/{list}"), &mut places);
        }
        for known in ["/people/0/links/0/url", "/topics/0/aliases/0", "/events/0/attendance/source", "/talks/0/title"] {
            assert!(places.iter().any(|place| place == known), "{known} is not among {places:?}");
        }
        for place in places {
            let field = place.rsplit('/').find(|step| step.parse::<usize>().is_err()).unwrap();
            let (most, letter) = match Bound::of(field) {
                Bound::Line => (LINE, "ä"),
                Bound::Address => (ADDRESS, "x"),
                Bound::Long => (LONG, "x"),
                Bound::Made => panic!("{place} is no text of a record"),
            };
            let given = batch(&with_text(&place, &letter.repeat(most))).unwrap();
            let Ready { batch: taken, outcome, .. } = ready(given.clone()).unwrap();
            assert_eq!(taken, given, "{place}");
            assert!(outcome.notes.is_empty() && outcome.skipped.is_empty(), "{place}");

            let json = with_text(&place, &letter.repeat(most + 1));
            let Ready { batch: taken, outcome, .. } = ready(batch(&json).unwrap()).unwrap();
            let left = serde_json::to_string(&taken).unwrap();
            assert!(!left.contains(&letter.repeat(most)), "{place} has no bound");
            let told = [outcome.notes, outcome.skipped].concat();
            let told: Vec<String> = told.iter().map(ToString::to_string).collect();
            let unit = if most == LINE { "characters" } else { "bytes" };
            let sentence = format!("it has {} {unit}; {most} are the most", most + 1);
            assert!(
                matches!(told.as_slice(), [one] if one.contains(field) && one.contains(&sentence)),
                "{place}: {told:?}"
            );
        }
    }

    #[test]
    fn a_text_takes_with_it_only_what_cannot_be_without_it() {
        let long = "x".repeat(TOO_LONG);
        let people = json!({ "people": [
            { "key": "a", "name": "Ada", "bio": long, "aliases": ["A", long, "Q"], "links": [
                { "kind": "website", "url": "https://a.example" },
                { "kind": long, "url": long },
                { "kind": "github", "url": "https://b.example" },
            ] },
            { "key": "b", "name": long },
        ] });
        let Ready { batch, outcome, .. } = ready(batch(&people).unwrap()).unwrap();
        let [ada] = batch.people.as_slice() else { panic!("{batch:?}") };
        assert_eq!((ada.bio.as_deref(), ada.aliases.concat().as_str(), ada.links.len()), (None, "AQ", 2));
        assert_eq!(
            outcome.skipped.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [format!("Person b: name is too long: it has {TOO_LONG} characters; 500 are the most")]
        );
        let mut notes: Vec<String> = outcome.notes.iter().map(ToString::to_string).collect();
        notes.sort();
        assert!(notes[0].starts_with("Person a: aliases.1 is left out with its entry: it has"), "{notes:?}");
        assert_eq!(notes[1], format!("Person a: bio is left out: it has {TOO_LONG} bytes; 65536 are the most"));
        assert!(notes[2].starts_with("Person a: links.1.url is left out with its entry: it has"), "{notes:?}");
        assert_eq!(notes.len(), 3);
    }

    #[test]
    fn texts_lose_what_steers_and_keep_every_letter() {
        for (bound, text, without) in [
            (Bound::Line, "a\u{1b}[31mb\u{9b}c\0\u{7f}", "a[31mbc"),
            (Bound::Line, "two\r\nlines\tand\u{2028}a half", "two lines and a half"),
            (Bound::Line, "abc\u{202e}fed\u{202c}\u{2066}\u{2069}\u{206a}", "abcfed"),
            (Bound::Line, "\u{200f}Ada\u{200e}\u{61c}", "Ada"),
            (Bound::Line, "עברית\u{200e} (C++)\u{200f} نص\u{61c}\u{202b}", "עברית\u{200e} (C++)\u{200f} نص\u{61c}"),
            (Bound::Long, "a\r\nb\rc\u{2029}\td\u{b}e\u{202e}", "a\nb\nc\n\td e"),
        ] {
            assert_eq!(cleaned(bound, text).as_deref(), Some(without), "{text:?}");
            assert_eq!(cleaned(bound, without), None, "{without:?}");
        }
        for text in ["Zoë", "می\u{200c}خواهم", "👩\u{200d}💻", "हिन्दी", "שלום", "e\u{301}"]
        {
            assert_eq!(cleaned(Bound::Line, text), None, "{text}");
        }
        assert_eq!(cleaned(Bound::Long, "a\n\tb"), None);
    }
}
