//! Marks in time: which kinds of things changed when, as far as this process knows. Its own commits leave a mark before
//! they are acknowledged, and whoever follows the change log leaves one for what others committed.
//!
//! Time is counted in marks, not in numbers of the log: those begin anew when a database is restored. What kinds there are
//! is for those to say who mark and ask; here they are the bits of a number.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// How many kinds there can be.
const KINDS: usize = u16::BITS as usize;

/// The marks of a process on one database.
#[derive(Clone, Debug, Default)]
pub struct Marks(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    count: AtomicU64,
    last: [AtomicU64; KINDS],
}

impl Marks {
    /// Now. Ask before the first read: what is read afterwards holds all that was marked by then.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.0.count.load(Ordering::SeqCst)
    }

    /// Things of these kinds changed. Call it when the change can be read, not before.
    pub fn mark(&self, kinds: u16) {
        if kinds != 0 {
            let now = self.0.count.fetch_add(1, Ordering::SeqCst) + 1;
            for last in self.of(kinds) {
                last.fetch_max(now, Ordering::SeqCst);
            }
        }
    }

    /// Whether nothing of these kinds changed since then, as far as is known.
    #[must_use]
    pub fn are_clear(&self, kinds: u16, since: u64) -> bool {
        self.of(kinds).all(|last| last.load(Ordering::SeqCst) <= since)
    }

    fn of(&self, kinds: u16) -> impl Iterator<Item = &AtomicU64> {
        self.0.last.iter().enumerate().filter(move |(kind, _)| kinds & 1 << kind != 0).map(|(_, last)| last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_later_mark_of_the_same_kind_matters() {
        let marks = Marks::default();
        let start = marks.now();
        assert!(marks.are_clear(u16::MAX, start));
        marks.mark(0b10);
        assert!(marks.are_clear(0b101, start));
        assert!(!marks.are_clear(0b110, start));
        assert!(marks.are_clear(u16::MAX, marks.now()));
        assert!(marks.are_clear(0, start), "what hangs on nothing holds for ever");
    }
}
