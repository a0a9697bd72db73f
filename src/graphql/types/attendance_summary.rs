//! How many people came.

use async_graphql::Object;
use entity::attendance_summary::{self, Entity, Model};

use crate::graphql::relay::children::{Table, children};

/// How many people came to an event.
#[derive(Clone)]
pub struct AttendanceSummary(Model);

/// How many people signed up for an event, and how many came. Each number is known or null; none is derived from
/// another but `dropOffRate`.
#[Object]
impl AttendanceSummary {
    /// How many said that they would come; null if nobody knows.
    async fn going(&self) -> Option<i32> {
        self.0.going
    }

    /// How many waited for a seat; null if nobody knows.
    async fn waitlisted(&self) -> Option<i32> {
        self.0.waitlisted
    }

    /// How many were checked in at the door; null if nobody knows.
    async fn checked_in(&self) -> Option<i32> {
        self.0.checked_in
    }

    /// How many were counted in the room; null if nobody counted. May be more than signed up.
    async fn headcount(&self) -> Option<i32> {
        self.0.headcount
    }

    /// Which share of those who said that they would come did not, from 0 (all came) to 1 (nobody): by `headcount`, or
    /// by `checkedIn` if nobody counted heads. Null unless both sides are known. More heads than sign-ups make it 0,
    /// never negative.
    async fn drop_off_rate(&self) -> Option<f64> {
        let going = f64::from(self.0.going.filter(|going| *going > 0)?);
        let came = f64::from(self.0.headcount.or(self.0.checked_in)?);
        Some((1.0 - came / going).max(0.0))
    }

    /// Who says so, for instance another system or a report; null if it was counted here.
    async fn source(&self) -> Option<&str> {
        self.0.source.as_deref()
    }
}

children! {
    /// The attendance of an event.
    pub AttendanceOfEvent of attendance_summary by EventId: AttendanceSummary = |row| AttendanceSummary(row);
}

impl Table for Entity {}
