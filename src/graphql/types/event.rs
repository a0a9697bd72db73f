//! Events: when, where, by whom, about what.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::{
    event::{self, Column},
    node_type::NodeType,
    venue,
};
use sea_orm::sea_query::Condition;

pub use self::list::{
    EventFilter, EventOrder, EventOrderField, Events, EventsOfGroup, EventsOfPerson, EventsOfTopic, EventsOfVenue,
    SponsorshipsOfEvent, TalksOfEvent, in_talks,
};
use super::{
    agenda_item::{AgendaItem, AgendaOfEvent},
    attendance_summary::{AttendanceOfEvent, AttendanceSummary},
    event_host::{EventHost, HostsOfEvent},
    fundraiser::{Fundraiser, FundraisersOfEvent},
    node::node,
    resource::{Resource, ResourcesOfEvent},
    topic::{Topic, TopicsOfEvent},
    venue::Venue,
};
use crate::{
    domain,
    error::Result,
    graphql::{
        context::ContextExt,
        markdown::{self, TextFormat},
        relay::{
            children, connection,
            node::{self, NodeEntity, SlugEntity},
        },
        scalar::{DateTime, Markdown, PartialDate, Url},
    },
};

mod list;

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
