//! Lists of events: what they are ordered by, how they are filtered, and whose they are.

use async_graphql::ID;
use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};
use entity::{
    event::{self, Column},
    event_topic, group,
    node_type::NodeType,
    person, sponsorship, talk, topic, venue,
};
use sea_orm::{
    ColumnTrait, ExprTrait,
    sea_query::{Condition, Expr, SelectStatement, UnionType},
};

use super::{AttendanceMode, Event, EventKind, EventPhase, EventStatus};
use crate::{
    domain::search,
    error::Result,
    graphql::{
        context::Scope,
        relay::{
            connection::{self, IndexPath, OrderBy, OrderDirection},
            node,
        },
        scalar::DateTime,
        types::{
            event_host as hosts,
            sponsorship::Sponsorships,
            talk::{self as talks, TalkOrderField, Talks},
        },
    },
};

connection::orders! {
    /// What events can be ordered by.
    EventOrderField as EventOrder of event by StartsAt Desc {
        /// When they start. Events without a date come last, whichever the direction.
        StartsAt "STARTS_AT" = StartsAt, Time(|event| event.starts_at);
        /// Their name, without regard to accents and capitals.
        Name "NAME" = SortName, Text(|event| &event.sort_name);
    }
}

connection::filter_input! {
    /// Which events to list. All that is given must hold; an empty filter lets everything pass. What is to come and not
    /// called off:
    ///
    /// ```graphql
    /// { events(filter: { phase: [UPCOMING], not: { status: [CANCELLED, POSTPONED] } }) { nodes { name startsOn } } }
    /// ```
    ///
    /// Where a field takes a list, one of its values must be the event's; an empty list lets nothing pass.
    /// A node that is named by id or slug must be there and public; else it is the error `UNKNOWN_NAME`.
    EventFilter {
        /// Of one of these kinds.
        kind: Option<Vec<EventKind>>,
        /// With one of these statuses.
        status: Option<Vec<EventStatus>>,
        /// In one of these phases when the request is answered. `UNSCHEDULED` is one of its own: an event without a date is
        /// neither upcoming nor past, so `[UPCOMING, ONGOING, PAST]` leaves it out.
        phase: Option<Vec<EventPhase>>,
        /// Attended in one of these ways.
        mode: Option<Vec<AttendanceMode>>,
        /// Starting in one of these years, in the event's own time zone. Events without a date do not pass.
        year: Option<Vec<i32>>,
        /// Starting at this instant or later. Where only a day, month or year is known, its first instant counts. Events
        /// without a date do not pass.
        starts_after: Option<DateTime>,
        /// Starting before this instant. Where only a day, month or year is known, its first instant counts. Events without a
        /// date do not pass.
        starts_before: Option<DateTime>,
        /// Hosted by this group, leading or beside another (id or slug).
        group: Option<ID>,
        /// At this venue (id or slug).
        venue: Option<ID>,
        /// About this topic, as a whole or in one of its public talks (id or slug).
        topic: Option<ID>,
        /// With a public talk by this person (id or slug).
        speaker: Option<ID>,
        /// Holding these words in name or description. Words match as in `search`, but what is mistyped finds nothing.
        /// Without a letter or digit it is the error `BAD_SEARCH`: an empty list would look as if nothing existed.
        query: Option<String>,
    } where |filter, scope, names| {
        Condition::all()
            .add_option(connection::any_of(scope, Column::Kind, filter.kind.as_deref(), event::EventKind::from)?)
            .add_option(connection::any_of(scope, Column::Status, filter.status.as_deref(), event::EventStatus::from)?)
            .add_option(connection::any_of(
                scope,
                Column::AttendanceMode,
                filter.mode.as_deref(),
                event::AttendanceMode::from,
            )?)
            .add_option(filter.phase.as_ref().map(|phases| in_phases(phases, scope)))
            .add_option(connection::in_years(Column::StartsOn, filter.year.as_deref(), |first, last| {
                around(first, last, scope)
            })?)
            .add_option(
                filter.starts_after.map(|time| starting(Some(time), None, scope).add(Column::StartsAt.gte(time.0))),
            )
            .add_option(
                filter.starts_before.map(|time| starting(None, Some(time), scope).add(Column::StartsAt.lt(time.0))),
            )
            .add_option(names.key::<group::Entity>(filter.group.as_ref())?.map(hosted_by))
            .add_option(names.key::<venue::Entity>(filter.venue.as_ref())?.map(|venue| column(Column::VenueId).eq(venue)))
            .add_option(names.key::<topic::Entity>(filter.topic.as_ref())?.map(|topic| {
                let of_talk = in_talks(talks::about(topic.clone()));
                Column::Id.in_subquery(about(topic).union(UnionType::Distinct, of_talk).to_owned())
            }))
            .add_option(
                names
                    .key::<person::Entity>(filter.speaker.as_ref())?
                    .map(|speaker| Column::Id.in_subquery(in_talks(talks::given_by(speaker)))),
            )
            .add_option(search::matching(scope.backend, NodeType::Event, Column::Id, filter.query.as_deref())?)
    }
}

fn column(column: Column) -> Expr {
    Expr::col((event::Entity, column))
}

/// The events of these talks, as far as both are public.
pub fn in_talks(talks: SelectStatement) -> SelectStatement {
    connection::keys(
        talk::Column::EventId,
        [talk::is_public(), talk::Column::EventId.is_not_null(), talk::Column::Id.in_subquery(talks)],
    )
}

fn about(topic: Expr) -> SelectStatement {
    connection::keys(event_topic::Column::EventId, [event_topic::Column::TopicId.into_expr().eq(topic)])
}

fn hosted_by(group: Expr) -> Expr {
    Column::Id.in_subquery(hosts::events_of(group))
}

fn starting(from: Option<DateTime>, to: Option<DateTime>, scope: Scope) -> Condition {
    let instant = |time: Option<DateTime>| time.map(|time| time.0);
    connection::sort_bounds(EventOrderField::StartsAt, scope.backend, instant(from), instant(to))
}

/// The instants in UTC that these days can have in any time zone.
fn around(first: NaiveDate, last: NaiveDate, scope: Scope) -> Condition {
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let from = midnight(first) - TimeDelta::days(1);
    // A year of five digits does not compare as text.
    let to = Some(midnight(last) + TimeDelta::days(2)).filter(|to| to.year() <= 9999);
    connection::sort_bounds(EventOrderField::StartsAt, scope.backend, Some(from), to)
}

/// The events of which this is true, by a subquery of their keys. SQLite does not know how few events are not over.
/// Without the subquery it would read all events in the order of the list to find them.
fn matching_keys(by: Expr) -> Expr {
    let events = connection::keys(Column::Id, [by]);
    Column::Id.in_subquery(events)
}

/// The same rule as `domain::event::phase`, in SQL.
fn in_phases(phases: &[EventPhase], scope: Scope) -> Condition {
    use entity::event::EventDatePrecision::{Day, Month, Time, Year};
    let vague = || Column::DatePrecision.is_in([Month, Year]);
    let now = scope.now.among_events();
    let mut any = Condition::any();
    for phase in phases {
        any = any.add(match phase {
            EventPhase::Past => Column::OverAt.lte(now),
            EventPhase::Upcoming => matching_keys(Column::OverAt.gt(now)).and(Column::StartsAt.gt(now).or(vague())),
            EventPhase::Ongoing => matching_keys(Column::OverAt.gt(now))
                .and(Column::StartsAt.lte(now))
                .and(Column::DatePrecision.is_in([Time, Day])),
            EventPhase::Unscheduled => matching_keys(Column::OverAt.is_null()),
        });
    }
    if any.is_empty() { connection::nothing() } else { any }
}

connection::list! {
    /// Lists of events.
    Events of Event, EventFilter, EventOrderField {
        fn index_path(filter: &EventFilter, order: EventOrderField) -> Result<Option<(IndexPath, Expr, EventFilter)>> {
            if order != EventOrderField::StartsAt {
                return Ok(None);
            }
            let group = node::key::<group::Entity>(filter.group.as_ref())?;
            Ok(group.map(|group| (hosts::by_start(), group, EventFilter { group: None, ..filter.clone() })))
        }
    }
}

connection::relations! {
    /// The talks of an event.
    TalksOfEvent: Talks where |parent| talk::Column::EventId.into_expr().eq(parent), {
        const ORDER: OrderBy<TalkOrderField> = OrderBy { field: TalkOrderField::Position, direction: OrderDirection::Asc };
    };

    /// The sponsorships of an event.
    SponsorshipsOfEvent: Sponsorships where |parent| sponsorship::Column::EventId.into_expr().eq(parent);

    /// The events of a group, those that it co-hosts included.
    EventsOfGroup: Events where |parent| hosted_by(parent), {
        fn index_path(order: EventOrderField) -> Option<IndexPath> {
            (order == EventOrderField::StartsAt).then(hosts::by_start)
        }
    };

    /// The events at a venue.
    EventsOfVenue: Events where |parent| column(Column::VenueId).eq(parent);

    /// The events about a topic.
    EventsOfTopic: Events where |parent| Column::Id.in_subquery(about(parent));

    /// The events at which a person spoke.
    EventsOfPerson: Events where |parent| Column::Id.in_subquery(in_talks(talks::given_by(parent)));
}
