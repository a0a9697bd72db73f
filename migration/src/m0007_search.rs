//! What the search looks through: one row a public node, its words already folded by `folkmoot::domain::search`,
//! so that both databases see the same tokens. SQLite keeps the words in FTS5 tables, PostgreSQL in a `tsvector`;
//! titles are indexed by trigrams too, for text inside a word.

use sea_orm_migration::prelude::*;

use crate::table::{big_integer, create, drop, integer, table, text, unique, uuid};

/// See the module.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0007_search"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let documents = table("search_documents")
            .col(big_integer("id").primary_key().auto_increment())
            .col(text("node_type").not_null())
            .col(uuid("node_id").not_null())
            .col(integer("weight").not_null())
            .col(text("title").not_null())
            .col(text("body").not_null())
            .to_owned();
        create(manager, vec![documents], vec![unique("search_documents", &["node_id"])]).await?;
        let statements: &[&str] = match manager.get_database_backend() {
            sea_orm::DbBackend::Postgres => &[
                "CREATE EXTENSION IF NOT EXISTS pg_trgm",
                "ALTER TABLE search_documents ADD COLUMN words tsvector NOT NULL",
                "CREATE INDEX search_documents_words ON search_documents USING gin (words)",
                "CREATE INDEX search_documents_title ON search_documents USING gin (title gin_trgm_ops)",
            ],
            _ => &[
                "CREATE VIRTUAL TABLE search_words USING fts5 (title, body, content = '', contentless_delete = 1, tokenize = \"unicode61 remove_diacritics 0\")",
                "CREATE VIRTUAL TABLE search_titles USING fts5 (title, content = '', contentless_delete = 1, tokenize = 'trigram')",
            ],
        };
        for statement in statements {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != sea_orm::DbBackend::Postgres {
            drop(manager, &["search_titles", "search_words"]).await?;
        }
        drop(manager, &["search_documents"]).await
    }
}
