//! Talks: who said what, where, to whom.

use async_graphql::ID;
use chrono::NaiveDate;
use entity::{
    event, event_host, group,
    node_type::NodeType,
    person,
    talk::{self, Column},
    talk_speaker, talk_topic, topic,
};
use sea_orm::{
    ColumnTrait, ExprTrait,
    sea_query::{Condition, Expr, Query, SelectStatement, UnionType},
};

use super::{
    event::Event,
    group::Group,
    object::{enums, node},
    resource::ResourcesOfTalk,
    talk_speaker::SpeakersOfTalk,
    topic::TopicsOfTalk,
};
use crate::{
    domain::search,
    graphql::{context::Scope, relay::connection, scalar::Date},
};

enums! {
    /// What kind of talk it is.
    TalkFormat shows "talk::TalkFormat" {
        /// Somebody speaks and answers questions.
        Talk,
        /// A few minutes.
        Lightning,
        /// The talk that the whole event comes to.
        Keynote,
        /// Several people discuss.
        Panel,
        /// The audience works along.
        Workshop,
        /// Something is shown running.
        Demo,
    }

    /// How far a talk has come. The public sees accepted, confirmed, delivered and cancelled talks.
    TalkStatus shows "talk::TalkStatus" {
        /// Somebody offers it. Not public.
        Proposed,
        /// The organizers want it.
        Accepted,
        /// The speaker will come.
        Confirmed,
        /// It was given.
        Delivered,
        /// The organizers declined it. Not public.
        Rejected,
        /// The speaker took it back. Not public.
        Withdrawn,
        /// It was announced and did not take place.
        Cancelled,
    }
}

node! {
    /// A talk, by one or more people. Histories often remember who spoke about what, and not when: `event`, `group`,
    /// `heldOn` and even `title` are null where that is so, and nothing is guessed.
    Talk(talk) {
        /// The word that stands for the talk in URLs; unique among talks. It stays when the title changes.
        column slug: &str;

        /// Its title; null where the source names only who spoke. What it said of the speaker instead is at
        /// `TalkSpeaker.affiliation`.
        column title: Option<&str>;

        /// What it is about; null if nobody wrote it.
        markdown r#abstract;

        /// What kind of talk it is.
        enum format: TalkFormat;

        /// The language it was given in, BCP 47, for instance `en`; null if unknown.
        column language: Option<&str>;

        /// How far it has come: announced, given or cancelled.
        enum status: TalkStatus;

        /// The day on which it was or will be given, in its event's time zone; null if the day is unknown, even if the
        /// month is known.
        column held_on: Option<Date>;

        /// The event at which it is given; null if that is not known.
        node event: Event = event_id;

        /// The group for which it is given; null if unknown.
        node group: Group = group_id;

        /// Its speakers in order; empty if nobody is named.
        children speakers: SpeakersOfTalk;

        /// What it is about, by name; empty if nobody noted it.
        children topics: TopicsOfTalk;

        /// Its recording, slides, code and the like; empty if there are none.
        children resources: ResourcesOfTalk;

        /// The earlier talk that it repeats; null if it is the first of its kind, or if nobody noted it.
        node original_talk: Talk = original_talk_id;
    }
}

connection::orders! {
    /// What talks can be ordered by.
    TalkOrderField as TalkOrder of talk by HeldOn Desc {
        /// The day on which they were given. Talks without one come last, whichever the direction.
        HeldOn "HELD_ON" = HeldOn, Date(|talk| talk.held_on);
        /// Their title, without regard to accents and capitals. Untitled ones come first when ascending, last when descending.
        Title "TITLE" = SortTitle, Text(|talk| &talk.sort_title);
        /// Their place in their event's programme. Useful below one event; says little across events.
        Position "POSITION" = Position, Number(|talk| talk.position);
    }
}

connection::filter_input! {
    /// Which talks to list. All that is given must hold; an empty filter lets everything pass. What one person said about
    /// one topic:
    ///
    /// ```graphql
    /// { talks(filter: { speaker: "liz-rice", topic: "kubernetes" }) { nodes { title heldOn } } }
    /// ```
    ///
    /// Where a field takes a list, one of its values must be the talk's; an empty list lets nothing pass.
    /// A node that is named by id or slug must be there and public; else it is the error `UNKNOWN_NAME`.
    TalkFilter {
        /// Of one of these formats.
        format: Option<Vec<TalkFormat>>,
        /// With one of these statuses.
        status: Option<Vec<TalkStatus>>,
        /// Given in one of these languages (BCP 47).
        language: Option<Vec<String>>,
        /// Given in one of these years, in the event's time zone. Talks without a day do not pass.
        year: Option<Vec<i32>>,
        /// Given on this day or later. Talks without a day do not pass.
        held_after: Option<Date>,
        /// Given before this day. Talks without a day do not pass.
        held_before: Option<Date>,
        /// Given for this group or at an event that it hosts (id or slug).
        group: Option<ID>,
        /// Given at this event (id or slug).
        event: Option<ID>,
        /// By this person, alone or with others (id or slug).
        speaker: Option<ID>,
        /// About this topic (id or slug).
        topic: Option<ID>,
        /// True: only talks whose event is known. False: only the others.
        has_event: Option<bool>,
        /// Holding these words in title or abstract. Words match as in `search`, but what is mistyped finds nothing.
        /// Without a letter or digit it is the error `BAD_SEARCH`: an empty list would look as if nothing existed.
        query: Option<String>,
    } where |filter, scope, names| {
        let known = |has: bool| if has { Column::EventId.is_not_null() } else { Column::EventId.is_null() };
        Condition::all()
            .add_option(connection::any_of(scope, Column::Format, filter.format.as_deref(), talk::TalkFormat::from)?)
            .add_option(connection::any_of(scope, Column::Status, filter.status.as_deref(), talk::TalkStatus::from)?)
            .add_option(connection::any_text(Column::Language, filter.language.as_deref())?)
            .add_option(connection::in_years(Column::HeldOn, filter.year.as_deref(), |first, last| {
                held(Some(first), Some(last), scope)
            })?)
            .add_option(filter.held_after.map(|day| held(Some(day.0), None, scope).add(Column::HeldOn.gte(day.0))))
            .add_option(filter.held_before.map(|day| held(None, Some(day.0), scope).add(Column::HeldOn.lt(day.0))))
            .add_option(names.key::<group::Entity>(filter.group.as_ref())?.map(of_group))
            .add_option(names.key::<event::Entity>(filter.event.as_ref())?.map(|event| column(Column::EventId).eq(event)))
            .add_option(names.key::<person::Entity>(filter.speaker.as_ref())?.map(by))
            .add_option(
                names.key::<topic::Entity>(filter.topic.as_ref())?.map(|topic| Column::Id.in_subquery(about(topic))),
            )
            .add_option(filter.has_event.map(known))
            .add_option(search::matching(scope.backend, NodeType::Talk, Column::Id, filter.query.as_deref())?)
    }
}

fn column(column: Column) -> Expr {
    Expr::col((talk::Entity, column))
}

fn held(from: Option<NaiveDate>, to: Option<NaiveDate>, scope: Scope) -> Condition {
    connection::sort_bounds(TalkOrderField::HeldOn, scope.backend, from, to)
}

/// The talks about a topic.
pub fn about(topic: Expr) -> SelectStatement {
    connection::keys(talk_topic::Column::TalkId, [talk_topic::Column::TopicId.into_expr().eq(topic)])
}

/// The talks of a person.
pub fn given_by(person: Expr) -> SelectStatement {
    connection::keys(talk_speaker::Column::TalkId, [talk_speaker::Column::PersonId.into_expr().eq(person)])
}

fn by(person: Expr) -> Expr {
    Column::Id.in_subquery(given_by(person))
}

/// A talk belongs to the group that it was given for and to every group that hosted its event.
#[expect(
    clippy::disallowed_methods,
    reason = "which hosts an event has is as public as the event, and the list asks for that"
)]
pub fn of_group(group: Expr) -> Expr {
    // One list of keys: with OR, PostgreSQL would read all talks.
    let at_events = Query::select()
        .column((talk::Entity, Column::Id))
        .from(talk::Entity)
        .inner_join(
            event_host::Entity,
            Expr::col((event_host::Entity, event_host::Column::EventId)).equals((talk::Entity, Column::EventId)),
        )
        .and_where(event_host::Column::GroupId.into_expr().eq(group.clone()))
        .to_owned();
    let talks = Query::select()
        .column((talk::Entity, Column::Id))
        .from(talk::Entity)
        .and_where(column(Column::GroupId).eq(group))
        .union(UnionType::Distinct, at_events)
        .to_owned();
    Column::Id.in_subquery(talks)
}

connection::list! {
    /// Lists of talks.
    Talks of Talk, TalkFilter, TalkOrderField
}

connection::relations! {
    /// The talks of a group.
    TalksOfGroup: Talks where |parent| of_group(parent);

    /// The talks of a person.
    TalksOfPerson: Talks where |parent| by(parent);

    /// The talks about a topic.
    TalksOfTopic: Talks where |parent| Column::Id.in_subquery(about(parent));
}

connection::root_connections! {
    /// The root fields of talks.
    TalkQueries {
        /// One talk by its id or its slug; null if there is none, or none that is public.
        one talk: Talk;
        /// All public talks, the latest first; those without a day come last.
        talks: Talks;
    }
}
