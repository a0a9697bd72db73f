//! The database schema as a list of steps, the same on SQLite and on PostgreSQL. A step is never changed once it was
//! released; what comes later expands first and contracts in a later release, so that two versions can run at once.
//!
//! The steps never import the `entity` crate: they describe the past, entities describe the present.

use sea_orm_migration::prelude::*;

mod m0001_people_and_places;
mod m0002_groups;
mod m0003_events;
mod m0004_talks;
mod m0005_money;
mod m0006_ledger;
mod m0007_search;
mod m0008_change_log;
mod m0009_change_log_epoch;
mod m0010_paths;
mod m0011_search_steps;
mod m0012_starts_of_hosted_events;
mod m0013_search_format;
mod m0014_audit;
mod m0015_sources;
pub mod table;

/// All steps in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_people_and_places::Step),
            Box::new(m0002_groups::Step),
            Box::new(m0003_events::Step),
            Box::new(m0004_talks::Step),
            Box::new(m0005_money::Step),
            Box::new(m0006_ledger::Step),
            Box::new(m0007_search::Step),
            Box::new(m0008_change_log::Step),
            Box::new(m0009_change_log_epoch::Step),
            Box::new(m0010_paths::Step),
            Box::new(m0011_search_steps::Step),
            Box::new(m0012_starts_of_hosted_events::Step),
            Box::new(m0013_search_format::Step),
            Box::new(m0014_audit::Step),
            Box::new(m0015_sources::Step),
        ]
    }
}
