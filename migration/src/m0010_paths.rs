//! Indexes for paths that had none: events by the time when they are over, and talks by their position in a programme.

use sea_orm_migration::prelude::*;

use crate::table::{drop_index, index};

/// See the module.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0010_paths"
    }
}

/// The table and columns of each index.
const INDEXES: &[(&str, &[&str])] = &[("events", &["over_at"]), ("talks", &["position", "id"])];

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in INDEXES {
            manager.create_index(index(table, columns)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in INDEXES {
            drop_index(manager, table, columns).await?;
        }
        Ok(())
    }
}
