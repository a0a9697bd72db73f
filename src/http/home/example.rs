//! The query that the first page shows beside its answer.
//!
//! It is made of what the data has, so that no field of the answer is null and no list is empty.

use async_graphql::Value;

use super::facts::{Event, Facts, Talk};
use crate::error::steers;

/// The longest line of an answer.
const WIDTH: usize = 72;

/// The query for these data. Without data it is one that every server answers.
pub fn query(facts: Option<&Facts>) -> String {
    let Some(facts) = facts else { return upcoming(None) };
    // The query filters by this status, so the first event that has it is the one that the query finds.
    let is_scheduled = |event: &&Event| event.status == "SCHEDULED";
    let next = facts.upcoming.nodes.iter().filter(|event| event.phase == "UPCOMING").find(is_scheduled);
    let latest = facts.latest.nodes.iter().filter(|event| event.phase == "PAST").find(is_scheduled);
    let has_talks = |event: &Event| talk_fields(&event.talks.nodes).is_some();
    match (next, latest) {
        (Some(next), _) if has_talks(next) => upcoming(Some(next)),
        (_, Some(latest)) if next.is_none() && has_talks(latest) => past(latest),
        (Some(next), _) => with_talks(&upcoming(Some(next)), facts),
        (None, Some(latest)) => with_talks(&past(latest), facts),
        (None, None) => counts(),
    }
}

fn upcoming(event: Option<&Event>) -> String {
    let filter = "\n    first: 1\n    filter: { phase: [UPCOMING], status: [SCHEDULED] }\n    \
        orderBy: { field: STARTS_AT }\n  ";
    format!("# What is next, where, and who speaks?\n{{\n  events({filter}) {{\n{}  }}\n}}\n", nodes(event))
}

fn past(event: &Event) -> String {
    let filter = "first: 1, filter: { phase: [PAST], status: [SCHEDULED] }";
    format!("# What was last, where, and who spoke?\n{{\n  events({filter}) {{\n{}  }}\n}}\n", nodes(Some(event)))
}

/// The fields of an event that are known.
fn nodes(event: Option<&Event>) -> String {
    let Some(event) = event else { return "    nodes { name startsOn }\n".to_owned() };
    let venue =
        event.venue.as_ref().map(|venue| if venue.city.is_some() { "venue { name city }" } else { "venue { name }" });
    let online = (event.attendance_mode == "ONLINE").then_some("attendanceMode");
    let talks = talk_fields(&event.talks.nodes).map(|fields| format!("talks(first: 2) {{ nodes {{ {fields} }} }}"));
    let fields = [Some("name"), event.starts_on.as_ref().map(|_| "startsOn"), venue.or(online), talks.as_deref()];
    let lines: Vec<_> = fields.into_iter().flatten().collect();
    format!("    nodes {{\n      {}\n    }}\n", lines.join("\n      "))
}

/// Adds the latest talks to a query, if there are any.
fn with_talks(query: &str, facts: &Facts) -> String {
    let Some(fields) = talk_fields(&facts.recent.nodes) else { return query.to_owned() };
    let head = query.trim_end().trim_end_matches('}');
    format!("{head}  talks(first: 2) {{\n    nodes {{ {fields} }}\n  }}\n}}\n")
}

/// The fields that the first two of these talks all have.
fn talk_fields(talks: &[Talk]) -> Option<&'static str> {
    let shown = &talks[..talks.len().min(2)];
    let has_titles = shown.iter().all(|talk| talk.title.is_some());
    let has_speakers = shown.iter().all(|talk| !talk.speakers.is_empty());
    match (shown.is_empty(), has_titles, has_speakers) {
        (false, true, true) => Some("title speakers { person { name } }"),
        (false, true, false) => Some("title"),
        (false, false, true) => Some("speakers { person { name } }"),
        _ => None,
    }
}

fn counts() -> String {
    "# How much is here?\n{\n  groups { totalCount }\n  events { totalCount }\n  talks { totalCount }\n}\n".to_owned()
}

/// The answer as JSON for people: what fits on a line is on a line. Signs that steer the page are escaped.
pub fn answer(data: &Value) -> String {
    let mut text = String::new();
    let whole = Value::Object([(async_graphql::Name::new("data"), data.clone())].into_iter().collect());
    write(&whole, 0, 0, &mut text);
    let escape = |sign: char| match sign {
        '\n' => "\n".to_owned(),
        sign if steers(sign) => format!("\\u{:04x}", u32::from(sign)),
        sign => sign.to_string(),
    };
    text.chars().map(escape).collect()
}

/// Writes a value of which `before` characters of its line are written already.
fn write(value: &Value, depth: usize, before: usize, text: &mut String) {
    let line = line(value);
    let items: Vec<(String, &Value)> = match value {
        Value::Object(fields) if before + line.chars().count() > WIDTH => {
            fields.iter().map(|(name, value)| (format!("\"{name}\": "), value)).collect()
        }
        Value::List(items) if before + line.chars().count() > WIDTH => {
            items.iter().map(|item| (String::new(), item)).collect()
        }
        _ => return text.push_str(&line),
    };
    let (open, close) = if matches!(value, Value::List(_)) { ('[', ']') } else { ('{', '}') };
    text.push(open);
    for (index, (name, item)) in items.iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        let head = "  ".repeat(depth + 1) + name;
        text.push_str(&head);
        write(item, depth + 1, head.chars().count(), text);
    }
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
    text.push(close);
}

/// A value on one line.
fn line(value: &Value) -> String {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let fields: Vec<_> = fields.iter().map(|(name, value)| format!("\"{name}\": {}", line(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::List(items) => format!("[{}]", items.iter().map(line).collect::<Vec<_>>().join(", ")),
        value => serde_json::to_string(value).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts(parts: &serde_json::Value) -> Facts {
        let mut all = json!({
            "groups": {}, "oldest": {}, "upcoming": {}, "latest": {}, "recent": {}, "events": {}, "talks": {},
            "speakers": {}, "venues": {}, "organizations": {},
        });
        for (name, list) in parts.as_object().unwrap() {
            all[name] = json!({ "nodes": list });
        }
        serde_json::from_value(all).unwrap()
    }

    fn event(phase: &str, other: &serde_json::Value) -> serde_json::Value {
        let mut event = json!({
            "slug": "e", "name": "E", "phase": phase, "status": "SCHEDULED", "timeZone": "UTC", "datePrecision": "DAY",
            "attendanceMode": "OFFLINE", "hosts": [], "talks": {},
        });
        event.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        event
    }

    #[test]
    fn it_asks_for_what_is_known_alone() {
        let talk = json!({ "title": "T", "speakers": [{ "person": { "name": "Ada" } }] });
        let untitled = json!({ "title": null, "speakers": [] });
        let venue = json!({ "startsOn": "2026", "venue": { "name": "V", "city": null } });
        let spoken = json!({ "talks": { "nodes": [talk] } });
        for (facts, has, has_not) in [
            (facts(&json!({})), vec!["groups { totalCount }"], vec!["nodes"]),
            (facts(&json!({ "upcoming": [event("UPCOMING", &json!({}))] })), vec!["UPCOMING"], vec!["venue", "talks"]),
            (
                facts(&json!({ "upcoming": [event("UPCOMING", &venue)] })),
                vec!["startsOn", "venue { name }"],
                vec!["city"],
            ),
            (
                facts(&json!({ "latest": [event("PAST", &spoken)] })),
                vec!["PAST", "speakers"],
                vec!["orderBy", "startsOn"],
            ),
            (
                facts(&json!({ "upcoming": [event("UPCOMING", &json!({ "status": "CANCELLED" }))], "recent": [talk] })),
                vec!["totalCount"],
                vec!["UPCOMING"],
            ),
            (
                facts(
                    &json!({ "latest": [event("PAST", &json!({ "talks": { "nodes": [untitled] } }))], "recent": [talk] }),
                ),
                vec!["\n  talks(first: 2)", "title speakers"],
                vec!["      talks"],
            ),
        ] {
            let query = query(Some(&facts));
            assert!(has.iter().all(|part| query.contains(part)), "{has:?} {query}");
            assert!(!has_not.iter().any(|part| query.contains(part)), "{has_not:?} {query}");
            assert!(apollo_compiler::ast::Document::parse(&query, "").is_ok(), "{query}");
        }
    }

    #[test]
    fn an_answer_is_json_with_short_parts_on_a_line() {
        let data = json!({ "b": [{ "name": "x".repeat(40), "in": { "z": 1, "a": [null, true] } }], "e": {}, "l": [] });
        let text = answer(&Value::from_json(data.clone()).unwrap());
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), json!({ "data": data }));
        assert!(text.contains("\n        \"in\": { "), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    }

    #[test]
    fn an_answer_steers_nothing() {
        let text = answer(&Value::from("a\u{202e}b\u{9b}\n"));
        assert_eq!(text, "{ \"data\": \"a\\u202eb\\u009b\\n\" }");
    }
}
