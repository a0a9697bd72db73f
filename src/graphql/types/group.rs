//! Groups: the communities whose history is recorded here.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use entity::{
    group::{self, Column},
    node_type::NodeType,
    topic,
};
use sea_orm::sea_query::{Condition, Expr};

use super::{
    event::EventsOfGroup,
    fundraiser::{Fundraiser, FundraisersOfGroup},
    group_year::{GroupYear, YearsOfGroup},
    membership::{Membership, OrganizersOfGroup},
    node::node,
    person::SpeakersOfGroup,
    sponsorship::SponsorshipsOfGroup,
    talk::TalksOfGroup,
    topic::{self as topics, TopicsOfGroup},
    venue::VenuesOfGroup,
};
use crate::{
    domain::search,
    error::Result,
    graphql::{
        context::Scope,
        markdown::{self, TextFormat},
        relay::{
            children,
            connection::{
                self, Filter, ListSpec, OrderBy, OrderDirection, Relation, SortField, SortKey, SortValue, order_input,
            },
            names::Names,
            node::{self, NodeEntity, SlugEntity},
        },
        scalar::{Date, Markdown, PartialDate, Url},
    },
};

impl NodeEntity for group::Entity {
    const TYPE: NodeType = NodeType::Group;
    const ID: Column = Column::Id;

    fn id(model: &group::Model) -> uuid::Uuid {
        model.id
    }

    fn visible() -> Condition {
        Condition::all()
    }
}

impl SlugEntity for group::Entity {
    const SLUG: Column = Column::Slug;

    fn slug(model: &group::Model) -> &str {
        &model.slug
    }
}

/// Whether a group still meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "group::GroupStatus")]
pub enum GroupStatus {
    /// It meets.
    Active,
    /// It has not met for a long time, and nobody closed it.
    Dormant,
    /// It has ended; its history stays.
    Closed,
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
    impl Group(group) with GroupLists {
        /// The word that stands for the group in URLs; unique among groups. It stays when the name changes.
        async fn slug(&self) -> &str {
            &self.0.slug
        }

        /// Its name, as it calls itself.
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

        /// Its home page; null if unknown.
        async fn website(&self) -> Option<Url> {
            self.0.website.clone().map(Url)
        }

        /// The IANA time zone in which it lives, for instance `Europe/London`. An event has its own, `Event.timeZone`.
        async fn time_zone(&self) -> &str {
            &self.0.time_zone
        }

        /// When it was founded, as far as that is known; null if not even the year is.
        async fn founded_on(&self) -> Option<PartialDate> {
            PartialDate::from_columns(self.0.founded_on, self.0.founded_on_precision)
        }

        /// Its city; null if unknown or if it has none.
        async fn city(&self) -> Option<&str> {
            self.0.city.as_deref()
        }

        /// Its country, ISO 3166-1 alpha-2, for instance `GB`; null if unknown.
        async fn country(&self) -> Option<&str> {
            self.0.country.as_deref()
        }

        /// Whether it still meets.
        async fn status(&self) -> GroupStatus {
            self.0.status.into()
        }

        /// How many members it had on `memberCountOn`; null if nobody counted.
        async fn member_count(&self) -> Option<i32> {
            self.0.member_count
        }

        /// The day on which `memberCount` was counted; null if unknown.
        async fn member_count_on(&self) -> Option<Date> {
            self.0.member_count_on.map(Date)
        }

        /// Who runs it or ran it or helps, those who began earliest first; those of whom that is unknown come last. Who
        /// merely belongs to it is not public.
        async fn organizers(&self, ctx: &Context<'_>) -> Result<Vec<Membership>> {
            children::of::<OrganizersOfGroup>(ctx, self.0.id).await
        }

        /// What it collected for others, the latest first; empty if there was none.
        async fn fundraisers(&self, ctx: &Context<'_>) -> Result<Vec<Fundraiser>> {
            children::of::<FundraisersOfGroup>(ctx, self.0.id).await
        }

        /// The group in numbers, year by year, the latest first. Years of which nothing is known are left out.
        async fn stats(&self, ctx: &Context<'_>) -> Result<Vec<GroupYear>> {
            children::of::<YearsOfGroup>(ctx, self.0.id).await
        }
    }
}

/// What groups can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum GroupOrderField {
    /// Their name, without regard to accents and capitals.
    Name,
    /// When they were first recorded here.
    CreatedAt,
}

order_input!(GroupOrder by GroupOrderField);

impl SortField for GroupOrderField {
    type Model = group::Model;
    type Input = GroupOrder;
    const DEFAULT: OrderBy<Self> = OrderBy { field: Self::Name, direction: OrderDirection::Asc };

    fn key(self) -> SortKey<group::Model> {
        match self {
            Self::Name => SortKey::new("NAME", Column::SortName, SortValue::Text(|group| &group.sort_name)),
            Self::CreatedAt => {
                SortKey::new("CREATED_AT", Column::CreatedAt, SortValue::Always(|group| group.created_at))
            }
        }
    }
}

/// Which groups to list. All that is given must hold; an empty filter lets everything pass.
///
/// A node that is named by id or slug must be there and public; else it is the error `UNKNOWN_NAME`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct GroupFilter {
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
    /// All of these filters must pass, too; an empty list changes nothing.
    and: Option<Vec<GroupFilter>>,
    /// At least one of these filters must pass; an empty list lets nothing pass.
    or: Option<Vec<GroupFilter>>,
    /// This filter must not pass. Where what it asks for is unknown, it does not pass.
    not: Option<Box<GroupFilter>>,
}

impl Filter for GroupFilter {
    fn condition(&self, scope: Scope, names: &mut Names) -> Result<Condition> {
        let own = Condition::all()
            .add_option(connection::any_of(scope, Column::Status, self.status.as_deref(), group::GroupStatus::from)?)
            .add_option(connection::any_text(Column::City, self.city.as_deref())?)
            .add_option(connection::any_text(Column::Country, self.country.as_deref())?)
            .add_option(names.key::<topic::Entity>(self.topic.as_ref())?.map(topics::has_group_of))
            .add_option(search::matching(scope.backend, NodeType::Group, Column::Id, self.query.as_deref())?);
        connection::combine(own, [&self.and, &self.or], self.not.as_deref(), scope, names)
    }
}

/// Lists of groups.
pub struct Groups;

impl ListSpec for Groups {
    type Entity = group::Entity;
    type Node = Group;
    type Filter = GroupFilter;
    type Sort = GroupOrderField;
}

/// The groups about a topic.
pub struct GroupsOfTopic;

impl Relation for GroupsOfTopic {
    type List = Groups;

    fn belongs(parent: Expr) -> Condition {
        Condition::all().add(topics::has_group_of(parent))
    }
}

/// The root fields of groups.
#[derive(Default)]
pub struct GroupQueries;

#[Object]
impl GroupQueries {
    /// One group by its id or its slug; null if there is none.
    async fn group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global id. Pass this or `slug`, not both.")] id: Option<ID>,
        #[graphql(desc = "Its slug, the word that stands for it in URLs.")] slug: Option<String>,
    ) -> Option<Result<Group>> {
        node::find::<group::Entity>(ctx, id, slug).await.map(|found| found.map(Group)).transpose()
    }

    #[graphql(flatten)]
    async fn lists(&self) -> GroupRootLists {
        GroupRootLists {}
    }
}

connection::root_connections! {
    /// The lists of groups.
    GroupRootLists {
        /// All groups, by name.
        groups: Groups, Condition::all(),
    }
}
