//! The format of the search's documents. A program that writes another format renews all documents at its start, and
//! programs of the format before write nothing any more.

use sea_orm_migration::prelude::*;

use crate::table::{create, drop, flag, integer, run, table};

/// See the module.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0013_search_format"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let format = table("search_format")
            .col(integer("id").primary_key())
            .col(integer("version").not_null())
            .col(flag("is_complete"))
            .to_owned();
        create(manager, vec![format], vec![]).await?;
        // The format of the documents that are there is not known.
        run(manager, &["INSERT INTO search_format (id, version) VALUES (1, 0)"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["search_format"]).await
    }
}
