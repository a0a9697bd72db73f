//! Collections for others.

use std::sync::Arc;

use async_graphql::SimpleObject;
use entity::fundraiser::{self, Column, Entity};
use sea_orm::{ColumnTrait, QueryOrder, Select};

use super::{event::Event, group::Group, object::node};
use crate::graphql::{relay::children::children, scalar::BigInt};

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
    Fundraiser(fundraiser) {
        /// What the collection was called.
        column name: &str;

        /// Who received the money; null if that is not known.
        column beneficiary: Option<&str>;

        /// How much was to be collected; null if nobody set a goal, or if it is not known.
        #[reads(goal_minor, currency)]
        async fn goal(&self) -> Option<Money> {
            self.money(self.0.goal_minor)
        }

        /// How much was collected; null if nobody said. `provenance` tells whether it is exact.
        #[reads(raised_minor, currency)]
        async fn raised(&self) -> Option<Money> {
            self.money(self.0.raised_minor)
        }

        /// When it was held, as far as that is known; null if it is not.
        date held_on, held_on_precision;

        /// The group that collected; null only if it was removed a moment ago.
        node group: Group = group_id;

        /// The event at which it was collected; null if it was at none in particular.
        node event: Event = event_id;
    }
}

impl Fundraiser {
    fn money(&self, minor_units: Option<i64>) -> Option<Money> {
        Some(Money { minor_units: BigInt(minor_units?), currency: self.0.currency.clone()? })
    }
}

children! {
    /// The collections of a group, the latest first.
    pub FundraisersOfGroup of fundraiser by GroupId: Fundraiser = |row| Fundraiser(Arc::new(row)),
        sorted |select| latest_first(select);

    /// The collections at an event.
    pub FundraisersOfEvent of fundraiser by EventId: Fundraiser = |row| Fundraiser(Arc::new(row)),
        sorted |select| latest_first(select);
}

fn latest_first(select: Select<Entity>) -> Select<Entity> {
    select.order_by_asc(Column::HeldOn.is_null()).order_by_desc(Column::HeldOn).order_by_asc(Column::Id)
}
