//! An index path to a group's events in order: `event_hosts` gets a copy of the event's start. Without it a page of a
//! group's events reads all of them.
//!
//! Triggers of the database fill the copy and keep it up to date, whichever program writes.

use sea_orm_migration::prelude::*;

use crate::table::{add_column, drop_column, drop_index, index, is_postgres, run, time};

/// See the module.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0012_starts_of_hosted_events"
    }
}

/// Rows of `event_hosts` are only inserted and deleted. Their event never changes.
const SQLITE: &[&str] = &[
    "CREATE TRIGGER event_hosts_take_start AFTER INSERT ON event_hosts BEGIN
        UPDATE event_hosts SET starts_at = (SELECT starts_at FROM events WHERE id = NEW.event_id)
        WHERE event_id = NEW.event_id AND group_id = NEW.group_id;
    END",
    "CREATE TRIGGER events_give_start AFTER UPDATE OF starts_at ON events WHEN OLD.starts_at IS NOT NEW.starts_at BEGIN
        UPDATE event_hosts SET starts_at = NEW.starts_at WHERE event_id = NEW.id;
    END",
];

/// Older versions may be writing at the same time. The trigger of a new host locks the event. So a transaction that
/// moves the event either waits and then sees the host, or the new host waits for it. Two transactions that replace
/// hosts of one event and move it may deadlock; PostgreSQL aborts one, and it is tried again like every write.
const POSTGRES: &[&str] = &[
    "LOCK TABLE events, event_hosts IN SHARE ROW EXCLUSIVE MODE",
    "CREATE FUNCTION event_hosts_take_start() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN
        SELECT starts_at INTO NEW.starts_at FROM events WHERE id = NEW.event_id FOR NO KEY UPDATE;
        RETURN NEW;
    END $$",
    "CREATE TRIGGER event_hosts_take_start BEFORE INSERT ON event_hosts
        FOR EACH ROW EXECUTE FUNCTION event_hosts_take_start()",
    "CREATE FUNCTION events_give_start() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN
        UPDATE event_hosts SET starts_at = NEW.starts_at WHERE event_id = NEW.id;
        RETURN NULL;
    END $$",
    "CREATE TRIGGER events_give_start AFTER UPDATE OF starts_at ON events
        FOR EACH ROW WHEN (OLD.starts_at IS DISTINCT FROM NEW.starts_at) EXECUTE FUNCTION events_give_start()",
];

const DROP_SQLITE: &[&str] = &["DROP TRIGGER events_give_start", "DROP TRIGGER event_hosts_take_start"];

const DROP_POSTGRES: &[&str] = &[
    "DROP TRIGGER events_give_start ON events",
    "DROP FUNCTION events_give_start",
    "DROP TRIGGER event_hosts_take_start ON event_hosts",
    "DROP FUNCTION event_hosts_take_start",
];

/// The expressions that the orders compare, as for `events`.
const ORDERS: [(&str, &str); 2] =
    [("ascending", "9999-12-31T00:00:00+00:00"), ("descending", "0001-01-01T00:00:00+00:00")];

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_column(manager, "event_hosts", time("starts_at")).await?;
        run(manager, if is_postgres(manager) { POSTGRES } else { SQLITE }).await?;
        let copy = "UPDATE event_hosts SET starts_at = (SELECT starts_at FROM events WHERE id = event_id)";
        run(manager, &[copy]).await?;
        for (name, sentinel) in ORDERS {
            let zone = if is_postgres(manager) { "::timestamptz" } else { "" };
            let order = format!(
                "CREATE INDEX event_hosts_{name} ON event_hosts (group_id, coalesce(starts_at, '{sentinel}'{zone}), event_id)"
            );
            run(manager, &[&order]).await?;
        }
        // Both new indexes also lead from a group to its events, so this one is no longer needed.
        drop_index(manager, "event_hosts", &["group_id", "event_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_index(index("event_hosts", &["group_id", "event_id"])).await?;
        for (name, _) in ORDERS {
            drop_index(manager, "event_hosts", &[name]).await?;
        }
        run(manager, if is_postgres(manager) { DROP_POSTGRES } else { DROP_SQLITE }).await?;
        drop_column(manager, "event_hosts", "starts_at").await
    }
}
