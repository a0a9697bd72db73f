//! Organizations: who pays, hosts, and employs.

use async_graphql::InputObject;
use entity::{
    node_type::NodeType,
    organization::{self, Column},
    sponsorship, venue,
};
use sea_orm::{
    ExprTrait,
    sea_query::{Condition, Expr, Query},
};

use super::{
    image::ImageById, object::node, person::PeopleOfOrganization, sponsorship::SponsorshipsOfOrganization,
    venue::VenuesOfOrganization,
};
use crate::{
    domain::search,
    error::Result,
    graphql::{
        context::Scope,
        relay::{
            connection::{self, Filter, orders},
            names::Names,
        },
        scalar::Url,
    },
};

connection::connections! {
    /// The lists below an organization.
    OrganizationLists {
        /// What it gives or gave to groups and events, the latest first.
        sponsorships: SponsorshipsOfOrganization,
        /// The venues that are its places, by name.
        venues: VenuesOfOrganization,
        /// Who works or worked for it, by name.
        people: PeopleOfOrganization,
    }
}

node! {
    /// A company, a charity or another body that has to do with meetups: one that sponsors, lends its rooms, or employs
    /// people who speak.
    Organization(organization) with OrganizationLists {
        /// The word that stands for the organization in URLs; unique among organizations. It stays when the name
        /// changes.
        column slug: &str;

        /// Its name.
        column name: &str;

        /// Its home page; null if unknown.
        column website: Option<Url>;

        /// Its logo; null if unknown.
        child logo: ImageById = logo_id;
    }
}

orders! {
    /// What organizations can be ordered by.
    OrganizationOrderField as OrganizationOrder of organization by Name Asc {
        /// Their name, without regard to accents and capitals.
        Name "NAME" = SortName, Text(|row| &row.sort_name);
    }
}

/// Which organizations to list. All that is given must hold; an empty filter lets everything pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct OrganizationFilter {
    /// True: only those with a public sponsorship. False: only those without.
    is_sponsor: Option<bool>,
    /// True: only those whose place is a venue. False: only the others.
    is_venue_host: Option<bool>,
    /// Holding these words in the name. Words match as in `search`, but what is mistyped finds nothing.
    /// Without a letter or digit it is the error `BAD_SEARCH`: an empty list would look as if nothing existed.
    query: Option<String>,
    /// All of these filters must pass, too; an empty list changes nothing.
    and: Option<Vec<OrganizationFilter>>,
    /// At least one of these filters must pass; an empty list lets nothing pass.
    or: Option<Vec<OrganizationFilter>>,
    /// This filter must not pass. Where what it asks for is unknown, it does not pass.
    not: Option<Box<OrganizationFilter>>,
}

impl Filter for OrganizationFilter {
    fn condition(&self, scope: Scope, names: &mut Names) -> Result<Condition> {
        let id = || Expr::col((organization::Entity, Column::Id));
        let sponsors = Query::select()
            .expr(Expr::val(1))
            .from(sponsorship::Entity)
            .and_where(Expr::col((sponsorship::Entity, sponsorship::Column::OrganizationId)).eq(id()))
            .and_where(sponsorship::is_public())
            .to_owned();
        let hosts = Query::select()
            .expr(Expr::val(1))
            .from(venue::Entity)
            .and_where(Expr::col((venue::Entity, venue::Column::OrganizationId)).eq(id()))
            .to_owned();
        let whether = |exists: Expr, wanted: bool| if wanted { exists } else { exists.not() };
        let own = Condition::all()
            .add_option(self.is_sponsor.map(|wanted| whether(Expr::exists(sponsors), wanted)))
            .add_option(self.is_venue_host.map(|wanted| whether(Expr::exists(hosts), wanted)))
            .add_option(search::matching(scope.backend, NodeType::Organization, Column::Id, self.query.as_deref())?);
        connection::combine(own, [&self.and, &self.or], self.not.as_deref(), scope, names)
    }
}

connection::list! {
    /// Lists of organizations.
    Organizations of Organization, OrganizationFilter, OrganizationOrderField
}

connection::root_connections! {
    /// The root fields of organizations.
    OrganizationQueries {
        /// One organization by its id or its slug; null if there is none.
        one organization: Organization;
        /// All organizations, by name.
        organizations: Organizations;
    }
}
