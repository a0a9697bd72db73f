//! The data directory of `RubyEvents` (`rubyevents/rubyevents`, `data/`): YAML, one directory a series, below it one
//! directory an event.
//!
//! The files, and what is made of them:
//!
//! | there | here |
//! | --- | --- |
//! | `speakers.yml` | people with their aliases and links |
//! | `topics.yml` | topics |
//! | `<series>/series.yml` | a group, whatever its kind |
//! | `<series>/<event>/event.yml` | an event, unless its kind is `meetup` |
//! | top-level entry of the `videos.yml` of a `meetup` | an event: one evening |
//! | entry without `talks`, or a child in such a list | a talk; an entry with children is none |
//! | `venue.yml` | a venue, one for each name and city |
//! | `sponsors.yml` | organizations by `slug`; sponsorships of the event, for a `meetup` of the group |
//! | `involvements.yml` | memberships of the group, dated by the years of its events |
//!
//! Kinds of events: `conference` is CONFERENCE, `workshop` and `hackathon` are WORKSHOP, `retreat` is SOCIAL, `meetup`
//! and `event` are MEETUP. Files are read one at a time. Only what files share (names of people, sponsors, venues)
//! stays in memory. `schedule.yml` and `cfp.yml` are not read.

use std::path::Path;

use entity::node_type::NodeType;

use self::{files::Source, registry::Registry};
use super::{progress::Progress, record::Batch, session::Session};
use crate::error::{Code, Error, Result};

mod events;
mod files;
mod registry;
mod scene;
mod series;
mod talks;
mod words;

/// The name of this system in external references.
pub const SYSTEM: &str = "rubyevents";

/// How many records a batch has, if a file has more.
const BATCH: usize = 200;

/// Imports a directory.
pub async fn import(session: &mut Session, root: &Path) -> Result<()> {
    let source = Source::open(root, session.report())
        .map_err(|reason| Error::invalid(Code::NoData, format!("{}: {reason}", root.display())))?;
    let mut registry = Registry::default();
    if session.is_sampling() {
        return sample(&source, &mut registry, session).await;
    }
    let mut progress = Progress::start(source.series.len() + 1);
    progress.begin("people, sponsors and venues");
    registry.read_people(&source, session).await?;
    registry.read_places(&source, session).await?;
    read_topics(&source, session).await?;
    progress.step();
    for name in &source.series {
        progress.begin(name);
        series::import(&source, name, &mut registry, session).await?;
        progress.step();
    }
    progress.finish();
    Ok(())
}

/// Reads series until the sample suffices.
async fn sample(source: &Source, registry: &mut Registry, session: &mut Session) -> Result<()> {
    for name in &source.series {
        series::import(source, name, registry, session).await?;
        if session.has_enough() {
            break;
        }
    }
    Ok(())
}

async fn read_topics(source: &Source, session: &mut Session) -> Result<()> {
    let file = "topics.yml";
    let Some(topics) = source.read::<Vec<String>>(file, session.report()).ok().flatten() else { return Ok(()) };
    let mut seen = std::collections::HashSet::new();
    let topics = topics.iter().filter_map(|name| registry::topic(name)).filter(|topic| seen.insert(topic.key.clone()));
    session.write(file, Batch { topics: topics.collect(), ..Batch::default() }).await
}

/// Names a record of which a file could not be read.
fn incomplete(node_type: NodeType, key: &str) -> super::record::Incomplete {
    super::record::Incomplete { node_type, key: key.to_owned() }
}
