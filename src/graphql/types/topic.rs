//! Topics: what talks, events and groups are about.

use async_graphql::ID;
use entity::{
    event_host, event_topic, group, group_topic,
    node_type::NodeType,
    talk, talk_topic,
    topic::{self, Column},
    topic_alias,
};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Condition, Expr, UnionType},
};

use super::{
    event::{EventsOfTopic, in_talks},
    group::GroupsOfTopic,
    object::node,
    talk::{self as talks, TalksOfTopic},
};
use crate::{
    domain::search,
    graphql::relay::{
        children::{One, Table, children, join_to},
        connection,
    },
};

connection::connections! {
    /// The lists below a topic.
    TopicLists {
        /// The public talks about it, the latest first; those without a day come last.
        talks: TalksOfTopic,
        /// The public events that are about it as a whole, the latest first. At the root, `events(filter: { topic: …
        /// })` finds those with a talk about it as well.
        events: EventsOfTopic,
        /// The groups that are about it or have a public talk about it, by name.
        groups: GroupsOfTopic,
    }
}

node! {
    /// A subject of talks, events and groups. Where several topics are names of one subject, `canonical` leads to the
    /// one to use.
    Topic(topic) with TopicLists {
        /// The word that stands for the topic in URLs; unique among topics. It stays when the name changes.
        column slug: &str;

        /// Its name.
        column name: &str;

        /// What it is; null if nobody wrote it.
        markdown description;

        /// Other names for it; empty if there are none.
        children aliases: AliasesOfTopic;

        /// The topic that should be used instead; null if this is the one.
        node canonical: Topic = canonical_id;
    }
}

connection::orders! {
    /// What topics can be ordered by.
    TopicOrderField as TopicOrder of topic by Name Asc {
        /// Their name, without regard to accents and capitals.
        Name "NAME" = SortName, Text(|topic| &topic.sort_name);
    }
}

connection::filter_input! {
    /// Which topics to list. All that is given must hold; an empty filter lets everything pass.
    ///
    /// A node that is named by id or slug must be there and public; else it is the error `UNKNOWN_NAME`.
    TopicFilter {
        /// True: only topics to use. False: only those that stand for another (`canonical`).
        is_canonical: Option<bool>,
        /// Of this group, or of one of its public talks (id or slug).
        group: Option<ID>,
        /// Holding these words in name or aliases. Words match as in `search`, but what is mistyped finds nothing.
        /// Without a letter or digit it is the error `BAD_SEARCH`: an empty list would look as if nothing existed.
        query: Option<String>,
    } where |filter, scope, names| {
        let canonical = |wanted: bool| if wanted { topic::is_canonical() } else { topic::is_canonical().not() };
        Condition::all()
            .add_option(filter.is_canonical.map(canonical))
            .add_option(names.key::<group::Entity>(filter.group.as_ref())?.map(of_group))
            .add_option(search::matching(scope.backend, NodeType::Topic, Column::Id, filter.query.as_deref())?)
    }
}

/// What a group is about: what it says itself, and what its public talks are about.
fn of_group(group: Expr) -> Expr {
    let mut own =
        connection::keys(group_topic::Column::TopicId, [group_topic::Column::GroupId.into_expr().eq(group.clone())]);
    let talks_topics = talk_topic::Entity::find().select_only().column(talk_topic::Column::TopicId);
    let of_talks = join_to::<talk_topic::Entity, talk::Entity, _>(talks_topics, JoinType::InnerJoin)
        .filter(talks::of_group(group))
        .into_query();
    Column::Id.in_subquery(own.union(UnionType::Distinct, of_talks).to_owned())
}

/// The same seen from the group: is it about this topic?
pub fn has_group_of(topic: Expr) -> Expr {
    let mut own =
        connection::keys(group_topic::Column::GroupId, [group_topic::Column::TopicId.into_expr().eq(topic.clone())]);
    let of_talks = connection::keys(
        talk::Column::GroupId,
        [
            talk::is_public(),
            talk::Column::GroupId.is_not_null(),
            talk::Column::Id.in_subquery(talks::about(topic.clone())),
        ],
    );
    let of_events = connection::keys(
        event_host::Column::GroupId,
        [event_host::Column::EventId.in_subquery(in_talks(talks::about(topic)))],
    );
    own.union(UnionType::Distinct, of_talks).union(UnionType::Distinct, of_events);
    group::Column::Id.in_subquery(own)
}

connection::list! {
    /// Lists of topics.
    Topics of Topic, TopicFilter, TopicOrderField
}

connection::relations! {
    /// The topics of a group.
    TopicsOfGroup: Topics where |parent| of_group(parent);
}

children! {
    /// The topics of a talk, by name.
    pub TopicsOfTalk of talk_topic by TalkId, holding One<topic::Entity>: Topic = |_, topic| Topic(topic),
        sorted |select| select.order_by_asc(Column::SortName).order_by_asc(Column::Id);

    /// The topics of an event as a whole, by name.
    pub TopicsOfEvent of event_topic by EventId, holding One<topic::Entity>: Topic = |_, topic| Topic(topic),
        sorted |select| select.order_by_asc(Column::SortName).order_by_asc(Column::Id);

    AliasesOfTopic of topic_alias by TopicId: String = |alias| alias.name,
        sorted |select| select.order_by_asc(topic_alias::Column::MatchName);
}

impl Table for talk_topic::Entity {}

impl Table for event_topic::Entity {}

impl Table for topic_alias::Entity {}

connection::root_connections! {
    /// The root fields of topics.
    TopicQueries {
        /// One topic by its id or its slug; null if there is none.
        one topic: Topic;
        /// All topics, by name.
        topics: Topics;
    }
}
