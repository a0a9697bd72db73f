//! Organizations: who pays, hosts, and employs.

use entity::{
    node_type::NodeType,
    organization::{self, Column},
    sponsorship, venue,
};
use sea_orm::{
    ColumnTrait, ExprTrait,
    sea_query::{Condition, Expr, Query},
};

use super::{
    image::ImageById, object::node, person::PeopleOfOrganization, sponsorship::SponsorshipsOfOrganization,
    venue::VenuesOfOrganization,
};
use crate::{
    domain::search,
    graphql::{relay::connection, scalar::Url},
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

connection::orders! {
    /// What organizations can be ordered by.
    OrganizationOrderField as OrganizationOrder of organization by Name Asc {
        /// Their name, without regard to accents and capitals.
        Name "NAME" = SortName, Text(|row| &row.sort_name);
    }
}

connection::filter_input! {
    /// Which organizations to list. All that is given must hold; an empty filter lets everything pass.
    OrganizationFilter {
        /// True: only those with a public sponsorship. False: only those without.
        is_sponsor: Option<bool>,
        /// True: only those whose place is a venue. False: only the others.
        is_venue_host: Option<bool>,
        /// Holding these words in the name. Words match as in `search`, but what is mistyped finds nothing.
        /// Without a letter or digit it is the error `BAD_SEARCH`: an empty list would look as if nothing existed.
        query: Option<String>,
    } where |filter, scope, names| {
        let id = || Expr::col((organization::Entity, Column::Id));
        let sponsors = Query::select()
            .expr(Expr::val(1))
            .from(sponsorship::Entity)
            .and_where(sponsorship::Column::OrganizationId.into_expr().eq(id()))
            .and_where(sponsorship::is_public())
            .to_owned();
        let hosts = Query::select()
            .expr(Expr::val(1))
            .from(venue::Entity)
            .and_where(venue::Column::OrganizationId.into_expr().eq(id()))
            .to_owned();
        let whether = |exists: Expr, wanted: bool| if wanted { exists } else { exists.not() };
        Condition::all()
            .add_option(filter.is_sponsor.map(|wanted| whether(Expr::exists(sponsors), wanted)))
            .add_option(filter.is_venue_host.map(|wanted| whether(Expr::exists(hosts), wanted)))
            .add_option(search::matching(scope.backend, NodeType::Organization, Column::Id, filter.query.as_deref())?)
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
