//! Lets a search stop as soon as its page is full. Every token now contains the rank bucket of its document, and the
//! match steps of a search are rows, so that a statement takes one step after another and no more than it needs.
//!
//! The existing documents have no rank buckets. They are deleted, and the program writes them anew after the migration.

use sea_orm_migration::prelude::*;

use crate::table::{create, drop, integer, is_postgres, run, table};

/// See the module.
pub struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0011_search_steps"
    }
}

/// More match steps than any search has.
const STEPS: i32 = 256;

/// Deletes all documents. On SQLite the statement `words` creates the new table for their words.
async fn empty(manager: &SchemaManager<'_>, words: &str) -> Result<(), DbErr> {
    if !is_postgres(manager) {
        run(manager, &["DROP TABLE search_words", words]).await?;
        run(manager, &["INSERT INTO search_names (search_names) VALUES ('delete-all')"]).await?;
    }
    run(manager, &["DELETE FROM search_documents"]).await
}

/// Sets whether PostgreSQL collects new words in a pending list, to index many at once. Words in the list are indexed
/// now.
async fn pending(manager: &SchemaManager<'_>, state: &str) -> Result<(), DbErr> {
    if is_postgres(manager) {
        let words = format!("ALTER INDEX search_documents_words SET (fastupdate = {state})");
        run(manager, &[words.as_str(), "SELECT gin_clean_pending_list('search_documents_words')"]).await?;
    }
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, vec![table("search_steps").col(integer("step").primary_key()).to_owned()], vec![]).await?;
        let mut steps = Query::insert();
        steps.into_table("search_steps").columns(["step"]);
        for step in 0..STEPS {
            steps.values_panic([step.into()]);
        }
        manager.execute(steps).await?;
        // A token begins with two characters of the rank bucket, so its own first letters are the third to the fifth.
        // No query asks for the position of a token.
        let words = "CREATE VIRTUAL TABLE search_words USING fts5 (words, content = '', contentless_delete = 1, detail = none, prefix = '3 4 5', tokenize = \"ascii tokenchars '+#_'\")";
        empty(manager, words).await?;
        // Otherwise each match step would read the whole pending list.
        pending(manager, "off").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let words = "CREATE VIRTUAL TABLE search_words USING fts5 (names, body, content = '', contentless_delete = 1, detail = column, prefix = '1 2 3', tokenize = \"ascii tokenchars '+#'\")";
        empty(manager, words).await?;
        pending(manager, "on").await?;
        drop(manager, &["search_steps"]).await
    }
}
