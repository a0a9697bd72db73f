//! Records to begin a test with: the least that makes sense, and what the test is about. A record's key is its name.

use folkmoot::interchange::session::Session;
use serde_json::{Value, json};

use super::TestApp;

/// The group that hosts every event unless a test says otherwise.
pub const GROUP: &str = "Kubernetes London";

/// A batch with the one group in it, and what else a test needs.
pub fn batch(more: Value) -> Value {
    with(json!({ "groups": [group(GROUP)] }), more)
}

/// A group that meets.
pub fn group(name: &str) -> Value {
    json!({ "key": name, "name": name, "time_zone": "Europe/London", "status": "ACTIVE" })
}

/// A published meetup of [`GROUP`] without a date.
pub fn event(name: &str, more: Value) -> Value {
    let least = json!({
        "key": name,
        "name": name,
        "publication": "PUBLISHED",
        "time_zone": "Europe/London",
        "hosts": [{ "group": GROUP, "role": "LEAD" }],
    });
    with(least, more)
}

/// A talk that was given for [`GROUP`], with unknown speakers and date.
pub fn talk(title: &str, more: Value) -> Value {
    with(json!({ "key": title, "title": title, "status": "DELIVERED", "group": GROUP }), more)
}

/// A person.
pub fn person(name: &str) -> Value {
    json!({ "key": name, "name": name })
}

/// A person in a talk's list of speakers.
pub fn speaker(name: &str) -> Value {
    json!({ "person": name, "role": "SPEAKER" })
}

/// The record with more in it.
pub fn with(mut record: Value, more: Value) -> Value {
    let (Value::Object(fields), Value::Object(more)) = (&mut record, more) else { panic!("records are objects") };
    fields.extend(more);
    record
}

/// Brings in a batch from another source than [`TestApp::load`] does.
pub async fn load_from(app: &TestApp, source: &str, batch: Value) {
    let batch = serde_json::from_value(batch).expect("a batch of records");
    let mut session = Session::begin(&app.db, &app.clock, source, false).await.unwrap();
    session.write(source, batch).await.unwrap();
    let report = session.finish().await.unwrap();
    assert!(report.skipped.is_empty(), "{report}");
}

/// This field of each node of a list.
pub fn each<'a>(list: &'a Value, field: &str) -> Vec<&'a Value> {
    let nodes = list["nodes"].as_array().unwrap_or_else(|| panic!("no nodes in {list}"));
    nodes.iter().map(|node| &node[field]).collect()
}
