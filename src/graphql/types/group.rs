//! Groups: the communities whose history is recorded here.

use async_graphql::ID;
use entity::{
    group::{self, Column},
    node_type::NodeType,
    topic,
};
use sea_orm::sea_query::Condition;

use super::{
    event::EventsOfGroup,
    fundraiser::FundraisersOfGroup,
    group_year::YearsOfGroup,
    membership::OrganizersOfGroup,
    object::{enums, node},
    person::SpeakersOfGroup,
    sponsorship::SponsorshipsOfGroup,
    talk::TalksOfGroup,
    topic::{self as topics, TopicsOfGroup},
    venue::VenuesOfGroup,
};
use crate::{
    domain::search,
    graphql::{
        relay::connection,
        scalar::{Date, Url},
    },
};

enums! {
    /// Whether a group still meets.
    GroupStatus shows "group::GroupStatus" {
        /// It meets.
        Active,
        /// It has not met for a long time, and nobody closed it.
        Dormant,
        /// It has ended; its history stays.
        Closed,
    }
}

connection::connections! {
    /// The lists below a group.
    GroupLists {
        /// The events that the group hosts, leading or beside another, the latest first; those without a date come
        /// last.
        events: EventsOfGroup,
        /// The public talks given for the group or at events that it hosts, the latest first; those without a day come
        /// last.
        talks: TalksOfGroup,
        /// Everybody with a public talk for the group or at an event that it hosts, by name.
        speakers: SpeakersOfGroup,
        /// The venues of its public events, past and to come, by name.
        venues: VenuesOfGroup,
        /// What it was given as a whole, the latest first. Sponsors of one event are at `Event.sponsorships`.
        sponsorships: SponsorshipsOfGroup,
        /// What the group and its public talks are about, by name.
        topics: TopicsOfGroup,
    }
}

node! {
    /// A community that meets: a meetup group, or a conference with its yearly editions. Its history is in its lists,
    /// each filtered and paged as at the root:
    ///
    /// ```graphql
    /// { group(slug: "kubernetes-london") { talks(first: 5) { totalCount nodes { title heldOn } } } }
    /// ```
    ///
    /// The numbers of each year are in `stats`.
    Group(group) with GroupLists {
        /// The word that stands for the group in URLs; unique among groups. It stays when the name changes.
        column slug: &str;

        /// Its name, as it calls itself.
        column name: &str;

        /// What it is about; null if nobody wrote it.
        markdown description;

        /// Its home page; null if unknown.
        column website: Option<Url>;

        /// The IANA time zone in which it lives, for instance `Europe/London`. An event has its own, `Event.timeZone`.
        column time_zone: &str;

        /// When it was founded, as far as that is known; null if not even the year is.
        date founded_on, founded_on_precision;

        /// Its city; null if unknown or if it has none.
        column city: Option<&str>;

        /// Its country, ISO 3166-1 alpha-2, for instance `GB`; null if unknown.
        column country: Option<&str>;

        /// Whether it still meets.
        enum status: GroupStatus;

        /// How many members it had on `memberCountOn`; null if nobody counted.
        column member_count: Option<i32>;

        /// The day on which `memberCount` was counted; null if unknown.
        column member_count_on: Option<Date>;

        /// Who runs it or ran it or helps, those who began earliest first; those of whom that is unknown come last. Who
        /// merely belongs to it is not public.
        children organizers: OrganizersOfGroup;

        /// What it collected for others, the latest first; empty if there was none.
        children fundraisers: FundraisersOfGroup;

        /// The group in numbers, year by year, the latest first. Years of which nothing is known are left out.
        children stats: YearsOfGroup;
    }
}

connection::orders! {
    /// What groups can be ordered by.
    GroupOrderField as GroupOrder of group by Name Asc {
        /// Their name, without regard to accents and capitals.
        Name "NAME" = SortName, Text(|group| &group.sort_name);
    }
}

connection::filter_input! {
    /// Which groups to list. All that is given must hold; an empty filter lets everything pass.
    ///
    /// A node that is named by id or slug must be there and public; else it is the error `UNKNOWN_NAME`.
    GroupFilter {
        /// With one of these statuses.
        status: Option<Vec<GroupStatus>>,
        /// In one of these cities, spelled as `city` spells it, for instance `London`.
        city: Option<Vec<String>>,
        /// In one of these countries (ISO 3166-1 alpha-2), for instance `GB`.
        country: Option<Vec<String>>,
        /// About this topic, itself or in one of its public talks (id or slug).
        topic: Option<ID>,
        /// Holding these words in name or description. Words match as in `search`, but what is mistyped finds nothing.
        /// Without a letter or digit it is the error `BAD_SEARCH`: an empty list would look as if nothing existed.
        query: Option<String>,
    } where |filter, scope, names| {
        Condition::all()
            .add_option(connection::any_of(scope, Column::Status, filter.status.as_deref(), group::GroupStatus::from)?)
            .add_option(connection::any_text(Column::City, filter.city.as_deref())?)
            .add_option(connection::any_text(Column::Country, filter.country.as_deref())?)
            .add_option(names.key::<topic::Entity>(filter.topic.as_ref())?.map(topics::has_group_of))
            .add_option(search::matching(scope.backend, NodeType::Group, Column::Id, filter.query.as_deref())?)
    }
}

connection::list! {
    /// Lists of groups.
    Groups of Group, GroupFilter, GroupOrderField
}

connection::relations! {
    /// The groups about a topic.
    GroupsOfTopic: Groups where |parent| topics::has_group_of(parent);
}

connection::root_connections! {
    /// The root fields of groups.
    GroupQueries {
        /// One group by its id or its slug; null if there is none.
        one group: Group;
        /// All groups, by name.
        groups: Groups;
    }
}
