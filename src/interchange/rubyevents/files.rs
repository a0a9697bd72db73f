//! The files: which ones exist, how they are read, and the fields that are used. Unknown fields are ignored.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, de::DeserializeOwned};
use serde_saphyr::Spanned;

use crate::interchange::report::Report;

/// The longest file that is read. All files of the source are much shorter.
const LARGEST: u64 = 32 * 1024 * 1024;

/// A data directory.
pub(super) struct Source {
    root: PathBuf,
    /// The names of the directories that hold a series, in order.
    pub series: Vec<String>,
}

/// A file exists, but cannot be used. The report says why.
pub(super) struct Broken;

impl Source {
    pub fn open(root: &Path, report: &mut Report) -> Result<Self, String> {
        let series = directories(root, "", report).map_err(|error| error.to_string())?;
        let series: Vec<String> =
            series.into_iter().filter(|name| may_exist(&root.join(name).join("series.yml"))).collect();
        if series.is_empty() && !may_exist(&root.join("speakers.yml")) {
            return Err("no speakers.yml and no directory with a series.yml".into());
        }
        Ok(Self { root: root.to_owned(), series })
    }

    /// The event directories of a series, in order. If the series cannot be read, the report says so.
    pub fn events(&self, series: &str, report: &mut Report) -> Vec<String> {
        directories(&self.root.join(series), series, report).unwrap_or_else(|error| {
            report.skip(series, None, error.to_string());
            Vec::new()
        })
    }

    /// A file's content. `None` if there is no such file. Errors in it go to the report.
    pub fn read<T: DeserializeOwned>(&self, file: &str, report: &mut Report) -> Result<Option<T>, Broken> {
        let Some(text) = self.text(file, report)? else { return Ok(None) };
        parse(&text).map(Some).map_err(|problem| {
            report.skip(file, problem.line, problem.reason);
            Broken
        })
    }

    /// The same without errors in the report, for a file that is read a second time.
    pub fn read_again<T: DeserializeOwned>(&self, file: &str) -> Result<Option<T>, Broken> {
        self.read(file, &mut Report::default())
    }

    /// A file's text.
    pub fn text(&self, file: &str, report: &mut Report) -> Result<Option<String>, Broken> {
        let path = self.root.join(file);
        let text = fs::metadata(&path).and_then(|metadata| {
            if metadata.len() > LARGEST {
                return Err(io::Error::other(format!("larger than {LARGEST} bytes")));
            }
            fs::read_to_string(&path)
        });
        match text {
            Ok(text) => Ok(Some(text)),
            // A link that leads nowhere is there.
            Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(&path).is_err() => Ok(None),
            Err(error) => {
                report.skip(file, None, error.to_string());
                Err(Broken)
            }
        }
    }
}

/// Whether there is a file. If nobody can tell, it is there: reading it will say why.
fn may_exist(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

/// The names of the directories in a folder, in order. What cannot be looked at is told by the name that it has there.
fn directories(path: &Path, name: &str, report: &mut Report) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let file = entry.file_name().to_string_lossy().into_owned();
        match (fs::metadata(entry.path()), entry.file_name().into_string()) {
            (Ok(metadata), Ok(directory)) if metadata.is_dir() => names.push(directory),
            (Ok(_), _) => {}
            (Err(error), _) => report.skip(Path::new(name).join(file).to_string_lossy(), None, error.to_string()),
        }
    }
    names.sort();
    Ok(names)
}

/// What is wrong with a document, and where.
pub(super) struct Problem {
    pub line: Option<u64>,
    pub reason: String,
}

/// Reads YAML that a stranger may have written. Nothing in it may expand to more than it is, for instance by aliases.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_depth: 64,
            max_documents: 2,
            max_recorded_anchor_events: 100_000,
        },
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| Problem { line: error.location().map(|location| location.line()), reason: error.to_string() })
}

/// The items of a top-level list, each with the number of lines before it. They are read one by one, so a broken item
/// costs only itself.
pub(super) fn items(text: &str) -> Vec<(u64, &str)> {
    let mut items: Vec<(u64, &str)> = Vec::new();
    let (mut start, mut first_line, mut offset) = (None, 0, 0);
    for (number, line) in (0..).zip(text.split_inclusive('\n')) {
        if line.starts_with("- ") || line.trim_end() == "-" {
            if let Some(start) = start {
                items.push((first_line, &text[start..offset]));
            }
            (start, first_line) = (Some(offset), number);
        }
        offset += line.len();
    }
    items.extend(start.map(|start| (first_line, &text[start..])));
    items
}

#[derive(Deserialize)]
pub(super) struct Speaker {
    pub name: String,
    pub slug: Option<String>,
    pub github: Option<String>,
    pub twitter: Option<String>,
    pub website: Option<String>,
    pub mastodon: Option<String>,
    pub bluesky: Option<String>,
    pub linkedin: Option<String>,
    pub speakerdeck: Option<String>,
    pub aliases: Option<Vec<Alias>>,
}

#[derive(Deserialize)]
pub(super) struct Alias {
    pub name: String,
}

#[derive(Default, Deserialize)]
pub(super) struct Series {
    pub name: String,
    pub description: Option<String>,
    pub website: Option<String>,
    pub default_country_code: Option<String>,
    pub ended: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct Event {
    pub id: String,
    pub title: String,
    pub location: Option<String>,
    pub timezone: Option<Spanned<String>>,
    pub kind: Option<String>,
    pub description: Option<String>,
    pub website: Option<String>,
    pub start_date: Option<String>,
    pub end_date: Option<String>,
    pub date_precision: Option<String>,
    pub status: Option<String>,
    pub hybrid: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct Entry {
    pub id: Spanned<String>,
    pub title: Option<String>,
    pub event_name: Option<String>,
    pub date: Option<String>,
    pub description: Option<String>,
    pub kind: Option<String>,
    pub language: Option<String>,
    pub location: Option<String>,
    pub status: Option<String>,
    pub speakers: Option<Vec<String>>,
    pub talks: Option<Vec<Entry>>,
    pub video_provider: Option<String>,
    pub video_id: Option<String>,
    pub start_cue: Option<String>,
    pub external_player: Option<bool>,
    pub external_player_url: Option<String>,
    pub slides_url: Option<String>,
    pub alternative_recordings: Option<Vec<Recording>>,
    pub additional_resources: Option<Vec<Additional>>,
}

impl Entry {
    /// The talks that it holds, if it holds any.
    pub fn children(&self) -> &[Entry] {
        self.talks.as_deref().unwrap_or_default()
    }
}

#[derive(Deserialize)]
pub(super) struct Recording {
    pub title: Option<String>,
    pub note: Option<String>,
    pub video_provider: Option<String>,
    pub video_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Additional {
    pub name: Option<String>,
    pub title: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub url: String,
}

#[derive(Deserialize)]
pub(super) struct Venue {
    pub name: String,
    #[serde(default)]
    pub address: Address,
    pub coordinates: Option<Coordinates>,
    pub rooms: Option<Vec<Room>>,
    pub accessibility: Option<Accessibility>,
}

#[derive(Default, Deserialize)]
pub(super) struct Address {
    pub street: Option<String>,
    pub city: Option<String>,
    pub region: Option<String>,
    pub postal_code: Option<String>,
    pub country_code: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Coordinates {
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
}

#[derive(Deserialize)]
pub(super) struct Room {
    pub name: String,
    pub capacity: Option<i32>,
}

#[derive(Deserialize)]
pub(super) struct Accessibility {
    pub wheelchair: Option<bool>,
    pub elevators: Option<bool>,
    pub accessible_restrooms: Option<bool>,
    pub notes: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Sponsors {
    #[serde(default)]
    pub tiers: Vec<Tier>,
}

#[derive(Deserialize)]
pub(super) struct Tier {
    pub name: Option<String>,
    pub sponsors: Option<Vec<Sponsor>>,
}

#[derive(Deserialize)]
pub(super) struct Sponsor {
    pub name: String,
    pub slug: Option<String>,
    pub website: Option<String>,
    pub logo_url: Option<String>,
    pub badge: Option<String>,
    pub description: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Involvement {
    pub name: String,
    pub users: Option<Vec<String>>,
}
