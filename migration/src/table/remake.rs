//! SQLite can only add, drop and rename columns. For any other change the table is rebuilt.

use sea_orm::{DbBackend, Statement};
use sea_orm_migration::prelude::*;

use super::run;

/// The temporary table for the rows.
const ASIDE: &str = "remade_rows";

/// Rebuilds a table of SQLite with the definition that `change` makes of the old one. Rows, indexes, triggers and the
/// rows of other tables stay as they are. It is an error if `change` does not know the definition (`None`).
///
/// A step is a transaction, and foreign keys cannot be switched off within a transaction. Dropping the table would
/// delete all rows that refer to it. So the keys of its rows are changed first; then nothing refers to them when the
/// table is dropped. Meanwhile the references of other tables are dangling. SQLite is told to check them only at the
/// end of the transaction, when the rows have their own keys again.
pub async fn remake(
    manager: &SchemaManager<'_>,
    table: &str,
    change: impl FnOnce(&str) -> Option<String> + Send,
) -> Result<(), DbErr> {
    let parts = texts(manager, &format!("SELECT sql FROM sqlite_master WHERE name = '{table}'")).await?;
    let definition = parts.first().and_then(|definition| change(definition));
    let definition =
        definition.ok_or_else(|| DbErr::Migration(format!("{table} is not as it should be: {parts:?}")))?;
    let followers = followers(manager, table, &definition).await?;
    run(manager, &leave(manager, table).await?).await?;
    let back = [definition, format!("INSERT INTO \"{table}\" SELECT * FROM {ASIDE}"), format!("DROP TABLE {ASIDE}")];
    run(manager, &back).await?;
    run(manager, &followers).await
}

/// The statements that copy the rows and drop the table. Triggers are dropped first, since they would run when the keys
/// change.
async fn leave(manager: &SchemaManager<'_>, table: &str) -> Result<Vec<String>, DbErr> {
    let of_table = format!("FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'");
    let mut statements = texts(manager, &format!("SELECT 'DROP TRIGGER \"' || name || '\"' {of_table}")).await?;
    statements.push("PRAGMA defer_foreign_keys = ON".into());
    statements.push(format!("CREATE TABLE {ASIDE} AS SELECT * FROM \"{table}\""));
    let referring = format!(
        "SELECT DISTINCT 'UPDATE \"{table}\" SET \"id\" = ''-'' || hex(\"id\")' FROM sqlite_master AS m,
        pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table' AND f.\"table\" = '{table}'"
    );
    statements.extend(texts(manager, &referring).await?);
    statements.push(format!("DROP TABLE \"{table}\""));
    Ok(statements)
}

/// The statements that restore what belongs to the table: its indexes and triggers, and its AUTOINCREMENT counter.
async fn followers(manager: &SchemaManager<'_>, table: &str, definition: &str) -> Result<Vec<String>, DbErr> {
    let of_table = format!("FROM sqlite_master WHERE type <> 'table' AND tbl_name = '{table}' AND sql IS NOT NULL");
    let mut statements = texts(manager, &format!("SELECT sql {of_table} ORDER BY rowid")).await?;
    if definition.to_uppercase().contains(" AUTOINCREMENT") {
        statements.push(format!("DELETE FROM sqlite_sequence WHERE name = '{table}'"));
        let last =
            "SELECT 'INSERT INTO sqlite_sequence VALUES (''' || name || ''', ' || seq || ')' FROM sqlite_sequence";
        statements.extend(texts(manager, &format!("{last} WHERE name = '{table}'")).await?);
    }
    Ok(statements)
}

/// The results of a query that returns one text a row.
async fn texts(manager: &SchemaManager<'_>, sql: &str) -> Result<Vec<String>, DbErr> {
    let query = Statement::from_string(DbBackend::Sqlite, sql);
    manager.get_connection().query_all_raw(query).await?.iter().map(|row| row.try_get_by_index(0)).collect()
}
