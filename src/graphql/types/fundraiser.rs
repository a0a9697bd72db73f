//! Collections for others.

use std::sync::Arc;

use async_graphql::SimpleObject;
use entity::fundraiser::{self, Column, Entity};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{event::Event, group::Group, object::node};
use crate::{
    db::{Db, columns::Columns, rows::Selected},
    error::Result,
    graphql::{relay::children::Children, scalar::BigInt},
};

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

/// The collections of a group, the latest first.
pub struct FundraisersOfGroup;

impl Children for FundraisersOfGroup {
    type Child = Fundraiser;

    async fn load(db: &Db, groups: &[Uuid], _: Columns) -> Result<Vec<(Uuid, Fundraiser)>> {
        of(db, Column::GroupId, groups, |row| Some(row.group_id)).await
    }
}

/// The collections at an event.
pub struct FundraisersOfEvent;

impl Children for FundraisersOfEvent {
    type Child = Fundraiser;

    async fn load(db: &Db, events: &[Uuid], _: Columns) -> Result<Vec<(Uuid, Fundraiser)>> {
        of(db, Column::EventId, events, |row| row.event_id).await
    }
}

async fn of(
    db: &Db,
    owner: impl ColumnTrait,
    owners: &[Uuid],
    owner_of: impl Fn(&fundraiser::Model) -> Option<Uuid>,
) -> Result<Vec<(Uuid, Fundraiser)>> {
    let mut rows = Entity::public().filter(db.is_any(owner, owners)).order_by_asc(Column::Id).rows(db).await?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.held_on));
    Ok(rows.into_iter().filter_map(|row| Some((owner_of(&row)?, Fundraiser(Arc::new(row))))).collect())
}
