//! Helpers to alter tables, the same on both databases. Indexes are added by [`SchemaManager::create_index`].
//!
//! An older version may still run beside the new one. So a step may only drop, rename or narrow what the release before
//! no longer uses.

use sea_orm_migration::prelude::*;

use super::{Then, compare_bytes, is_postgres, is_text, remake::remake, run, uuid};

/// Adds a column. It must be nullable or have a default, since there may be rows. Text compares by bytes, as in a new
/// table.
pub async fn add_column(manager: &SchemaManager<'_>, table: &str, column: ColumnDef) -> Result<(), DbErr> {
    let text = is_text(&column).then(|| column.get_column_name());
    manager.alter_table(Table::alter().table(table.to_owned()).add_column(column).to_owned()).await?;
    compare_bytes(manager, table, text).await
}

/// A nullable column that refers to the `id` of `target`, for an existing table.
pub fn reference(column: &'static str, target: &str, then: Then) -> ColumnDef {
    let then = match then {
        Then::Cascade => "CASCADE",
        Then::SetNull => "SET NULL",
    };
    uuid(column).extra(format!("REFERENCES \"{target}\" (\"id\") ON DELETE {then}")).to_owned()
}

/// Drops a column with its own check. SQLite refuses while an index or another check uses it: drop these first.
pub async fn drop_column(manager: &SchemaManager<'_>, table: &str, column: &str) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table.to_owned()).drop_column(column.to_owned()).to_owned()).await
}

/// Renames a column. Checks, keys, indexes and triggers follow; an index keeps its name. Functions of PostgreSQL do not
/// follow, since they are stored as text.
pub async fn rename_column(manager: &SchemaManager<'_>, table: &str, from: &str, to: &str) -> Result<(), DbErr> {
    let rename = Table::alter().table(table.to_owned()).rename_column(from.to_owned(), to.to_owned()).to_owned();
    manager.alter_table(rename).await?;
    if !is_postgres(manager) {
        return Ok(());
    }
    // PostgreSQL names the check of a column after it, and `change_words` finds it by this name.
    let follow = format!(
        "DO $$ BEGIN ALTER TABLE \"{table}\" RENAME CONSTRAINT \"{table}_{from}_check\" TO \"{table}_{to}_check\";
        EXCEPTION WHEN undefined_object THEN NULL; END $$"
    );
    run(manager, &[follow]).await
}

/// Drops the index that `index`, `filled` or `unique` named after its table and columns.
pub async fn drop_index(manager: &SchemaManager<'_>, table: &str, columns: &[&str]) -> Result<(), DbErr> {
    let name = format!("{table}_{}", columns.join("_"));
    manager.drop_index(Index::drop().name(name).table(table.to_owned()).to_owned()).await
}

/// Replaces the allowed words of a column that was made by `one_of`. It fails if a row has another word. PostgreSQL
/// replaces the check. SQLite cannot do that, so the table is rebuilt.
pub async fn change_words(manager: &SchemaManager<'_>, table: &str, column: &str, words: &[&str]) -> Result<(), DbErr> {
    // The check as `one_of` writes it and SQLite stores it.
    let begin = format!("CHECK (\"{column}\" IN (");
    let check = format!("{begin}'{}'))", words.join("', '"));
    if is_postgres(manager) {
        let name = format!("{table}_{column}_check");
        let replace = format!("ALTER TABLE \"{table}\" DROP CONSTRAINT \"{name}\", ADD CONSTRAINT \"{name}\" {check}");
        return run(manager, &[replace]).await;
    }
    remake(manager, table, |definition| {
        let (before, old) = definition.split_once(&begin)?;
        // No word contains a parenthesis, so the check ends at the next two.
        let (_, after) = old.split_once("))")?;
        Some(format!("{before}{check}{after}"))
    })
    .await
}
