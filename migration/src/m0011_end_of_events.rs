//! When the next event is over: answers that depend on the time are kept until then.
//!
//! The index is of an expression, as those of the start are: by a plain one SQLite would find all past events of a list,
//! and then sort them for the twenty that it shows.

use sea_orm_migration::prelude::*;

/// See the module.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0011_end_of_events"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let zone = if manager.get_database_backend() == sea_orm::DbBackend::Postgres { "::timestamptz" } else { "" };
        let index = format!("CREATE INDEX events_end ON events (coalesce(over_at, '9999-12-31T00:00:00+00:00'{zone}))");
        manager.get_connection().execute_unprepared(&index).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("events_end").table("events").to_owned()).await
    }
}
