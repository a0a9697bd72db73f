//! Talks, their speakers and topics, and their places in the programme.

use sea_orm_migration::prelude::*;

use crate::table::{
    Then, count, create, date, drop, flag, index, integer, key, node, one_of, table, text, time, unique, uuid,
};

const TABLES: &[&str] = &["talks", "talk_speakers", "talk_topics", "talk_proposals", "agenda_items", "resources"];

/// See the module.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0004_talks"
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
            node("talks")
                .col(text("slug").not_null())
                .col(text("title"))
                .col(text("sort_title").not_null())
                .col(text("abstract"))
                .col(one_of("format", &["TALK", "LIGHTNING", "KEYNOTE", "PANEL", "WORKSHOP", "DEMO"]).not_null())
                .col(text("language"))
                .col(
                    one_of(
                        "status",
                        &["PROPOSED", "ACCEPTED", "CONFIRMED", "DELIVERED", "REJECTED", "WITHDRAWN", "CANCELLED"],
                    )
                    .not_null(),
                )
                .col(uuid("group_id"))
                .col(uuid("event_id"))
                .col(integer("position").not_null().default(0))
                .col(date("held_on"))
                .col(uuid("original_talk_id"))
                .foreign_key(&mut key("group_id", "groups", Then::SetNull))
                .foreign_key(&mut key("event_id", "events", Then::SetNull))
                .foreign_key(&mut key("original_talk_id", "talks", Then::SetNull))
                .to_owned(),
            table("talk_speakers")
                .col(uuid("talk_id").not_null())
                .col(uuid("person_id").not_null())
                .col(integer("position").not_null())
                .col(one_of("role", &["SPEAKER", "CO_SPEAKER", "MODERATOR", "PANELIST"]).not_null())
                .col(text("affiliation"))
                .col(flag("remote"))
                .primary_key(Index::create().col("talk_id").col("person_id"))
                .foreign_key(&mut key("talk_id", "talks", Then::Cascade))
                .foreign_key(&mut key("person_id", "people", Then::Cascade))
                .to_owned(),
            table("talk_topics")
                .col(uuid("talk_id").not_null())
                .col(uuid("topic_id").not_null())
                .primary_key(Index::create().col("talk_id").col("topic_id"))
                .foreign_key(&mut key("talk_id", "talks", Then::Cascade))
                .foreign_key(&mut key("topic_id", "topics", Then::Cascade))
                .to_owned(),
            node("talk_proposals")
                .col(uuid("talk_id").not_null())
                .col(uuid("submitted_by_id"))
                .col(time("submitted_at").not_null())
                .col(text("message"))
                .col(uuid("decided_by_id"))
                .col(time("decided_at"))
                .col(text("decision_note"))
                .foreign_key(&mut key("talk_id", "talks", Then::Cascade))
                .foreign_key(&mut key("submitted_by_id", "people", Then::SetNull))
                .foreign_key(&mut key("decided_by_id", "people", Then::SetNull))
                .to_owned(),
            table("agenda_items")
                .col(uuid("id").primary_key())
                .col(uuid("event_id").not_null())
                .col(integer("position").not_null())
                .col(time("starts_at"))
                .col(count("duration_minutes"))
                .col(one_of("kind", &["TALK", "BREAK", "NETWORKING", "INTRO", "QUIZ"]).not_null())
                .col(text("title"))
                .col(uuid("talk_id"))
                .foreign_key(&mut key("event_id", "events", Then::Cascade))
                .foreign_key(&mut key("talk_id", "talks", Then::SetNull))
                .to_owned(),
            node("resources")
                .col(one_of("kind", &["VIDEO", "SLIDES", "CODE", "PODCAST", "PHOTO_ALBUM", "ARTICLE"]).not_null())
                .col(text("url").not_null())
                .col(text("title"))
                .col(integer("position").not_null().default(0))
                .col(uuid("talk_id"))
                .col(uuid("event_id"))
                .foreign_key(&mut key("talk_id", "talks", Then::Cascade))
                .foreign_key(&mut key("event_id", "events", Then::Cascade))
                .check(Expr::col("talk_id").is_null().ne(Expr::col("event_id").is_null()))
                .to_owned(),
        ];
        let indexes = vec![
            unique("talks", &["slug"]),
            index("talks", &["sort_title", "id"]),
            index("talks", &["created_at", "id"]),
            index("talks", &["event_id", "position", "id"]),
            index("talks", &["group_id", "held_on", "id"]),
            index("talks", &["original_talk_id"]),
            index("talk_speakers", &["person_id", "talk_id"]),
            index("talk_topics", &["topic_id", "talk_id"]),
            unique("talk_proposals", &["talk_id"]),
            index("talk_proposals", &["submitted_by_id"]),
            index("talk_proposals", &["decided_by_id"]),
            unique("agenda_items", &["event_id", "position"]),
            index("agenda_items", &["talk_id"]),
            index("resources", &["talk_id", "position", "id"]),
            index("resources", &["event_id", "position", "id"]),
        ];
        create(manager, tables, indexes).await?;

        // Talks without a date come last in both directions, like events.
        let db = manager.get_connection();
        for (name, sentinel) in [("ascending", "9999-12-31"), ("descending", "0001-01-01")] {
            let cast = if manager.get_database_backend() == sea_orm::DbBackend::Postgres { "::date" } else { "" };
            db.execute_unprepared(&format!(
                "CREATE INDEX talks_held_on_{name} ON talks (coalesce(held_on, '{sentinel}'{cast}), id)"
            ))
            .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, TABLES).await
    }
}
