//! Events: when, where, by whom, about what.

use async_graphql::{Context, SimpleObject};
use entity::event;

pub use self::list::{
    EventFilter, EventOrder, EventOrderField, Events, EventsOfGroup, EventsOfPerson, EventsOfTopic, EventsOfVenue,
    SponsorshipsOfEvent, TalksOfEvent, in_talks,
};
use super::{
    agenda_item::AgendaOfEvent,
    attendance_summary::AttendanceOfEvent,
    event_host::HostsOfEvent,
    fundraiser::FundraisersOfEvent,
    object::{enums, node},
    resource::ResourcesOfEvent,
    topic::TopicsOfEvent,
    venue::Venue,
};
use crate::{
    domain,
    graphql::{
        context::ContextExt,
        relay::connection,
        scalar::{DateTime, PartialDate, Url},
    },
};

mod list;

enums! {
    /// What kind of gathering an event is.
    EventKind shows "event::EventKind" {
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
    EventPublication shows "event::Publication" {
        /// Only its organizers see it. Never returned.
        Draft,
        /// Everybody sees it.
        Published,
        /// Everybody sees it; nobody is meant to act on it any more.
        Archived,
    }

    /// Whether an event takes place (schema.org `eventStatus`). Independent of its phase: a cancelled event keeps its date.
    EventStatus shows "event::EventStatus" {
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
    EventPhase shows "domain::event::Phase" {
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
    EventDatePrecision shows "event::EventDatePrecision" {
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
    AttendanceMode shows "event::AttendanceMode" {
        /// In a room.
        Offline,
        /// On the internet.
        Online,
        /// Both.
        Mixed,
    }
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
    Event(event) with EventLists {
        /// The word that stands for the event in URLs; unique among events. It stays when the name changes.
        column slug: &str;

        /// Its name, as it was announced.
        column name: &str;

        /// What it is about; null if nobody wrote it.
        markdown description;

        /// Its own page elsewhere, for instance where to sign up; null if it has none, or if nobody noted it.
        column website: Option<Url>;

        /// What kind of gathering it is.
        enum kind: EventKind;

        /// Whether it is current or kept for the record. What is not published yet is never returned.
        enum publication: EventPublication;

        /// Whether it takes place.
        enum status: EventStatus;

        /// Where it stands in time when the request is answered. Without a date it is `UNSCHEDULED`, which is neither
        /// upcoming nor past.
        #[reads(starts_at, over_at, date_precision)]
        async fn phase(&self, ctx: &Context<'_>) -> EventPhase {
            ctx.request().now().phase(&self.0).into()
        }

        /// When it starts, UTC: to sort and to compare by. If only the day, month or year is known (`datePrecision`),
        /// the first instant of that period in the event's time zone; null if nothing is known. To show a date to
        /// people, take `startsOn`.
        column starts_at: Option<DateTime>;

        /// The day on which it starts in its own time zone, as far as it is known: `2015-02` if only the month is. Null
        /// if nothing is known.
        #[reads(date_precision, starts_on)]
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
        column ends_at: Option<DateTime>;

        /// The IANA time zone in which it takes place, for instance `Europe/London`.
        column time_zone: &str;

        /// How exactly its start is known: whether `startsAt` is a time of day, or only where a day, a month or a year
        /// begins.
        enum date_precision: EventDatePrecision;

        /// When it was called off, UTC; null if it was not, or if the moment is not known. `status` says whether it
        /// was.
        column cancelled_at: Option<DateTime>;

        /// Why it was called off, as told to everybody; null if it was not, or if nobody said why.
        column public_cancellation_reason: Option<&str>;

        /// Whether people attend in a room, online or both.
        enum attendance_mode: AttendanceMode;

        /// Where it takes place; null if that is not known, not yet decided, or no place, as for an event online.
        node venue: Venue = venue_id;

        /// The groups that host it, the leading one first. A joint event is one event with several hosts.
        children hosts: HostsOfEvent;

        /// Its programme in order: welcome, talks, breaks. Empty if nobody wrote it down; the talks alone are in
        /// `talks`.
        children agenda: AgendaOfEvent;

        /// How many people it can take. Each number may be unknown.
        #[reads(capacity_offline, capacity_online)]
        async fn capacity(&self) -> EventCapacity {
            EventCapacity { offline: self.0.capacity_offline, online: self.0.capacity_online }
        }

        /// How many signed up and how many came; null if nothing of that was recorded.
        child attendance: AttendanceOfEvent = id;

        /// What it is about as a whole, by name; empty if nobody noted it. What each talk is about is at `Talk.topics`.
        children topics: TopicsOfEvent;

        /// Recordings, photos and the like of the whole event; empty if there are none. Those of a talk are at
        /// `Talk.resources`.
        children resources: ResourcesOfEvent;

        /// What was collected for others at it, the latest first; empty if there was none.
        children fundraisers: FundraisersOfEvent;
    }
}

connection::root_connections! {
    /// The root fields of events.
    EventQueries {
        /// One event by its id or its slug; null if there is none, or none that is public.
        one event: Event;
        /// All public events, past and to come, the latest first; those without a date come last.
        events: Events;
    }
}
