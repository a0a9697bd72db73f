//! Venues: where people meet.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::{
    event, group,
    node_type::NodeType,
    organization, room,
    venue::{self, Column},
};
use sea_orm::{
    ColumnTrait, ExprTrait, QueryOrder, Select,
    sea_query::{Condition, Expr, Query},
};
use uuid::Uuid;

use super::{event::EventsOfVenue, event_host as hosts, node::node, organization::Organization};
use crate::{
    domain::search,
    error::Result,
    graphql::{
        context::Scope,
        relay::{
            children::{self, Nothing, Table, TableChildren},
            connection::{
                self, Filter, ListSpec, OrderBy, OrderDirection, Relation, SortField, SortKey, SortValue, order_input,
            },
            names::Names,
            node::{self, NodeEntity, SlugEntity},
        },
    },
};

impl NodeEntity for venue::Entity {
    const TYPE: NodeType = NodeType::Venue;
    const ID: Column = Column::Id;

    fn id(model: &venue::Model) -> Uuid {
        model.id
    }

    fn visible() -> Condition {
        Condition::all()
    }
}

impl SlugEntity for venue::Entity {
    const SLUG: Column = Column::Slug;

    fn slug(model: &venue::Model) -> &str {
        &model.slug
    }
}

/// A room of a venue.
#[derive(Clone, SimpleObject)]
pub struct Room {
    /// Its name.
    name: String,
    /// How many people fit; null if unknown.
    capacity: Option<i32>,
}

connection::connections! {
    /// The lists below a venue.
    VenueLists {
        /// The public events there, past and to come, the latest first; those without a date come last.
        events: EventsOfVenue,
    }
}

node! {
    /// A place where events happen: an office, a pub, a hall. What is known of it differs; any part of the address may
    /// be null.
    impl Venue(venue) with VenueLists {
        /// The word that stands for the venue in URLs; unique among venues. It stays when the name changes.
        async fn slug(&self) -> &str {
            &self.0.slug
        }

        /// Its name.
        async fn name(&self) -> &str {
            &self.0.name
        }

        /// Street and number; null if unknown.
        async fn address(&self) -> Option<&str> {
            self.0.address.as_deref()
        }

        /// Its city; null if unknown.
        async fn city(&self) -> Option<&str> {
            self.0.city.as_deref()
        }

        /// Its country, ISO 3166-1 alpha-2, for instance `GB`; null if unknown.
        async fn country(&self) -> Option<&str> {
            self.0.country.as_deref()
        }

        /// Degrees north of the equator (WGS 84), negative south of it; null if unknown.
        async fn latitude(&self) -> Option<f64> {
            self.0.latitude
        }

        /// Degrees east of Greenwich (WGS 84), negative west of it; null if unknown.
        async fn longitude(&self) -> Option<f64> {
            self.0.longitude
        }

        /// How many people fit; null if unknown.
        async fn capacity(&self) -> Option<i32> {
            self.0.capacity
        }

        /// Its rooms, in its own order; empty if nobody noted them.
        async fn rooms(&self, ctx: &Context<'_>) -> Result<Vec<Room>> {
            children::of::<RoomsOfVenue>(ctx, self.0.id).await
        }

        /// What helps or hinders people with disabilities, in words; null if nobody wrote it, which says nothing about
        /// the place.
        async fn accessibility(&self) -> Option<&str> {
            self.0.accessibility.as_deref()
        }

        /// Whose place it is; null if unknown.
        async fn organization(&self, ctx: &Context<'_>) -> Option<Result<Organization>> {
            let found = node::get::<organization::Entity>(ctx, self.0.organization_id?).await;
            found.map(|organization| organization.map(Organization)).transpose()
        }
    }
}

/// What venues can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum VenueOrderField {
    /// Their name, without regard to accents and capitals.
    Name,
    /// When they were first recorded here.
    CreatedAt,
}

order_input!(VenueOrder by VenueOrderField);

impl SortField for VenueOrderField {
    type Model = venue::Model;
    type Input = VenueOrder;
    const DEFAULT: OrderBy<Self> = OrderBy { field: Self::Name, direction: OrderDirection::Asc };

    fn key(self) -> SortKey<venue::Model> {
        match self {
            Self::Name => SortKey::new("NAME", Column::SortName, SortValue::Text(|venue| &venue.sort_name)),
            Self::CreatedAt => {
                SortKey::new("CREATED_AT", Column::CreatedAt, SortValue::Always(|venue| venue.created_at))
            }
        }
    }
}

/// Which venues to list. All that is given must hold; an empty filter lets everything pass.
///
/// A node that is named by id or slug must be there and public; else it is the error `UNKNOWN_NAME`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct VenueFilter {
    /// In one of these cities, spelled as `city` spells it, for instance `London`.
    city: Option<Vec<String>>,
    /// In one of these countries (ISO 3166-1 alpha-2), for instance `GB`.
    country: Option<Vec<String>>,
    /// With a public event of this group (id or slug).
    group: Option<ID>,
    /// Holding these words in name, address or city. Words match as in `search`, but what is mistyped finds nothing.
    /// Without a letter or digit it is the error `BAD_SEARCH`: an empty list would look as if nothing existed.
    query: Option<String>,
    /// All of these filters must pass, too; an empty list changes nothing.
    and: Option<Vec<VenueFilter>>,
    /// At least one of these filters must pass; an empty list lets nothing pass.
    or: Option<Vec<VenueFilter>>,
    /// This filter must not pass. Where what it asks for is unknown, it does not pass.
    not: Option<Box<VenueFilter>>,
}

impl Filter for VenueFilter {
    fn condition(&self, scope: Scope, names: &mut Names) -> Result<Condition> {
        let own = Condition::all()
            .add_option(connection::any_text(Column::City, self.city.as_deref())?)
            .add_option(connection::any_text(Column::Country, self.country.as_deref())?)
            .add_option(names.key::<group::Entity>(self.group.as_ref())?.map(used_by))
            .add_option(search::matching(scope.backend, NodeType::Venue, Column::Id, self.query.as_deref())?);
        connection::combine(own, [&self.and, &self.or], self.not.as_deref(), scope, names)
    }
}

fn used_by(group: Expr) -> Expr {
    let venues = Query::select()
        .column((event::Entity, event::Column::VenueId))
        .from(event::Entity)
        .and_where(event::Column::Id.in_subquery(hosts::events_of(group)))
        .and_where(event::Column::VenueId.is_not_null())
        .and_where(event::is_published())
        .to_owned();
    Column::Id.in_subquery(venues)
}

/// Lists of venues.
pub struct Venues;

impl ListSpec for Venues {
    type Entity = venue::Entity;
    type Node = Venue;
    type Filter = VenueFilter;
    type Sort = VenueOrderField;
}

/// The venues of a group.
pub struct VenuesOfGroup;

impl Relation for VenuesOfGroup {
    type List = Venues;

    fn belongs(parent: Expr) -> Condition {
        Condition::all().add(used_by(parent))
    }
}

/// The venues of an organization.
pub struct VenuesOfOrganization;

impl Relation for VenuesOfOrganization {
    type List = Venues;

    fn belongs(parent: Expr) -> Condition {
        Condition::all().add(Expr::col((venue::Entity, Column::OrganizationId)).eq(parent))
    }
}

struct RoomsOfVenue;

impl Table for room::Entity {}

impl TableChildren for RoomsOfVenue {
    type Table = room::Entity;
    type Held = Nothing;
    type Child = Room;
    const PARENT: room::Column = room::Column::VenueId;

    fn order(select: Select<room::Entity>) -> Select<room::Entity> {
        select.order_by_asc(room::Column::Position)
    }

    fn child(room: room::Model, (): ()) -> Room {
        Room { name: room.name, capacity: room.capacity }
    }
}

/// The root fields of venues.
#[derive(Default)]
pub struct VenueQueries;

#[Object]
impl VenueQueries {
    /// One venue by its id or its slug; null if there is none.
    async fn venue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global id. Pass this or `slug`, not both.")] id: Option<ID>,
        #[graphql(desc = "Its slug, the word that stands for it in URLs.")] slug: Option<String>,
    ) -> Option<Result<Venue>> {
        node::find::<venue::Entity>(ctx, id, slug).await.map(|found| found.map(Venue)).transpose()
    }

    #[graphql(flatten)]
    async fn lists(&self) -> VenueRootLists {
        VenueRootLists {}
    }
}

connection::root_connections! {
    /// The lists of venues.
    VenueRootLists {
        /// All venues, by name.
        venues: Venues, Condition::all(),
    }
}
