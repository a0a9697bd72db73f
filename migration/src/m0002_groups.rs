//! Groups, who runs them, and the topics they care about.

use sea_orm_migration::prelude::*;

use crate::table::{
    PartialDate, Then, count, create, date, drop, filled, index, key, node, one_of, table, text, unique, uuid,
};

const TABLES: &[&str] = &["groups", "memberships", "topics", "topic_aliases", "group_topics"];

/// See the module.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0002_groups"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = vec![
            node("groups")
                .col(text("slug").not_null())
                .col(text("name").not_null())
                .col(text("sort_name").not_null())
                .col(text("description"))
                .col(text("website"))
                .col(text("time_zone").not_null())
                .partial_date("founded_on", "founded_on_precision")
                .col(text("city"))
                .col(text("country"))
                .col(one_of("status", &["ACTIVE", "DORMANT", "CLOSED"]).not_null())
                .col(count("member_count"))
                .col(date("member_count_on"))
                .to_owned(),
            node("memberships")
                .col(uuid("group_id").not_null())
                .col(uuid("person_id").not_null())
                .col(one_of("role", &["ORGANIZER", "CO_ORGANIZER", "HOST", "VOLUNTEER", "MEMBER"]).not_null())
                .partial_date("starts_on", "starts_on_precision")
                .partial_date("ends_on", "ends_on_precision")
                .foreign_key(&mut key("group_id", "groups", Then::Cascade))
                .foreign_key(&mut key("person_id", "people", Then::Cascade))
                .to_owned(),
            node("topics")
                .col(text("slug").not_null())
                .col(text("name").not_null())
                .col(text("sort_name").not_null())
                .col(text("description"))
                .col(uuid("canonical_id"))
                .foreign_key(&mut key("canonical_id", "topics", Then::SetNull))
                .to_owned(),
            table("topic_aliases")
                .col(uuid("id").primary_key())
                .col(uuid("topic_id").not_null())
                .col(text("name").not_null())
                .col(text("match_name").not_null())
                .foreign_key(&mut key("topic_id", "topics", Then::Cascade))
                .to_owned(),
            table("group_topics")
                .col(uuid("group_id").not_null())
                .col(uuid("topic_id").not_null())
                .primary_key(Index::create().col("group_id").col("topic_id"))
                .foreign_key(&mut key("group_id", "groups", Then::Cascade))
                .foreign_key(&mut key("topic_id", "topics", Then::Cascade))
                .to_owned(),
        ];
        let indexes = vec![
            unique("groups", &["slug"]),
            index("groups", &["sort_name", "id"]),
            index("groups", &["created_at", "id"]),
            index("groups", &["city", "sort_name", "id"]),
            unique("memberships", &["group_id", "person_id", "role"]),
            index("memberships", &["person_id", "role", "group_id"]),
            unique("topics", &["slug"]),
            index("topics", &["sort_name", "id"]),
            index("topics", &["created_at", "id"]),
            filled("topics", "canonical_id"),
            unique("topic_aliases", &["match_name"]),
            index("topic_aliases", &["topic_id"]),
            index("group_topics", &["topic_id", "group_id"]),
        ];
        create(manager, tables, indexes).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, TABLES).await
    }
}
