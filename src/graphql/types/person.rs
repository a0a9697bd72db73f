//! People: speakers, organizers, and others whom the history names.

use async_graphql::{ID, SimpleObject};
use entity::{
    group, membership,
    node_type::NodeType,
    organization,
    person::{self, Column},
    person_alias, person_link, talk, talk_speaker, topic,
};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Condition, Expr, SelectStatement},
};

use super::{
    affiliation::{self, AffiliationsOfPerson},
    event::EventsOfPerson,
    image::ImageById,
    membership::OrganizesOfPerson,
    object::node,
    talk::{self as talks, TalksOfPerson},
};
use crate::{
    domain::search,
    graphql::{
        relay::{
            children::{Table, children, join_to},
            connection,
        },
        scalar::Url,
    },
};

/// A profile or page of a person.
#[derive(Clone, SimpleObject)]
pub struct PersonLink {
    /// What it leads to, in a word: `website`, `github`, `mastodon` and others.
    kind: String,
    /// Its address.
    url: Url,
}

connection::connections! {
    /// The lists below a person.
    PersonLists {
        /// The person's public talks, alone or with others, the latest first; those without a day come last.
        talks: TalksOfPerson,
        /// The public events with a public talk by the person, the latest first.
        events: EventsOfPerson,
    }
}

node! {
    /// A human being: a speaker, an organizer, or whoever else the history names. E-mail addresses and private notes
    /// are not part of the API.
    ///
    /// Where two records turned out to be one person, the old id and slug lead to the one that stayed. So compare
    /// people by the `id` that is returned, not by the one you asked with.
    Person(person) with PersonLists {
        /// The word that stands for the person in URLs; unique among people. It stays when the name changes.
        column slug: &str;

        /// The name that the person goes by.
        column name: &str;

        /// Other spellings and earlier names under which the history knows the person; empty if there are none.
        children aliases: AliasesOfPerson;

        /// A few words about the person; null if nobody wrote them.
        markdown bio;

        /// The person's pronouns, as they say them; null if they did not.
        column pronouns: Option<&str>;

        /// A picture of the person; null if there is none.
        child avatar: ImageById = avatar_id;

        /// Profiles and pages in the person's order; empty if none are known.
        children links: LinksOfPerson;

        /// Where the person worked and when, as far as that is known, in the order in which it was recorded; empty if
        /// it is not. What a programme said at the time is at `TalkSpeaker.affiliation`.
        children affiliations: AffiliationsOfPerson;

        /// The groups that the person runs or ran or helps to run, the earliest first; empty if none.
        children organizes: OrganizesOfPerson;
    }
}

connection::orders! {
    /// What people can be ordered by.
    PersonOrderField as PersonOrder of person by Name Asc {
        /// Their name, without regard to accents and capitals.
        Name "NAME" = SortName, Text(|person| &person.sort_name);
    }
}

connection::filter_input! {
    /// Which people to list. All that is given must hold; an empty filter lets everybody pass.
    ///
    /// A node that is named by id or slug must be there and public; else it is the error `UNKNOWN_NAME`.
    PersonFilter {
        /// With a public talk for this group or at an event that it hosts (id or slug).
        spoke_for: Option<ID>,
        /// With a public talk about this topic (id or slug).
        spoke_about: Option<ID>,
        /// Who runs or ran this group or helps to run it (id or slug).
        organizes: Option<ID>,
        /// Who works or worked for this organization (id or slug).
        organization: Option<ID>,
        /// Holding these words in name, aliases or bio. Words match as in `search`, but what is mistyped finds nothing.
        /// Without a letter or digit it is the error `BAD_SEARCH`: an empty list would look as if nothing existed.
        query: Option<String>,
    } where |filter, scope, names| {
        let organizers = |group: Expr| {
            let of_group = membership::Column::GroupId.into_expr().eq(group);
            let members = connection::keys(membership::Column::PersonId, [of_group, membership::is_organizing()]);
            Column::Id.in_subquery(members)
        };
        let about = |topic: Expr| Column::Id.in_subquery(speakers(talk::Column::Id.in_subquery(talks::about(topic))));
        Condition::all()
            .add_option(names.key::<group::Entity>(filter.spoke_for.as_ref())?.map(spoke_for))
            .add_option(names.key::<topic::Entity>(filter.spoke_about.as_ref())?.map(about))
            .add_option(names.key::<group::Entity>(filter.organizes.as_ref())?.map(organizers))
            .add_option(names.key::<organization::Entity>(filter.organization.as_ref())?.map(works_for))
            .add_option(search::matching(scope.backend, NodeType::Person, Column::Id, filter.query.as_deref())?)
    }
}

/// Everybody who gave a public talk of this kind.
fn speakers(talks: impl Into<Expr>) -> SelectStatement {
    let speakers = talk_speaker::Entity::find().select_only().column(talk_speaker::Column::PersonId);
    join_to::<talk_speaker::Entity, talk::Entity, _>(speakers, JoinType::InnerJoin).filter(talks.into()).into_query()
}

/// Tested for each person of a page: a list of all who ever spoke would be long.
fn has_spoken() -> Expr {
    let mut talks = speakers(Expr::cust("1 = 1"));
    talks.and_where(
        Expr::col((talk_speaker::Entity, talk_speaker::Column::PersonId)).equals((person::Entity, Column::Id)),
    );
    Expr::exists(talks)
}

fn spoke_for(group: Expr) -> Expr {
    Column::Id.in_subquery(speakers(talks::of_group(group)))
}

fn works_for(organization: Expr) -> Expr {
    Column::Id.in_subquery(affiliation::people_of(organization))
}

connection::list! {
    /// Lists of people.
    People of Person, PersonFilter, PersonOrderField
}

connection::relations! {
    /// Who spoke for a group.
    SpeakersOfGroup: People where |parent| spoke_for(parent);

    /// Who works or worked for an organization.
    PeopleOfOrganization: People where |parent| works_for(parent);
}

children! {
    AliasesOfPerson of person_alias by PersonId: String = |alias| alias.name,
        sorted |select| select.order_by_asc(person_alias::Column::MatchName).order_by_asc(person_alias::Column::Id);

    LinksOfPerson of person_link by PersonId: PersonLink = |link| PersonLink { kind: link.kind, url: Url(link.url) },
        sorted |select| select.order_by_asc(person_link::Column::Position);
}

impl Table for person_alias::Entity {}

impl Table for person_link::Entity {}

connection::root_connections! {
    /// The root fields of people.
    PersonQueries {
        /// One person by id or slug; null if there is none. Where two records turned out to be one person, the old id and
        /// slug lead to the one that stayed.
        one person: Person,
            id "Their global id. Pass this or `slug`, not both.", slug "Their slug, for instance `liz-rice`.";
        /// Everybody whom the history names, by name: speakers, organizers and others.
        people: People;
        /// Everybody who gave at least one public talk, by name.
        speakers: People where has_spoken();
    }
}
