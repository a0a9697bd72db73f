//! The report of an import, for people: how many nodes of each type it wrote, what it left out, and why.

use std::{collections::HashMap, fmt};

use entity::node_type::NodeType;
use sea_orm::Iterable;

use crate::error::printable;

/// How many notes and how many records that were left out a report keeps. Further ones are counted only.
const MOST: usize = 1_000;

/// What happened to the nodes of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// New nodes.
    pub created: usize,
    /// Nodes that changed.
    pub updated: usize,
    /// Nodes that are as they were.
    pub unchanged: usize,
    /// Nodes that the source does not name any more, and that were deleted.
    pub removed: usize,
    /// Nodes that the source does not name any more, and that stay.
    pub dropped: usize,
}

impl Tally {
    /// Adds another tally.
    pub fn add(&mut self, more: Self) {
        self.created += more.created;
        self.updated += more.updated;
        self.unchanged += more.unchanged;
        self.removed += more.removed;
        self.dropped += more.dropped;
    }
}

/// Something that could not be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file, as seen from where the import started.
    pub file: String,
    /// The line in the file, if the cause is in one line.
    pub line: Option<u64>,
    /// What is wrong, in one line.
    pub reason: String,
}

/// Something that was imported with a small loss, or that a person may want to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The file, as seen from where the import started.
    pub file: String,
    /// What was noticed.
    pub text: String,
}

/// The summary of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Nothing of it was kept.
    pub dry_run: bool,
    /// A part of the source could not be read.
    pub is_partial: bool,
    /// By type of node.
    pub tallies: HashMap<NodeType, Tally>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
    /// What else is worth knowing.
    pub notes: Vec<Note>,
    /// Nodes that the source no longer names, and that are still there.
    pub dropped: Vec<String>,
    /// How many more records were left out than are kept here, how many more notes there were, and how many more nodes
    /// the source no longer names.
    pub further: (usize, usize, usize),
}

impl Report {
    /// The report of a run that begins. A dry run keeps nothing.
    #[must_use]
    pub fn new(dry_run: bool) -> Self {
        Self { dry_run, ..Self::default() }
    }

    /// The tally of a type.
    #[must_use]
    pub fn tally(&self, node_type: NodeType) -> Tally {
        self.tallies.get(&node_type).copied().unwrap_or_default()
    }

    /// Was all of the source read, and all of it brought in?
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.is_partial && self.skipped.is_empty()
    }

    /// Is everything as it was?
    #[must_use]
    pub fn changed_nothing(&self) -> bool {
        self.tallies.values().all(|tally| tally.created + tally.updated + tally.removed == 0)
    }

    /// Adds the tallies of a part of the run.
    pub fn add(&mut self, tallies: &HashMap<NodeType, Tally>) {
        for (node_type, more) in tallies {
            self.tallies.entry(*node_type).or_default().add(*more);
        }
    }

    /// Notes that something is left out.
    pub fn skip(&mut self, file: impl Into<String>, line: Option<u64>, reason: impl Into<String>) {
        if self.skipped.len() < MOST {
            self.skipped.push(Skipped { file: printable(&file.into()), line, reason: one_line(&reason.into()) });
        } else {
            self.further.0 += 1;
        }
    }

    /// Says that the source no longer names a node.
    pub fn drop(&mut self, text: impl Into<String>) {
        if self.dropped.len() < MOST {
            self.dropped.push(one_line(&text.into()));
        } else {
            self.further.2 += 1;
        }
    }

    /// Notes something else.
    pub fn note(&mut self, file: impl Into<String>, text: impl Into<String>) {
        if self.notes.len() < MOST {
            self.notes.push(Note { file: printable(&file.into()), text: one_line(&text.into()) });
        } else {
            self.further.1 += 1;
        }
    }
}

/// Escapes texts of a file, because they may have signs that steer a terminal.
fn one_line(text: &str) -> String {
    printable(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

impl Report {
    /// A line for each type, and a column for each thing that happened to nodes.
    fn write_table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_dropped = self.tallies.values().any(|tally| tally.dropped > 0);
        let heading = if has_dropped { "dropped" } else { "" };
        let line = format!("{:<14}{:>9}{:>9}{:>11}{:>9}{heading:>9}", "", "created", "updated", "unchanged", "removed");
        writeln!(f, "{}", line.trim_end())?;
        for node_type in NodeType::iter() {
            let Tally { created, updated, unchanged, removed, dropped } = self.tally(node_type);
            if created + updated + unchanged + removed + dropped == 0 {
                continue;
            }
            let dropped = if has_dropped { dropped.to_string() } else { String::new() };
            let counts = format!("{created:>9}{updated:>9}{unchanged:>11}{removed:>9}{dropped:>9}");
            writeln!(f, "{:<14}{}", node_type.name(), counts.trim_end())?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_table(f)?;
        for note in &self.notes {
            writeln!(f, "note     {}: {}", note.file, note.text)?;
        }
        for skipped in &self.skipped {
            match skipped.line {
                Some(line) => writeln!(f, "skipped  {}:{line}: {}", skipped.file, skipped.reason)?,
                None => writeln!(f, "skipped  {}: {}", skipped.file, skipped.reason)?,
            }
        }
        for dropped in &self.dropped {
            writeln!(f, "dropped  {dropped}")?;
        }
        let (skipped, notes, dropped) = self.further;
        if skipped + notes + dropped > 0 {
            writeln!(f, "…        and {skipped} more skipped, {notes} more notes, {dropped} more dropped")?;
        }
        writeln!(f, "{} skipped, {} notes.", self.skipped.len() + skipped, self.notes.len() + notes)?;
        if !self.skipped.is_empty() {
            writeln!(f, "FAILED in part: what is skipped was not brought in. Mend it, and run the import again.")?;
        }
        match (self.changed_nothing(), self.dry_run) {
            (true, _) if self.skipped.is_empty() => writeln!(f, "Nothing changed."),
            (false, true) => writeln!(f, "A dry run: nothing was kept."),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_well() {
        let mut report = Report::default();
        assert!(report.to_string().contains("Nothing changed."));
        report.add(&[(NodeType::Talk, Tally { created: 2, ..Tally::default() })].into());
        report.skip("a/videos.yml", Some(3), "broken\n  here");
        report.note("a\u{1b}]0;x", "“\u{1b}[2J\u{202e}” is odd");
        let text = report.to_string();
        assert!(text.contains(r"note     a\u{1b}]0;x: “\u{1b}[2J\u{202e}” is odd"), "{text}");
        assert!(text.contains("Talk                  2        0"), "{text}");
        assert!(text.contains("skipped  a/videos.yml:3: broken here"), "{text}");
        assert!(!text.contains("Nothing changed."), "{text}");
        report.tallies.clear();
        let text = report.to_string();
        assert!(text.contains("FAILED in part") && !text.contains("Nothing changed."), "{text}");
    }
}
