//! Which log a cursor is of. Two databases may have logs of the same length, and a client that takes one for the other
//! would keep nodes that are not there.

use sea_orm_migration::prelude::*;

use crate::table::big_integer;

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
        let mut epoch = big_integer("epoch");
        manager
            .alter_table(Table::alter().table("change_log").add_column(epoch.not_null().default(0)).to_owned())
            .await?;
        let random = match manager.get_database_backend() {
            sea_orm::DbBackend::Postgres => "floor(random() * 4294967295)",
            _ => "abs(random() % 4294967295)",
        };
        let statement = format!("UPDATE change_log SET epoch = 1 + {random}");
        manager.get_connection().execute_unprepared(&statement).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("change_log").drop_column("epoch").to_owned()).await
    }
}
