//! Where people work.

use std::sync::Arc;

use async_graphql::Object;
use entity::{
    affiliation::{self, Column},
    organization,
};
use sea_orm::{
    ColumnTrait, ExprTrait, QueryOrder,
    sea_query::{Expr, SelectStatement},
};

use super::organization::Organization;
use crate::graphql::{
    relay::{
        children::{One, Table, children},
        connection,
    },
    scalar::PartialDate,
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

children! {
    /// The affiliations of a person in the order in which they were recorded.
    pub AffiliationsOfPerson of affiliation by PersonId, holding One<organization::Entity> as "organization": Affiliation
        = |affiliation, organization| Affiliation { affiliation, organization },
        sorted |select| select.order_by_asc(Column::Id);
}

impl Table for affiliation::Entity {}

/// The people of an organization.
pub fn people_of(organization: Expr) -> SelectStatement {
    connection::keys(Column::PersonId, [Column::OrganizationId.into_expr().eq(organization)])
}
