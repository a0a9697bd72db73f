//! Who runs a group.

use std::sync::Arc;

use async_graphql::{Context, Enum};
use entity::{
    group,
    membership::{self, Column, Entity},
    node_type::NodeType,
    person,
};
use sea_orm::{ColumnTrait, QueryOrder, Select, sea_query::Condition};
use uuid::Uuid;

use super::{group::Group, node::node, person::Person};
use crate::{
    error::Result,
    graphql::{
        relay::{
            children::{Nothing, TableChildren},
            node::{self, NodeEntity},
        },
        scalar::PartialDate,
    },
};

impl NodeEntity for Entity {
    const TYPE: NodeType = NodeType::Membership;
    const ID: Column = Column::Id;

    fn id(model: &membership::Model) -> Uuid {
        model.id
    }

    fn visible() -> Condition {
        Condition::all().add(membership::is_organizing())
    }
}

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
    impl Membership(membership) {
        /// The person; null only if it was removed a moment ago.
        async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
            node::get::<person::Entity>(ctx, self.0.person_id).await.map(|person| person.map(Person)).transpose()
        }

        /// The group; null only if it was removed a moment ago.
        async fn group(&self, ctx: &Context<'_>) -> Option<Result<Group>> {
            node::get::<group::Entity>(ctx, self.0.group_id).await.map(|group| group.map(Group)).transpose()
        }

        /// What the person does or did in the group.
        async fn role(&self) -> MembershipRole {
            self.0.role.into()
        }

        /// Since when, as far as that is known; null if it is not.
        async fn starts_on(&self) -> Option<PartialDate> {
            PartialDate::from_columns(self.0.starts_on, self.0.starts_on_precision)
        }

        /// Until when, as far as that is known; null if the person still does, or if nobody said.
        async fn ends_on(&self) -> Option<PartialDate> {
            PartialDate::from_columns(self.0.ends_on, self.0.ends_on_precision)
        }
    }
}

/// Who runs a group, the longest-serving first.
pub struct OrganizersOfGroup;

impl TableChildren for OrganizersOfGroup {
    type Table = Entity;
    type Held = Nothing;
    type Child = Membership;
    const PARENT: Column = Column::GroupId;

    fn order(select: Select<Entity>) -> Select<Entity> {
        longest_first(select)
    }

    fn child(row: membership::Model, (): ()) -> Membership {
        Membership(Arc::new(row))
    }
}

/// The groups that a person runs.
pub struct OrganizesOfPerson;

impl TableChildren for OrganizesOfPerson {
    type Table = Entity;
    type Held = Nothing;
    type Child = Membership;
    const PARENT: Column = Column::PersonId;

    fn order(select: Select<Entity>) -> Select<Entity> {
        longest_first(select)
    }

    fn child(row: membership::Model, (): ()) -> Membership {
        Membership(Arc::new(row))
    }
}

fn longest_first(select: Select<Entity>) -> Select<Entity> {
    select.order_by_asc(Column::StartsOn.is_null()).order_by_asc(Column::StartsOn).order_by_asc(Column::Id)
}
