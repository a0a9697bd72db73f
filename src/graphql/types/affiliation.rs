//! Where people work.

use std::sync::Arc;

use async_graphql::Object;
use entity::{
    affiliation::{self, Column},
    organization,
};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, SelectStatement},
};
use uuid::Uuid;

use super::organization::Organization;
use crate::{
    db::{Db, columns::Columns, rows::Joined},
    error::Result,
    graphql::{
        relay::{children::Children, connection},
        scalar::PartialDate,
    },
};

/// Work for an organization.
#[derive(Clone)]
pub struct Affiliation {
    affiliation: affiliation::Model,
    organization: Arc<organization::Model>,
}

/// A person's work for an organization, as far as it is known.
#[Object]
impl Affiliation {
    /// The organization.
    async fn organization(&self) -> Organization {
        Organization(self.organization.clone())
    }

    /// What the person does or did there; null if unknown.
    async fn title(&self) -> Option<&str> {
        self.affiliation.title.as_deref()
    }

    /// The earliest time at which the person is known to have worked there, not necessarily the first day; null if none
    /// is known.
    async fn starts_on(&self) -> Option<PartialDate> {
        PartialDate::from_columns(self.affiliation.starts_on, self.affiliation.starts_on_precision)
    }

    /// Until when, as far as that is known; null if the person still works there, or if nobody said.
    async fn ends_on(&self) -> Option<PartialDate> {
        PartialDate::from_columns(self.affiliation.ends_on, self.affiliation.ends_on_precision)
    }
}

/// The affiliations of a person in the order in which they were recorded.
pub struct AffiliationsOfPerson;

impl Children for AffiliationsOfPerson {
    type Child = Affiliation;

    async fn load(db: &Db, people: &[Uuid], _: Columns) -> Result<Vec<(Uuid, Affiliation)>> {
        let select = |people: &[Uuid]| {
            affiliation::Entity::find()
                .find_both_related(organization::Entity)
                .filter(db.is_any(Column::PersonId, people))
                .order_by_asc(Column::Id)
        };
        let rows = db.rows_of::<Self, _, _>(people, select).await?;
        let part = |Joined(affiliation, organization): Joined<affiliation::Model, organization::Model>| {
            (affiliation.person_id, Affiliation { affiliation, organization: Arc::new(organization) })
        };
        Ok(rows.into_iter().map(part).collect())
    }
}

/// The people of an organization.
pub fn people_of(organization: Expr) -> SelectStatement {
    connection::keys(Column::PersonId, [Column::OrganizationId.into_expr().eq(organization)])
}
