//! How long a page is.

use crate::error::{Code, Error, Result};

/// How many rows a page has unless asked for more or fewer.
pub const DEFAULT_PAGE: u64 = 20;
/// How many rows a page can have.
pub const LONGEST_PAGE: u64 = 100;

/// How many rows a page has, and at which end of the list it starts.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// How many rows.
    pub limit: u64,
    /// Whether it starts at the end.
    pub backward: bool,
}

impl Span {
    /// What the arguments `first` and `last` ask for.
    pub fn new(first: Option<i32>, last: Option<i32>) -> Result<Self> {
        match (first, last) {
            (Some(_), Some(_)) => {
                Err(Error::invalid(Code::BadPage, "Pass `first` or `last`, not both: a page starts at one end."))
            }
            (None, Some(last)) => Ok(Self { limit: page_size("last", last)?, backward: true }),
            (Some(first), None) => Ok(Self { limit: page_size("first", first)?, backward: false }),
            (None, None) => Ok(Self { limit: DEFAULT_PAGE, backward: false }),
        }
    }
}

fn page_size(name: &str, size: i32) -> Result<u64> {
    u64::try_from(size).ok().filter(|size| (1..=LONGEST_PAGE).contains(size)).ok_or_else(|| {
        Error::invalid(
            Code::BadPage,
            format!("`{name}` is {size}; a page has 1 to {LONGEST_PAGE} rows. Page on with a cursor."),
        )
    })
}
