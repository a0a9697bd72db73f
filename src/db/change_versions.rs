//! Change versions: a counter of the changes that this process knows of, and the last value at which each kind of thing
//! changed. A commit of this process raises it before the commit is acknowledged. For commits of other processes, whoever
//! follows the change log raises it.
//!
//! The versions are counted here and are not numbers of the log, because those begin anew when a database is restored. The
//! callers decide which kinds there are. Here a kind is a bit of a number.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// How many kinds there can be.
const KINDS: usize = u16::BITS as usize;

/// The change versions of a process for one database.
#[derive(Clone, Debug, Default)]
pub struct ChangeVersions(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// The last version.
    current: AtomicU64,
    /// For each kind, the version at which it last changed.
    last: [AtomicU64; KINDS],
}

impl ChangeVersions {
    /// The current version. Ask for it before the first read. What is read afterwards has all changes up to this version.
    #[must_use]
    pub fn current(&self) -> u64 {
        self.0.current.load(Ordering::SeqCst)
    }

    /// Notes that things of these kinds changed. Call it when the change can be read, not before.
    pub fn advance(&self, kinds: u16) {
        if kinds != 0 {
            let version = self.0.current.fetch_add(1, Ordering::SeqCst) + 1;
            for last in self.of(kinds) {
                last.fetch_max(version, Ordering::SeqCst);
            }
        }
    }

    /// Whether nothing of these kinds changed after this version, as far as this process knows.
    #[must_use]
    pub fn are_unchanged(&self, kinds: u16, since: u64) -> bool {
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
    fn only_a_later_version_of_the_same_kind_matters() {
        let versions = ChangeVersions::default();
        let start = versions.current();
        assert!(versions.are_unchanged(u16::MAX, start));
        versions.advance(0b10);
        assert!(versions.are_unchanged(0b101, start));
        assert!(!versions.are_unchanged(0b110, start));
        assert!(versions.are_unchanged(u16::MAX, versions.current()));
        assert!(versions.are_unchanged(0, start), "what depends on nothing is valid for ever");
    }
}
