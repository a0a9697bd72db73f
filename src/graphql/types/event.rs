//! Events: when, where, by whom, about what.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};
use entity::{
    event::{self, Column},
    event_topic, group,
    node_type::NodeType,
    person, sponsorship, talk, topic, venue,
};
use sea_orm::{
    ColumnTrait, ExprTrait,
    sea_query::{Condition, Expr, Query, SelectStatement, UnionType},
};

use super::{
    agenda_item::{AgendaItem, AgendaOfEvent},
    attendance_summary::{AttendanceOfEvent, AttendanceSummary},
    event_host::{self as hosts, EventHost, HostsOfEvent},
    fundraiser::{Fundraiser, FundraisersOfEvent},
    node::node,
    resource::{Resource, ResourcesOfEvent},
    sponsorship::Sponsorships,
    talk::{self as talks, TalkOrderField, Talks},
    topic::{Topic, TopicsOfEvent},
    venue::Venue,
};
use crate::{
    domain::{self, search},
    error::Result,
    graphql::{
        context::{ContextExt, Scope},
        markdown::{self, TextFormat},
        relay::{
            children,
            connection::{
                self, Filter, IndexPath, ListSpec, OrderBy, OrderDirection, Relation, SortField, SortKey, SortValue,
                order_input,
            },
            names::Names,
            node::{self, NodeEntity, SlugEntity},
        },
        scalar::{DateTime, Markdown, PartialDate, Url},
    },
};

impl NodeEntity for event::Entity {
    const TYPE: NodeType = NodeType::Event;
    const ID: Column = Column::Id;

    fn id(model: &event::Model) -> uuid::Uuid {
        model.id
    }

    fn visible() -> Condition {
        Condition::all().add(event::is_published())
    }

    fn reads(field: &str) -> &'static [Column] {
        match field {
            "phase" => &[Column::StartsAt, Column::OverAt, Column::DatePrecision],
            "startsOn" => &[Column::DatePrecision],
            _ => &[],
        }
    }
}

impl SlugEntity for event::Entity {
    const SLUG: Column = Column::Slug;

    fn slug(model: &event::Model) -> &str {
        &model.slug
    }
}

/// What kind of gathering an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "event::EventKind")]
pub enum EventKind {
    /// A meeting of a few hours, mostly an evening with talks.
    Meetup,
    /// A day or more with a programme of talks.
    Conference,
    /// People work on something together.
    Workshop,
    /// A course.
    Training,
    /// A party, a dinner, an outing.
    Social,
    /// A gathering to collect money for others.
    Fundraiser,
}

/// How public an event is. Drafts are never returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "event::Publication")]
pub enum EventPublication {
    /// Only its organizers see it. Never returned.
    Draft,
    /// Everybody sees it.
    Published,
    /// Everybody sees it; nobody is meant to act on it any more.
    Archived,
}

/// Whether an event takes place (schema.org `eventStatus`). Independent of its phase: a cancelled event keeps its date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "event::EventStatus")]
pub enum EventStatus {
    /// Planned, not certain.
    Tentative,
    /// It takes place, or took place.
    Scheduled,
    /// Put off, no new date yet.
    Postponed,
    /// Moved to the date it now has.
    Rescheduled,
    /// Moved from a room to the internet.
    MovedOnline,
    /// Called off.
    Cancelled,
}

/// Where an event stands in time when the request is answered. Follows from its dates alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "domain::event::Phase")]
pub enum EventPhase {
    /// It has not begun; or only its month or year is known and that is not over.
    Upcoming,
    /// It has begun and is not over. An event of which only the day is known is ongoing all day.
    Ongoing,
    /// It is over. Without a known end, an event with a start time is taken to last three hours.
    Past,
    /// Nothing is known of its date. It is neither upcoming nor past: who asks for those two does not get it.
    Unscheduled,
}

/// How exactly the start of an event is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "event::EventDatePrecision")]
pub enum EventDatePrecision {
    /// To the minute.
    Time,
    /// The day, not the time.
    Day,
    /// The month, not the day.
    Month,
    /// The year, not the month.
    Year,
    /// Not at all.
    Unknown,
}

/// Where people attend (schema.org `eventAttendanceMode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "event::AttendanceMode")]
pub enum AttendanceMode {
    /// In a room.
    Offline,
    /// On the internet.
    Online,
    /// Both.
    Mixed,
}

/// How many people an event can take, per way to attend.
#[derive(SimpleObject)]
pub struct EventCapacity {
    /// Seats in the room; null if unlimited or unknown.
    offline: Option<i32>,
    /// Seats online; null if unlimited or unknown.
    online: Option<i32>,
}

connection::connections! {
    /// The lists below an event.
    EventLists {
        /// The event's public talks, in the order of its programme.
        talks: TalksOfEvent,
        /// What it was given for itself, the latest first. Sponsors of the whole group are at `Group.sponsorships`.
        sponsorships: SponsorshipsOfEvent,
    }
}

node! {
    /// A gathering that one or more groups host: a meetup, a conference, a workshop, a party.
    ///
    /// To tell people when it is, show `startsOn`; if `datePrecision` is `TIME`, add the time of `startsAt` in
    /// `timeZone`.
    ///
    /// `status` says whether it takes place, `phase` where it stands in time. They are independent: a cancelled event
    /// keeps its date and its place in every list, until a filter leaves it out.
    impl Event(event) with EventLists {
        /// The word that stands for the event in URLs; unique among events. It stays when the name changes.
        async fn slug(&self) -> &str {
            &self.0.slug
        }

        /// Its name, as it was announced.
        async fn name(&self) -> &str {
            &self.0.name
        }

        /// What it is about; null if nobody wrote it.
        async fn description(
            &self,
            ctx: &Context<'_>,
            #[graphql(default, desc = "Whether as Markdown, as safe HTML or as plain text.")] format: TextFormat,
        ) -> Option<Markdown> {
            markdown::field(ctx, self.0.description.as_deref(), format).await
        }

        /// Its own page elsewhere, for instance where to sign up; null if it has none, or if nobody noted it.
        async fn website(&self) -> Option<Url> {
            self.0.website.clone().map(Url)
        }

        /// What kind of gathering it is.
        async fn kind(&self) -> EventKind {
            self.0.kind.into()
        }

        /// Whether it is current or kept for the record. What is not published yet is never returned.
        async fn publication(&self) -> EventPublication {
            self.0.publication.into()
        }

        /// Whether it takes place.
        async fn status(&self) -> EventStatus {
            self.0.status.into()
        }

        /// Where it stands in time when the request is answered. Without a date it is `UNSCHEDULED`, which is neither
        /// upcoming nor past.
        async fn phase(&self, ctx: &Context<'_>) -> EventPhase {
            ctx.request().now().phase(&self.0).into()
        }

        /// When it starts, UTC: to sort and to compare by. If only the day, month or year is known (`datePrecision`),
        /// the first instant of that period in the event's time zone; null if nothing is known. To show a date to
        /// people, take `startsOn`.
        async fn starts_at(&self) -> Option<DateTime> {
            self.0.starts_at.map(DateTime)
        }

        /// The day on which it starts in its own time zone, as far as it is known: `2015-02` if only the month is. Null
        /// if nothing is known.
        async fn starts_on(&self) -> Option<PartialDate> {
            use entity::{date_precision::DatePrecision, event::EventDatePrecision as Known};
            let precision = match self.0.date_precision {
                Known::Time | Known::Day => DatePrecision::Day,
                Known::Month => DatePrecision::Month,
                Known::Year => DatePrecision::Year,
                Known::Unknown => return None,
            };
            PartialDate::from_columns(self.0.starts_on, Some(precision))
        }

        /// When it ends, UTC; null if that is not known.
        async fn ends_at(&self) -> Option<DateTime> {
            self.0.ends_at.map(DateTime)
        }

        /// The IANA time zone in which it takes place, for instance `Europe/London`.
        async fn time_zone(&self) -> &str {
            &self.0.time_zone
        }

        /// How exactly its start is known: whether `startsAt` is a time of day, or only where a day, a month or a year
        /// begins.
        async fn date_precision(&self) -> EventDatePrecision {
            self.0.date_precision.into()
        }

        /// When it was called off, UTC; null if it was not, or if the moment is not known. `status` says whether it
        /// was.
        async fn cancelled_at(&self) -> Option<DateTime> {
            self.0.cancelled_at.map(DateTime)
        }

        /// Why it was called off, as told to everybody; null if it was not, or if nobody said why.
        async fn public_cancellation_reason(&self) -> Option<&str> {
            self.0.public_cancellation_reason.as_deref()
        }

        /// Whether people attend in a room, online or both.
        async fn attendance_mode(&self) -> AttendanceMode {
            self.0.attendance_mode.into()
        }

        /// Where it takes place; null if that is not known, not yet decided, or no place, as for an event online.
        async fn venue(&self, ctx: &Context<'_>) -> Option<Result<Venue>> {
            let found = node::get::<venue::Entity>(ctx, self.0.venue_id?).await;
            found.map(|venue| venue.map(Venue)).transpose()
        }

        /// The groups that host it, the leading one first. A joint event is one event with several hosts.
        async fn hosts(&self, ctx: &Context<'_>) -> Result<Vec<EventHost>> {
            children::of::<HostsOfEvent>(ctx, self.0.id).await
        }

        /// Its programme in order: welcome, talks, breaks. Empty if nobody wrote it down; the talks alone are in
        /// `talks`.
        async fn agenda(&self, ctx: &Context<'_>) -> Result<Vec<AgendaItem>> {
            children::of::<AgendaOfEvent>(ctx, self.0.id).await
        }

        /// How many people it can take. Each number may be unknown.
        async fn capacity(&self) -> EventCapacity {
            EventCapacity { offline: self.0.capacity_offline, online: self.0.capacity_online }
        }

        /// How many signed up and how many came; null if nothing of that was recorded.
        async fn attendance(&self, ctx: &Context<'_>) -> Option<Result<AttendanceSummary>> {
            children::of::<AttendanceOfEvent>(ctx, self.0.id).await.map(|found| found.into_iter().next()).transpose()
        }

        /// What it is about as a whole, by name; empty if nobody noted it. What each talk is about is at `Talk.topics`.
        async fn topics(&self, ctx: &Context<'_>) -> Result<Vec<Topic>> {
            children::of::<TopicsOfEvent>(ctx, self.0.id).await
        }

        /// Recordings, photos and the like of the whole event; empty if there are none. Those of a talk are at
        /// `Talk.resources`.
        async fn resources(&self, ctx: &Context<'_>) -> Result<Vec<Resource>> {
            children::of::<ResourcesOfEvent>(ctx, self.0.id).await
        }

        /// What was collected for others at it, the latest first; empty if there was none.
        async fn fundraisers(&self, ctx: &Context<'_>) -> Result<Vec<Fundraiser>> {
            children::of::<FundraisersOfEvent>(ctx, self.0.id).await
        }
    }
}

/// What events can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum EventOrderField {
    /// When they start. Events without a date come last, whichever the direction.
    StartsAt,
    /// Their name, without regard to accents and capitals.
    Name,
    /// When they were first recorded here.
    CreatedAt,
}

order_input!(EventOrder by EventOrderField);

impl SortField for EventOrderField {
    type Model = event::Model;
    type Input = EventOrder;
    const DEFAULT: OrderBy<Self> = OrderBy { field: Self::StartsAt, direction: OrderDirection::Desc };

    fn key(self) -> SortKey<event::Model> {
        match self {
            Self::StartsAt => SortKey::new("STARTS_AT", Column::StartsAt, SortValue::Time(|event| event.starts_at)),
            Self::Name => SortKey::new("NAME", Column::SortName, SortValue::Text(|event| &event.sort_name)),
            Self::CreatedAt => {
                SortKey::new("CREATED_AT", Column::CreatedAt, SortValue::Always(|event| event.created_at))
            }
        }
    }
}

/// Which events to list. All that is given must hold; an empty filter lets everything pass. What is to come and not
/// called off:
///
/// ```graphql
/// { events(filter: { phase: [UPCOMING], not: { status: [CANCELLED, POSTPONED] } }) { nodes { name startsOn } } }
/// ```
///
/// Where a field takes a list, one of its values must be the event's; an empty list lets nothing pass.
/// A node that is named by id or slug must be there and public; else it is the error `UNKNOWN_NAME`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct EventFilter {
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
    /// All of these filters must pass, too; an empty list changes nothing.
    and: Option<Vec<EventFilter>>,
    /// At least one of these filters must pass; an empty list lets nothing pass.
    or: Option<Vec<EventFilter>>,
    /// This filter must not pass. Where what it asks for is unknown, it does not pass.
    not: Option<Box<EventFilter>>,
}

impl Filter for EventFilter {
    fn condition(&self, scope: Scope, names: &mut Names) -> Result<Condition> {
        let own = Condition::all()
            .add_option(connection::any_of(scope, Column::Kind, self.kind.as_deref(), event::EventKind::from)?)
            .add_option(connection::any_of(scope, Column::Status, self.status.as_deref(), event::EventStatus::from)?)
            .add_option(connection::any_of(
                scope,
                Column::AttendanceMode,
                self.mode.as_deref(),
                event::AttendanceMode::from,
            )?)
            .add_option(self.phase.as_ref().map(|phases| in_phases(phases, scope)))
            .add_option(connection::in_years(Column::StartsOn, self.year.as_deref(), |first, last| {
                around(first, last, scope)
            })?)
            .add_option(
                self.starts_after.map(|time| starting(Some(time), None, scope).add(Column::StartsAt.gte(time.0))),
            )
            .add_option(
                self.starts_before.map(|time| starting(None, Some(time), scope).add(Column::StartsAt.lt(time.0))),
            )
            .add_option(names.key::<group::Entity>(self.group.as_ref())?.map(hosted_by))
            .add_option(names.key::<venue::Entity>(self.venue.as_ref())?.map(|venue| column(Column::VenueId).eq(venue)))
            .add_option(names.key::<topic::Entity>(self.topic.as_ref())?.map(|topic| {
                let of_talk = in_talks(talks::about(topic.clone()));
                Column::Id.in_subquery(about(topic).union(UnionType::Distinct, of_talk).to_owned())
            }))
            .add_option(
                names
                    .key::<person::Entity>(self.speaker.as_ref())?
                    .map(|speaker| Column::Id.in_subquery(in_talks(talks::given_by(speaker)))),
            )
            .add_option(search::matching(scope.backend, NodeType::Event, Column::Id, self.query.as_deref())?);
        connection::combine(own, [&self.and, &self.or], self.not.as_deref(), scope, names)
    }
}

fn column(column: Column) -> Expr {
    Expr::col((event::Entity, column))
}

/// The events of these talks, as far as both are public.
pub fn in_talks(talks: SelectStatement) -> SelectStatement {
    Query::select()
        .column((talk::Entity, talk::Column::EventId))
        .from(talk::Entity)
        .and_where(talk::is_public())
        .and_where(talk::Column::EventId.is_not_null())
        .and_where(talk::Column::Id.in_subquery(talks))
        .to_owned()
}

fn about(topic: Expr) -> SelectStatement {
    Query::select()
        .column((event_topic::Entity, event_topic::Column::EventId))
        .from(event_topic::Entity)
        .and_where(Expr::col((event_topic::Entity, event_topic::Column::TopicId)).eq(topic))
        .to_owned()
}

fn hosted_by(group: Expr) -> Expr {
    Column::Id.in_subquery(hosts::events_of(group))
}

fn starting(from: Option<DateTime>, to: Option<DateTime>, scope: Scope) -> Condition {
    let instant = |time: Option<DateTime>| time.map(|time| time.0);
    connection::sort_bounds(EventOrderField::StartsAt, scope.backend, instant(from), instant(to))
}

/// Where days of any time zone are in UTC.
fn around(first: NaiveDate, last: NaiveDate, scope: Scope) -> Condition {
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let from = midnight(first) - TimeDelta::days(1);
    // Years of five digits are no text that compares.
    let to = Some(midnight(last) + TimeDelta::days(2)).filter(|to| to.year() <= 9999);
    connection::sort_bounds(EventOrderField::StartsAt, scope.backend, Some(from), to)
}

/// The events of which this is true, by their keys: SQLite, which does not know how few are not over yet, would else read
/// all events in the order of the list to find them.
fn matching_keys(by: Expr) -> Expr {
    let events = Query::select().column((event::Entity, Column::Id)).from(event::Entity).and_where(by).to_owned();
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

/// Lists of events.
pub struct Events;

impl ListSpec for Events {
    type Entity = event::Entity;
    type Node = Event;
    type Filter = EventFilter;
    type Sort = EventOrderField;

    fn index_path(filter: &EventFilter, order: EventOrderField) -> Result<Option<(IndexPath, Expr, EventFilter)>> {
        if order != EventOrderField::StartsAt {
            return Ok(None);
        }
        let group = node::key::<group::Entity>(filter.group.as_ref())?;
        Ok(group.map(|group| (hosts::by_start(), group, EventFilter { group: None, ..filter.clone() })))
    }
}

/// The talks of an event.
pub struct TalksOfEvent;

impl Relation for TalksOfEvent {
    type List = Talks;
    const ORDER: OrderBy<TalkOrderField> = OrderBy { field: TalkOrderField::Position, direction: OrderDirection::Asc };

    fn belongs(parent: Expr) -> Condition {
        Condition::all().add(Expr::col((talk::Entity, talk::Column::EventId)).eq(parent))
    }
}

/// The sponsorships of an event.
pub struct SponsorshipsOfEvent;

impl Relation for SponsorshipsOfEvent {
    type List = Sponsorships;

    fn belongs(parent: Expr) -> Condition {
        Condition::all().add(Expr::col((sponsorship::Entity, sponsorship::Column::EventId)).eq(parent))
    }
}

/// The events of a group, those that it co-hosts included.
pub struct EventsOfGroup;

impl Relation for EventsOfGroup {
    type List = Events;

    fn belongs(parent: Expr) -> Condition {
        Condition::all().add(hosted_by(parent))
    }

    fn index_path(order: EventOrderField) -> Option<IndexPath> {
        (order == EventOrderField::StartsAt).then(hosts::by_start)
    }
}

/// The events at a venue.
pub struct EventsOfVenue;

impl Relation for EventsOfVenue {
    type List = Events;

    fn belongs(parent: Expr) -> Condition {
        Condition::all().add(column(Column::VenueId).eq(parent))
    }
}

/// The events about a topic.
pub struct EventsOfTopic;

impl Relation for EventsOfTopic {
    type List = Events;

    fn belongs(parent: Expr) -> Condition {
        Condition::all().add(Column::Id.in_subquery(about(parent)))
    }
}

/// The events at which a person spoke.
pub struct EventsOfPerson;

impl Relation for EventsOfPerson {
    type List = Events;

    fn belongs(parent: Expr) -> Condition {
        Condition::all().add(Column::Id.in_subquery(in_talks(talks::given_by(parent))))
    }
}

/// The root fields of events.
#[derive(Default)]
pub struct EventQueries;

#[Object]
impl EventQueries {
    /// One event by its id or its slug; null if there is none, or none that is public.
    async fn event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global id. Pass this or `slug`, not both.")] id: Option<ID>,
        #[graphql(desc = "Its slug, the word that stands for it in URLs.")] slug: Option<String>,
    ) -> Option<Result<Event>> {
        node::find::<event::Entity>(ctx, id, slug).await.map(|found| found.map(Event)).transpose()
    }

    #[graphql(flatten)]
    async fn lists(&self) -> EventRootLists {
        EventRootLists {}
    }
}

connection::root_connections! {
    /// The lists of events.
    EventRootLists {
        /// All public events, past and to come, the latest first; those without a date come last.
        events: Events, Condition::all(),
    }
}
