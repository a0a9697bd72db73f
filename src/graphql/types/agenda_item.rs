//! The parts of an event's programme.

use std::sync::Arc;

use async_graphql::Object;
use entity::{
    agenda_item::{self, Column},
    talk,
};
use sea_orm::{EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait, sea_query::Condition};
use uuid::Uuid;

use super::{object::enums, talk::Talk};
use crate::{
    db::{Db, columns::Columns},
    error::Result,
    graphql::{
        relay::children::Children,
        scalar::{DateTime, Duration},
    },
};

enums! {
    /// What happens in a part of an event's programme.
    AgendaItemKind shows "agenda_item::AgendaItemKind" {
        /// Someone gives a talk.
        Talk,
        /// A pause; people eat and drink.
        Break,
        /// People meet.
        Networking,
        /// Welcome and news.
        Intro,
        /// A quiz.
        Quiz,
    }
}

/// A part of an event's programme: the welcome, a talk, a break.
#[derive(Clone)]
pub struct AgendaItem {
    item: agenda_item::Model,
    talk: Option<Arc<talk::Model>>,
}

/// A part of an event's programme: the welcome, a talk, a break.
#[Object]
impl AgendaItem {
    /// Its place in the programme, from 0.
    async fn position(&self) -> i32 {
        self.item.position
    }

    /// When it starts, UTC; null if only the order is known.
    async fn starts_at(&self) -> Option<DateTime> {
        self.item.starts_at.map(DateTime)
    }

    /// How long it takes; null if that is not known.
    async fn duration(&self) -> Option<Duration> {
        self.item.duration_minutes.map(|minutes| Duration { minutes })
    }

    /// What happens then.
    async fn kind(&self) -> AgendaItemKind {
        self.item.kind.into()
    }

    /// What it is called; null for a talk, which has a title of its own, and for what needs no name.
    async fn title(&self) -> Option<&str> {
        self.item.title.as_deref()
    }

    /// The talk that is given; null if it is something else, or a talk that is not public.
    async fn talk(&self) -> Option<Talk> {
        self.talk.clone().map(Talk)
    }
}

/// The agenda of an event.
pub struct AgendaOfEvent;

impl Children for AgendaOfEvent {
    type Child = AgendaItem;

    async fn load(db: &Db, events: &[Uuid], _: Columns) -> Result<Vec<(Uuid, AgendaItem)>> {
        let public = |_, _| Condition::all().add(talk::is_public());
        let items = agenda_item::Entity::find()
            .select_also(talk::Entity)
            .join(JoinType::LeftJoin, agenda_item::Relation::Talk.def().on_condition(public))
            .filter(db.is_any(Column::EventId, events))
            .order_by_asc(Column::Position)
            .all(db.reads())
            .await?;
        let item = |(item, talk): (agenda_item::Model, Option<talk::Model>)| {
            (item.event_id, AgendaItem { item, talk: talk.map(Arc::new) })
        };
        Ok(items.into_iter().map(item).collect())
    }
}
