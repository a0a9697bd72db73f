//! Shows the progress of a long run: a bar on a terminal, a plain line from time to time elsewhere.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressStyle};

/// How many plain lines a whole run writes.
const LINES: u64 = 10;

/// Shows progress on standard error.
pub struct Progress {
    bar: ProgressBar,
    total: u64,
    done: u64,
    plain: bool,
}

impl Progress {
    /// Starts a run of `total` steps.
    #[must_use]
    pub fn start(total: usize) -> Self {
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        let plain = !stderr().is_terminal();
        let bar = if plain { ProgressBar::hidden() } else { ProgressBar::new(total) };
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {wide_msg}") {
            bar.set_style(style);
        }
        Self { bar, total, done: 0, plain }
    }

    /// Shows nothing.
    #[must_use]
    pub fn silent() -> Self {
        Self { bar: ProgressBar::hidden(), total: 0, done: 0, plain: false }
    }

    /// Names the step that begins.
    pub fn begin(&self, name: &str) {
        self.bar.set_message(name.to_owned());
    }

    /// Counts a step that is done.
    pub fn step(&mut self) {
        self.done += 1;
        self.bar.inc(1);
        let every = self.total.div_ceil(LINES).max(1);
        if self.plain && (self.done.is_multiple_of(every) || self.done == self.total) {
            eprintln!("{} of {}", self.done, self.total);
        }
    }

    /// Ends the run.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}
