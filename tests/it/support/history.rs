//! A history in the form of `RubyEvents`, larger than the fixture. Names and titles repeat, so slugs get numbers.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How large a history is.
#[derive(Clone, Copy)]
pub struct Size {
    pub people: usize,
    pub series: usize,
    pub events: usize,
    pub talks: usize,
}

const NAMES: &[&str] = &["Ada Quill", "Bo Harrow", "Zoë Marsh", "Cleo Finch", "Ines Vale"];
const TITLES: &[&str] = &["Parsing by candlelight", "Dough as a service", "Why marshes?", "Panel: salt"];

/// Writes one into a new folder. The keys of its groups, events, talks and of the people in its register begin with
/// `prefix`. Topics, venues, sponsors and guests, who are in no register, are the same in all histories.
pub fn write(prefix: &str, size: Size) -> TempDir {
    let folder = TempDir::new().unwrap();
    let speakers: Vec<String> = (0..size.people).map(|number| format!("- {}\n", speaker(prefix, number))).collect();
    fs::write(folder.path().join("speakers.yml"), speakers.concat()).unwrap();
    write_file(&folder.path().join("topics.yml"), &json!(["Parsing", "Bread", "Tides"]));
    for series in 0..size.series {
        let key = format!("{prefix}-{series}");
        let directory = folder.path().join(&key);
        for event in 0..size.events {
            write_event(&directory.join(format!("{key}-{event}")), &format!("{key}-{event}"), event, size.talks);
        }
        write_file(
            &directory.join("series.yml"),
            &json!({ "name": "Dunmere Circle", "website": "https://dunmere.example" }),
        );
    }
    folder
}

fn write_event(directory: &Path, key: &str, number: usize, talks: usize) {
    fs::create_dir_all(directory).unwrap();
    let write = |file: &str, content: Value| write_file(&directory.join(file), &content);
    let is_meetup = number % 2 == 1;
    write(
        "event.yml",
        json!({ "id": key, "title": "Spring gathering", "kind": if is_meetup { "meetup" } else { "conference" },
            "timezone": "Europe/London", "location": "Dunmere, UK", "start_date": "2019-06-01" }),
    );
    let talks: Vec<Value> = (0..talks).map(|talk| entry(key, talk)).collect();
    let evening =
        json!({ "id": format!("{key}-evening"), "title": "An evening", "date": "2019-06-01", "talks": talks });
    write("videos.yml", if is_meetup { json!([evening]) } else { json!(talks) });
    write(
        "venue.yml",
        json!({ "name": format!("Hall {}", number % 3), "address": { "city": "Dunmere" },
        "rooms": [{ "name": "Ebb", "capacity": 80 }, { "name": "Flow" }] }),
    );
    write(
        "sponsors.yml",
        json!([{ "tiers": [{ "name": "Gold", "sponsors": [sponsor(number), sponsor(number + 1)] }] }]),
    );
    write("involvements.yml", json!([{ "name": "Organizer", "users": [alias(number), guest(number)] }]));
}

fn write_file(path: &Path, content: &Value) {
    fs::write(path, content.to_string()).unwrap();
}

/// Several people have the same name. Each has another one of their own, by which talks name them.
fn speaker(prefix: &str, number: usize) -> Value {
    json!({ "name": NAMES[number % NAMES.len()], "slug": format!("{prefix}-person-{number}"),
        "github": format!("account{number}"), "aliases": [{ "name": alias(number), "slug": "unused" }] })
}

fn alias(number: usize) -> String {
    format!("{} ({number})", NAMES[number % NAMES.len()])
}

fn guest(number: usize) -> String {
    format!("Guest {}", number % 4)
}

fn sponsor(number: usize) -> Value {
    let slug = format!("sponsor-{}", number % 4);
    json!({ "name": "The Bakery", "website": "https://bakery.example", "logo_url": format!("https://bakery.example/{slug}.svg"),
        "slug": slug })
}

fn entry(event: &str, number: usize) -> Value {
    let id = format!("{event}-{number}");
    json!({ "id": id, "title": TITLES[number % TITLES.len()], "date": "2019-06-01", "language": "English",
        "description": format!("Talk {number}."), "video_provider": "youtube", "video_id": format!("video-{id}"),
        "slides_url": "https://slides.example/dough", "speakers": [alias(number % 20), guest(number)] })
}
