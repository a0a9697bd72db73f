//! `videos.yml`: talks, and the evenings of a meetup.

use chrono::NaiveDate;
use entity::{
    date_precision::DatePrecision,
    event::{AttendanceMode, EventStatus},
    node_type::NodeType,
    resource::ResourceKind,
    talk::{TalkFormat, TalkStatus},
    talk_speaker::SpeakerRole,
};

use super::{
    files::Entry,
    incomplete,
    registry::Registry,
    scene::{Scene, date_said, no_date},
    words,
};
use crate::{
    domain::partial_date::PartialDate,
    interchange::{
        record::{Batch, Event, Resource, Speaker, Talk},
        report::Report,
    },
};

/// The records of a file.
pub(super) fn batch(
    scene: &Scene<'_>,
    entries: &[Entry],
    registry: &mut Registry,
    report: &mut Report,
    file: &str,
) -> Batch {
    let mut reader = Reader { scene, registry, report, file, batch: Batch::default() };
    let mut position = 0;
    for entry in entries {
        let event = if scene.directory.is_meetup() { reader.evening(entry) } else { scene.directory.event.id.clone() };
        if scene.directory.is_meetup() {
            position = 0;
        }
        let (parent, leaves) = match entry.children() {
            [] => (None, std::slice::from_ref(entry)),
            children => (Some(entry), children),
        };
        for leaf in leaves {
            reader.talk(leaf, parent, &event, position);
            position += 1;
        }
    }
    reader.batch
}

struct Reader<'a> {
    scene: &'a Scene<'a>,
    registry: &'a mut Registry,
    report: &'a mut Report,
    file: &'a str,
    batch: Batch,
}

impl Reader<'_> {
    /// One evening of a meetup. If the entry has talks, its description is about the evening. Otherwise the entry is
    /// the only talk, and the description is about the talk.
    fn evening(&mut self, entry: &Entry) -> String {
        let meetup = &self.scene.directory.event;
        let key = format!("{}/{}", meetup.id, entry.id.value);
        if self.batch.events.iter().any(|event| event.key == key) {
            // There are two entries of this id. The report gets the talk of the second one.
            return key;
        }
        let template = self.scene.template();
        let holds_talks = !entry.children().is_empty();
        let title = entry.title.as_deref().unwrap_or_default().trim();
        let event_name = entry.event_name.as_deref().unwrap_or_default().trim();
        let own_name = !event_name.is_empty() && event_name != meetup.title.trim();
        let name = if title.is_empty() || own_name && !holds_talks { event_name } else { title };
        let said = words::event_status(entry.status.as_deref());
        let event = Event {
            key: key.clone(),
            name: if name.is_empty() { meetup.title.trim().to_owned() } else { name.to_owned() },
            description: entry.description.clone().filter(|_| holds_talks),
            date: date_said(entry.date.as_deref()).map(str::to_owned),
            status: if said == EventStatus::Scheduled { template.status } else { said },
            attendance_mode: match entry.location.as_deref() {
                Some(location) if words::is_online(location) => AttendanceMode::Online,
                _ => template.attendance_mode,
            },
            resources: if holds_talks { resources(entry, None) } else { Vec::new() },
            ..template
        };
        self.scene.add(&mut self.batch, event, self.report, self.file);
        key
    }

    fn talk(&mut self, entry: &Entry, parent: Option<&Entry>, event: &str, position: i32) {
        let id = &entry.id;
        if !self.registry.is_new_talk(&id.value) {
            let reason = format!("the id “{}” is used before", id.value);
            self.report.skip(self.file, Some(id.referenced.line()), reason);
            return;
        }
        let format = words::talk_format(entry.kind.as_deref());
        let held_on = self.held_on(entry, parent);
        let title = entry.title.as_deref().map(str::trim).filter(|title| !words::is_untitled(title));
        let talk = Talk {
            key: id.value.clone(),
            title: title.map(str::to_owned),
            abstract_text: entry.description.clone(),
            format,
            language: self.language(entry),
            status: self.status(entry, parent, held_on),
            group: Some(self.scene.series.to_owned()),
            event: Some(event.to_owned()),
            position,
            held_on,
            speakers: self.speakers(entry, format),
            resources: resources(entry, parent),
            ..Talk::default()
        };
        self.batch.talks.push(talk);
    }

    fn held_on(&mut self, entry: &Entry, parent: Option<&Entry>) -> Option<NaiveDate> {
        let date = date_said(entry.date.as_deref()).or_else(|| date_said(parent?.date.as_deref()))?;
        let Some(date_of_talk) = PartialDate::parse(date) else {
            self.report.note(self.file, format!("Talk {}: {}", entry.id.value, no_date(date)));
            self.batch.incomplete.push(incomplete(NodeType::Talk, &entry.id.value));
            return None;
        };
        if date_of_talk.precision == DatePrecision::Day {
            return Some(date_of_talk.first_day);
        }
        // A month or a year is kept for the evening. A talk only has a day.
        if !self.scene.directory.is_meetup() {
            self.report.note(self.file, format!("Talk {}: “{date}” is no day, and left out", entry.id.value));
        }
        None
    }

    fn language(&mut self, entry: &Entry) -> Option<String> {
        let name = entry.language.as_deref().filter(|name| !name.trim().is_empty())?;
        let tag = words::language(name);
        if tag.is_none() {
            self.report.note(self.file, format!("Talk {}: the language “{name}” is unknown", entry.id.value));
        }
        tag
    }

    fn status(&self, entry: &Entry, parent: Option<&Entry>, held_on: Option<NaiveDate>) -> TalkStatus {
        let said = [
            entry.status.as_deref(),
            parent.and_then(|parent| parent.status.as_deref()),
            self.scene.directory.event.status.as_deref(),
        ];
        if said.into_iter().any(|word| words::event_status(word) == EventStatus::Cancelled) {
            TalkStatus::Cancelled
        } else if held_on.is_none_or(|day| day <= self.scene.today) {
            TalkStatus::Delivered
        } else {
            TalkStatus::Confirmed
        }
    }

    fn speakers(&mut self, entry: &Entry, format: TalkFormat) -> Vec<Speaker> {
        let role = if format == TalkFormat::Panel { SpeakerRole::Panelist } else { SpeakerRole::Speaker };
        let names = entry.speakers.iter().flatten();
        let people = names.filter_map(|name| self.registry.person(name, &mut self.batch));
        people.map(|person| Speaker { person, role, affiliation: None, remote: false }).collect()
    }
}

/// Recordings, slides and further reading of an entry.
fn resources(entry: &Entry, parent: Option<&Entry>) -> Vec<Resource> {
    let video = |url, title: Option<&String>| Resource { kind: ResourceKind::Video, url, title: title.cloned() };
    let mut resources: Vec<Resource> = recording(entry, parent).map(|url| video(url, None)).into_iter().collect();
    for other in entry.alternative_recordings.iter().flatten() {
        let url = address(other.video_provider.as_deref(), other.video_id.as_deref(), None);
        resources.extend(url.map(|url| video(url, other.title.as_ref().or(other.note.as_ref()))));
    }
    let slides = entry.slides_url.as_deref().map(str::trim).filter(|url| !url.is_empty());
    resources.extend(slides.map(|url| Resource { kind: ResourceKind::Slides, url: url.to_owned(), title: None }));
    for more in entry.additional_resources.iter().flatten() {
        let kind = words::resource_kind(more.kind.as_deref());
        let title = more.title.clone().or_else(|| more.name.clone());
        resources.push(Resource { kind, url: more.url.trim().to_owned(), title });
    }
    resources
}

/// The address of the recording. If the talk is a part of a longer recording, the address has its cue.
fn recording(entry: &Entry, parent: Option<&Entry>) -> Option<String> {
    let cue = entry.start_cue.as_deref().and_then(words::seconds).filter(|_| parent.is_some());
    let recorded = if entry.video_provider.as_deref() == Some("parent") { parent? } else { entry };
    let page = recorded.external_player_url.as_deref().filter(|_| recorded.external_player == Some(true));
    if let Some(page) = page.filter(|page| page.starts_with("http")) {
        return Some(page.to_owned());
    }
    address(recorded.video_provider.as_deref(), recorded.video_id.as_deref(), cue)
}

fn address(provider: Option<&str>, id: Option<&str>, cue: Option<u32>) -> Option<String> {
    let id = id?.trim();
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    match (provider?, cue) {
        ("youtube", None) if is_id => Some(format!("https://www.youtube.com/watch?v={id}")),
        ("youtube", Some(cue)) if is_id => Some(format!("https://www.youtube.com/watch?v={id}&t={cue}s")),
        ("vimeo", None) if is_id => Some(format!("https://vimeo.com/{id}")),
        ("vimeo", Some(cue)) if is_id => Some(format!("https://vimeo.com/{id}#t={cue}s")),
        ("mp4", _) if id.starts_with("http") => Some(id.to_owned()),
        _ => None,
    }
}
