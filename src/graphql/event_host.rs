//! The groups that host an event.

use std::sync::Arc;

use async_graphql::{Enum, Object};
use entity::{
    event_host::{self, Column},
    group,
};
use sea_orm::{
    EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, IntoIden, Query, SelectStatement},
};
use uuid::Uuid;

use super::{connection::Way, group::Group, parts::Parts};
use crate::{
    db::{Db, rows::Joined},
    error::Result,
};

/// What a host does for an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "event_host::HostRole")]
pub enum HostRole {
    /// It leads.
    Lead,
    /// It hosts beside another group.
    CoHost,
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

impl Parts for HostsOfEvent {
    type Part = EventHost;

    async fn load(db: &Db, events: &[Uuid]) -> Result<Vec<(Uuid, EventHost)>> {
        let select = |events: &[Uuid]| {
            event_host::Entity::find()
                .find_both_related(group::Entity)
                .filter(db.is_any(Column::EventId, events))
                .order_by_asc(Column::Position)
        };
        let hosts = db.rows_of::<Self, _, _>(events, select).await?;
        Ok(hosts
            .into_iter()
            .map(|Joined(host, group)| (host.event_id, EventHost { host, group: Arc::new(group) }))
            .collect())
    }
}

/// The events that a group hosts, leading or helping.
pub fn events_of(group: Expr) -> SelectStatement {
    Query::select()
        .column((event_host::Entity, Column::EventId))
        .from(event_host::Entity)
        .and_where(Expr::col((event_host::Entity, Column::GroupId)).eq(group))
        .to_owned()
}

/// The way from a group to its events in the order of their starts.
pub fn by_start() -> Way {
    let column = |column| Expr::col((event_host::Entity, column));
    Way {
        table: event_host::Entity.into_iden(),
        parent: column(Column::GroupId),
        row: column(Column::EventId),
        value: column(Column::StartsAt),
    }
}
