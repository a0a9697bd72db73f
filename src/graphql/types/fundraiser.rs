//! Collections for others.

use std::sync::Arc;

use async_graphql::{Context, SimpleObject};
use entity::{
    event,
    fundraiser::{self, Column, Entity},
    group,
    node_type::NodeType,
};
use sea_orm::{ColumnTrait, QueryOrder, Select, sea_query::Condition};
use uuid::Uuid;

use super::{event::Event, group::Group, node::node};
use crate::{
    error::Result,
    graphql::{
        relay::{
            children::{Nothing, TableChildren},
            node::{self, NodeEntity},
        },
        scalar::{BigInt, PartialDate},
    },
};

impl NodeEntity for Entity {
    const TYPE: NodeType = NodeType::Fundraiser;
    const ID: Column = Column::Id;

    fn id(model: &fundraiser::Model) -> Uuid {
        model.id
    }

    fn visible() -> Condition {
        Condition::all().add(fundraiser::is_public())
    }

    fn reads(field: &str) -> &'static [Column] {
        match field {
            "goal" | "raised" => &[Column::Currency],
            _ => &[],
        }
    }
}

/// An amount of money: `{ minorUnits: 1250, currency: "GBP" }` is 12 pounds 50.
#[derive(SimpleObject)]
pub struct Money {
    /// The amount in the currency's minor unit: pence for `GBP`, cents for `EUR`, whole yen for `JPY`, which has none.
    minor_units: BigInt,
    /// The currency, ISO 4217, for instance `GBP`.
    currency: String,
}

node! {
    /// Money that a group collected for others, a charity or a cause. What the group itself is given is a
    /// `Sponsorship`.
    impl Fundraiser(fundraiser) {
        /// What the collection was called.
        async fn name(&self) -> &str {
            &self.0.name
        }

        /// Who received the money; null if that is not known.
        async fn beneficiary(&self) -> Option<&str> {
            self.0.beneficiary.as_deref()
        }

        /// How much was to be collected; null if nobody set a goal, or if it is not known.
        async fn goal(&self) -> Option<Money> {
            self.money(self.0.goal_minor)
        }

        /// How much was collected; null if nobody said. `provenance` tells whether it is exact.
        async fn raised(&self) -> Option<Money> {
            self.money(self.0.raised_minor)
        }

        /// When it was held, as far as that is known; null if it is not.
        async fn held_on(&self) -> Option<PartialDate> {
            PartialDate::from_columns(self.0.held_on, self.0.held_on_precision)
        }

        /// The group that collected; null only if it was removed a moment ago.
        async fn group(&self, ctx: &Context<'_>) -> Option<Result<Group>> {
            node::get::<group::Entity>(ctx, self.0.group_id).await.map(|group| group.map(Group)).transpose()
        }

        /// The event at which it was collected; null if it was at none in particular.
        async fn event(&self, ctx: &Context<'_>) -> Option<Result<Event>> {
            node::get::<event::Entity>(ctx, self.0.event_id?).await.map(|event| event.map(Event)).transpose()
        }
    }
}

impl Fundraiser {
    fn money(&self, minor_units: Option<i64>) -> Option<Money> {
        Some(Money { minor_units: BigInt(minor_units?), currency: self.0.currency.clone()? })
    }
}

/// The collections of a group, the latest first.
pub struct FundraisersOfGroup;

impl TableChildren for FundraisersOfGroup {
    type Table = Entity;
    type Held = Nothing;
    type Child = Fundraiser;
    const PARENT: Column = Column::GroupId;

    fn order(select: Select<Entity>) -> Select<Entity> {
        latest_first(select)
    }

    fn child(row: fundraiser::Model, (): ()) -> Fundraiser {
        Fundraiser(Arc::new(row))
    }
}

/// The collections at an event.
pub struct FundraisersOfEvent;

impl TableChildren for FundraisersOfEvent {
    type Table = Entity;
    type Held = Nothing;
    type Child = Fundraiser;
    const PARENT: Column = Column::EventId;

    fn order(select: Select<Entity>) -> Select<Entity> {
        latest_first(select)
    }

    fn child(row: fundraiser::Model, (): ()) -> Fundraiser {
        Fundraiser(Arc::new(row))
    }
}

fn latest_first(select: Select<Entity>) -> Select<Entity> {
    select.order_by_asc(Column::HeldOn.is_null()).order_by_desc(Column::HeldOn).order_by_asc(Column::Id)
}
