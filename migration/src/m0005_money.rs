//! Sponsorships, and fundraisers of the community.

use sea_orm_migration::prelude::*;

use crate::table::{PartialDate, Then, big_integer, create, drop, index, key, node, one_of, table, text, uuid};

const TABLES: &[&str] = &["sponsorships", "sponsorship_roles", "sponsorship_private", "fundraisers"];

/// See the module.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0005_money"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = vec![
            node("sponsorships")
                .col(uuid("organization_id"))
                .col(uuid("group_id"))
                .col(uuid("event_id"))
                .col(text("tier"))
                .col(text("description"))
                .col(one_of("status", &["PROPOSED", "ACTIVE", "ENDED", "CANCELLED"]).not_null())
                .partial_date("starts_on", "starts_on_precision")
                .partial_date("ends_on", "ends_on_precision")
                .foreign_key(&mut key("organization_id", "organizations", Then::Cascade))
                .foreign_key(&mut key("group_id", "groups", Then::Cascade))
                .foreign_key(&mut key("event_id", "events", Then::Cascade))
                .check(Expr::col("group_id").is_null().ne(Expr::col("event_id").is_null()))
                .to_owned(),
            table("sponsorship_roles")
                .col(uuid("sponsorship_id").not_null())
                .col(
                    one_of("role", &["VENUE", "FOOD", "DRINKS", "FINANCIAL", "PRIZES", "RECORDING", "OTHER"])
                        .not_null(),
                )
                .primary_key(Index::create().col("sponsorship_id").col("role"))
                .foreign_key(&mut key("sponsorship_id", "sponsorships", Then::Cascade))
                .to_owned(),
            table("sponsorship_private")
                .col(uuid("sponsorship_id").primary_key())
                .col(big_integer("amount_minor"))
                .col(text("currency"))
                .col(one_of("invoice", &["NONE", "SENT", "OVERDUE", "PAID", "WRITTEN_OFF"]).not_null())
                .foreign_key(&mut key("sponsorship_id", "sponsorships", Then::Cascade))
                .check(Expr::col("amount_minor").is_null().eq(Expr::col("currency").is_null()))
                .to_owned(),
            node("fundraisers")
                .col(uuid("group_id").not_null())
                .col(uuid("event_id"))
                .col(text("name").not_null())
                .col(text("beneficiary"))
                .col(big_integer("goal_minor"))
                .col(big_integer("raised_minor"))
                .col(text("currency"))
                .partial_date("held_on", "held_on_precision")
                .foreign_key(&mut key("group_id", "groups", Then::Cascade))
                .foreign_key(&mut key("event_id", "events", Then::SetNull))
                .to_owned(),
        ];
        let indexes = vec![
            index("sponsorships", &["organization_id", "starts_on", "id"]),
            index("sponsorships", &["group_id", "starts_on", "id"]),
            index("sponsorships", &["event_id", "id"]),
            index("sponsorships", &["created_at", "id"]),
            index("fundraisers", &["group_id", "held_on", "id"]),
            index("fundraisers", &["event_id"]),
        ];
        create(manager, tables, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, TABLES).await
    }
}
