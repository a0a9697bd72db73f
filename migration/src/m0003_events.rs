//! Events: when and where they happen, who hosts them, and how many people came.

use sea_orm_migration::prelude::*;

use crate::table::{
    Then, count, create, date, drop, index, integer, key, node, one_of, table, text, time, unique, uuid,
};

const TABLES: &[&str] = &["events", "event_private", "event_hosts", "event_topics", "attendance_summaries", "rsvps"];

/// See the module.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0003_events"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    #[expect(clippy::too_many_lines, reason = "a list of tables")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = vec![
            node("events")
                .col(text("slug").not_null())
                .col(text("name").not_null())
                .col(text("sort_name").not_null())
                .col(text("description"))
                .col(text("website"))
                .col(
                    one_of("kind", &["MEETUP", "CONFERENCE", "WORKSHOP", "TRAINING", "SOCIAL", "FUNDRAISER"])
                        .not_null(),
                )
                .col(one_of("publication", &["DRAFT", "PUBLISHED", "ARCHIVED"]).not_null())
                .col(
                    one_of(
                        "status",
                        &["TENTATIVE", "SCHEDULED", "POSTPONED", "RESCHEDULED", "MOVED_ONLINE", "CANCELLED"],
                    )
                    .not_null(),
                )
                .col(time("starts_at"))
                .col(time("ends_at"))
                .col(date("starts_on"))
                .col(time("over_at"))
                .col(text("time_zone").not_null())
                .col(one_of("date_precision", &["TIME", "DAY", "MONTH", "YEAR", "UNKNOWN"]).not_null())
                .col(time("cancelled_at"))
                .col(text("public_cancellation_reason"))
                .col(one_of("attendance_mode", &["OFFLINE", "ONLINE", "MIXED"]).not_null())
                .col(uuid("venue_id"))
                .col(count("capacity_offline"))
                .col(count("capacity_online"))
                .foreign_key(&mut key("venue_id", "venues", Then::SetNull))
                .check(Expr::col("starts_at").is_null().eq(Expr::col("date_precision").eq("UNKNOWN")))
                .check(Expr::col("starts_at").is_null().eq(Expr::col("starts_on").is_null()))
                .check(Expr::col("starts_at").is_null().eq(Expr::col("over_at").is_null()))
                .check(Expr::col("ends_at").is_null().or(Expr::col("ends_at").gte(Expr::col("starts_at"))))
                .check(Expr::col("cancelled_at").is_null().or(Expr::col("status").eq("CANCELLED")))
                .to_owned(),
            table("event_private")
                .col(uuid("event_id").primary_key())
                .col(text("join_url"))
                .col(text("notes"))
                .foreign_key(&mut key("event_id", "events", Then::Cascade))
                .to_owned(),
            table("event_hosts")
                .col(uuid("event_id").not_null())
                .col(uuid("group_id").not_null())
                .col(one_of("role", &["LEAD", "CO_HOST"]).not_null())
                .col(integer("position").not_null())
                .primary_key(Index::create().col("event_id").col("group_id"))
                .foreign_key(&mut key("event_id", "events", Then::Cascade))
                .foreign_key(&mut key("group_id", "groups", Then::Cascade))
                .to_owned(),
            table("event_topics")
                .col(uuid("event_id").not_null())
                .col(uuid("topic_id").not_null())
                .primary_key(Index::create().col("event_id").col("topic_id"))
                .foreign_key(&mut key("event_id", "events", Then::Cascade))
                .foreign_key(&mut key("topic_id", "topics", Then::Cascade))
                .to_owned(),
            table("attendance_summaries")
                .col(uuid("event_id").primary_key())
                .col(count("going"))
                .col(count("waitlisted"))
                .col(count("checked_in"))
                .col(count("headcount"))
                .col(text("source"))
                .foreign_key(&mut key("event_id", "events", Then::Cascade))
                .to_owned(),
            node("rsvps")
                .col(uuid("event_id").not_null())
                .col(uuid("person_id").not_null())
                .col(one_of("status", &["GOING", "WAITLISTED", "NOT_GOING", "CANCELLED"]).not_null())
                .col(one_of("mode", &["OFFLINE", "ONLINE"]).not_null())
                .col(count("guests").not_null().default(0))
                .col(count("waitlist_position"))
                .col(time("checked_in_at"))
                .foreign_key(&mut key("event_id", "events", Then::Cascade))
                .foreign_key(&mut key("person_id", "people", Then::Cascade))
                .check(Expr::col("waitlist_position").is_null().or(Expr::col("status").eq("WAITLISTED")))
                .to_owned(),
        ];
        let indexes = vec![
            unique("events", &["slug"]),
            index("events", &["sort_name", "id"]),
            index("events", &["created_at", "id"]),
            index("events", &["venue_id"]),
            index("events", &["status", "starts_at"]),
            index("event_hosts", &["group_id", "event_id"]),
            index("event_topics", &["topic_id", "event_id"]),
            unique("rsvps", &["event_id", "person_id"]),
            index("rsvps", &["event_id", "status", "waitlist_position"]),
            index("rsvps", &["person_id", "event_id"]),
        ];
        create(manager, tables, indexes).await?;

        // A partial index of the few drafts: every statement that reads talks excludes the talks of drafts by it.
        let db = manager.get_connection();
        db.execute_unprepared("CREATE INDEX events_drafts ON events (id) WHERE publication = 'DRAFT'").await?;

        // Events without a date come last in both directions. So the index is on the expression that the order
        // compares.
        for (name, sentinel) in
            [("ascending", "9999-12-31T00:00:00+00:00"), ("descending", "0001-01-01T00:00:00+00:00")]
        {
            let zone =
                if manager.get_database_backend() == sea_orm::DbBackend::Postgres { "::timestamptz" } else { "" };
            db.execute_unprepared(&format!(
                "CREATE INDEX events_starts_at_{name} ON events (coalesce(starts_at, '{sentinel}'{zone}), id)"
            ))
            .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, TABLES).await
    }
}
