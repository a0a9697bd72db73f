//! Tables that every write adds to: the change log, external references, and the sources of facts.

use sea_orm_migration::prelude::*;

use crate::table::{big_integer, create, drop, index, one_of, table, text, time, unique, uuid};

const TABLES: &[&str] = &["changes", "external_refs", "provenance"];

/// See the module.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0006_ledger"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = vec![
            table("changes")
                .col(big_integer("seq").primary_key().auto_increment())
                .col(one_of("operation", &["UPSERT", "DELETE", "MERGE"]).not_null())
                .col(text("node_type").not_null())
                .col(uuid("node_id").not_null())
                .col(uuid("merged_into_id"))
                .col(time("at").not_null())
                .to_owned(),
            table("external_refs")
                .col(uuid("id").primary_key())
                .col(text("system").not_null())
                .col(text("external_id").not_null())
                .col(text("node_type").not_null())
                .col(uuid("node_id").not_null())
                .col(text("url"))
                .col(text("content_hash").not_null())
                .to_owned(),
            table("provenance")
                .col(uuid("id").primary_key())
                .col(text("node_type").not_null())
                .col(uuid("node_id").not_null())
                .col(text("field"))
                .col(text("source").not_null())
                .col(one_of("kind", &["IMPORT", "DOCUMENT", "PERSON", "DERIVED"]).not_null())
                .col(one_of("confidence", &["STATED", "APPROXIMATE", "INFERRED", "UNKNOWN"]).not_null())
                .col(text("note"))
                .to_owned(),
        ];
        let indexes = vec![
            index("changes", &["node_id"]),
            unique("external_refs", &["system", "node_type", "external_id"]),
            index("external_refs", &["node_id"]),
            index("provenance", &["node_id"]),
        ];
        create(manager, tables, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, TABLES).await
    }
}
