//! What only organizers may read. It is in a table of its own, so that no public query can show it.

use sea_orm::entity::prelude::*;

use crate::relation::{Relation, belongs_to};

/// Where an invoice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Invoice {
    /// Nothing was invoiced.
    None,
    /// It was sent.
    Sent,
    /// It was due, and is not paid.
    Overdue,
    /// It was paid.
    Paid,
    /// Nobody expects the money any more.
    WrittenOff,
}

/// The money of a sponsorship.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sponsorship_private")]
pub struct Model {
    /// The sponsorship; the key too.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sponsorship_id: Uuid,
    /// What is paid, in the currency's smallest unit (cents, pence); null when no sum is agreed.
    pub amount_minor: Option<i64>,
    /// ISO 4217 code of the currency; null exactly when the amount is.
    #[sea_orm(column_type = "Text")]
    pub currency: Option<String>,
    /// Where the invoice stands.
    pub invoice: Invoice,
}

impl ActiveModelBehavior for ActiveModel {}

belongs_to!(sponsorship by SponsorshipId);
