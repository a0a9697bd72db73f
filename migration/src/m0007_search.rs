//! The search index: one row for each public node. Its words are folded by `folkmoot::domain::search`, so that both
//! databases see the same tokens. SQLite keeps the words in FTS5 tables, PostgreSQL in a `tsvector`. Names are also
//! indexed by trigrams, to find text inside a word.

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
            .col(text("names").not_null())
            .col(big_integer("fingerprint").not_null())
            .to_owned();
        create(manager, vec![documents], vec![unique("search_documents", &["node_id"])]).await?;
        let statements: &[&str] = match manager.get_database_backend() {
            // Titles sort by bytes, as on SQLite. A list of pending entries makes an import seven times faster. The
            // list is short, so it does not slow down the searches that have to read it.
            sea_orm::DbBackend::Postgres => &[
                "CREATE EXTENSION IF NOT EXISTS pg_trgm",
                "ALTER TABLE search_documents ALTER COLUMN title TYPE text COLLATE \"C\"",
                "ALTER TABLE search_documents ADD COLUMN words tsvector NOT NULL",
                "CREATE INDEX search_documents_words ON search_documents USING gin (words) WITH (gin_pending_list_limit = 256)",
                "CREATE INDEX search_documents_names ON search_documents USING gin (names gin_trgm_ops) WITH (gin_pending_list_limit = 256)",
            ],
            // The tokens are separated by spaces. This tokenizer splits there, and treats every character beyond ASCII
            // as a letter, independently of the Unicode version.
            _ => &[
                "CREATE VIRTUAL TABLE search_words USING fts5 (names, body, content = '', contentless_delete = 1, detail = column, prefix = '1 2 3', tokenize = \"ascii tokenchars '+#'\")",
                "CREATE VIRTUAL TABLE search_names USING fts5 (names, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1')",
            ],
        };
        for statement in statements {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != sea_orm::DbBackend::Postgres {
            drop(manager, &["search_names", "search_words"]).await?;
        }
        drop(manager, &["search_documents"]).await
    }
}
