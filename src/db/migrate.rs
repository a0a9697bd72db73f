//! Migrations that any number of processes may start at once: a lease row lets one of them work while the others wait.
//!
//! Each step is one transaction on both databases, so an interrupted run leaves whole steps behind and can simply be
//! repeated. A lease that its holder stopped renewing (it was killed) is free again after [`LEASE`].

use std::time::Duration;

use chrono::{DateTime, Utc};
use migration::Migrator;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, Value};
use sea_orm_migration::{MigrationStatus, MigratorTrait};
use uuid::Uuid;

use super::Db;
use crate::clock::Clock;

/// Longer than any step takes: on SQLite the one writer is busy with the step and cannot renew the lease meanwhile.
const LEASE: Duration = Duration::from_mins(1);
const RETRY: Duration = Duration::from_millis(50);

/// Applies every step that is missing.
pub async fn up(db: &Db, clock: &Clock) -> Result<(), DbErr> {
    // The common case, a schema that is current, needs no lease.
    if has_ledger(db).await? && Migrator::get_pending_migrations_read_only(db.writes()).await?.is_empty() {
        return Ok(());
    }
    with_lease(db, clock, async || Migrator::up(db.writes(), None).await).await
}

/// Takes back the last `steps` steps.
pub async fn down(db: &Db, clock: &Clock, steps: u32) -> Result<(), DbErr> {
    with_lease(db, clock, async || Migrator::down(db.writes(), Some(steps)).await).await
}

/// The steps in order, and whether each is applied.
pub async fn status(db: &Db) -> Result<Vec<(String, bool)>, DbErr> {
    let applied =
        if has_ledger(db).await? { Migrator::get_applied_migrations_read_only(db.writes()).await? } else { Vec::new() };
    let is_applied =
        |name: &str| applied.iter().any(|step| step.name() == name && step.status() == MigrationStatus::Applied);
    Ok(Migrator::migrations().iter().map(|step| (step.name().to_owned(), is_applied(step.name()))).collect())
}

async fn has_ledger(db: &Db) -> Result<bool, DbErr> {
    let sql = match db.backend() {
        DbBackend::Postgres => "SELECT 1 WHERE to_regclass('seaql_migrations') IS NOT NULL",
        _ => "SELECT 1 FROM sqlite_master WHERE name = 'seaql_migrations'",
    };
    Ok(db.writes().query_one_raw(Statement::from_string(db.backend(), sql)).await?.is_some())
}

async fn with_lease(db: &Db, clock: &Clock, work: impl AsyncFnOnce() -> Result<(), DbErr>) -> Result<(), DbErr> {
    let holder = clock.new_id();
    create_lease(db).await?;
    while !take_lease(db, holder, clock.now()).await? {
        tokio::time::sleep(RETRY).await;
    }
    let renewal = async {
        loop {
            tokio::time::sleep(LEASE / 4).await;
            if let Err(error) = take_lease(db, holder, clock.now()).await {
                tracing::warn!(%error, "the migration lease was not renewed");
            }
        }
    };
    let done = tokio::select! {
        done = work() => done,
        never = renewal => never,
    };
    let release = "UPDATE migration_lease SET until = NULL WHERE holder = $1";
    db.writes().execute_raw(Statement::from_sql_and_values(db.backend(), release, [holder.into()])).await?;
    done
}

async fn create_lease(db: &Db) -> Result<(), DbErr> {
    let (uuid, time) = if db.backend() == DbBackend::Postgres { ("uuid", "timestamptz") } else { ("blob", "text") };
    let create = format!(
        "CREATE TABLE IF NOT EXISTS migration_lease (id integer PRIMARY KEY CHECK (id = 1), holder {uuid}, until {time})"
    );
    // On PostgreSQL two sessions that create the same table at once can collide inside the catalogue; then it exists.
    if let Err(error) = db.writes().execute_unprepared(&create).await {
        tracing::debug!(%error, "another process created the migration lease");
    }
    let row = "INSERT INTO migration_lease (id) VALUES (1) ON CONFLICT DO NOTHING";
    db.writes().execute_unprepared(row).await?;
    Ok(())
}

async fn take_lease(db: &Db, holder: Uuid, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let take = "UPDATE migration_lease SET holder = $1, until = $2 WHERE until IS NULL OR until < $3 OR holder = $4";
    let values: [Value; 4] = [holder.into(), (now + LEASE).into(), now.into(), holder.into()];
    let taken = db.writes().execute_raw(Statement::from_sql_and_values(db.backend(), take, values)).await?;
    Ok(taken.rows_affected() == 1)
}
