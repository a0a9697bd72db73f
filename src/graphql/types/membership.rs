//! Who runs a group.

use std::sync::Arc;

use async_graphql::Enum;
use entity::membership::{self, Column, Entity};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{group::Group, object::node, person::Person};
use crate::{
    db::{Db, columns::Columns, rows::Selected},
    error::Result,
    graphql::relay::children::Children,
};

/// What somebody does in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "membership::MembershipRole")]
pub enum MembershipRole {
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

/// Who runs a group, the longest-serving first.
pub struct OrganizersOfGroup;

impl Children for OrganizersOfGroup {
    type Child = Membership;

    async fn load(db: &Db, groups: &[Uuid], _: Columns) -> Result<Vec<(Uuid, Membership)>> {
        of(db, Column::GroupId, groups, |row| row.group_id).await
    }
}

/// The groups that a person runs.
pub struct OrganizesOfPerson;

impl Children for OrganizesOfPerson {
    type Child = Membership;

    async fn load(db: &Db, people: &[Uuid], _: Columns) -> Result<Vec<(Uuid, Membership)>> {
        of(db, Column::PersonId, people, |row| row.person_id).await
    }
}

async fn of(
    db: &Db,
    owner: impl ColumnTrait,
    owners: &[Uuid],
    owner_of: impl Fn(&membership::Model) -> Uuid,
) -> Result<Vec<(Uuid, Membership)>> {
    let mut rows = Entity::organizing().filter(db.is_any(owner, owners)).order_by_asc(Column::Id).rows(db).await?;
    rows.sort_by_key(|row| (row.starts_on.is_none(), row.starts_on));
    Ok(rows.into_iter().map(|row| (owner_of(&row), Membership(Arc::new(row)))).collect())
}
