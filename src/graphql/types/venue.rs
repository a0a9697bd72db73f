//! Venues: where people meet.

use async_graphql::{ID, SimpleObject};
use entity::{
    event, group,
    node_type::NodeType,
    room,
    venue::{self, Column},
};
use sea_orm::{
    ColumnTrait, ExprTrait, QueryOrder,
    sea_query::{Condition, Expr},
};

use super::{event::EventsOfVenue, event_host as hosts, object::node, organization::Organization};
use crate::{
    domain::search,
    graphql::relay::{
        children::{Table, children},
        connection,
    },
};

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
    Venue(venue) with VenueLists {
        /// The word that stands for the venue in URLs; unique among venues. It stays when the name changes.
        column slug: &str;

        /// Its name.
        column name: &str;

        /// Street and number; null if unknown.
        column address: Option<&str>;

        /// Its city; null if unknown.
        column city: Option<&str>;

        /// Its country, ISO 3166-1 alpha-2, for instance `GB`; null if unknown.
        column country: Option<&str>;

        /// Degrees north of the equator (WGS 84), negative south of it; null if unknown.
        column latitude: Option<f64>;

        /// Degrees east of Greenwich (WGS 84), negative west of it; null if unknown.
        column longitude: Option<f64>;

        /// How many people fit; null if unknown.
        column capacity: Option<i32>;

        /// Its rooms, in its own order; empty if nobody noted them.
        children rooms: RoomsOfVenue;

        /// What helps or hinders people with disabilities, in words; null if nobody wrote it, which says nothing about
        /// the place.
        column accessibility: Option<&str>;

        /// Whose place it is; null if unknown.
        node organization: Organization = organization_id;
    }
}

connection::orders! {
    /// What venues can be ordered by.
    VenueOrderField as VenueOrder of venue by Name Asc {
        /// Their name, without regard to accents and capitals.
        Name "NAME" = SortName, Text(|venue| &venue.sort_name);
    }
}

connection::filter_input! {
    /// Which venues to list. All that is given must hold; an empty filter lets everything pass.
    ///
    /// A node that is named by id or slug must be there and public; else it is the error `UNKNOWN_NAME`.
    VenueFilter {
        /// In one of these cities, spelled as `city` spells it, for instance `London`.
        city: Option<Vec<String>>,
        /// In one of these countries (ISO 3166-1 alpha-2), for instance `GB`.
        country: Option<Vec<String>>,
        /// With a public event of this group (id or slug).
        group: Option<ID>,
        /// Holding these words in name, address or city. Words match as in `search`, but what is mistyped finds nothing.
        /// Without a letter or digit it is the error `BAD_SEARCH`: an empty list would look as if nothing existed.
        query: Option<String>,
    } where |filter, scope, names| {
        Condition::all()
            .add_option(connection::any_text(Column::City, filter.city.as_deref())?)
            .add_option(connection::any_text(Column::Country, filter.country.as_deref())?)
            .add_option(names.key::<group::Entity>(filter.group.as_ref())?.map(used_by))
            .add_option(search::matching(scope.backend, NodeType::Venue, Column::Id, filter.query.as_deref())?)
    }
}

fn used_by(group: Expr) -> Expr {
    let venues = connection::keys(
        event::Column::VenueId,
        [
            event::Column::Id.in_subquery(hosts::events_of(group)),
            event::Column::VenueId.is_not_null(),
            event::is_published(),
        ],
    );
    Column::Id.in_subquery(venues)
}

connection::list! {
    /// Lists of venues.
    Venues of Venue, VenueFilter, VenueOrderField
}

connection::relations! {
    /// The venues of a group.
    VenuesOfGroup: Venues where |parent| used_by(parent);

    /// The venues of an organization.
    VenuesOfOrganization: Venues where |parent| Column::OrganizationId.into_expr().eq(parent);
}

children! {
    RoomsOfVenue of room by VenueId: Room = |room| Room { name: room.name, capacity: room.capacity },
        sorted |select| select.order_by_asc(room::Column::Position);
}

impl Table for room::Entity {}

connection::root_connections! {
    /// The root fields of venues.
    VenueQueries {
        /// One venue by its id or its slug; null if there is none.
        one venue: Venue;
        /// All venues, by name.
        venues: Venues;
    }
}
