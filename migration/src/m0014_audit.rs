//! The audit: who changed which node when. `changes` has the last change of each public node; the audit has all of them,
//! and for all nodes.

use sea_orm_migration::prelude::*;

use crate::table::{big_integer, create, drop, index, one_of, table, text, time, uuid};

/// See the module.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0014_audit"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let audit = table("audit")
            .col(big_integer("id").primary_key().auto_increment())
            .col(time("at").not_null())
            .col(text("actor").not_null())
            .col(one_of("operation", &["CREATE", "CHANGE", "DELETE", "MERGE"]).not_null())
            .col(text("node_type").not_null())
            .col(uuid("node_id").not_null())
            .col(uuid("into_id"))
            .col(text("fields").not_null())
            .to_owned();
        create(manager, vec![audit], vec![index("audit", &["node_id"])]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["audit"]).await
    }
}
