//! The groups that host an event.

use std::sync::Arc;

use async_graphql::{Object, SelectionField};
use entity::{
    event_host::{self, Column},
    group,
};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, IntoIden, SelectStatement},
};
use uuid::Uuid;

use super::{group::Group, object::enums};
use crate::{
    db::{Db, columns::Columns, rows::Joined},
    error::Result,
    graphql::relay::{
        children::Children,
        connection::{self, IndexPath},
        node,
    },
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

/// The hosts of an event, the leading one first.
pub struct HostsOfEvent;

impl Children for HostsOfEvent {
    type Child = EventHost;

    fn columns(hosts: SelectionField<'_>) -> Columns {
        node::columns_within::<group::Entity>(hosts, "group")
    }

    async fn load(db: &Db, events: &[Uuid], columns: Columns) -> Result<Vec<(Uuid, EventHost)>> {
        let select = |events: &[Uuid]| {
            let hosts = event_host::Entity::find().inner_join(group::Entity);
            Ok(hosts.columns(columns.of::<group::Column>()).filter(db.is_any(Column::EventId, events)).into_query())
        };
        let mut hosts: Vec<Joined<event_host::Model, group::Model>> =
            db.variant_rows_of::<Self, _, _, _, _>(&(), columns, events, select).await?;
        // Not sorted in the statement, whose sort would carry whole rows.
        hosts.sort_by_key(|Joined(host, _)| (host.position, host.group_id));
        let host = |Joined(host, group): Joined<event_host::Model, _>| {
            (host.event_id, EventHost { host, group: Arc::new(group) })
        };
        Ok(hosts.into_iter().map(host).collect())
    }
}

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
