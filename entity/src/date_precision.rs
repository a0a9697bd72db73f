//! How much of a calendar date is known. Often it is only the month or the year.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

/// How much of a date is known. The date itself is the first day of the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DatePrecision {
    /// The day.
    Day,
    /// The month; the day is the 1st.
    Month,
    /// The year; the day is January 1st.
    Year,
}
