//! Who runs a group.

use std::sync::Arc;

use entity::membership::{self, Column, Entity};
use sea_orm::{ColumnTrait, QueryOrder, Select};

use super::{
    group::Group,
    object::{enums, node},
    person::Person,
};
use crate::graphql::relay::children::children;

enums! {
    /// What somebody does in a group.
    MembershipRole shows "membership::MembershipRole" {
        /// Runs the group.
        Organizer,
        /// Runs it together with others.
        CoOrganizer,
        /// Welcomes people and leads through the evening.
        Host,
        /// Helps.
        Volunteer,
        /// Belongs to it. Who merely belongs is not public and never returned.
        Member,
    }
}

node! {
    /// A person's public role in a group, and from when to when. Who merely belongs to a group is not public.
    Membership(membership) {
        /// The person; null only if it was removed a moment ago.
        node person: Person = person_id;

        /// The group; null only if it was removed a moment ago.
        node group: Group = group_id;

        /// What the person does or did in the group.
        enum role: MembershipRole;

        /// Since when, as far as that is known; null if it is not.
        date starts_on, starts_on_precision;

        /// Until when, as far as that is known; null if the person still does, or if nobody said.
        date ends_on, ends_on_precision;
    }
}

children! {
    /// Who runs a group, the longest-serving first.
    pub OrganizersOfGroup of membership by GroupId: Membership = |row| Membership(Arc::new(row)),
        sorted |select| longest_first(select);

    /// The groups that a person runs.
    pub OrganizesOfPerson of membership by PersonId: Membership = |row| Membership(Arc::new(row)),
        sorted |select| longest_first(select);
}

fn longest_first(select: Select<Entity>) -> Select<Entity> {
    select.order_by_asc(Column::StartsOn.is_null()).order_by_asc(Column::StartsOn).order_by_asc(Column::Id)
}
