//! Sponsorships: who paid for what, when.

use async_graphql::ID;
use entity::{
    organization,
    sponsorship::{self, Column},
    sponsorship_role,
};
use sea_orm::{
    ColumnTrait, ExprTrait, QueryOrder,
    sea_query::{Condition, Expr},
};

use super::{
    event::Event,
    group::Group,
    object::{enums, node},
    organization::Organization,
};
use crate::graphql::relay::{
    children::{Table, children},
    connection,
};

enums! {
    /// What a sponsor gives.
    SponsorshipRole shows "sponsorship_role::SponsorshipRole" {
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
    SponsorshipStatus shows "sponsorship::SponsorshipStatus" {
        /// Talked about, not agreed. Not public.
        Proposed,
        /// Agreed and running.
        Active,
        /// Came to its end.
        Ended,
        /// Ended before its time.
        Cancelled,
    }
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

connection::orders! {
    /// What sponsorships can be ordered by.
    SponsorshipOrderField as SponsorshipOrder of sponsorship by StartsOn Desc {
        /// When they begin. Those of which that is not known come last, whichever the direction.
        StartsOn "STARTS_ON" = StartsOn, Date(|row| row.starts_on);
    }
}

connection::filter_input! {
    /// Which sponsorships to list. All that is given must hold; an empty filter lets everything pass.
    ///
    /// A node that is named by id or slug must be there and public; else it is the error `UNKNOWN_NAME`.
    SponsorshipFilter {
        /// With one of these statuses.
        status: Option<Vec<SponsorshipStatus>>,
        /// Giving at least one of these.
        role: Option<Vec<SponsorshipRole>>,
        /// By this organization (id or slug).
        organization: Option<ID>,
    } where |filter, scope, names| {
        let giving = |roles: &Vec<SponsorshipRole>| {
            use sponsorship_role::Column::{Role, SponsorshipId};
            let roles = roles.iter().map(|role| sponsorship_role::SponsorshipRole::from(*role));
            Column::Id.in_subquery(connection::keys(SponsorshipId, [Role.is_in(roles)]))
        };
        let by = |organization: Expr| Column::OrganizationId.into_expr().eq(organization);
        Condition::all()
            .add_option(connection::any_of(
                scope,
                Column::Status,
                filter.status.as_deref(),
                sponsorship::SponsorshipStatus::from,
            )?)
            .add_option(filter.role.as_ref().map(giving))
            .add_option(names.key::<organization::Entity>(filter.organization.as_ref())?.map(by))
    }
}

connection::list! {
    /// Lists of sponsorships.
    Sponsorships of Sponsorship, SponsorshipFilter, SponsorshipOrderField
}

connection::relations! {
    /// The sponsorships of a group as a whole.
    SponsorshipsOfGroup: Sponsorships where |parent| Column::GroupId.into_expr().eq(parent);

    /// The sponsorships by an organization.
    SponsorshipsOfOrganization: Sponsorships where |parent| Column::OrganizationId.into_expr().eq(parent);
}

children! {
    RolesOfSponsorship of sponsorship_role by SponsorshipId: SponsorshipRole = |row| row.role.into(),
        sorted |select| select.order_by_asc(sponsorship_role::Column::Role);
}

impl Table for sponsorship_role::Entity {}
