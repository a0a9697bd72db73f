//! Which columns a statement reads. Most requests need only a few. The cost of a row is the cost of its columns: the
//! database finds each of them, sends it, and the server makes a value of it.

use std::ops::BitOr;

use sea_orm::Iterable;

/// Some columns of a table: a bit for each column, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Columns(u64);

impl Columns {
    /// Whole rows.
    pub const ALL: Self = Self(u64::MAX);

    /// The columns that pass this test.
    pub fn that<C: Iterable>(pass: impl Fn(&C) -> bool) -> Self {
        let bits = C::iter().enumerate().filter(|(_, column)| pass(column)).map(|(place, _)| bit(place));
        Self(bits.fold(0, BitOr::bitor))
    }

    /// All columns of these sets.
    pub fn of_all(columns: impl IntoIterator<Item = Self>) -> Self {
        columns.into_iter().fold(Self(0), BitOr::bitor)
    }

    /// Whether the column at this place is one of them.
    #[must_use]
    pub fn has(self, place: usize) -> bool {
        self.0 & bit(place) != 0
    }

    /// The columns, in their order.
    pub fn of<C: Iterable>(self) -> impl Iterator<Item = C> {
        C::iter().enumerate().filter(move |(place, _)| self.has(*place)).map(|(_, column)| column)
    }
}

/// All columns of several sets.
impl BitOr for Columns {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The bit of a column. If a table had more columns than there are bits, its last columns would share the last bit.
fn bit(place: usize) -> u64 {
    1 << place.min(63)
}
