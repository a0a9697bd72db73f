//! The groups that host an event.

use std::sync::Arc;

use async_graphql::Object;
use entity::{
    event_host::{self, Column},
    group,
};
use sea_orm::{
    ColumnTrait, ExprTrait,
    sea_query::{Expr, IntoIden, SelectStatement},
};

use super::{group::Group, object::enums};
use crate::graphql::relay::{
    children::{One, Table, children},
    connection::{self, IndexPath},
};

enums! {
    /// What a host does for an event.
    HostRole shows "event_host::HostRole" {
        /// It leads.
        Lead,
        /// It hosts beside another group.
        CoHost,
    }
}

/// A group that hosts an event, and what it does for it.
#[derive(Clone)]
pub struct EventHost {
    host: event_host::Model,
    group: Arc<group::Model>,
}

/// A group that hosts an event, and what it does for it.
#[Object]
impl EventHost {
    /// The group.
    async fn group(&self) -> Group {
        Group(self.group.clone())
    }

    /// Whether it leads or hosts beside another group.
    async fn role(&self) -> HostRole {
        self.host.role.into()
    }
}

children! {
    /// The hosts of an event, the leading one first.
    pub HostsOfEvent of event_host by EventId, holding One<group::Entity> as "group": EventHost
        = |host, group| EventHost { host, group },
        ranked |host| (host.position, host.group_id);
}

impl Table for event_host::Entity {}

/// The events that a group hosts, leading or helping.
pub fn events_of(group: Expr) -> SelectStatement {
    connection::keys(Column::EventId, [Column::GroupId.into_expr().eq(group)])
}

/// The index path from a group to its events in the order of their starts.
pub fn by_start() -> IndexPath {
    let column = |column| Expr::col((event_host::Entity, column));
    IndexPath {
        table: event_host::Entity.into_iden(),
        parent: column(Column::GroupId),
        row: column(Column::EventId),
        value: column(Column::StartsAt),
    }
}
