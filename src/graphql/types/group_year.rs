//! Groups in numbers.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_graphql::SimpleObject;
use chrono::{Datelike, NaiveDate};
use entity::{attendance_summary, event, event_host, talk, talk_speaker};
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, QueryTrait, Select, StatementBuilder};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    db::{Db, columns::Columns, keys::Keys, statement_cache::KeyedSelect},
    error::Result,
    graphql::relay::children::{Children, join_from, join_to},
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
        let events = db.rows_for::<CountedEvent>(&(), Columns::ALL, groups).await?;
        for CountedEvent { group, day, headcount } in events {
            let year = years.of(group, day);
            year.events += 1;
            if let Some(heads) = headcount {
                year.attendance = Some(year.attendance.unwrap_or(0) + heads);
            }
        }
        let (mut talks, mut speakers) = (HashSet::new(), HashSet::new());
        let found = db.rows_for::<CountedSpeaker>(&(), Columns::ALL, groups).await?;
        for CountedSpeaker { group, day, talk, speaker } in found {
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

/// A dated event that takes place, and its headcount.
#[derive(Deserialize)]
struct CountedEvent {
    group: Uuid,
    day: NaiveDate,
    headcount: Option<i32>,
}

impl KeyedSelect for CountedEvent {
    type Key = Uuid;
    type Variant = ();
    type Row = Self;

    fn build((): &(), _: Columns, groups: &Keys<Uuid>) -> Result<impl StatementBuilder> {
        let events = join_from::<event::Entity, attendance_summary::Entity, _>(events(groups), JoinType::LeftJoin);
        Ok(events.column(attendance_summary::Column::Headcount).into_query())
    }
}

/// A speaker of a talk of a dated event that takes place; none if the talk has no speakers.
#[derive(Deserialize)]
struct CountedSpeaker {
    group: Uuid,
    day: NaiveDate,
    talk: Uuid,
    speaker: Option<Uuid>,
}

impl KeyedSelect for CountedSpeaker {
    type Key = Uuid;
    type Variant = ();
    type Row = Self;

    fn build((): &(), _: Columns, groups: &Keys<Uuid>) -> Result<impl StatementBuilder> {
        let talks = join_from::<event::Entity, talk::Entity, _>(events(groups), JoinType::InnerJoin)
            .column(talk::Column::Id)
            .filter(talk::Column::Status.ne(talk::TalkStatus::Cancelled));
        let speakers = join_from::<talk::Entity, talk_speaker::Entity, _>(talks, JoinType::LeftJoin);
        Ok(speakers.column(talk_speaker::Column::PersonId).into_query())
    }
}

/// The group and the day of each dated event that is neither cancelled nor put off. Each execution reads many of them.
fn events(groups: &Keys<Uuid>) -> Select<event_host::Entity> {
    let hosts = event_host::Entity::find().select_only();
    join_to::<event_host::Entity, event::Entity, _>(hosts, JoinType::InnerJoin)
        .column(event_host::Column::GroupId)
        .column(event::Column::StartsOn)
        .filter(groups.has_seen(event_host::Column::GroupId.into_expr()))
        .filter(event::Column::StartsOn.is_not_null())
        .filter(event::Column::Status.is_not_in([event::EventStatus::Cancelled, event::EventStatus::Postponed]))
}
