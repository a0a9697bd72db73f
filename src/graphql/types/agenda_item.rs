//! The parts of an event's programme.

use std::sync::Arc;

use async_graphql::Object;
use entity::{
    agenda_item::{self, Column},
    talk,
};
use sea_orm::QueryOrder;

use super::{object::enums, talk::Talk};
use crate::graphql::{
    relay::children::{Maybe, Table, children},
    scalar::{DateTime, Duration},
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

children! {
    /// The agenda of an event.
    pub AgendaOfEvent of agenda_item by EventId, holding Maybe<talk::Entity> as "talk": AgendaItem
        = |item, talk| AgendaItem { item, talk },
        sorted |select| select.order_by_asc(Column::Position);
}

impl Table for agenda_item::Entity {}
