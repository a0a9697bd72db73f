//! The epoch of the change log, which tells which log a cursor belongs to. Two databases may have logs of the same
//! length. A client that confused them would keep nodes that do not exist.

use sea_orm_migration::prelude::*;

use crate::table::{add_column, big_integer, drop_column, is_postgres, run};

/// See the module.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0009_change_log_epoch"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let epoch = big_integer("epoch").not_null().default(0).to_owned();
        add_column(manager, "change_log", epoch).await?;
        let random = if is_postgres(manager) { "floor(random() * 4294967295)" } else { "abs(random() % 4294967295)" };
        run(manager, &[format!("UPDATE change_log SET epoch = 1 + {random}")]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_column(manager, "change_log", "epoch").await
    }
}
