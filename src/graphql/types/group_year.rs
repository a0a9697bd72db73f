//! Groups in numbers.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_graphql::SimpleObject;
use chrono::{Datelike, NaiveDate};
use entity::{attendance_summary, event, event_host, talk, talk_speaker};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, JoinType, QueryFilter, QuerySelect, RelationTrait, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    db::{Db, columns::Columns},
    error::Result,
    graphql::relay::children::Children,
};

/// A group's year in numbers. Events with a date count, and their talks; a talk whose event is unknown is in no year.
#[derive(Clone, Debug, Default, SimpleObject)]
pub struct GroupYear {
    /// The calendar year, in each event's own time zone.
    year: i32,
    /// How many public events it hosted or will host, leading or beside another. Cancelled and postponed ones do not
    /// count.
    events: i32,
    /// How many public talks belong to these events. Cancelled ones do not count.
    talks: i32,
    /// How many people gave these talks, each counted once a year.
    speakers: i32,
    /// How many heads were counted at these events, all together (`AttendanceSummary.headcount`); null if nobody
    /// counted at any of them.
    attendance: Option<i32>,
}

/// The years of a group, the latest first.
pub struct YearsOfGroup;

impl Children for YearsOfGroup {
    type Child = GroupYear;

    async fn load(db: &Db, groups: &[Uuid], _: Columns) -> Result<Vec<(Uuid, GroupYear)>> {
        let mut years = Years::default();
        for (group, day, headcount) in events(db, groups).await? {
            let year = years.of(group, day);
            year.events += 1;
            if let Some(heads) = headcount {
                year.attendance = Some(year.attendance.unwrap_or(0) + heads);
            }
        }
        let (mut talks, mut speakers) = (HashSet::new(), HashSet::new());
        for (group, day, talk, speaker) in talks_and_speakers(db, groups).await? {
            let year = years.of(group, day);
            year.talks += i32::from(talks.insert((group, talk)));
            if let Some(speaker) = speaker {
                year.speakers += i32::from(speakers.insert((group, day.year(), speaker)));
            }
        }
        Ok(years
            .0
            .into_iter()
            .flat_map(|(group, years)| years.into_values().rev().map(move |year| (group, year)))
            .collect())
    }
}

#[derive(Default)]
struct Years(HashMap<Uuid, BTreeMap<i32, GroupYear>>);

impl Years {
    fn of(&mut self, group: Uuid, day: NaiveDate) -> &mut GroupYear {
        let years = self.0.entry(group).or_default();
        years.entry(day.year()).or_insert_with(|| GroupYear { year: day.year(), ..GroupYear::default() })
    }
}

/// The day and the headcount of each dated event that takes place.
async fn events(db: &Db, groups: &[Uuid]) -> Result<Vec<(Uuid, NaiveDate, Option<i32>)>> {
    let attendance = attendance_summary::Relation::Event.def().rev();
    Ok(event_host::Entity::find()
        .join(JoinType::InnerJoin, event_host::Relation::Event.def())
        .join(JoinType::LeftJoin, attendance)
        .select_only()
        .column(event_host::Column::GroupId)
        .column(event::Column::StartsOn)
        .column(attendance_summary::Column::Headcount)
        .filter(db.is_any_seen(event_host::Column::GroupId, groups))
        .filter(takes_place())
        .into_tuple()
        .all(db.reads())
        .await?)
}

/// The day, the talk and each speaker of the dated events that take place.
async fn talks_and_speakers(db: &Db, groups: &[Uuid]) -> Result<Vec<(Uuid, NaiveDate, Uuid, Option<Uuid>)>> {
    Ok(event_host::Entity::find()
        .join(JoinType::InnerJoin, event_host::Relation::Event.def())
        .join(JoinType::InnerJoin, talk::Relation::Event.def().rev())
        .join(JoinType::LeftJoin, talk_speaker::Relation::Talk.def().rev())
        .select_only()
        .column(event_host::Column::GroupId)
        .column(event::Column::StartsOn)
        .column(talk::Column::Id)
        .column(talk_speaker::Column::PersonId)
        .filter(db.is_any_seen(event_host::Column::GroupId, groups))
        .filter(takes_place())
        .filter(talk::is_public().and(talk::Column::Status.ne(talk::TalkStatus::Cancelled)))
        .into_tuple()
        .all(db.reads())
        .await?)
}

/// Public, dated and neither cancelled nor put off.
fn takes_place() -> Expr {
    event::is_published()
        .and(event::Column::StartsOn.is_not_null())
        .and(event::Column::Status.is_not_in([event::EventStatus::Cancelled, event::EventStatus::Postponed]))
}
