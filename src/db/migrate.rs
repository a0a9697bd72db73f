//! Migrations. Any number of processes may start them at once: one of them works under a [`Lock`], and the others wait.
//!
//! Each step is one transaction on both databases. So an interrupted run leaves only whole steps, and can be repeated.

use migration::Migrator;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use sea_orm_migration::{MigrationStatus, MigratorTrait};

use super::{Db, lock::Lock};

/// Applies every step that is missing, and then runs `follow`. Both happen under the lock. If no step is missing and
/// `is_done` says true, nothing is done.
pub async fn up_and<E: From<DbErr>>(
    db: &Db,
    is_done: impl AsyncFnOnce() -> Result<bool, E>,
    follow: impl AsyncFnOnce() -> Result<(), E>,
) -> Result<(), E> {
    // The common case needs no lock.
    if is_current(db).await? && is_done().await? {
        return Ok(());
    }
    let _lock = Lock::take(db).await?;
    Migrator::up(db.writes(), None).await?;
    // Older versions used this table in place of the lock.
    db.writes().execute_unprepared("DROP TABLE IF EXISTS migration_lease").await?;
    follow().await
}

/// Applies every step that is missing.
pub async fn up(db: &Db) -> Result<(), DbErr> {
    up_and(db, async || Ok(true), async || Ok(())).await
}

/// Takes back the last `steps` steps.
pub async fn down(db: &Db, steps: u32) -> Result<(), DbErr> {
    let _lock = Lock::take(db).await?;
    Migrator::down(db.writes(), Some(steps)).await
}

async fn is_current(db: &Db) -> Result<bool, DbErr> {
    Ok(has_ledger(db).await? && Migrator::get_pending_migrations_read_only(db.writes()).await?.is_empty())
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
