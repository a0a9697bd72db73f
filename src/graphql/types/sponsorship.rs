//! Sponsorships: who paid for what, when.

use async_graphql::{Enum, ID, InputObject};
use entity::{
    organization,
    sponsorship::{self, Column},
    sponsorship_role,
};
use sea_orm::{
    ColumnTrait, ExprTrait, QueryOrder, Select,
    sea_query::{Condition, Expr, Query},
};

use super::{event::Event, group::Group, object::node, organization::Organization};
use crate::{
    error::Result,
    graphql::{
        context::Scope,
        relay::{
            children::{Nothing, Table, TableChildren},
            connection::{self, Filter, orders},
            names::Names,
        },
    },
};

/// What a sponsor gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "sponsorship_role::SponsorshipRole")]
pub enum SponsorshipRole {
    /// The room.
    Venue,
    /// Food.
    Food,
    /// Drinks.
    Drinks,
    /// Money.
    Financial,
    /// Prizes.
    Prizes,
    /// Recording or streaming.
    Recording,
    /// Something else; the description may say what.
    Other,
}

/// Where a sponsorship stands. The public sees all but proposed ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "sponsorship::SponsorshipStatus")]
pub enum SponsorshipStatus {
    /// Talked about, not agreed. Not public.
    Proposed,
    /// Agreed and running.
    Active,
    /// Came to its end.
    Ended,
    /// Ended before its time.
    Cancelled,
}

node! {
    /// What an organization gives to a group or to one event: a room, food, money. Either `group` or `event` is set.
    /// Amounts and invoices are not part of the API.
    Sponsorship(sponsorship) {
        /// Who gives; null if the records tell that somebody gave, and not who.
        node organization: Organization = organization_id;

        /// The group that receives; null if it is for one event.
        node group: Group = group_id;

        /// The event that receives; null if it is for a whole group.
        node event: Event = event_id;

        /// What is given; empty if nobody noted it.
        children roles: RolesOfSponsorship;

        /// What the organizers call this kind of sponsorship, for instance `Gold`; null if they have no word for it.
        column tier: Option<&str>;

        /// What it covers, in words; null if nobody wrote it.
        column description: Option<&str>;

        /// Whether it runs, has ended or was cancelled.
        enum status: SponsorshipStatus;

        /// Since when, as far as that is known; null if it is not.
        date starts_on, starts_on_precision;

        /// Until when, as far as that is known; null if it runs on, or if nobody said.
        date ends_on, ends_on_precision;
    }
}

orders! {
    /// What sponsorships can be ordered by.
    SponsorshipOrderField as SponsorshipOrder of sponsorship by StartsOn Desc {
        /// When they begin. Those of which that is not known come last, whichever the direction.
        StartsOn "STARTS_ON" = StartsOn, Date(|row| row.starts_on);
    }
}

/// Which sponsorships to list. All that is given must hold; an empty filter lets everything pass.
///
/// A node that is named by id or slug must be there and public; else it is the error `UNKNOWN_NAME`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, InputObject)]
pub struct SponsorshipFilter {
    /// With one of these statuses.
    status: Option<Vec<SponsorshipStatus>>,
    /// Giving at least one of these.
    role: Option<Vec<SponsorshipRole>>,
    /// By this organization (id or slug).
    organization: Option<ID>,
    /// All of these filters must pass, too; an empty list changes nothing.
    and: Option<Vec<SponsorshipFilter>>,
    /// At least one of these filters must pass; an empty list lets nothing pass.
    or: Option<Vec<SponsorshipFilter>>,
    /// This filter must not pass. Where what it asks for is unknown, it does not pass.
    not: Option<Box<SponsorshipFilter>>,
}

impl Filter for SponsorshipFilter {
    fn condition(&self, scope: Scope, names: &mut Names) -> Result<Condition> {
        let giving = |roles: &Vec<SponsorshipRole>| {
            let roles = roles.iter().map(|role| sponsorship_role::SponsorshipRole::from(*role));
            let sponsorships = Query::select()
                .column((sponsorship_role::Entity, sponsorship_role::Column::SponsorshipId))
                .from(sponsorship_role::Entity)
                .and_where(sponsorship_role::Column::Role.is_in(roles))
                .to_owned();
            Column::Id.in_subquery(sponsorships)
        };
        let by = |organization: Expr| Expr::col((sponsorship::Entity, Column::OrganizationId)).eq(organization);
        let own = Condition::all()
            .add_option(connection::any_of(
                scope,
                Column::Status,
                self.status.as_deref(),
                sponsorship::SponsorshipStatus::from,
            )?)
            .add_option(self.role.as_ref().map(giving))
            .add_option(names.key::<organization::Entity>(self.organization.as_ref())?.map(by));
        connection::combine(own, [&self.and, &self.or], self.not.as_deref(), scope, names)
    }
}

connection::list! {
    /// Lists of sponsorships.
    Sponsorships of Sponsorship, SponsorshipFilter, SponsorshipOrderField
}

connection::relations! {
    /// The sponsorships of a group as a whole.
    SponsorshipsOfGroup: Sponsorships where |parent| Expr::col((sponsorship::Entity, Column::GroupId)).eq(parent);

    /// The sponsorships by an organization.
    SponsorshipsOfOrganization: Sponsorships where |parent| Expr::col((sponsorship::Entity, Column::OrganizationId)).eq(parent);
}

struct RolesOfSponsorship;

impl Table for sponsorship_role::Entity {}

impl TableChildren for RolesOfSponsorship {
    type Table = sponsorship_role::Entity;
    type Held = Nothing;
    type Child = SponsorshipRole;
    const PARENT: sponsorship_role::Column = sponsorship_role::Column::SponsorshipId;

    fn order(select: Select<sponsorship_role::Entity>) -> Select<sponsorship_role::Entity> {
        select.order_by_asc(sponsorship_role::Column::Role)
    }

    fn child(row: sponsorship_role::Model, (): ()) -> SponsorshipRole {
        row.role.into()
    }
}
