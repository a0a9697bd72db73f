//! Organizations: who pays, hosts, and employs.

use async_graphql::{Context, Enum, ID, InputObject, Object};
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
            connection::{self, Filter, ListSpec, OrderBy, OrderDirection, SortField, SortKey, SortValue, order_input},
            names::Names,
            node,
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

/// What organizations can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum OrganizationOrderField {
    /// Their name, without regard to accents and capitals.
    Name,
    /// When they were first recorded here.
    CreatedAt,
}

order_input!(OrganizationOrder by OrganizationOrderField);

impl SortField for OrganizationOrderField {
    type Model = organization::Model;
    type Input = OrganizationOrder;
    const DEFAULT: OrderBy<Self> = OrderBy { field: Self::Name, direction: OrderDirection::Asc };

    fn key(self) -> SortKey<organization::Model> {
        match self {
            Self::Name => SortKey::new("NAME", Column::SortName, SortValue::Text(|row| &row.sort_name)),
            Self::CreatedAt => SortKey::new("CREATED_AT", Column::CreatedAt, SortValue::Always(|row| row.created_at)),
        }
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

/// Lists of organizations.
pub struct Organizations;

impl ListSpec for Organizations {
    type Entity = organization::Entity;
    type Node = Organization;
    type Filter = OrganizationFilter;
    type Sort = OrganizationOrderField;
}

/// The root fields of organizations.
#[derive(Default)]
pub struct OrganizationQueries;

#[Object]
impl OrganizationQueries {
    /// One organization by its id or its slug; null if there is none.
    async fn organization(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global id. Pass this or `slug`, not both.")] id: Option<ID>,
        #[graphql(desc = "Its slug, the word that stands for it in URLs.")] slug: Option<String>,
    ) -> Option<Result<Organization>> {
        node::find::<Organization>(ctx, id, slug).await
    }

    #[graphql(flatten)]
    async fn lists(&self) -> OrganizationRootLists {
        OrganizationRootLists {}
    }
}

connection::root_connections! {
    /// The lists of organizations.
    OrganizationRootLists {
        /// All organizations, by name.
        organizations: Organizations, Condition::all(),
    }
}
