//! Which columns of its rows a statement reads. Most requests need a few of many, and what a row costs is what its columns
//! cost: to find each of them in it, to carry it over, to make a value of it.

use std::ops::BitOr;

use sea_orm::Iterable;

/// Some columns of a table, a bit for each in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Columns(u64);

impl Columns {
    /// Whole rows.
    pub const ALL: Self = Self(u64::MAX);

    /// Those that pass.
    pub fn that<C: Iterable>(pass: impl Fn(&C) -> bool) -> Self {
        let bits = C::iter().enumerate().filter(|(_, column)| pass(column)).map(|(place, _)| bit(place));
        Self(bits.fold(0, BitOr::bitor))
    }

    /// What all of these need together.
    pub fn of_all(columns: impl IntoIterator<Item = Self>) -> Self {
        columns.into_iter().fold(Self(0), BitOr::bitor)
    }

    /// Whether the one at this place is among them.
    #[must_use]
    pub fn has(self, place: usize) -> bool {
        self.0 & bit(place) != 0
    }

    /// Themselves, in their order.
    pub fn of<C: Iterable>(self) -> impl Iterator<Item = C> {
        C::iter().enumerate().filter(move |(place, _)| self.has(*place)).map(|(_, column)| column)
    }
}

/// What several need together.
impl BitOr for Columns {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A table of more columns, which there is none of, would have those behind the last bit read together.
fn bit(place: usize) -> u64 {
    1 << place.min(63)
}
